"""Booking, moving, cancelling, with both databases."""

import threading
from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from cic_cases.bookings import queries, rules, service
from cic_cases.bookings.models import Booking
from cic_cases.bookings.slots import UnreadableSlot
from cic_cases.bookings.statuses import Status
from cic_cases.calendar import appointments
from cic_cases.calendar.models import Occupancy
from cic_cases.foundation.db import in_transaction
from cic_cases.foundation.errors import NotFound
from cic_cases.privacy.actor import Scope
from cic_cases.privacy.models import AuditEntry
from cic_cases.visits.models import Visit
from tests.bookings.conftest import Practice

CONTENDERS = 16


def test_a_booking_claims_specialist_room_and_person(practice: Practice):
    case, _ = practice.make.case()
    booking = practice.book(practice.slots()[0], case.id)

    claimed = set(practice.session.scalars(select(Occupancy.resource_id)))
    assert claimed == {practice.lawyer.resource_id, practice.room.resource_id, case.resource_id}
    assert (booking.status, booking.version) == (Status.BOOKED, 1)


def test_the_second_who_wants_a_time_is_told_it_is_taken(practice: Practice):
    slot = practice.slots()[0]
    practice.book(slot, practice.make.case()[0].id)
    with pytest.raises(rules.SlotTaken, match="just been taken"):
        practice.book(slot, practice.make.case()[0].id)
    assert practice.session.scalar(select(func.count()).select_from(Booking)) == 1


def test_a_person_cannot_be_in_two_places(practice: Practice):
    make = practice.make
    other, room = make.staff("lawyer", practice.centre), make.room(practice.centre, "2")
    make.duty(other, practice.centre, room, [practice.service], grid=40)
    first, second = practice.slots()[:2]
    case, _ = make.case()
    practice.book(first, case.id)
    with pytest.raises(rules.PersonBusy, match="already has an appointment"):
        practice.book(second, case.id)


@pytest.mark.parametrize("code", ["", "nonsense", "ĄĆ", "YWJj", "=" * 9, "A" * 500])
def test_a_slot_that_cannot_be_read_is_refused(practice: Practice, code):
    case, _ = practice.make.case()
    wish = rules.Wish(code, case.id, "uk", False, practice.centre.id)
    with pytest.raises(UnreadableSlot):
        in_transaction(service.book, wish, at=practice.clock.at, by=practice.receptionist)


def test_the_past_cannot_be_promised(practice: Practice):
    slot = practice.slots()[0]
    practice.clock.forward(timedelta(days=1))
    with pytest.raises(rules.InThePast):
        practice.book(slot, practice.make.case()[0].id)


def test_a_move_frees_the_old_time_and_raises_the_version(practice: Practice):
    case, _ = practice.make.case()
    first, second = practice.slots()[:2]
    booking = practice.book(first, case.id)

    moved = in_transaction(
        service.move,
        booking.reference,
        second.code,
        scope=practice.scope,
        version=1,
        at=practice.clock.at,
        by=practice.receptionist,
    )

    assert moved.version == 2
    assert practice.starts()[:2] == ["08:00", "09:20"]
    assert [step.version for step in queries.trace(practice.session, booking.id)] == [1, 2]


def test_a_move_into_a_taken_time_keeps_the_old_one(practice: Practice):
    first, second = practice.slots()[:2]
    booking = practice.book(first, practice.make.case()[0].id)
    practice.book(second, practice.make.case()[0].id)
    with pytest.raises(rules.SlotTaken):
        in_transaction(
            service.move,
            booking.reference,
            second.code,
            scope=practice.scope,
            version=None,
            at=practice.clock.at,
            by=practice.receptionist,
        )
    assert practice.starts()[0] == "09:20"


def test_a_cancelled_time_can_be_had_again(practice: Practice):
    slot = practice.slots()[0]
    booking = practice.book(slot, practice.make.case()[0].id)
    cancelled = in_transaction(
        service.cancel,
        booking.reference,
        who="person",
        scope=practice.scope,
        version=1,
        at=practice.clock.at,
        by=practice.receptionist,
    )
    assert cancelled.status is Status.CANCELLED
    assert practice.book(slot, practice.make.case()[0].id).status is Status.BOOKED


def test_a_change_decided_on_an_older_state_is_refused(practice: Practice):
    booking = practice.book(practice.slots()[0], practice.make.case()[0].id)
    with pytest.raises(appointments.VersionConflict, match="Someone else"):
        in_transaction(
            service.cancel,
            booking.reference,
            who="centre",
            scope=practice.scope,
            version=7,
            at=practice.clock.at,
            by=practice.receptionist,
        )


def test_out_of_scope_is_the_same_as_missing(practice: Practice):
    booking = practice.book(practice.slots()[0], practice.make.case()[0].id)
    leszno = Scope(frozenset({practice.make.centre("leszno").id}))
    for reference in (booking.reference, "ZZZZZZ"):
        with pytest.raises(NotFound):
            queries.by_reference(practice.session, reference, leszno)
    assert queries.by_reference(practice.session, booking.reference, Scope(own=practice.lawyer.id))


@pytest.mark.parametrize(
    ("steps", "allowed"),
    [
        pytest.param(["arrived", "in_progress", "done"], True, id="one after the other"),
        pytest.param(["done"], True, id="straight to done"),
        pytest.param(["arrived", "no_show"], True, id="came and left"),
        pytest.param(["done", "arrived"], False, id="back from done"),
        pytest.param(["no_show", "done"], False, id="done after no-show"),
        pytest.param(["arrived", "arrived"], False, id="the same twice"),
    ],
)
def test_steps_of_a_visit(practice: Practice, steps, allowed):
    booking = practice.book(practice.slots()[0], practice.make.case()[0].id)

    def walk() -> None:
        for step in steps:
            _status(practice, booking, step)

    if allowed:
        walk()
    else:
        with pytest.raises(appointments.WrongStatus):
            walk()


