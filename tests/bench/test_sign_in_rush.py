"""Other pages while 64 known people sign in at once: hashing must not starve the desk."""

import http.client
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from cic_cases.foundation.db import db, in_transaction
from cic_cases.people import devices
from tests.bench.table import line
from tests.chaos.crowd import Desk
from tests.chaos.test_one_use import send
from tests.chaos.test_storm import SERVER_SECRET, desk_of
from tests.people.conftest import HASH, PASSWORD
from tests.system.running_server import PATIENCE, RunningServer

pytestmark = pytest.mark.bench
CROWD, PAGES = 64, 100
PAUSE = 0.5  # seconds between two tries of one person


def page_times(server: RunningServer) -> list[float]:
    """Seconds of each of so many pages, one after the other, sorted."""
    took = []
    for _ in range(PAGES):
        began = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        connection.request("GET", "/login")
        answer = connection.getresponse()
        answer.read()
        connection.close()
        took.append(time.perf_counter() - began)
        assert answer.status == 200
    return sorted(took)


def people_at_home(make) -> list[tuple[str, Desk]]:
    """Members of staff, each in a browser that is known."""
    found = []
    for number in range(CROWD):
        staff = make.staff("reception", email=f"person{number}@example.org")
        staff.password_hash = HASH
        make.session.commit()
        known = in_transaction(devices.remember, staff.id, None, at=datetime.now(UTC))
        desk = desk_of({}, 0, SERVER_SECRET)
        found.append((staff.email, Desk(f"{desk.cookie}; cic-device={known}", desk.csrf)))
    return found


def test_pages_while_many_sign_in(database_url, tmp_path, make, backend):
    people = people_at_home(make)
    make.session.rollback()
    with RunningServer(database_url, tmp_path) as server:
        page_times(server)
        quiet, before = page_times(server), server.memory()
        stop, statuses = threading.Event(), Counter()

        def sign_in(email: str, desk: Desk) -> None:
            while not stop.is_set():
                answer = send(server, "/login", desk, email=email, password=PASSWORD)
                statuses[answer.status] += 1
                if answer.status == 303:
                    return
                stop.wait(PAUSE)

        with ThreadPoolExecutor(CROWD) as pool:
            began = time.perf_counter()
            waiting = [pool.submit(sign_in, email, desk) for email, desk in people]
            try:
                busy = page_times(server)
                for one in waiting:
                    one.result(PATIENCE)
                in_after, during = time.perf_counter() - began, server.memory()
            finally:
                stop.set()
    db.session.rollback()
    at = int(PAGES * 0.99) - 1
    figure = f"p99 {quiet[at] * 1000:.0f} → {busy[at] * 1000:.0f} ms; {during - before:+.0f} MB"
    answers = ", ".join(f"{n} × {status}" for status, n in sorted(statuses.items()))
    what = f"a page while {CROWD} sign in at once ({backend}; {answers}; in after {in_after:.1f} s)"
    line("S16", what, figure, f"{busy[at] / quiet[at]:.1f} ×", "≤ 2 ×")
