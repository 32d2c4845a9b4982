"""The worker as a process, killed and stopped; and when a web process minds the time itself."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from sqlalchemy import delete, update

from cic_cases import scheduler
from cic_cases.cli.worker import worker
from cic_cases.foundation.db import db
from cic_cases.notifications.models import Attempt, Message
from config import Settings
from tests.conftest import TEST_KEYS
from tests.notifications.people import Told
from tests.notifications.smtp_server import ACCEPTED, SmtpServer

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 60


@pytest.fixture
def told(make) -> Told:
    return Told(make)


def books_tomorrow(told: Told) -> None:
    """By the real clock, which a process of its own goes by."""
    now = datetime.now(UTC)
    told.books(told.person(), now + timedelta(hours=3), at=now)


class Processes:
    """Workers as processes of their own, all ended when the test is."""

    def __init__(self, url: str, folder: Path, mail_url: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("CIC_")}
        self.env = kept | {
            "CIC_ENV": "test",
            "CIC_SECRET_KEY": "t" * 40,
            "CIC_DATA_KEYS": TEST_KEYS,
            "CIC_DATABASE_URL": url,
            "CIC_INSTANCE_DIR": str(folder),
            "CIC_MAIL_URL": mail_url,
            "CIC_MAIL_FROM": "cic@example.org",
        }
        self.running: list[subprocess.Popen[str]] = []

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker", *arguments]
        pipe = subprocess.PIPE
        process = subprocess.Popen(
            command, cwd=ROOT, env=self.env, stdout=pipe, stderr=pipe, text=True
        )
        self.running.append(process)
        return process

    def end(self) -> None:
        for process in self.running:
            process.kill()
            process.communicate()


@pytest.fixture
def server() -> Iterator[SmtpServer]:
    with SmtpServer() as server:
        yield server


@pytest.fixture
def processes(database_url, tmp_path, server) -> Iterator[Processes]:
    processes = Processes(database_url, tmp_path, server.url)
    yield processes
    processes.end()


def wait_for(what: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not what():
        assert time.monotonic() < until, "waited too long"
        time.sleep(0.05)


def test_kill_9_in_mid_delivery_loses_nothing(told, server, processes):
    """The server has the whole mail and has not answered: the worker dies; the next one sends."""
    books_tomorrow(told)
    server.answer = lambda envelope: "stall"
    victim = processes.start()
    wait_for(lambda: server.reached.is_set() or victim.poll() is not None)
    assert victim.poll() is None, victim.communicate()
    victim.send_signal(signal.SIGKILL)
    victim.wait()
    (row,) = told.messages()
    assert (row.state, row.attempts) == ("pending", 1)
    assert row.lease_until is not None

    server.answer = lambda envelope: ACCEPTED
    assert processes.start("--once").wait(PATIENCE_SECONDS) == 0
    assert server.messages == []  # the lease of the dead one still counts

    told.session.rollback()  # what was read before the worker wrote cannot be changed from here
    told.session.execute(update(Message).values(lease_until=datetime(2020, 1, 1, tzinfo=UTC)))
    told.session.commit()
    assert processes.start("--once").wait(PATIENCE_SECONDS) == 0
    (row,) = told.messages()
    assert (row.state, row.attempts) == ("sent", 2)
    assert server.ids == [f"<{row.id}@example.org>"]


def test_a_message_taken_before_the_kill_comes_again_with_the_same_id(told, server, processes):
    """At-least-once: accepted, but the commit was lost."""
    books_tomorrow(told)
    assert processes.start("--once").wait(PATIENCE_SECONDS) == 0
    told.session.rollback()
    told.session.execute(delete(Attempt))
    told.session.execute(update(Message).values(state="pending", sent_at=None))
    told.session.commit()

    assert processes.start("--once").wait(PATIENCE_SECONDS) == 0

    assert len(server.ids) == 2
    assert len(set(server.ids)) == 1


@pytest.mark.sqlite_only
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_stops_when_asked(told, server, processes, number):
    books_tomorrow(told)
    process = processes.start()
    wait_for(lambda: bool(server.messages))

    process.send_signal(number)
    said, complained = process.communicate(timeout=5)

    assert process.returncode == 0
    assert said.splitlines() == ["worker ready", "worker stopped"]
    assert "person@" not in complained


@pytest.mark.sqlite_only
def test_once_says_how_many_left(app, told, runner):
    told.books(told.person(), told_start(), at=BEFORE)

    assert runner.invoke(worker, ["--once"]).output == "1 messages sent\n"
    assert runner.invoke(worker, ["--once"]).output == "0 messages sent\n"
    assert len(list(Path(app.config["CIC"].instance_dir, "outbox").iterdir())) == 1


BEFORE = datetime(2030, 1, 7, 5, tzinfo=UTC)


def told_start() -> datetime:
    return BEFORE + timedelta(days=3)


def settings(**more: str) -> Settings:
    return Settings(**more)  # type: ignore[arg-type]


@pytest.fixture
def no_cli(monkeypatch) -> None:
    for name in ("FLASK_RUN_FROM_CLI", "FLASK_DEBUG", "WERKZEUG_RUN_MAIN"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("no_cli")
class TestWanted:
    """Whether this process embeds the scheduler."""

    def test_a_web_process_does_when_asked(self):
        assert scheduler.wanted(settings(scheduler="embedded"))
        assert not scheduler.wanted(settings(scheduler="off"))

    @pytest.mark.parametrize(
        ("command", "env", "answer"),
        [
            pytest.param("db", {}, False, id="migrations"),
            pytest.param("worker", {}, False, id="the worker itself"),
            pytest.param("run", {}, True, id="flask run serves"),
            pytest.param("run", {"FLASK_DEBUG": "1"}, False, id="the parent of a reloader"),
            pytest.param(
                "run", {"FLASK_DEBUG": "1", "WERKZEUG_RUN_MAIN": "true"}, True, id="its child"
            ),
        ],
    )
    def test_a_command_does_not(self, command, env, answer, monkeypatch):
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        with click.Context(click.Command(command), info_name=command):
            assert scheduler.wanted(settings(scheduler="embedded")) is answer

    def test_a_command_that_left_its_mark_does_not(self, monkeypatch):
        monkeypatch.setenv("FLASK_RUN_FROM_CLI", "true")
        assert not scheduler.wanted(settings(scheduler="embedded"))


@pytest.mark.sqlite_only
def test_the_embedded_scheduler_sends_what_is_due_and_stops(app, told, monkeypatch):
    monkeypatch.setattr(scheduler, "SEND_EVERY_SECONDS", 0.1)
    told.books(told.person(), told_start(), at=BEFORE)

    ticker = scheduler.start(app)
    try:
        wait_for(lambda: any(message.state == "sent" for message in told.messages()))
    finally:
        ticker.shutdown()

    assert not ticker.running


def test_only_one_process_of_a_machine_looks(tmp_path):
    first = scheduler._Turn(tmp_path / "scheduler.lock")
    second = scheduler._Turn(tmp_path / "scheduler.lock")

    assert first.ours()
    assert first.ours()
    assert not second.ours()

    first.give_up()
    assert second.ours()
    second.give_up()


@pytest.mark.sqlite_only
def test_a_database_that_is_away_is_reported_and_asked_again(app, caplog):
    with app.app_context():
        db.drop_all()

    assert scheduler.calmly(lambda: scheduler.send_due(app)) == 0
    assert "the database did not answer" in caplog.text
