"""Time held for somebody: nobody else gets it until the hold ends, and it ends by itself."""

import threading
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from cic_cases.bookings import holds, queries, rules, service
from cic_cases.bookings.models import Booking, BookingTrace
from cic_cases.bookings.rules import Wish
from cic_cases.bookings.slots import Slot
from cic_cases.bookings.statuses import Happening, HeldFor, Status
from cic_cases.calendar import appointments
from cic_cases.calendar.models import Occupancy
from cic_cases.foundation.db import db, in_transaction
from cic_cases.notifications.models import Message
from tests.bookings.conftest import Practice, local_time

CONTENDERS = 16
A_MINUTE = timedelta(minutes=1)


def hold(practice: Practice, slot: Slot, case_id: int, **more: Any) -> Booking:
    wish = Wish(slot.code, case_id, "uk", False, practice.centre.id)
    chosen: dict[str, Any] = {
        "until": practice.clock.at + holds.WHILE_BOOKING,
        "held_for": HeldFor.BOOKING,
        "at": practice.clock.at,
        "by": practice.receptionist.id,
    }
    return in_transaction(holds.hold, slot, wish, **{**chosen, **more})


def confirm(practice: Practice, booking_id: int) -> Booking:
    def work(session):
        booking = session.get_one(Booking, booking_id)
        return holds.confirm(session, booking, at=practice.clock.at, by=practice.receptionist.id)

    return in_transaction(work)


def let_go(practice: Practice, booking_id: int) -> None:
    def work(session):
        booking = session.get_one(Booking, booking_id)
        holds.let_go(session, booking, at=practice.clock.at, by=practice.receptionist.id)

    in_transaction(work)


def test_a_held_time_is_offered_to_nobody_and_taken_by_nobody(practice: Practice):
    slot = practice.slots()[0]
    hold(practice, slot, practice.make.case()[0].id)

    assert local_time(slot.time.start) not in practice.starts()
    with pytest.raises(rules.SlotTaken):
        practice.book(slot, practice.make.case()[0].id)


def test_once_it_has_expired_the_time_is_free_before_anybody_tidies_up(practice: Practice):
    slot = practice.slots()[1]
    held = hold(practice, slot, practice.make.case()[0].id)
    practice.clock.forward(holds.WHILE_BOOKING)

    assert local_time(slot.time.start) in practice.starts()
    booked = practice.book(slot, practice.make.case()[0].id)
    of_lawyer = Occupancy.resource_id == practice.lawyer.resource_id
    assert practice.session.scalars(select(Occupancy.booking_id).where(of_lawyer)).all() == [
        booked.id
    ]
    with pytest.raises(rules.HoldExpired):
        confirm(practice, held.id)


def test_a_minute_before_its_end_it_still_stands(practice: Practice):
    slot = practice.slots()[1]
    hold(practice, slot, practice.make.case()[0].id)
    practice.clock.forward(holds.WHILE_BOOKING - A_MINUTE)

    assert local_time(slot.time.start) not in practice.starts()
    with pytest.raises(rules.SlotTaken):
        practice.book(slot, practice.make.case()[0].id)


def test_a_confirmed_hold_is_an_appointment_that_does_not_expire(practice: Practice):
    slot, (case, _) = practice.slots()[-1], practice.make.case()
    practice.make.contact(case, email="somebody@example.org")
    held = hold(practice, slot, case.id)
    assert practice.session.scalar(select(func.count()).select_from(Message)) == 0
    booked = confirm(practice, held.id)
    practice.clock.forward(timedelta(hours=1))

    assert (booked.status, booked.held_for, booked.expires_at) == (Status.BOOKED, None, None)
    assert local_time(slot.time.start) not in practice.starts()
    assert in_transaction(holds.lapse, practice.clock.at) == 0
    assert practice.session.scalars(select(Message.booking_id)).first() == held.id


def test_a_hold_that_is_let_go_frees_its_time_and_is_no_appointment(practice: Practice):
    slot, (case, _) = practice.slots()[0], practice.make.case()
    held = hold(practice, slot, case.id)
    let_go(practice, held.id)
    let_go(practice, held.id)

    assert local_time(slot.time.start) in practice.starts()
    assert queries.of_case(practice.session, case.id) == []
    steps = practice.session.scalars(select(BookingTrace.happening)).all()
    assert steps == [Happening.HELD, Happening.LAPSED]
    with pytest.raises(rules.HoldExpired):
        confirm(practice, held.id)


