"""Sending by one worker over one connection, beside only writing the same mails. Target 9."""

import itertools
import socket
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from cic_cases.foundation.db import db, in_transaction
from cic_cases.notifications import jobs
from cic_cases.notifications.channels import open_post
from cic_cases.notifications.kinds import Kind, Means, Mode, State
from cic_cases.notifications.letters import mail
from cic_cases.notifications.models import Attempt, Message
from cic_cases.notifications.queries import facts
from cic_cases.notifications.writing import finished
from tests.bench.table import line, medians
from tests.conftest import MONDAY
from tests.notifications.people import Told
from tests.notifications.smtp_server import HOST

pytestmark = pytest.mark.bench
MESSAGES = 200


@pytest.fixture
def queued(make) -> list[str]:
    """The ids of confirmations that are due."""
    told = Told(make)
    for number in range(MESSAGES):
        told.books(told.person(), MONDAY + timedelta(days=10, minutes=number), at=MONDAY)
    due = Message.kind == Kind.BOOKING_CONFIRMATION, Message.channel == Means.EMAIL
    return list(make.session.scalars(select(Message.id).where(*due)))


@pytest.fixture
def sink():
    """The address of a mail server in a process of its own, which takes everything."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "aiosmtpd", "-n", "-l", f"{HOST}:{port}"]
    server = subprocess.Popen([*command, "-c", "aiosmtpd.handlers.Sink"])
    until = time.monotonic() + 30
    while True:
        try:
            socket.create_connection((HOST, port)).close()
            break
        except ConnectionRefusedError:
            assert time.monotonic() < until, "the mail server does not listen"
            time.sleep(0.1)
    yield f"smtp://{HOST}:{port}"
    server.kill()
    server.wait()


def test_one_worker_sends(app, queued, sink, backend):
    def built() -> float:
        """Mails per second that are written from facts that were read before, and go nowhere."""
        session = db.session()
        rows = [session.get_one(Message, one) for one in queued]
        known = [(row, facts(session, row.booking_id or 0)) for row in rows]
        settings = app.config["CIC"]
        began = time.perf_counter()
        for row, its in known:
            mail(finished(row, its, Mode.FULL, settings, MONDAY)).as_bytes()
        taken = time.perf_counter() - began
        session.rollback()
        return MESSAGES / taken

    settings, minutes = replace(app.config["CIC"], mail_url=sink), itertools.count()

    def sent() -> float:
        in_transaction(_again)
        with open_post(settings) as post:
            began = time.perf_counter()
            left = jobs.send_due(MONDAY + timedelta(minutes=next(minutes)), post)
            assert left == MESSAGES
            return MESSAGES / (time.perf_counter() - began)

    sent()
    rates = medians({"built": built, "sent": sent})

    ratio = rates["sent"] / rates["built"]
    figure = f"{rates['sent']:.0f}/s sent, {rates['built']:.0f}/s only written"
    line("9", f"dispatch, one worker, one connection ({backend})", figure, f"{ratio:.2f}", "≥ 0.4")


def _again(session) -> None:
    """As if none had left."""
    session.execute(Attempt.__table__.delete())
    values = {"state": State.PENDING, "sent_at": None, "next_try_at": Message.due_at, "attempts": 0}
    confirmed = Message.kind == Kind.BOOKING_CONFIRMATION
    session.execute(update(Message).where(confirmed).values(values))
