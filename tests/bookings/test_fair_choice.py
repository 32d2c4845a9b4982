"""Who is offered among equals, two specialists at once, and how far ahead one may book."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from cic_cases.bookings import availability, rules, service
from cic_cases.bookings.reasons import Why
from cic_cases.bookings.why import Question, why
from cic_cases.calendar.models import Occupancy
from cic_cases.foundation.db import in_transaction
from tests.bookings.conftest import Practice, local_time

MONDAY = date(2030, 1, 7)


def colleague(practice: Practice, initials: str, **duty: object):
    make = practice.make
    staff = make.staff("lawyer", practice.centre, initials=initials)
    room = make.room(practice.centre, initials)
    make.duty(staff, practice.centre, room, [practice.service], **{"grid": 40, **duty})
    return staff


def at(practice: Practice, start: str, **more: object) -> list:
    return [s for s in practice.slots(**more) if local_time(s.time.start) == start]


def test_the_least_loaded_that_day_comes_first(practice: Practice):
    colleague(practice, "A.A.")
    assert [s.initials for s in at(practice, "10:00")] == ["A.A.", "J.K."]
    practice.book(at(practice, "08:00")[0], practice.make.case()[0].id)
    assert [s.initials for s in at(practice, "10:00")] == ["J.K.", "A.A."]
    practice.book(at(practice, "08:00")[0], practice.make.case()[0].id)
    assert [s.initials for s in at(practice, "10:00")] == ["A.A.", "J.K."]


def test_what_was_this_morning_counts_for_the_afternoon(practice: Practice):
    colleague(practice, "A.A.")
    practice.book(at(practice, "08:00")[0], practice.make.case()[0].id)
    practice.clock.forward(timedelta(hours=2))  # it is 9:00: that appointment is over
    assert [s.initials for s in at(practice, "10:00")] == ["J.K.", "A.A."]


def test_another_day_does_not_count(practice: Practice):
    colleague(practice, "A.A.")
    practice.book(at(practice, "08:00")[0], practice.make.case()[0].id)
    next_week = practice.slots(MONDAY + timedelta(weeks=1))
    assert [s.initials for s in next_week[:2]] == ["A.A.", "J.K."]


def test_any_specialist_is_one_time_each(practice: Practice):
    colleague(practice, "A.A.")
    colleague(practice, "Z.Z.", starts="08:40", ends="09:20")
    chosen = availability.one_per_start(practice.slots())
    assert [local_time(s.time.start) for s in chosen] == sorted(set(practice.starts()))
    assert {s.initials for s in chosen} == {"A.A."}


def test_people_who_take_any_specialist_are_shared_out_evenly(practice: Practice):
    for initials in ("A.A.", "B.B.", "C.C."):
        colleague(practice, initials)
    booked = []
    for _ in range(12):
        slot = availability.one_per_start(practice.slots())[0]
        booked.append(practice.book(slot, case(practice)).staff_id)
    assert {booked.count(staff) for staff in set(booked)} == {3}


def case(practice: Practice) -> int:
    return practice.make.case()[0].id


@pytest.fixture
def pairs(practice: Practice) -> Practice:
    """Each appointment needs two specialists."""
    practice.service.specialists = 2
    practice.make.save(practice.service)
    return practice


def test_two_specialists_are_offered_only_when_both_are_there(pairs: Practice):
    assert pairs.starts() == []
    second = colleague(pairs, "B.B.", starts="09:20", ends="10:40")
    assert sorted(set(pairs.starts())) == ["09:20", "10:00"]
    slots = pairs.slots(specialist_key=pairs.lawyer.key)
    assert [(s.staff_id, s.second_staff_id) for s in slots] == [(pairs.lawyer.id, second.id)] * 2


def test_both_are_claimed_and_neither_is_offered_again(pairs: Practice):
    second = colleague(pairs, "B.B.", before=10, starts="08:30", ends="11:00")
    slot = at(pairs, "09:10", specialist_key=second.key)
    assert slot, "the second specialist's own grid counts from 8:30"
    booking = pairs.book(slot[0], case(pairs))

    assert (booking.staff_id, booking.second_staff_id) == (second.id, pairs.lawyer.id)
    rows = pairs.session.scalars(select(Occupancy)).all()
    taken = {row.resource_id: (local_time(row.starts_at), local_time(row.ends_at)) for row in rows}
    assert taken[second.resource_id] == taken[pairs.lawyer.resource_id] == ("09:00", "09:50")
    assert not {"09:20", "08:40"} & set(pairs.starts(specialist_key=pairs.lawyer.key))
    with pytest.raises(rules.SlotTaken):
        pairs.book(slot[0], case(pairs))


def test_the_least_loaded_comes_along(pairs: Practice):
    busy, free = colleague(pairs, "B.B."), colleague(pairs, "C.C.")
    first = at(pairs, "08:00", specialist_key=busy.key)[0]
    assert first.second_staff_id in {pairs.lawyer.id, free.id}
    pairs.book(first, case(pairs))
    one = pairs.lawyer if first.second_staff_id == free.id else free
    assert at(pairs, "10:00", specialist_key=busy.key)[0].second_staff_id == one.id


def test_a_second_specialist_who_leaves_early_does_not_do(pairs: Practice):
    colleague(pairs, "B.B.", starts="08:00", ends="08:39")
    assert pairs.starts() == []


def test_nothing_is_offered_after_the_horizon(practice: Practice):
    practice.service.horizon_days = 14
    practice.make.save(practice.service)
    near, far = MONDAY + timedelta(weeks=2), MONDAY + timedelta(weeks=3)
    practice.clock.forward(timedelta(days=7))
    beyond = practice.slots(far)
    practice.clock.forward(timedelta(days=-7))
    assert practice.starts(near) != []
    assert practice.starts(far) == []

    with pytest.raises(rules.SlotTaken):
        practice.book(beyond[0], case(practice))
    question = Question(practice.service.id, practice.centre.id, beyond[0].time.start)
    [reason] = why(practice.session, question, practice.clock.at)
    assert (reason.why, reason.values["day"]) == (Why.HORIZON, "2030-01-21")


def test_the_next_times_are_found_beyond_a_full_day(practice: Practice):
    search = practice.search(MONDAY, last_day=MONDAY + timedelta(weeks=6))
    found = availability.free_slots(practice.session, search, practice.clock.at, limit=20)
    every = availability.free_slots(practice.session, search, practice.clock.at)
    assert found == every[:20]
    weeks = [slot.time.start.isocalendar().week for slot in found]
    assert weeks == [2] * 6 + [3] * 6 + [4] * 6 + [5] * 2


def test_times_from_a_moment_on_leave_the_horizon_and_holds_as_they_are(practice: Practice):
    search = practice.search(MONDAY, last_day=MONDAY + timedelta(weeks=52))
    practice.service.horizon_days = 10
    practice.make.save(practice.service)
    since = practice.clock.at + timedelta(days=3)
    found = availability.free_slots(practice.session, search, practice.clock.at, since=since)
    assert {slot.time.start.date() for slot in found} == {MONDAY + timedelta(weeks=1)}


def test_a_specialist_is_read_alone(practice: Practice):
    other = colleague(practice, "B.B.")
    assert {s.initials for s in practice.slots(specialist_key=other.key)} == {"B.B."}


def test_a_booking_moves_into_its_own_time(practice: Practice):
    practice.make.duty(
        practice.lawyer, practice.centre, practice.room, [practice.service], weekday=1, grid=20
    )
    tuesday = MONDAY + timedelta(days=1)
    booking = practice.book(practice.slots(tuesday)[0], case(practice))
    overlapping = practice.slots(tuesday, moving=booking.id)[1]
    assert local_time(overlapping.time.start) == "08:20"
    moved = in_transaction(
        service.move,
        booking.reference,
        overlapping.code,
        scope=practice.scope,
        version=1,
        at=practice.clock.at,
        by=practice.receptionist,
    )
    assert local_time(moved.starts_at) == "08:20"
