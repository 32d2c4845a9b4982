"""What runs by itself, and when: the whole list, on one page.

A timer only looks; what is due is in tables, so a missed look heals itself and two processes that
look do no harm. In a web process (`CIC_SCHEDULER=embedded`, one small centre or the demo) a
lock lets one process of the machine look; elsewhere `worker` is the process that does.
"""

import atexit
import fcntl
import logging
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Protocol

import click
from apscheduler.events import EVENT_SCHEDULER_SHUTDOWN
from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask
from sqlalchemy.exc import DBAPIError

from cic_cases.api import idempotency
from cic_cases.bookings import sweeps
from cic_cases.foundation import leases
from cic_cases.foundation.clock import now
from cic_cases.foundation.db import db, in_transaction
from cic_cases.notifications import jobs, manage_links
from cic_cases.notifications.channels import open_post

log = logging.getLogger(__name__)
SEND_EVERY_SECONDS = 10
LOCK_FILE = "scheduler.lock"
SERVING = "run"  # the one command of Flask's that serves pages


class SchedulerSettings(Protocol):
    """The settings that decide whether this process looks after the time."""

    @property
    def scheduler(self) -> str:
        """`embedded` or `off`."""

    @property
    def instance_dir(self) -> str:
        """The folder for the lock that the web processes of one machine share."""


def send_due(app: Flask, stopping: Callable[[], bool] = lambda: False) -> int:
    """Send every message that is due now; returns how many left."""
    with app.app_context():
        try:
            with open_post(app.config["CIC"]) as post:
                sent = jobs.send_due(now(), post, stopping=stopping)
        finally:
            db.session.remove()
    if sent:
        log.info("%s messages sent", sent)
    return sent


def tidy(app: Flask, stopping: Callable[[], bool] = lambda: False) -> int:
    """End the holds that ran out now, and offer their times on; returns how many ended.

    Answers kept for programs that ask twice go after their day, links to visits after a month.
    """
    with app.app_context():
        try:
            ended = sweeps.sweep(now(), stopping)
            if idempotency.any_old(db.session(), now()):
                in_transaction(idempotency.forget_old, now())
            if manage_links.any_old(db.session(), now()):
                in_transaction(manage_links.forget_old, now())
        finally:
            db.session.remove()
    if ended:
        log.info("%s holds ended", ended)
    return ended


def run_due(app: Flask, stopping: Callable[[], bool] = lambda: False) -> int:
    """Everything that is due now, once; returns how many messages left."""
    tidy(app, stopping)
    sent = send_due(app, stopping)
    with app.app_context():
        try:
            in_transaction(leases.beat, f"{socket.gethostname()}:{os.getpid()}")
        finally:
            db.session.remove()
    return sent


def wanted(settings: SchedulerSettings) -> bool:
    """Whether this process is a web process that was asked to embed the scheduler.

    A command (`flask --app wsgi db upgrade`, `cic worker`) loads the same application and must
    not start it; of Flask's commands only `run` serves, and under its reloader only the child.
    """
    if settings.scheduler != "embedded":
        return False
    command = click.get_current_context(silent=True)
    if command is None:
        return os.environ.get("FLASK_RUN_FROM_CLI") != "true"
    reloads = os.environ.get("FLASK_DEBUG", "").lower() in ("1", "true")
    return command.info_name == SERVING and (
        not reloads or os.environ.get("WERKZEUG_RUN_MAIN") == "true"
    )


def start(app: Flask) -> BackgroundScheduler:
    """Look every few seconds from now on, until the process ends or `shutdown()`."""
    ticker = BackgroundScheduler(timezone="UTC")
    turn = _Turn(Path(app.config["CIC"].instance_dir) / LOCK_FILE)
    ending = threading.Event()

    def look() -> None:
        if turn.ours():
            calmly(lambda: run_due(app, ending.is_set))

    def stop() -> None:
        ending.set()
        if ticker.running:
            ticker.shutdown(wait=True)

    options: dict[str, Any] = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    ticker.add_job(look, "interval", seconds=SEND_EVERY_SECONDS, id="what is due", **options)
    ticker.add_listener(lambda _event: turn.give_up(), EVENT_SCHEDULER_SHUTDOWN)
    ticker.start()
    atexit.register(stop)
    return ticker


def calmly(work: Callable[[], int]) -> int:
    """Do the work; a database that is away for a while is reported, and asked again next time."""
    try:
        return work()
    except DBAPIError as error:
        log.warning("the database did not answer: %s", type(error.orig).__name__)
        return 0


class _Turn:
    """Held by one process of this machine; when it ends, another one takes over."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: IO[str] | None = None

    def ours(self) -> bool:
        """Take the turn if nobody has it, and keep it; False while another process does."""
        if self._file is not None:
            return True
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = self._path.open("a")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True

    def give_up(self) -> None:
        """Let another process have the turn."""
        if self._file is not None:
            self._file.close()
            self._file = None
