"""Holds run out by themselves; a late, a second or a killed sweep does no harm."""

import threading
from datetime import timedelta
from itertools import chain, repeat

import pytest
from flask import Flask
from sqlalchemy import func, select

from cic_cases import scheduler
from cic_cases.bookings import next_in_line, sweeps
from cic_cases.bookings.models import Booking, BookingTrace, Waiting, WaitingOffer
from cic_cases.bookings.statuses import Happening, Status
from cic_cases.foundation import db as database
from cic_cases.foundation.db import db
from tests.bookings.conftest import Practice
from tests.bookings.waiting_world import Line

WORKERS = 4
A_MINUTE = timedelta(minutes=1)


@pytest.fixture
def line(practice: Practice) -> Line:
    """A line that was looked over since the last change of a roster."""
    sweeps.sweep(practice.clock.at)
    return Line(practice)


def offered(line: Line) -> list[int]:
    """Who has a standing offer, in the order of joining."""
    line.session.rollback()
    query = (
        select(WaitingOffer.waiting_id)
        .join(Booking, Booking.id == WaitingOffer.booking_id)
        .where(WaitingOffer.outcome.is_(None), Booking.status == Status.HELD)
    )
    return sorted(line.session.scalars(query))


def test_a_tick_ends_what_ran_out_and_offers_it_on(line: Line, app: Flask):
    first, second = line.joins(), line.joins()
    line.cancels(line.full_day()[0])
    line.clock.forward(timedelta(days=2))

    assert scheduler.tidy(app) == 1
    assert offered(line) == [second.id]
    assert line.state(first) == "waiting"
    assert scheduler.tidy(app) == 0


def test_when_nothing_is_due_no_turn_to_write_is_taken(line: Line, monkeypatch):
    line.joins()

    def refuse(*_args: object) -> None:
        raise AssertionError("a turn was taken")

    monkeypatch.setattr(database, "_turn", refuse)
    line.session.rollback()
    assert sweeps.sweep(line.clock.at + A_MINUTE) == 0


def test_more_holds_than_one_transaction_ends_are_all_ended(line: Line, monkeypatch):
    monkeypatch.setattr(sweeps, "AT_ONCE", 2)
    for slot in line.slots()[:5]:
        line.holds_while_booking(slot)
    line.clock.forward(timedelta(hours=1))

    assert sweeps.sweep(line.clock.at) == 5
    assert len(line.slots()) == 6


def test_a_sweep_that_is_told_to_stop_leaves_the_rest_to_the_next(line: Line, monkeypatch):
    monkeypatch.setattr(sweeps, "AT_ONCE", 1)
    for slot in line.slots()[:3]:
        line.holds_while_booking(slot)
    line.clock.forward(timedelta(hours=1))
    asked = chain([False], repeat(True))

    assert sweeps.sweep(line.clock.at, lambda: next(asked)) == 1
    assert sweeps.sweep(line.clock.at) == 2


class Killed(BaseException):
    """The process ends here."""


def test_killed_in_the_middle_nothing_is_half_done(line: Line, monkeypatch):
    first, second = line.joins(), line.joins()
    line.cancels(line.full_day()[0])
    line.clock.forward(timedelta(days=2))

    def kill(*_args: object, **_kwargs: object) -> None:
        raise Killed

    with monkeypatch.context() as dying:
        dying.setattr(next_in_line, "_hold", kill)
        with pytest.raises(Killed):
            sweeps.sweep(line.clock.at)
    assert (line.state(first), line.state(second)) == ("offered", "waiting")

    assert sweeps.sweep(line.clock.at) == 1
    assert (line.state(first), line.offered_at(second)) == ("waiting", "08:00")


def test_several_workers_end_each_hold_once_and_offer_each_time_once(line: Line, app: Flask):
    waiting = [line.joins() for _ in range(12)]
    for booking in line.full_day():
        line.cancels(booking)
    assert offered(line) == [row.id for row in waiting[:6]]
    line.clock.forward(timedelta(days=2))
    at = line.clock.at
    line.session.rollback()
    start, ended = threading.Barrier(WORKERS), []

    def work() -> None:
        with app.app_context():
            start.wait()
            ended.append(sweeps.sweep(at))
            db.session.remove()

    workers = [threading.Thread(target=work) for _ in range(WORKERS)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    sweeps.sweep(at)

    assert sum(ended) == 6
    assert offered(line) == [row.id for row in (*waiting[:5], waiting[6])]  # one miss each
    lapsed = select(func.count()).where(BookingTrace.happening == Happening.LAPSED)
    assert line.session.scalar(lapsed) == 6
    assert line.session.scalar(select(func.count()).select_from(Waiting)) == 12
