"""Sixty-four want the same time, through a running server: one gets it, the others a choice.

The clock of this test's process stands still, that of the server runs: duties are open-ended.
"""

from collections import Counter
from datetime import date, timedelta
from functools import partial
from itertools import cycle

import pytest
from sqlalchemy import func, select

from cic_cases.bookings.models import Booking
from cic_cases.calendar.models import Occupancy
from cic_cases.foundation.clock import now
from cic_cases.foundation.db import db, in_transaction
from cic_cases.people import service as people
from tests.system.running_server import RunningServer, all_at_once

pytestmark = pytest.mark.chaos
RIVALS = 64
LONG_AGO = date(2020, 1, 1)


@pytest.fixture
def centre(make):
    """One lawyer who is wanted by everybody, and others with time on every weekday."""
    centre, service = make.centre(), make.service(minutes=20)
    for number in range(4):
        lawyer = make.staff("lawyer", centre, initials=f"L.{number}")
        room = make.room(centre, str(number))
        for weekday in range(5):
            make.duty(lawyer, centre, room, [service], weekday=weekday, valid_from=LONG_AGO)
    return centre


def token_of(make, centre):
    """The token of a new member of the reception."""
    staff = make.staff("reception", centre)
    lasts = timedelta(days=30)
    return in_transaction(people.issue_token, staff.id, lasts=lasts, at=now(), by=None)


@pytest.fixture
def token(make, centre):
    return token_of(make, centre)


@pytest.fixture
def readers(make, centre):
    """Two, because one who reads 64 cases within an hour has to wait."""
    return [token_of(make, centre) for _ in range(2)]


@pytest.fixture
def codes(make, centre):
    return [make.case(centre)[1] for _ in range(RIVALS)]


@pytest.fixture
def server(app, database_url, tmp_path, centre, token, readers, codes):
    db.session.rollback()
    with RunningServer(database_url, tmp_path) as server:
        yield server


def free_slots(server, token):
    return server.call("GET", "/slots?service=legal_advice&limit=200", token).body["slots"]


def check(answers, server, won):
    """One wins; all others are told so, with three times to choose from."""
    counted = Counter(answer.status for answer in answers)
    assert counted == {won: 1, 409: RIVALS - 1}, server.log()[-4000:]
    for answer in answers:
        if answer.status == 409:
            assert answer.body["type"].endswith("/slot-taken")
            assert len(answer.body["alternatives"]) == 3


def test_one_of_64_gets_the_slot(server, token, codes):
    wanted = free_slots(server, token)[0]["slot"]
    bodies = [{"slot": wanted, "case": code, "language": "uk"} for code in codes]

    answers = all_at_once(partial(server.call, "POST", "/bookings", token, body) for body in bodies)

    check(answers, server, won=201)
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Booking)) == 1
    assert db.session.scalar(select(func.count()).select_from(Occupancy)) == 3


def test_one_of_64_bookings_is_moved_into_the_slot(server, token, readers, codes):
    *own, wanted = free_slots(server, token)[: RIVALS + 1]
    made = [
        server.call("POST", "/bookings", token, {"slot": s["slot"], "case": c, "language": "uk"})
        for s, c in zip(own, codes, strict=True)
    ]
    references = [answer.body["reference"] for answer in made]

    answers = all_at_once(
        partial(server.call, "POST", f"/bookings/{one}/move", token, {"slot": wanted["slot"]})
        for one in references
    )

    check(answers, server, won=200)
    turns = zip(references, cycle(readers), strict=False)
    read = [server.call("GET", f"/bookings/{one}", reader).body for one, reader in turns]
    moved = [body["version"] for body in read]
    assert sorted(moved) == [1] * (RIVALS - 1) + [2]
    kept = [body["starts_at"] for body, v in zip(read, moved, strict=True) if v == 1]
    assert kept == [s["starts_at"] for s, v in zip(own, moved, strict=True) if v == 1]
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(Occupancy)) == 3 * RIVALS
