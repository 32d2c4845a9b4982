"""Which times are offered."""

from datetime import date, time, timedelta

import pytest
from sqlalchemy import event

from cic_cases.bookings import availability
from cic_cases.calendar.models import Closure, DutyException, ExceptionKind
from cic_cases.centres.models import OpeningDate
from cic_cases.foundation.db import db
from tests.bookings.conftest import Practice

MONDAY, NEXT_MONDAY = date(2030, 1, 7), date(2030, 1, 14)
ALL_MORNING = ["08:00", "08:40", "09:20", "10:00", "10:40", "11:20"]


def test_a_duty_offers_its_grid_and_a_shorter_tail_is_left(practice: Practice):
    assert practice.starts() == ALL_MORNING


def test_time_that_has_passed_is_not_offered(practice: Practice):
    practice.clock.forward(timedelta(hours=2, minutes=30))  # 09:30 in Warsaw
    assert practice.starts() == ["10:00", "10:40", "11:20"]


def test_a_booked_time_is_not_offered_and_a_touching_one_is(practice: Practice):
    case, _ = practice.make.case()
    practice.book(practice.slots()[1], case.id)
    assert practice.starts() == ["08:00", "09:20", "10:00", "10:40", "11:20"]


@pytest.mark.parametrize(
    ("closed", "offered"),
    [
        pytest.param("centre", [], id="the centre is closed"),
        pytest.param("another centre", ALL_MORNING, id="another centre is closed"),
        pytest.param("institution", ALL_MORNING, id="an institution the lawyer is not of"),
    ],
)
def test_closures_belong_to_a_centre_or_an_institution(practice: Practice, closed, offered):
    make = practice.make
    where = {
        "centre": {"centre_id": practice.centre.id},
        "another centre": {"centre_id": make.centre("leszno").id},
        "institution": {"institution_id": make.institution().id},
    }[closed]
    make.save(Closure(first_day=MONDAY, last_day=MONDAY, reason="training", **where))
    assert practice.starts() == offered


def test_an_officer_is_away_when_the_institution_is_closed(practice: Practice):
    make = practice.make
    office = make.institution("WUW")
    consultation = make.service("wuw_consultation", minutes=20, secrecy="role", institution=office)
    officer = make.staff("partner", practice.centre, institution=office)
    room = make.room(practice.centre, "2")
    make.duty(officer, practice.centre, room, [consultation], starts="09:00", ends="10:00")
    asked = {"service_ids": frozenset({consultation.id})}
    assert practice.starts(**asked) == ["09:00", "09:20", "09:40"]

    make.save(
        Closure(institution_id=office.id, first_day=MONDAY, last_day=MONDAY, reason="holiday")
    )
    assert practice.starts(**asked) == []
    assert practice.starts() == ALL_MORNING


def test_a_public_holiday_is_free_of_duties(practice: Practice):
    duty_day = date(2030, 4, 22)  # Easter Monday
    assert practice.starts(duty_day) == []
    assert practice.starts(duty_day + timedelta(days=7)) != []


def test_christmas_eve_is_a_holiday_from_2025(practice: Practice):
    make = practice.make
    make.duty(practice.lawyer, practice.centre, practice.room, [practice.service], weekday=1)
    assert practice.starts(date(2030, 12, 24)) == []


@pytest.mark.parametrize(
    ("exception", "offered"),
    [
        pytest.param({"kind": ExceptionKind.CANCELLED}, [], id="cancelled that day"),
        pytest.param(
            {"kind": ExceptionKind.CHANGED, "starts": time(9), "ends": time(10, 30)},
            ["09:00", "09:40"],
            id="other hours that day",
        ),
    ],
)
def test_one_occurrence_can_be_changed(practice: Practice, exception, offered):
    duty_id = practice.slots()[0] and 1
    practice.make.save(DutyException(duty_id=duty_id, on=MONDAY, **exception))
    assert practice.starts() == offered
    assert practice.starts(NEXT_MONDAY) == ALL_MORNING


