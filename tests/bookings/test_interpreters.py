"""Somebody who speaks for those who share no language with the specialist."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from cic_cases.bookings import rules, service
from cic_cases.bookings.models import Booking
from cic_cases.calendar.models import DutyException, ExceptionKind, Occupancy
from cic_cases.foundation import clock
from cic_cases.foundation.db import in_transaction
from tests.bookings.conftest import Practice

MONDAY = date(2030, 1, 7)
ALL_MORNING = ["08:00", "08:40", "09:20", "10:00", "10:40", "11:20"]


def interpreter(practice: Practice, initials: str = "N.G.", **duty: object):
    """A Georgian interpreter, on duty Mondays 9:00–11:00 unless told otherwise."""
    make = practice.make
    centre = duty.pop("centre", practice.centre)
    staff = duty.pop("staff", None) or make.staff(
        "interpreter", centre, languages=("ka", "pl"), initials=initials
    )
    hours = {"starts": "09:00", "ends": "11:00", **duty}
    make.duty(staff, centre, None, [], kind="interprets", **hours)
    return staff


def book(practice: Practice, start: str, language: str = "ka", **more: object) -> Booking:
    [slot] = [
        s
        for s in practice.slots()
        if f"{s.time.start.astimezone(clock.zone(s.timezone)):%H:%M}" == start
    ]
    case, _ = practice.make.case()
    wish = rules.Wish(slot.code, case.id, language, more.get("interpreter", True), 1)
    return in_transaction(service.book, wish, at=practice.clock.at, by=practice.receptionist)


def georgian(practice: Practice, **more: object) -> list[str]:
    return practice.starts(language="ka", interpreter=True, **more)


def test_a_time_is_offered_only_while_an_interpreter_is_on_duty(practice: Practice):
    assert georgian(practice) == []
    interpreter(practice)
    assert georgian(practice) == ["09:20", "10:00"]
    assert practice.starts() == ALL_MORNING


def test_a_booking_claims_the_interpreter_for_the_appointment(practice: Practice):
    person = interpreter(practice)
    booking = book(practice, "09:20")

    assert (booking.interpreter, booking.interpreter_id) == (True, person.id)
    taken = select(Occupancy).where(Occupancy.resource_id == person.resource_id)
    [claimed] = practice.session.scalars(taken)
    assert (claimed.starts_at, claimed.ends_at) == (booking.starts_at, booking.ends_at)
    assert georgian(practice) == ["10:00"]


def test_nobody_is_promised_an_interpreter_who_is_not_there(practice: Practice):
    with pytest.raises(rules.SlotTaken):
        book(practice, "10:00")
    interpreter(practice)
    assert book(practice, "10:00").interpreter
    with pytest.raises(rules.SlotTaken):
        book(practice, "10:40")  # it would end when the interpreter has left


def test_one_interpreter_is_not_in_two_rooms(practice: Practice):
    make = practice.make
    interpreter(practice)
    other = make.staff("lawyer", practice.centre, initials="T.B.")
    room = make.room(practice.centre, "2")
    make.duty(other, practice.centre, room, [practice.service], starts="09:20", grid=40)
    assert georgian(practice) == ["09:20", "09:20", "10:00", "10:00"]

    wanted = practice.slots(language="ka", interpreter=True)[:2]
    for slot, expected in zip(wanted, (None, rules.SlotTaken), strict=True):
        case, _ = make.case()
        wish = rules.Wish(slot.code, case.id, "ka", True, practice.centre.id)
        act = (service.book, wish)
        if expected is None:
            in_transaction(*act, at=practice.clock.at, by=practice.receptionist)
        else:
            with pytest.raises(expected):
                in_transaction(*act, at=practice.clock.at, by=practice.receptionist)
    assert georgian(practice) == ["10:00", "10:00"]


def test_a_specialist_who_speaks_the_language_needs_nobody(practice: Practice):
    interpreter(practice)
    booking = book(practice, "09:20", language="uk")
    assert (booking.interpreter, booking.interpreter_id) == (False, None)
    assert georgian(practice) == ["10:00"]


@pytest.mark.parametrize(("remote", "offered"), [(True, ["09:20", "10:00"]), (False, [])])
def test_a_remote_interpreter_serves_the_whole_region(practice: Practice, remote, offered):
    interpreter(practice, centre=practice.make.centre("leszno"), remote=remote)
    assert georgian(practice) == offered


def test_the_languages_of_a_duty_come_before_those_of_the_interpreter(practice: Practice):
    interpreter(practice, languages=("az",))
    assert georgian(practice) == []
    assert practice.starts(language="az", interpreter=True) == ["09:20", "10:00"]


def test_the_least_loaded_interpreter_comes(practice: Practice):
    first, second = interpreter(practice), interpreter(practice, "L.M.")
    chosen = [book(practice, start).interpreter_id for start in ("09:20", "10:00")]
    assert set(chosen) == {first.id, second.id}
    assert chosen[0] == min((first, second), key=lambda one: one.key).id


def test_a_substitute_interprets_in_place_of_the_absent(practice: Practice):
    make = practice.make
    absent = interpreter(practice)
    substitute = make.staff("interpreter", practice.centre, languages=("az",), initials="S.U.")
    on_duty = {"duty_id": 2, "on": MONDAY, "kind": ExceptionKind.CHANGED}
    make.save(DutyException(**on_duty, staff_id=substitute.id))

    assert georgian(practice) == []
    [slot, _] = practice.slots(language="az", interpreter=True)
    assert slot.interpreter_id == substitute.id != absent.id


def test_an_interpreter_interprets_for_nobody_while_receiving(practice: Practice):
    """A lawyer with a duty as interpreter too is in one place at a time, and not twice in one."""
    interpreter(practice, staff=practice.lawyer, languages=("ka",))
    assert georgian(practice) == []


def test_who_moves_keeps_the_need_of_an_interpreter(practice: Practice):
    person = interpreter(practice)
    booking = book(practice, "09:20")
    codes = {s.time.start: s.code for s in practice.slots(moving=booking.id)}

    def move(hours: float) -> Booking:
        return in_transaction(
            service.move,
            booking.reference,
            codes[booking.starts_at + timedelta(hours=hours)],
            scope=practice.scope,
            version=None,
            at=practice.clock.at,
            by=practice.receptionist,
        )

    with pytest.raises(rules.SlotTaken):
        move(2)  # 11:20, the interpreter has left
    assert move(2 / 3).interpreter_id == person.id
    assert georgian(practice) == ["09:20"]


def test_an_interpreter_is_not_kept_for_the_minutes_around(practice: Practice):
    make = practice.make
    make.duty(
        make.staff("lawyer", practice.centre, initials="T.B."),
        practice.centre,
        make.room(practice.centre, "2"),
        [practice.service],
        weekday=1,
        grid=40,
        after=20,
        before=20,
        starts="08:20",
    )
    person = interpreter(practice, weekday=1, starts="09:40", ends="10:20")
    [slot] = practice.slots(date(2030, 1, 8), language="ka", interpreter=True)
    claims = {c.resource_id: (c.time.end - c.time.start).seconds // 60 for c in slot.claims}
    assert claims[person.resource_id] == 40
    assert sorted(claims.values()) == [40, 80, 80]
