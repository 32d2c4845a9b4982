"""A roster that gives more time serves those who wait, in order, once."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from cic_cases.bookings import new_time, sweeps
from cic_cases.bookings.models import RosterChange
from cic_cases.foundation.db import in_transaction
from tests.bookings.conftest import Practice
from tests.bookings.waiting_world import Line

TUESDAY, WEDNESDAY = date(2030, 1, 8), date(2030, 1, 9)


@pytest.fixture
def line(practice: Practice) -> Line:
    """Nothing is free on Mondays that anybody here would come to."""
    sweeps.sweep(practice.clock.at)
    return Line(practice)


def more_time(line: Line, weekday: int) -> None:
    """Somebody new is on duty on that weekday."""
    make, practice = line.make, line.practice
    lawyer = make.staff("lawyer", practice.centre, initials=f"N.{weekday}.")
    room = make.room(practice.centre, f"N{weekday}")
    make.duty(lawyer, practice.centre, room, [practice.service], weekday=weekday, grid=40)


def swept(line: Line) -> None:
    sweeps.sweep(line.clock.forward(timedelta(seconds=10)))


def unseen(line: Line) -> int:
    line.session.rollback()
    rows = line.session.scalars(select(RosterChange.id).where(~RosterChange.looked_over)).all()
    return len(rows)


def test_a_new_duty_is_offered_to_those_who_wait_in_order(line: Line):
    first, second = line.joins(weekdays="1"), line.joins(weekdays="1")
    other = line.joins(weekdays="3")
    more_time(line, 1)
    swept(line)

    assert line.held_for(first).starts_at < line.held_for(second).starts_at
    assert line.held_for(second).starts_at.date() == TUESDAY
    assert line.held_for(other) is None
    assert unseen(line) == 0


def test_a_change_is_looked_over_once(line: Line):
    more_time(line, 1)
    swept(line)
    late = line.joins(weekdays="1")
    swept(line)
    assert line.held_for(late) is None  # it was free before they joined: the desk has seen it

    more_time(line, 2)
    swept(line)
    assert line.held_for(late).starts_at.date() == TUESDAY


def test_a_look_that_is_stopped_is_done_again(line: Line):
    first, second = line.joins(weekdays="1"), line.joins(weekdays="1")
    more_time(line, 1)
    at = line.clock.forward(timedelta(seconds=10))
    looks = iter([False] * 5 + [True] * 5)
    sweeps.sweep(at, lambda: next(looks))

    assert line.held_for(first) is not None
    assert line.held_for(second) is None
    assert unseen(line) > 0
    swept(line)
    assert line.held_for(second) is not None


def test_somebody_served_meanwhile_is_offered_nothing(line: Line):
    one = line.joins(weekdays="1")
    more_time(line, 1)
    line.leaves(one)
    assert in_transaction(new_time.offer, one.id, at=line.clock.at) is False
    assert line.held_for(one) is None