def test_a_duty_is_clipped_to_opening_hours_and_keeps_its_grid(practice: Practice):
    practice.make.save(
        OpeningDate(centre_id=practice.centre.id, on=MONDAY, opens=time(8, 30), closes=time(11))
    )
    assert practice.starts() == ["08:40", "09:20", "10:00"]


def test_a_working_saturday_opens_a_saturday_duty(practice: Practice):
    make, saturday = practice.make, date(2030, 1, 12)
    make.duty(practice.lawyer, practice.centre, practice.room, [practice.service], weekday=5)
    assert practice.starts(saturday) == []
    make.save(
        OpeningDate(centre_id=practice.centre.id, on=saturday, opens=time(9), closes=time(13))
    )
    assert practice.starts(saturday) != []


def test_only_those_who_speak_the_language_are_offered(practice: Practice):
    assert practice.starts(language="uk") == ALL_MORNING
    assert practice.starts(language="ka") == []
    assert practice.starts(language="ka", interpreter=True) == []
    assert practice.starts(language="uk", interpreter=True) == ALL_MORNING
    assert practice.starts(interpreter=True) == ALL_MORNING  # the language is chosen later


def test_times_of_day_bound_the_start(practice: Practice):
    assert practice.starts(from_time=time(9), until_time=time(10)) == ["09:20"]


def test_a_person_is_not_offered_what_they_cannot_attend(practice: Practice):
    make = practice.make
    other = make.staff("lawyer", practice.centre, initials="T.B.")
    room = make.room(practice.centre, "2")
    make.duty(other, practice.centre, room, [practice.service], grid=40)
    case, _ = make.case()
    practice.book(practice.slots()[0], case.id)

    for_them = [slot.initials for slot in practice.slots(person=case.resource_id)]
    assert practice.starts(person=case.resource_id)[0] == "08:40"
    assert set(for_them) == {"J.K.", "T.B."}


def test_a_shared_room_serves_one_at_a_time(practice: Practice):
    make = practice.make
    other = make.staff("lawyer", practice.centre, initials="T.B.")
    make.duty(other, practice.centre, practice.room, [practice.service], grid=40)
    case, _ = make.case()
    practice.book(practice.slots()[0], case.id)
    assert "08:00" not in practice.starts()


def test_a_night_when_the_clocks_change_offers_local_wall_time(practice: Practice):
    """On 1 April 2030, the Monday after the change, 8:00 is still 8:00."""
    summer = practice.slots(date(2030, 4, 1))
    assert [f"{s.time.start:%H:%M}" for s in summer][0] == "06:00"
    winter = practice.slots(date(2030, 3, 25))
    assert [f"{s.time.start:%H:%M}" for s in winter][0] == "07:00"


def test_counts_per_day_agree_with_the_slots(practice: Practice):
    search = practice.search(MONDAY, last_day=date(2030, 1, 14))
    counts = availability.free_per_day(practice.session, search, practice.clock.at)
    assert list(counts.values()) == [6, 0, 0, 0, 0, 0, 0, 6]


def test_the_number_of_statements_does_not_grow_with_specialists(practice: Practice):
    def statements() -> int:
        seen: list[str] = []

        def listen(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            if statement.startswith("SELECT"):
                seen.append(statement)

        search = practice.search()
        event.listen(db.engine, "before_cursor_execute", listen)
        availability.free_slots(practice.session, search, practice.clock.at)
        event.remove(db.engine, "before_cursor_execute", listen)
        return len(seen)

    alone = statements()
    for number in range(5):
        lawyer = practice.make.staff("lawyer", practice.centre, initials=f"L.{number}")
        room = practice.make.room(practice.centre, f"1{number}")
        practice.make.duty(lawyer, practice.centre, room, [practice.service], grid=40)
    assert statements() == alone
