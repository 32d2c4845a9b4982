"""The desk while forty others are open in the same centre and ask for news every ten seconds."""

import http.client
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from statistics import median

import pytest

from cic_cases.foundation.localtime import local_day
from tests.bench.table import line
from tests.bench.world import WARSAW, World
from tests.chaos.crowd import Desk
from tests.chaos.test_storm import SERVER_SECRET, desk_of
from tests.signed_in import cookie_of
from tests.system.running_server import PATIENCE, RunningServer

pytestmark = pytest.mark.bench
DESKS, ROWS, EVERY = 40, 40, 10.0  # seconds between two questions of one desk
ROUNDS, PAGES = 3, 60
PAUSE = 0.25  # seconds between two pages of the one who is measured
POLLS = 10_000


class Browser:
    """One desk: its cookie, its connection, and the tag of what it has seen."""

    def __init__(self, server: RunningServer, desk: Desk) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        self.desk, self.tag = desk, ""

    def get(self, path: str, **headers: str) -> tuple[int, float]:
        """The status and the seconds it took."""
        began = time.perf_counter()
        try:
            self.connection.request("GET", path, headers={**self.desk.headers, **headers})
            answer = self.connection.getresponse()
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self.connection.close()  # it was idle for longer than the server keeps it
            self.connection.request("GET", path, headers={**self.desk.headers, **headers})
            answer = self.connection.getresponse()
        answer.read()
        self.tag = answer.headers.get("ETag") or self.tag
        return answer.status, time.perf_counter() - began

    def ask(self) -> int:
        """What static/desk.js does every ten seconds."""
        return self.get("/desk/live", **({"If-None-Match": self.tag} if self.tag else {}))[0]


class Crowd:
    """Forty desks that ask, each at its own moment, while `with` lasts."""

    def __init__(self, desks: list[Browser]) -> None:
        self.desks, self.answers, self._stop = desks, Counter[int](), threading.Event()
        self._pool = ThreadPoolExecutor(len(desks))

    def __enter__(self) -> "Crowd":
        self._running = [self._pool.submit(self._sit, desk) for desk in self.desks]
        return self

    def _sit(self, desk: Browser) -> None:
        self._stop.wait(random.uniform(0, EVERY))
        while not self._stop.is_set():
            self.answers[desk.ask()] += 1
            self._stop.wait(EVERY)

    def __exit__(self, *failure: object) -> None:
        self._stop.set()
        self._pool.shutdown()
        for one in self._running:
            one.result()


def page_time(browser: Browser) -> float:
    """The median seconds of the whole desk page, asked for at a person's pace."""
    took = []
    for _ in range(PAGES):
        status, seconds = browser.get("/desk")
        assert status == 200
        took.append(seconds)
        time.sleep(PAUSE)
    return median(took)


@pytest.fixture
def desks(app, make, served):
    """A centre with forty appointments today; forty receptionists and one more are signed in."""
    world = World(make)
    world.build(1, 4)
    at = datetime.now(UTC)
    world.book_on(local_day(at, WARSAW), world.centres[0], ROWS)
    staff = [make.staff("reception", world.centres[0]) for _ in range(DESKS + 1)]
    cookies = [desk_of(cookie_of(app, one.id, at), 0, SERVER_SECRET) for one in staff]
    server = served()
    browsers = [Browser(server, cookie) for cookie in cookies]
    yield server, browsers
    for browser in browsers:
        browser.connection.close()


def test_the_desk_while_forty_others_ask_for_news(desks, backend):
    server, (mine, *others) = desks
    page_time(mine)
    quiet, busy, answers = [], [], Counter[int]()
    for _ in range(ROUNDS):
        quiet.append(page_time(mine))
        with Crowd(others) as crowd:
            busy.append(page_time(mine))
        answers += crowd.answers
    assert set(answers) <= {200, 304}
    figure = f"{median(quiet) * 1000:.1f} → {median(busy) * 1000:.1f} ms; {answers.total()} polls"
    what = f"the desk, {ROWS} rows, while {DESKS} desks ask every 10 s ({backend})"
    line("40 desks", what, figure, f"{median(busy) / median(quiet):.1f} ×", "≤ 2 ×")


def test_memory_after_ten_thousand_polls(desks, backend):
    server, (mine, *others) = desks
    for desk in others:
        assert desk.ask() == 200
    first = server.memory()
    half = sum(polls(desk, POLLS // 2 // DESKS) for desk in others)
    middle = server.memory()
    whole = half + sum(polls(desk, POLLS // 2 // DESKS) for desk in others)
    last = server.memory()
    figure = f"{first:.0f} → {middle:.0f} → {last:.0f} MB in {len(server.workers())} processes"
    line("40 desks", f"memory after {whole:,} polls ({backend})", figure, "", "≤ 150 MB each")


def polls(desk: Browser, times: int) -> int:
    """Ask so often in a row, every tenth time for the whole page."""
    for number in range(times):
        status = desk.ask() if number % 10 else desk.get("/desk")[0]
        assert status in (200, 304)
    return times
