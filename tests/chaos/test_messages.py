"""Workers are killed and put to sleep over servers that misbehave: no message is lost.

A small run in every test; `make chaos` sets CIC_KILLS to 500 and CIC_BACKLOG to 5,000.
"""

import os
import random
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from cic_cases.foundation.db import _turn, db, in_transaction
from cic_cases.notifications import delivery_reports, jobs
from cic_cases.notifications.channels import NoConnection
from cic_cases.notifications.claims import BATCH
from cic_cases.notifications.kinds import Kind, Means, State
from cic_cases.notifications.models import Attempt, Message, Report, TryOutcome
from tests.chaos.mailroom import PATIENCE_SECONDS, BadGateway, BadServer, Workers
from tests.chaos.sender import IN_HAND_SECONDS
from tests.conftest import MONDAY
from tests.notifications.people import Pile, Told

pytestmark = pytest.mark.chaos
KILLS = int(os.environ.get("CIC_KILLS", "4"))
BACKLOG = int(os.environ.get("CIC_BACKLOG", "200"))
NEW_AT_EACH = 6  # appointments made between two kills
WORKERS = 3
CONFIRMED, CANCELLED = Kind.BOOKING_CONFIRMATION, Kind.CANCELLED_ON_REQUEST
REACHED = ({}, {}, {"email": None, "phone": "+48600100200"})
SET_ASIDE = (State.FAILED, State.UNKNOWN)


@pytest.fixture
def told(make) -> Told:
    return Told(make)


def books(told: Told, chance: random.Random, number: int) -> list:
    """Appointments of this afternoon, confirmed at once; by the real clock, as workers go by it."""
    at = datetime.now(UTC)
    told.session.rollback()
    soon = [at + timedelta(minutes=chance.randrange(90, 170)) for _ in range(number)]
    with _turn(db.engine):
        return [told.books(told.person(**chance.choice(REACHED)), start, at=at) for start in soon]


@pytest.fixture
def mailroom(told, database_url, tmp_path):
    """Servers and their workers, with chances that are the same in every run."""
    chance = random.Random(4)
    with BadServer(chance) as server, BadGateway(chance) as gateway:
        workers = Workers(database_url, tmp_path, (server.url, gateway.url()), random.Random(5))
        try:
            for _ in range(WORKERS):
                workers.start()
            yield (server, gateway), workers, chance
        finally:
            workers.end()


def storm(told, servers, workers, chance) -> dict[int, float]:
    """Book, cancel, kill, in turn; returns when which booking was cancelled."""
    cancelled: dict[int, float] = {}
    for number in range(KILLS):
        made = books(told, chance, NEW_AT_EACH)
        if number % 5 == 2:
            chance.choice(servers).away_until = time.time() + 1
        time.sleep(chance.random() / 4)
        told.session.rollback()
        with _turn(db.engine):
            told.cancels(made[0], at=datetime.now(UTC))
        cancelled[made[0].id] = time.time()
        workers.harm()
    return cancelled


def drained(told: Told) -> None:
    """Wait until nothing that could leave waits; what was put off is due at once."""
    until = time.monotonic() + PATIENCE_SECONDS + NEW_AT_EACH * KILLS / 10
    while any(m.state is State.PENDING and m.due_at <= datetime.now(UTC) for m in told.messages()):
        assert time.monotonic() < until, Counter(m.state for m in told.messages())
        in_transaction(_at_once)
        time.sleep(1)


def _at_once(session) -> None:
    waits = Message.state == State.PENDING, Message.lease_token.is_(None)
    session.execute(update(Message).where(*waits).values(next_try_at=Message.due_at))