def _status(practice: Practice, booking: Booking, to: str) -> Booking:
    return in_transaction(
        service.set_status,
        booking.reference,
        Status(to),
        scope=practice.scope,
        at=practice.clock.at,
        by=practice.receptionist,
    )


def test_done_writes_one_visit_and_undo_voids_it(practice: Practice):
    booking = practice.book(practice.slots()[0], practice.make.case()[0].id)
    for _ in range(2):
        _status(practice, booking, "done")
        in_transaction(
            service.undo,
            booking.reference,
            scope=practice.scope,
            at=practice.clock.at,
            by=practice.receptionist,
        )
    _status(practice, booking, "done")

    visits = practice.session.scalars(select(Visit).order_by(Visit.id)).all()
    assert [visit.voided_at is None for visit in visits] == [False, False, True]
    assert visits[-1].minutes == 40


def test_a_no_show_writes_no_visit(practice: Practice):
    booking = practice.book(practice.slots()[0], practice.make.case()[0].id)
    _status(practice, booking, "no_show")
    assert practice.session.scalar(select(func.count()).select_from(Visit)) == 0


def test_every_step_is_audited_without_a_code(practice: Practice):
    booking = practice.book(practice.slots()[0], practice.make.case()[0].id)
    _status(practice, booking, "arrived")
    entries = practice.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [entry.action for entry in entries] == ["booking.made", "booking.status"]
    assert {entry.subject_id for entry in entries} == {booking.id}


def test_many_want_one_slot_and_one_gets_it(app: Flask, practice: Practice):
    slot = practice.slots()[0]
    cases = [practice.make.case()[0].id for _ in range(CONTENDERS)]
    outcomes: Counter[str] = Counter()

    def try_it(case_id: int) -> None:
        with app.app_context():
            wish = rules.Wish(slot.code, case_id, "uk", False, practice.centre.id)
            try:
                in_transaction(service.book, wish, at=practice.clock.at, by=practice.receptionist)
                outcomes["booked"] += 1
            except rules.SlotTaken:
                outcomes["refused"] += 1

    threads = [threading.Thread(target=try_it, args=(case_id,)) for case_id in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert outcomes == {"booked": 1, "refused": CONTENDERS - 1}
    assert practice.session.scalar(select(func.count()).select_from(Booking)) == 1


def test_two_people_who_swap_their_times_do_not_deadlock(app: Flask, practice: Practice):
    first, second = practice.slots()[:2]
    bookings = [practice.book(slot, practice.make.case()[0].id) for slot in (first, second)]
    refused: Counter[str] = Counter()

    def move(reference: str, code: str) -> None:
        with app.app_context():
            try:
                in_transaction(
                    service.move,
                    reference,
                    code,
                    scope=practice.scope,
                    version=None,
                    at=practice.clock.at,
                    by=practice.receptionist,
                )
            except rules.SlotTaken as refusal:
                refused[type(refusal).__name__] += 1

    pairs = [(bookings[0].reference, second.code), (bookings[1].reference, first.code)]
    threads = [threading.Thread(target=move, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert refused == {"SlotTaken": 2}
    assert practice.session.scalar(select(func.count()).select_from(Occupancy)) == 6


@pytest.mark.parametrize("how", ["cancelled", "arrived"])
def test_a_booking_is_not_moved_while_somebody_else_changes_it(
    app: Flask, practice: Practice, monkeypatch: pytest.MonkeyPatch, how: str
):
    first, second = practice.slots()[:2]
    reference = practice.book(first, practice.make.case()[0].id).reference
    common: dict[str, Any] = {
        "scope": practice.scope,
        "at": practice.clock.at,
        "by": practice.receptionist,
    }
    others: list[threading.Thread] = []

    def somebody_else() -> None:
        with app.app_context():
            if how == "cancelled":
                more = {"who": "centre", "version": None, **common}
                in_transaction(service.cancel, reference, **more)
            else:
                in_transaction(service.set_status, reference, Status.ARRIVED, **common)

    checked = appointments.check_version

    def in_between(known: int | None, current: int) -> None:
        checked(known, current)
        if not others:
            others.append(threading.Thread(target=somebody_else))
            others[0].start()
            others[0].join(0.5)

    monkeypatch.setattr(appointments, "check_version", in_between)
    in_transaction(service.move, reference, second.code, version=1, **common)
    others[0].join()

    practice.session.rollback()
    practice.session.expire_all()
    booking = practice.session.scalars(select(Booking)).one()
    occupied = practice.session.scalar(select(func.count()).select_from(Occupancy))
    assert (booking.status, booking.version, occupied) == (
        (Status.CANCELLED, 3, 0) if how == "cancelled" else (Status.ARRIVED, 2, 3)
    )


def test_undo_goes_back_step_by_step_and_no_further_than_the_booking(practice: Practice):
    booking = practice.book(practice.slots()[0], practice.make.case()[0].id)
    how = {"scope": practice.scope, "at": practice.clock.at, "by": practice.receptionist}
    for to in (Status.ARRIVED, Status.IN_PROGRESS, Status.DONE):
        in_transaction(service.set_status, booking.reference, to, **how)

    statuses = [in_transaction(service.undo, booking.reference, **how).status for _ in range(3)]

    assert statuses == [Status.IN_PROGRESS, Status.ARRIVED, Status.BOOKED]
    with pytest.raises(appointments.WrongStatus):
        in_transaction(service.undo, booking.reference, **how)
    in_transaction(service.set_status, booking.reference, Status.NO_SHOW, **how)
    assert in_transaction(service.undo, booking.reference, **how).status is Status.BOOKED
