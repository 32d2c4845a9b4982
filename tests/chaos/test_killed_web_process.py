"""A web process is killed in the middle of sixteen people's bookings: nothing promised is lost.

What was answered with 201 is there, whole; what was not answered is there whole or not at all.
"""

import http.client
import os
import signal
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from cic_cases.bookings.models import Booking, BookingTrace
from cic_cases.calendar.models import Occupancy
from cic_cases.foundation.clock import now
from cic_cases.foundation.codes import show
from cic_cases.foundation.db import db, in_transaction
from cic_cases.notifications.models import Message
from cic_cases.people import service as people
from cic_cases.privacy.models import AuditEntry
from tests.system.running_server import RunningServer

pytestmark = pytest.mark.chaos
CLIENTS, SLOTS = 16, 40
TRIES = 10  # of each client; together they try every slot
KILL_AFTER = 8  # acknowledged bookings
EACH_HAS = 3  # resources: specialist, room, person
LONG_AGO = date(2020, 1, 1)


@pytest.fixture
def token(make):
    """Two lawyers with time on every weekday, and a token that may book."""
    centre, service = make.centre(), make.service(minutes=20)
    for number in range(2):
        lawyer = make.staff("lawyer", centre, initials=f"L.{number}")
        room = make.room(centre, str(number))
        for weekday in range(5):
            make.duty(lawyer, centre, room, [service], weekday=weekday, valid_from=LONG_AGO)
    staff = make.staff("reception", centre)
    lasts = timedelta(days=30)
    return in_transaction(people.issue_token, staff.id, lasts=lasts, at=now(), by=None)


@pytest.fixture
def codes(make, token):
    """Everybody wants to be told, so every booking has messages."""
    made = [make.case(language="uk") for _ in range(CLIENTS)]
    for case, _ in made:
        make.contact(case, email=f"person{case.id}@example.org")
    db.session.commit()
    return [code for _, code in made]


@pytest.fixture
def server(database_url, tmp_path, codes):
    db.session.rollback()
    with RunningServer(database_url, tmp_path) as server:
        yield server


class Crowd:
    """Sixteen clients after the same slots; when enough is booked, a process is killed."""

    def __init__(self, server, token, slots, codes):
        self.server, self.token, self.slots, self.codes = server, token, slots, codes
        self.acknowledged: list[str] = []
        self.statuses: Counter[int] = Counter()
        self.cut_off = 0
        self.victim: int | None = None
        self._lock = threading.Lock()

    def run(self):
        with ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(self._client, range(CLIENTS)))

    def _client(self, number):
        for place in range(TRIES):
            slot = self.slots[(place + number * 3) % SLOTS]["slot"]
            body = {"slot": slot, "case": self.codes[number], "language": "uk"}
            try:
                answer = self.server.call("POST", "/bookings", self.token, body)
            except (OSError, http.client.HTTPException, ValueError):  # cut off by the kill
                with self._lock:
                    self.cut_off += 1
                continue
            with self._lock:
                self._note(answer)

    def _note(self, answer):
        self.statuses[answer.status] += 1
        if answer.status == 201:
            self.acknowledged.append(answer.body["reference"])
        if len(self.acknowledged) >= KILL_AFTER and self.victim is None:
            self.victim = self.server.workers()[0]
            os.kill(self.victim, signal.SIGKILL)


def per_booking(column):
    counted = db.session.execute(select(column, func.count()).group_by(column))
    return dict(map(tuple, counted))


def test_a_killed_web_process_loses_no_promise_and_leaves_nothing_half_done(server, token, codes):
    slots = server.call("GET", f"/slots?service=legal_advice&limit={SLOTS}", token).body["slots"]
    crowd = Crowd(server, token, slots, codes)
    assert len(slots) == SLOTS

    crowd.run()

    assert crowd.victim is not None, crowd.statuses
    assert set(crowd.statuses) <= {201, 409}, server.log()[-4000:]
    assert crowd.victim not in server.workers()
    db.session.rollback()
    bookings = db.session.scalars(select(Booking)).all()
    assert {show(b.reference) for b in bookings} >= set(crowd.acknowledged)
    assert len(bookings) - len(crowd.acknowledged) <= crowd.cut_off
    taken = Counter((b.staff_id, b.starts_at) for b in bookings)
    assert set(taken.values()) == {1}
    ids = {b.id for b in bookings}
    assert per_booking(Occupancy.booking_id) == dict.fromkeys(ids, EACH_HAS)
    assert per_booking(BookingTrace.booking_id) == dict.fromkeys(ids, 1)
    made = select(AuditEntry.subject_id).where(AuditEntry.action == "booking.made")
    assert sorted(map(int, db.session.scalars(made))) == sorted(ids)
    assert per_booking(Message.booking_id).keys() == ids
    assert len(set(per_booking(Message.booking_id).values())) <= 2  # with or without a reminder
