"""What runs by itself, and when: the whole list, on one page.

A timer only looks; what is due is in tables, so a missed look heals itself and two processes that
look do no harm. In a web process (`CIC_SCHEDULER=embedded`, one small centre or the demo) a
lock lets one process of the machine look; elsewhere `worker` is the process that does. Any number
may send, on any number of machines; tidying up is done by the one that has the database's lease.
"""

import atexit
import fcntl
import logging
import os
import socket
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import monotonic
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
from cic_cases.foundation.instance import InstanceSettings
from cic_cases.notifications import (
    delivery_reports,
    jobs,
    manage_links,
    staff_news,
    staff_referrals,
)
from cic_cases.notifications.channels import open_post
from cic_cases.notifications.resting import Resting
from cic_cases.people import reading_habits
from cic_cases.privacy import slowdown, walls, walls_record
from cic_cases.sealer import EVERY_SECONDS, Sealer

log = logging.getLogger(__name__)
SEND_EVERY_SECONDS = 10
LOCK_FILE = "scheduler.lock"
BEAT_EVERY_SECONDS = 20  # in a long run; a process that is silent for two minutes is missed
TIDYING = "tidying up"
RESTING = "resting channels"  # what this process knows of them
TURN = timedelta(minutes=1)  # when its holder died, another tidies up after so long
SERVING = "run"  # the one command of Flask's that serves pages


class SchedulerSettings(InstanceSettings, Protocol):
    """The settings that decide whether this process looks after the time."""

    @property
    def scheduler(self) -> str:
        """`embedded` or `off`."""


def send_due(app: Flask, stopping: Callable[[], bool] = lambda: False) -> int:
    """Send every message that is due now; returns how many left."""
    with app.app_context(), walls.named("worker"):
        try:
            with open_post(app.config["CIC"]) as post:
                resting = app.extensions.setdefault(RESTING, Resting())
                sent = jobs.send_due(now(), post, stopping=stopping, resting=resting)
        finally:
            db.session.remove()
    if sent:
        log.info("%s messages sent", sent)
    return sent


def tidy(app: Flask, stopping: Callable[[], bool] = lambda: False) -> int:
    """End the holds that ran out now, and offer their times on; returns how many ended.

    Reports that came before the tries they are about are kept with them. Answers kept for programs
    that ask twice and wrong tries go after their day, links to visits after a month. Once a day it
    is put on record that the worker passes the walls.
    Of several processes one does it: whoever has the lease, for as long as it has it.
    """
    with app.app_context(), walls.named("worker"):
        try:
            ended = _tidied(stopping)
        finally:
            db.session.remove()
    if ended:
        log.info("%s holds ended", ended)
    return ended


def _tidied(stopping: Callable[[], bool]) -> int:
    token = in_transaction(leases.take, TIDYING, process_name(), TURN)
    if token is None:
        return 0
    turn = (TIDYING, token)
    ended = sweeps.sweep(now(), lambda: stopping() or not in_transaction(leases.renew, *turn, TURN))
    _tell_staff(turn)
    if reading_habits.due(db.session(), now()):
        in_transaction(leases.fenced, turn, reading_habits.count, now())
    for anything, do in (
        (delivery_reports.any_early, delivery_reports.tell_early),
        (idempotency.any_old, idempotency.forget_old),
        (manage_links.any_old, manage_links.forget_old),
        (slowdown.any_old, slowdown.forget_old),
        (walls_record.worker_unnoted, walls_record.worker_passed),
    ):
        if anything(db.session(), now()):
            in_transaction(leases.fenced, turn, do, now())
    return ended


def _tell_staff(turn: tuple[str, int]) -> None:
    """Write what members of staff are to be told of their duties and referrals."""
    at, session = now(), db.session()
    if staff_news.due(session, at):
        found = staff_news.duties(session, at)
        in_transaction(leases.fenced, turn, staff_news.look, found, at)
    if staff_referrals.due(session, at):
        in_transaction(leases.fenced, turn, staff_referrals.look, at)


def run_due(app: Flask, stopping: Callable[[], bool] = lambda: False) -> int:
    """Everything that is due now, once; returns how many messages left."""
    alive = _Alive(stopping)
    with app.app_context(), walls.named("worker"):
        try:
            alive.beat()
        finally:
            db.session.remove()
    tidy(app, alive)
    return send_due(app, alive)


def hand_over(app: Flask) -> None:
    """Let another process tidy up from now on: this one ends."""
    with app.app_context(), walls.named("worker"):
        try:
            token = in_transaction(leases.take, TIDYING, process_name(), TURN)
            if token is not None:
                in_transaction(leases.release, TIDYING, token)
        finally:
            db.session.remove()


def process_name() -> str:
    """What this process is called among all that look after what is due: machine and number."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}"


class _Alive:
    """Asked between two steps whether to stop; a long run says meanwhile that it is alive."""

    def __init__(self, stopping: Callable[[], bool]) -> None:
        self._stopping = stopping
        self._last = monotonic()

    def __call__(self) -> bool:
        if monotonic() - self._last > BEAT_EVERY_SECONDS:
            self.beat()
        return self._stopping()

    def beat(self) -> None:
        """Say so in the database."""
        in_transaction(leases.beat, process_name())
        self._last = monotonic()


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
            calmly(lambda: hand_over(app))

    options: dict[str, Any] = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    ticker.add_job(look, "interval", seconds=SEND_EVERY_SECONDS, id="what is due", **options)
    sealer = Sealer(app, process_name())
    ticker.add_job(sealer.look, "interval", seconds=EVERY_SECONDS, id="sealing", **options)
    ticker.add_listener(lambda _event: turn.give_up(), EVENT_SCHEDULER_SHUTDOWN)
    ticker.start()
    atexit.register(stop)
    return ticker


def calmly(work: Callable[[], int | None]) -> int:
    """Do the work; a database that is away for a while is reported, and asked again next time."""
    try:
        return work() or 0
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
