"""Many want the same times in many ways while web processes are killed: nothing promised is lost.

A small storm in every run; `make chaos` sets CIC_STORM to 64 clients and 1,000 times.
"""

import os
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from itsdangerous import URLSafeTimedSerializer

from cic_cases.bookings import availability
from cic_cases.bookings.availability import Search
from cic_cases.foundation.clock import now
from cic_cases.foundation.db import db, in_transaction
from cic_cases.people import service as people
from tests.chaos import oracle
from tests.chaos.crowd import Crowd, Desk, Person, Size, Wanted
from tests.chaos.history import FREE, Event, explained
from tests.chaos.line import Line
from tests.signed_in import cookie_of
from tests.system.running_server import RunningServer

pytestmark = pytest.mark.chaos
LONG_AGO = date(2020, 1, 1)
LAWYERS = 4
TROUBLE = ("deadlock", "is locked", "Traceback")
SERVER_SECRET = "r" * 40  # of `RunningServer`


def size() -> Size:
    """Clients, times, rivals for each time, kills."""
    return Size(*map(int, os.environ.get("CIC_STORM", "16,60,3,1").split(",")))


def desk_of(carried: dict[str, object], case_id: int, secret: str) -> Desk:
    """A browser in which this member of staff is signed in, the case's card on the counter."""
    signer = Flask("cic_cases")
    signer.secret_key = secret
    word = "0" * 40
    carried = {**carried, "open_case": case_id, "csrf_token": word}
    serializer = signer.session_interface.get_signing_serializer(signer)
    csrf = URLSafeTimedSerializer(secret, salt="wtf-csrf-token").dumps(word)
    return Desk(f"cic={serializer.dumps(carried)}", csrf)


def real_now() -> datetime:
    """The server's clock runs; that of the tests stands still."""
    return datetime.now(UTC)


@pytest.fixture
def storm(app, make, monkeypatch, database_url, tmp_path):
    """A centre with four lawyers, a person for each of them and each client, a running server."""
    chosen, commit = size(), make.session.commit
    monkeypatch.setattr(make.session, "commit", make.session.flush)
    centre, advice = make.centre(), make.service(minutes=20)
    lawyers = [make.staff("lawyer", centre, initials=f"L.{n}") for n in range(LAWYERS)]
    for number, lawyer in enumerate(lawyers):
        room = make.room(centre, str(number))
        for weekday in range(5):
            make.duty(lawyer, centre, room, [advice], weekday=weekday, valid_from=LONG_AGO)
    staff = make.staff("reception", centre)
    signed_in = cookie_of(app, staff.id, real_now())
    crowd = []
    for _ in range(chosen.clients):
        mine = [make.case(language="uk") for _ in range(LAWYERS)]
        for case, _ in mine:
            make.contact(case, email=f"person{case.id}@example.org")
        desks = [desk_of(signed_in, c.id, SERVER_SECRET) for c, _ in mine]
        crowd.append([Person(code, desk) for (_, code), desk in zip(mine, desks, strict=True)])
    in_line = [make.case(language="uk")[0] for _ in range(chosen.clients)]
    for case in in_line:
        make.contact(case, email=f"person{case.id}@example.org")
    commit()
    monkeypatch.setattr(make.session, "commit", commit)
    lasts = timedelta(days=30)
    token = in_transaction(people.issue_token, staff.id, lasts=lasts, at=now(), by=None)
    desk = desk_of(signed_in, 0, SERVER_SECRET)
    line = Line(app, make.actor(staff), desk, real_now)
    for case in in_line:
        line.join(case.id, advice.id, centre.id)
    first = (real_now() + timedelta(days=1)).date()
    found = availability.free_slots(
        db.session(),
        Search(frozenset({advice.id}), frozenset({centre.id}), first, first + timedelta(80)),
        real_now(),
        limit=chosen.slots,
    )
    assert len(found) == chosen.slots
    places = {(slot.staff_id, slot.time.start): number for number, slot in enumerate(found)}
    order = [lawyer.id for lawyer in lawyers]
    wanted = [Wanted(slot.code, order.index(slot.staff_id)) for slot in found]
    db.session.rollback()
    with RunningServer(database_url, tmp_path) as server:
        assert server.call("GET", "/slots?service=legal_advice", token).status == 200
        yield Crowd(server, token, wanted, crowd, chosen), places, line


def test_every_time_has_one_winner_and_no_promise_is_lost(storm, backend, capsys):
    crowd, places, line = storm

    answering = line.answer_during(crowd, places)
    crowd.run()
    line.stop(answering)

    with capsys.disabled():
        crowd.table(lambda line: print(f"\n{backend}: {line}", end=""))  # noqa: T201
    log = crowd.server.log()
    assert not crowd.unexpected, (crowd.unexpected[:3], log[-4000:])
    assert len(crowd.victims) == crowd.size.kills
    assert [word for word in TROUBLE if word in log] == [], log[-4000:]
    db.session.rollback()
    session = db.session()
    oracle.nothing_half_done(session)
    oracle.nothing_lost(session, crowd)
    assert oracle.one_serial_order(session, crowd, places)  # some are still taken at the end
    won = sum(crowd.outcomes[act, "won"] for act in ("book", "desk"))
    assert won >= crowd.size.slots // 2  # but many were called off again
    assert oracle.deadlocks(session) == 0


def event(act: str, outcome: str, booking: str, begun: float, ended: float) -> Event:
    return Event(act, outcome, booking, begun, ended)


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("events", "last", "is_explained"),
    [
        ([event("take", "won", "A", 0, 2), event("take", "lost", "B", 1, 3)], "A", True),
        ([event("take", "won", "A", 0, 2), event("take", "won", "B", 1, 3)], "A", False),
        ([event("take", "lost", "B", 0, 1), event("take", "won", "A", 2, 3)], "A", False),
        ([event("take", "won", "A", 0, 1)], FREE, False),
        ([event("take", "cut", "?1", 0, 1)], "?", True),
        ([event("take", "cut", "?1", 0, 1)], FREE, True),
        ([event("take", "cut", "?1", 2, 3), event("take", "lost", "B", 0, 1)], "?", False),
        ([event("take", "won", "A", 0, 1), event("leave", "won", "A", 2, 3)], FREE, True),
        ([event("take", "won", "A", 0, 1), event("leave", "won", "A", 2, 3)], "A", False),
    ],
)
def test_the_judge_of_histories_knows_right_from_wrong(events, last, is_explained):
    assert explained(events, last) is is_explained