def test_the_sweep_ends_what_expired_and_nothing_else(practice: Practice):
    first, second = practice.slots()[1:3]
    hold(practice, first, practice.make.case()[0].id)
    until = practice.clock.at + timedelta(hours=3)
    hold(practice, second, practice.make.case()[0].id, until=until, held_for=HeldFor.OFFER)
    practice.clock.forward(holds.WHILE_BOOKING)

    assert in_transaction(holds.lapse, practice.clock.at) == 1
    assert in_transaction(holds.lapse, practice.clock.at) == 0
    statuses = practice.session.execute(select(Booking.held_for, Booking.status)).all()
    assert set(statuses) == {(HeldFor.BOOKING, Status.CANCELLED), (HeldFor.OFFER, Status.HELD)}


def test_nobody_hoards_more_than_two_times_while_booking(practice: Practice):
    case_id = practice.make.case()[0].id
    for slot in practice.slots()[:2]:
        hold(practice, slot, case_id)
    with pytest.raises(rules.TooMany):
        hold(practice, practice.slots()[0], case_id)
    practice.clock.forward(holds.WHILE_BOOKING)
    hold(practice, practice.slots()[0], case_id)


def test_a_service_limits_how_many_one_person_has_ahead(practice: Practice):
    practice.service.per_person = 1
    practice.session.commit()
    case_id = practice.make.case()[0].id
    practice.book(practice.slots()[0], case_id)
    with pytest.raises(rules.TooMany, match="largest number"):
        practice.book(practice.slots()[0], case_id)
    practice.book(practice.slots()[0], practice.make.case()[0].id)


def test_one_of_many_wins_a_time_whose_hold_has_just_expired(practice: Practice, app: Flask):
    slot = practice.slots()[1]
    hold(practice, slot, practice.make.case()[0].id)
    practice.clock.forward(holds.WHILE_BOOKING)
    at, by = practice.clock.at, practice.receptionist.id
    cases = [practice.make.case()[0].id for _ in range(CONTENDERS)]
    centre_id = practice.centre.id
    practice.session.rollback()
    start, results = threading.Barrier(CONTENDERS), Counter[str]()

    def contend(case_id: int) -> None:
        wish = Wish(slot.code, case_id, "uk", False, centre_id)
        with app.app_context():
            start.wait()
            try:
                in_transaction(
                    holds.hold, replace(slot), wish, until=at + A_MINUTE,
                    held_for=HeldFor.BOOKING, at=at, by=by,
                )  # fmt: skip
                results["won"] += 1
            except rules.SlotTaken:
                results["taken"] += 1
            finally:
                db.session.remove()

    threads = [threading.Thread(target=contend, args=(case_id,)) for case_id in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {"won": 1, "taken": CONTENDERS - 1}


def test_nobody_was_seen_before_the_day_of_the_appointment(practice: Practice):
    [later] = practice.slots(day=(practice.clock.at + timedelta(days=7)).date())[:1]
    booking = practice.book(later, practice.make.case()[0].id)

    def arrive(to: Status) -> Booking:
        return in_transaction(
            service.set_status, booking.reference, to,
            scope=practice.scope, at=practice.clock.at, by=practice.receptionist,
        )  # fmt: skip

    for to in (Status.ARRIVED, Status.IN_PROGRESS, Status.DONE, Status.NO_SHOW):
        with pytest.raises(appointments.WrongStatus, match="another day"):
            arrive(to)
    practice.clock.forward(timedelta(days=7))
    assert arrive(Status.ARRIVED).status is Status.ARRIVED


def test_after_a_time_was_lost_the_next_one_tried_is_no_mixture_of_the_two(practice: Practice):
    """A number that a lost try gave back may be given again: what is held is read anew."""
    taken, free = practice.slots()[:2]
    practice.book(taken, practice.make.case()[0].id)
    first, second = (practice.make.case()[0].id for _ in range(2))
    until, by = practice.clock.at + timedelta(hours=3), practice.receptionist.id

    def work(session) -> Booking:
        def held(slot: Slot, case_id: int) -> Booking:
            wish = Wish(slot.code, case_id, "uk", False, practice.centre.id)
            at, why = practice.clock.at, HeldFor.OFFER
            return holds.hold(session, slot, wish, until=until, held_for=why, at=at, by=by)

        with pytest.raises(rules.SlotTaken), session.begin_nested():
            held(taken, first)
        booking = held(free, second)
        assert (booking.case_id, booking.starts_at) == (second, free.time.start)
        return booking

    reference = in_transaction(work).reference

    practice.session.expire_all()
    kept = practice.session.scalars(select(Booking).where(Booking.reference == reference)).one()
    assert (kept.case_id, kept.starts_at, kept.status) == (second, free.time.start, Status.HELD)
