"""How long an appointment is, when it may start, and the minutes around it."""

from datetime import date

import pytest

from tests.bookings.conftest import Practice, local_time

TUESDAY = date(2030, 1, 8)


def duty(practice: Practice, **more: object) -> None:
    """The lawyer on Tuesday from 8 to 10."""
    given = {"weekday": 1, "starts": "08:00", "ends": "10:00", **more}
    make = practice.make
    make.duty(practice.lawyer, practice.centre, practice.room, [practice.service], **given)


@pytest.mark.parametrize(
    ("how", "starts"),
    [
        pytest.param({"grid": 40}, "08:00 08:40 09:20", id="the service's own length"),
        pytest.param({"grid": 30}, "08:00 08:30 09:00", id="a grid finer than the length"),
        pytest.param({"grid": 60}, "08:00 09:00", id="a grid wider than the length"),
        pytest.param({"grid": 30, "minutes": 60}, "08:00 08:30 09:00", id="longer in this duty"),
        pytest.param({"grid": 30, "minutes": 20}, "08:00 08:30 09:00 09:30", id="shorter in it"),
        pytest.param({"grid": 20, "before": 10}, "08:20 08:40 09:00 09:20", id="time before"),
        pytest.param({"grid": 20, "after": 10}, "08:00 08:20 08:40 09:00", id="time after"),
        pytest.param({"grid": 20, "before": 40, "after": 40}, "08:40", id="just fits"),
        pytest.param({"grid": 20, "before": 41, "after": 40}, "", id="never fits"),
        pytest.param({"grid": 20, "minutes": 120}, "08:00", id="the whole duty"),
        pytest.param({"grid": 20, "minutes": 121}, "", id="longer than the duty"),
    ],
)
def test_the_appointment_and_the_minutes_around_it_fit_the_duty(practice: Practice, how, starts):
    duty(practice, **how)
    assert practice.starts(TUESDAY) == starts.split()


@pytest.mark.parametrize(
    ("how", "left"),
    [
        pytest.param({}, "08:00 08:20 08:40 09:20 09:40 10:00 10:20", id="none"),
        pytest.param({"before": 10}, "08:20 09:40 10:00 10:20", id="before: none from 8:30"),
        pytest.param({"after": 10}, "08:00 08:20 09:40 10:00", id="after: none until 9:30"),
        pytest.param({"before": 20, "after": 20}, "10:00", id="around"),
    ],
)
def test_the_minutes_around_two_appointments_never_overlap(practice: Practice, how, left):
    duty(practice, grid=20, minutes=20, ends="10:40", **how)
    at_nine = next(s for s in practice.slots(TUESDAY) if local_time(s.time.start) == "09:00")
    practice.book(at_nine, practice.make.case()[0].id)
    assert practice.starts(TUESDAY) == left.split()


def test_a_person_is_free_in_the_minutes_around(practice: Practice):
    make = practice.make
    duty(practice, grid=40, before=20, after=20, starts="08:20", ends="10:20")
    other, room = (
        make.staff("lawyer", practice.centre, initials="T.B."),
        make.room(practice.centre, "2"),
    )
    make.duty(other, practice.centre, room, [practice.service], weekday=1, starts="08:20", grid=20)
    case, _ = make.case()
    mine = practice.slots(TUESDAY, specialist_key=practice.lawyer.key)[0]
    practice.book(mine, case.id)

    theirs = practice.slots(TUESDAY, specialist_key=other.key, person=case.resource_id)
    touching = next(s for s in theirs if s.time.start == mine.time.end)
    assert practice.book(touching, case.id).starts_at == mine.time.end


def test_a_slot_tells_what_it_takes(practice: Practice):
    duty(practice, grid=20, before=5, after=10)
    slot = practice.slots(TUESDAY)[0]
    assert (slot.before_minutes, slot.after_minutes) == (5, 10)
    taken = {(c.resource_id, local_time(c.time.start), local_time(c.time.end)) for c in slot.claims}
    assert taken == {
        (practice.lawyer.resource_id, "08:15", "09:10"),
        (practice.room.resource_id, "08:15", "09:10"),
    }
    booking = practice.book(slot, practice.make.case()[0].id)
    assert (booking.before_minutes, booking.after_minutes) == (5, 10)


def test_the_languages_of_a_duty_come_before_those_of_the_specialist(practice: Practice):
    duty(practice, languages=("ka",))
    assert practice.starts(TUESDAY, language="uk") == []
    assert practice.slots(TUESDAY, language="ka")[0].languages == ("ka",)


def test_two_duties_that_offer_the_same_time_show_it_once(practice: Practice):
    duty(practice, grid=40)
    duty(practice, grid=40, ends="09:00")
    assert practice.starts(TUESDAY) == ["08:00", "08:40", "09:20"]
