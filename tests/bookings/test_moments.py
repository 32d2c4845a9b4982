"""Two things in the same moment: some serial order explains what comes out; nobody deadlocks."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from cic_cases.bookings import holds, rules, service
from cic_cases.bookings.models import Booking
from cic_cases.bookings.rules import Wish
from cic_cases.bookings.slots import Slot
from cic_cases.bookings.statuses import HeldFor, Status
from cic_cases.calendar.models import Occupancy
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import Refusal
from tests.bookings.conftest import Practice

ROUNDS = 12
EACH_HAS = 3  # resources: specialist, room, person
TICK = timedelta(microseconds=1)
Work = Callable[[Session], Any]


@pytest.fixture
def together(practice: Practice, app: Flask) -> Callable[..., list[str]]:
    """Do all of this at once, each in a thread and a transaction; how each ended, by a word."""

    def together(*works: Work) -> list[str]:
        practice.session.rollback()
        start, ended = threading.Barrier(len(works)), [""] * len(works)

        def go(place: int, work: Work) -> None:
            with app.app_context():
                start.wait()
                try:
                    in_transaction(work)
                    ended[place] = "done"
                except Refusal as refusal:
                    ended[place] = type(refusal).__name__
                except Exception as error:
                    ended[place] = f"failed: {error!r}"
                finally:
                    db.session.remove()

        threads = [threading.Thread(target=go, args=one) for one in enumerate(works)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return ended

    return together


def held(practice: Practice, slot: Slot, case_id: int, until: timedelta) -> Booking:
    at, wish = practice.clock.at, Wish(slot.code, case_id, "uk", False, practice.centre.id)
    by = practice.receptionist.id
    return in_transaction(
        holds.hold, slot, wish, until=at + until, held_for=HeldFor.BOOKING, at=at, by=by
    )


def confirming(practice: Practice, booking_id: int, at: Any) -> Work:
    by = practice.receptionist.id
    return lambda s: holds.confirm(s, s.get_one(Booking, booking_id), at=at, by=by)


def booking(practice: Practice, slot: Slot, case_id: int, at: Any) -> Work:
    wish = Wish(slot.code, case_id, "uk", False, practice.centre.id)
    return lambda s: service.book(s, wish, at=at, by=practice.receptionist)


def moving(practice: Practice, reference: str, slot: Slot) -> Work:
    given = {"scope": practice.scope, "version": None, "at": practice.clock.at}
    return lambda s: service.move(s, reference, slot.code, by=practice.receptionist, **given)


def cancelling(practice: Practice, reference: str) -> Work:
    given = {"scope": practice.scope, "version": None, "at": practice.clock.at}
    return lambda s: service.cancel(s, reference, who="person", by=practice.receptionist, **given)


def occupied(practice: Practice) -> dict[int, int]:
    """How many resources each booking occupies."""
    counted = select(Occupancy.booking_id, func.count()).group_by(Occupancy.booking_id)
    return dict(map(tuple, practice.session.execute(counted)))


def deadlocks(practice: Practice) -> int:
    """How many PostgreSQL had to break; SQLite's writers take turns."""
    if practice.session.get_bind().dialect.name == "sqlite":
        return 0
    wanted = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    return practice.session.execute(text(wanted)).scalar_one()


def test_a_hold_whose_time_was_taken_is_not_confirmed_by_a_clock_that_reads_earlier(practice):
    slot = practice.slots()[1]
    own = held(practice, slot, practice.make.case()[0].id, holds.WHILE_BOOKING)
    just_before = own.expires_at - TICK
    practice.clock.at = own.expires_at
    taken = practice.book(slot, practice.make.case()[0].id)

    with pytest.raises(rules.HoldExpired):
        in_transaction(confirming(practice, own.id, just_before))

    assert occupied(practice) == {taken.id: EACH_HAS}


def test_at_the_moment_of_its_end_a_hold_is_confirmed_or_its_time_is_somebody_elses(
    practice, together
):
    outcomes = Counter[tuple[str, ...]]()
    for slot in practice.slots()[1:]:
        own = held(practice, slot, practice.make.case()[0].id, timedelta(minutes=1))
        end, other = own.expires_at, practice.make.case()[0].id
        ended = together(
            confirming(practice, own.id, end - TICK),
            booking(practice, slot, other, end),
            lambda s, end=end: holds.lapse(s, end),
        )
        outcomes[tuple(ended[:2])] += 1
        assert ended[2] == "done", ended

    assert set(outcomes) <= {("done", "SlotTaken"), ("HoldExpired", "done")}, outcomes
    at_the_end = select(Booking.id).where(Booking.status == Status.BOOKED)
    booked = practice.session.scalars(at_the_end).all()
    assert len(booked) == outcomes.total()
    assert occupied(practice) == dict.fromkeys(booked, EACH_HAS)
    assert deadlocks(practice) == 0


def test_two_people_who_swap_times_both_keep_theirs_and_nobody_deadlocks(practice, together):
    one_slot, other_slot = practice.slots()[:2]
    one = practice.book(one_slot, practice.make.case()[0].id).reference
    other = practice.book(other_slot, practice.make.case()[0].id).reference

    for _ in range(ROUNDS):
        ended = together(moving(practice, one, other_slot), moving(practice, other, one_slot))
        assert ended == ["SlotTaken", "SlotTaken"]

    assert set(occupied(practice).values()) == {EACH_HAS}
    assert deadlocks(practice) == 0


def test_many_who_move_in_a_ring_through_a_free_time_leave_nothing_half_done(practice, together):
    first, *others = practice.slots()
    made = [practice.book(slot, practice.make.case()[0].id).reference for slot in others]
    previous = [first, *others[:-1]]

    for _ in range(ROUNDS):
        ended = together(
            *(moving(practice, one, to) for one, to in zip(made, previous, strict=True)),
            *(moving(practice, one, to) for one, to in zip(made, others, strict=True)),
        )
        assert set(ended) <= {"done", "SlotTaken"}, ended

    assert set(occupied(practice).values()) == {EACH_HAS}
    bookings = practice.session.scalars(select(Booking)).all()
    assert len({row.starts_at for row in bookings}) == len(bookings)
    assert deadlocks(practice) == 0


def test_whoever_is_cancelled_while_being_moved_has_no_time_left(practice, together):
    for _ in range(ROUNDS):
        one_slot, other_slot = practice.slots()[:2]
        made = practice.book(one_slot, practice.make.case()[0].id)
        ended = together(
            moving(practice, made.reference, other_slot), cancelling(practice, made.reference)
        )
        assert ended in (["done", "done"], ["WrongStatus", "done"]), ended
        practice.session.expire_all()
        cancelled = practice.session.get_one(Booking, made.id)
        assert cancelled.status is Status.CANCELLED
        assert cancelled.version == 2 + (ended[0] == "done")
        assert occupied(practice) == {}

    assert deadlocks(practice) == 0


def test_one_person_never_has_more_times_held_than_allowed_however_many_ask(practice, together):
    at, by, case_id = practice.clock.at, practice.receptionist.id, practice.make.case()[0].id

    def holding(slot: Slot) -> Work:
        wish = Wish(slot.code, case_id, "uk", False, practice.centre.id)
        until = at + holds.WHILE_BOOKING
        for_booking = HeldFor.BOOKING
        return lambda s: holds.hold(s, slot, wish, until=until, held_for=for_booking, at=at, by=by)

    ended = Counter(together(*map(holding, practice.slots())))

    assert ended["done"] == holds.AT_ONCE
    assert set(ended) == {"done", "TooMany"}