def test_nothing_is_lost_sent_after_cancelling_or_doubled_but_where_a_commit_was_lost(
    told, mailroom, backend, capsys
):
    servers, workers, chance = mailroom

    cancelled = storm(told, servers, workers, chance)
    workers.wake()
    for server in servers:
        server.well = True
    drained(told)

    rows = {m.id: m for m in told.messages()}
    accepted = [one for server in servers for one in server.accepted]
    taken = Counter(name for name, _, _ in accepted)
    sent = {name for name, m in rows.items() if m.state is State.SENT}
    lost = sent - taken.keys()
    doubled = {name: times for name, times in taken.items() if times > 1}
    late = [
        name
        for name, begun, _ in accepted
        if rows[name].kind is CONFIRMED
        and begun > cancelled.get(rows[name].booking_id or 0, begun) + IN_HAND_SECONDS
    ]
    aside = Counter(m.state.value for m in rows.values() if m.state in SET_ASIDE)
    with capsys.disabled():
        said = f"{len(rows)} messages, {workers.killed} kills, {workers.stopped} stops"
        counted = f"lost {len(lost)}, after cancelling {len(late)}, doubled {len(doubled)}"
        print(f"\n{backend}: {said}: {counted}, set aside {dict(aside)}")  # noqa: T201
        for who, server in zip(("server", "gateway"), servers, strict=True):
            print(f"  the {who}: {dict(server.behaved)}")  # noqa: T201
    assert taken.keys() <= rows.keys()
    assert lost == set()
    assert late == []
    assert sum(doubled.values()) - len(doubled) <= workers.killed + workers.stopped
    _commit_lost(doubled, rows)
    _reported(servers[1].numbers, chance)


def _reported(numbers: list[str], chance: random.Random) -> None:
    """Each report comes twice and in any order: of several, one that says «delivered» stands."""
    known = set(db.session.scalars(select(Attempt.provider_ref)))
    told = [(number, chance.choice(list(Report))) for number in numbers for _ in range(2)]
    chance.shuffle(told)
    for number, report in told:
        found = in_transaction(delivery_reports.take, Means.SMS, number, report, at=MONDAY)
        assert found is (number in known)
    arrived = {number for number, report in told if report is Report.DELIVERED} & known
    kept = select(Attempt.provider_ref).where(Attempt.report == Report.DELIVERED)
    db.session.rollback()
    assert set(db.session.scalars(kept)) == arrived


def _commit_lost(doubled, rows) -> None:
    """Each of them was tried again because the first try left no trace of having ended."""
    ended = dict(
        db.session.execute(
            select(Attempt.message_id, func.count())
            .where(Attempt.outcome == TryOutcome.SENT)
            .group_by(Attempt.message_id)
        ).all()
    )
    for name, times in doubled.items():
        assert ended.get(rows[name].id, 0) < times
        assert rows[name].attempts >= times


class Back(Pile):
    """Away at first; then, while the backlog drains, people go on making appointments."""

    def __init__(self, told: Told, each: int) -> None:
        super().__init__()
        self.told, self.each = told, each
        self.fails = NoConnection("no connection to the mail server")
        self.made: dict[int, int] = {}

    def deliver(self, letter):
        receipt = super().deliver(letter)
        if len(self.letters) % self.each == 0 and len(self.made) < 20:
            start = MONDAY + timedelta(days=40, minutes=len(self.made))
            booking = self.told.books(self.told.person(), start, at=MONDAY + timedelta(hours=2))
            self.made[booking.id] = len(self.letters)
        return receipt


def test_what_waited_for_a_server_drains_and_the_desk_waits_for_none_of_it(
    told, monkeypatch, backend, capsys
):
    session, commit = told.session, told.session.commit
    monkeypatch.setattr(session, "commit", session.flush)
    for number in range(BACKLOG):
        start = MONDAY + timedelta(days=10, minutes=number)
        told.books(told.person(), start, at=MONDAY + timedelta(seconds=number / 10))
    monkeypatch.setattr(session, "commit", commit)
    session.commit()
    post = Back(told, BACKLOG // 20)
    for minutes in range(15, 120, 5):
        jobs.send_due(MONDAY + timedelta(minutes=minutes), post)
    confirmed = select(func.count()).where(Message.kind == CONFIRMED, Message.state == State.SENT)
    assert session.scalar(confirmed) == 0
    session.rollback()

    post.fails = None
    began = time.monotonic()
    left = jobs.send_due(MONDAY + timedelta(hours=3), post)
    seconds = time.monotonic() - began

    order = {letter.message_id: place for place, letter in enumerate(post.letters, 1)}
    rows = [m for m in told.messages() if m.kind is CONFIRMED]
    waits = [order[m.id] - post.made[m.booking_id] for m in rows if m.booking_id in post.made]
    with capsys.disabled():
        fresh = f"of {len(waits)} new ones each waited for {max(waits)} others at most"
        print(f"\n{backend}: {left} left in {seconds:.0f} s; {fresh}", end="")  # noqa: T201
    assert {m.state for m in rows} == {State.SENT}
    assert len(rows) == BACKLOG + len(post.made)
    assert len(order) == len(post.letters)
    assert max(waits) <= 2 * BATCH
