"""A weekly rule on one date: what is left of it, and when nothing is."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cic_cases.calendar import rules
from cic_cases.calendar.public_holidays import holiday_name, is_public_holiday
from cic_cases.calendar.rules import (
    Change,
    ClosedDays,
    DutyRule,
    Hours,
    NotHeld,
    check_hours,
    held_on,
    stretch,
)
from cic_cases.foundation.clock import zone

MONDAY = date(2030, 1, 7)
CENTRE, ELSEWHERE, OFFICE, ROOM, OTHER_ROOM = 1, 2, 7, 31, 32


def hours(text: str) -> Hours:
    starts, _, ends = text.partition("-")
    return time.fromisoformat(starts), time.fromisoformat(ends)


def duty(text: str = "08:00-12:00", **more: object) -> DutyRule:
    rule = DutyRule(
        id=1,
        staff_id=5,
        centre_id=CENTRE,
        room_id=ROOM,
        institution_id=OFFICE,
        weekday=0,
        hours=hours(text),
        valid_from=MONDAY - timedelta(weeks=1),
        valid_until=None,
        grid_minutes=20,
        zone=zone("Europe/Warsaw"),
        changes={},
    )
    return replace(rule, **more)


def closed(centre: int | None, office: int | None, first: date, last: date) -> ClosedDays:
    return ClosedDays(centre, office, first, last)


def held(
    rule: DutyRule, day: date = MONDAY, opening: str | None = "07:30-15:30", **more: object
) -> str | None:
    """When the duty is held, on local clocks."""
    asked = {"closures": [], "holiday": False, **more}
    found = stretch(rule, day, hours(opening) if opening else None, **asked)
    if found is None:
        return None
    local = (t.astimezone(rule.zone) for t in (found.time.start, found.time.end))
    return "-".join(f"{t:%H:%M}" for t in local)


@pytest.mark.parametrize(
    ("rule", "day", "opening", "expected"),
    [
        pytest.param(duty(), MONDAY, "07:30-15:30", "08:00-12:00", id="its weekday"),
        pytest.param(duty(), MONDAY + timedelta(1), "07:30-15:30", None, id="another weekday"),
        pytest.param(duty(), MONDAY - timedelta(14), "07:30-15:30", None, id="before it begins"),
        pytest.param(
            duty(valid_until=MONDAY), MONDAY, "07:30-15:30", "08:00-12:00", id="its last day"
        ),
        pytest.param(
            duty(valid_until=MONDAY - timedelta(1)), MONDAY, "07:30-15:30", None, id="it is over"
        ),
        pytest.param(duty(), MONDAY, None, None, id="the centre does not open"),
        pytest.param(duty(), MONDAY, "09:00-15:30", "09:00-12:00", id="it opens late"),
        pytest.param(duty(), MONDAY, "07:30-10:15", "08:00-10:15", id="it closes early"),
        pytest.param(duty(), MONDAY, "12:00-15:30", None, id="it opens when the duty ends"),
        pytest.param(duty(), MONDAY, "05:00-08:00", None, id="it closes when the duty begins"),
    ],
)
def test_a_duty_is_held_on_its_days_while_the_centre_is_open(rule, day, opening, expected):
    assert held(rule, day, opening) == expected


@pytest.mark.parametrize(
    ("closure", "expected"),
    [
        pytest.param(closed(CENTRE, None, MONDAY, MONDAY), None, id="the centre, that day"),
        pytest.param(closed(None, OFFICE, MONDAY, MONDAY), None, id="the office, that day"),
        pytest.param(
            closed(CENTRE, None, MONDAY - timedelta(9), MONDAY), None, id="until that day"
        ),
        pytest.param(
            closed(CENTRE, None, MONDAY + timedelta(1), MONDAY + timedelta(9)),
            "08:00-12:00",
            id="from the next day",
        ),
        pytest.param(closed(ELSEWHERE, None, MONDAY, MONDAY), "08:00-12:00", id="another centre"),
        pytest.param(closed(None, OFFICE + 1, MONDAY, MONDAY), "08:00-12:00", id="another office"),
    ],
)
def test_a_closure_of_its_centre_or_office_cancels_a_duty(closure, expected):
    assert held(duty(), closures=[closure]) == expected


@pytest.mark.parametrize(
    ("closure", "expected"),
    [
        pytest.param({"room_id": ROOM}, NotHeld.ROOM_CLOSED, id="its own room"),
        pytest.param({"room_id": OTHER_ROOM}, None, id="another room"),
        pytest.param({"centre_id": None, "institution_id": OFFICE}, NotHeld.INSTITUTION_CLOSED),
        pytest.param({"institution_id": OFFICE}, NotHeld.INSTITUTION_CLOSED, id="its office here"),
        pytest.param(
            {"centre_id": ELSEWHERE, "institution_id": OFFICE}, None, id="its office elsewhere"
        ),
        pytest.param({"institution_id": OFFICE + 1}, None, id="another office, here"),
    ],
)
def test_a_closure_removes_no_more_than_it_names(closure, expected):
    closing = replace(closed(CENTRE, None, MONDAY, MONDAY), **closure)
    found = held_on(duty(), MONDAY, hours("07:30-15:30"), [closing], False)
    assert (found if isinstance(found, NotHeld) else None) is expected


def test_a_closed_room_lets_a_duty_be_held_in_another_room_that_day():
    moved = duty(changes={MONDAY: Change(room_id=OTHER_ROOM)})
    room_closed = ClosedDays(CENTRE, None, MONDAY, MONDAY, ROOM)

    assert held(moved, closures=[room_closed]) == "08:00-12:00"
    assert held(moved, closures=[replace(room_closed, room_id=OTHER_ROOM)]) is None


@pytest.mark.parametrize(
    ("more", "opening", "holiday", "expected"),
    [
        ({"weekday": 1}, "07:30-15:30", True, NotHeld.OTHER_DAY),
        ({}, "07:30-15:30", True, NotHeld.HOLIDAY),
        ({}, None, False, NotHeld.NOT_OPEN),
        ({}, "12:00-15:30", False, NotHeld.OUTSIDE_OPENING),
        ({"changes": {MONDAY: Change(cancelled=True)}}, "07:30-15:30", False, NotHeld.CANCELLED),
    ],
)
def test_a_duty_that_is_not_held_says_why(more, opening, holiday, expected):
    found = held_on(duty(**more), MONDAY, hours(opening) if opening else None, [], holiday)
    assert found is expected


def test_a_closed_office_keeps_nobody_from_work_who_is_of_no_office():
    own = duty(institution_id=None)

    assert held(own, closures=[closed(None, OFFICE, MONDAY, MONDAY)]) == "08:00-12:00"


def test_on_a_public_holiday_nobody_is_on_duty_not_even_by_an_exception():
    extra = duty(changes={MONDAY: Change(hours=hours("09:00-10:00"))})

    assert held(duty(), holiday=True) is None
    assert held(extra, holiday=True) is None


@pytest.mark.parametrize(
    ("change", "expected", "room"),
    [
        pytest.param(Change(cancelled=True), None, None, id="cancelled"),
        pytest.param(Change(hours=hours("10:00-11:00")), "10:00-11:00", ROOM, id="other hours"),
        pytest.param(Change(room_id=OTHER_ROOM), "08:00-12:00", OTHER_ROOM, id="another room"),
        pytest.param(
            Change(hours=hours("06:00-18:00")), "07:30-15:30", ROOM, id="clipped all the same"
        ),
    ],
)
def test_an_exception_counts_on_its_date_only(change, expected, room):
    rule = duty(changes=MappingProxyType({MONDAY: change}))

    assert held(rule) == expected
    assert held(rule, MONDAY + timedelta(7)) == "08:00-12:00"
    found = stretch(rule, MONDAY, hours("07:30-15:30"), [], False)
    assert (found.room_id if found else None) == room


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("00:00-06:00", 5, id="across the gap one hour is missing"),
        pytest.param("03:00-06:00", 3, id="after the gap nothing is"),
        pytest.param("02:30-06:00", None, id="nobody can begin in the gap"),
        pytest.param("00:00-02:15", None, id="nor end in it"),
    ],
)
def test_the_night_the_clocks_go_forward(text, expected):
    spring = date(2030, 3, 31)
    rule = duty(text, weekday=spring.weekday())
    found = stretch(rule, spring, hours("00:00-23:00"), [], False)

    real = found and (found.time.end - found.time.start) / timedelta(hours=1)
    assert real == expected


@pytest.mark.parametrize(("text", "real"), [("00:00-06:00", 7), ("02:00-03:00", 2)])
def test_the_night_the_clocks_go_back_has_an_hour_more(text, real):
    autumn = date(2030, 10, 27)
    rule = duty(text, weekday=autumn.weekday())
    found = stretch(rule, autumn, hours("00:00-23:00"), [], False)

    assert (found.time.end - found.time.start) / timedelta(hours=1) == real


@pytest.mark.parametrize(
    ("day", "utc"), [(date(2030, 3, 25), 7), (date(2030, 4, 1), 6), (date(2030, 10, 28), 7)]
)
def test_eight_in_the_morning_stays_eight_all_year(day, utc):
    found = stretch(duty(), day, hours("07:30-15:30"), [], False)

    assert found.time.start == datetime(day.year, day.month, day.day, utc, tzinfo=UTC)


walls = st.times().map(lambda t: t.replace(second=0, microsecond=0))


@st.composite
def some_hours(draw: st.DrawFn) -> Hours:
    one, other = sorted(draw(st.lists(walls, min_size=2, max_size=2, unique=True)))
    return one, other


@given(
    some_hours(),
    st.none() | some_hours(),
    st.dates(date(2029, 1, 1), date(2031, 1, 1)),
    st.booleans(),
    st.none() | st.builds(Change, st.just(False), st.none() | some_hours()),
)
def test_what_is_left_lies_in_the_duty_and_in_the_opening_hours(own, opening, day, holiday, change):
    rule = duty(hours=own, weekday=day.weekday(), valid_from=date(2029, 1, 1))
    rule = replace(rule, changes={day: change} if change else {})
    found = stretch(rule, day, opening, [], holiday)

    if found is None:
        return
    wanted = (change and change.hours) or own
    start, end = (t.astimezone(rule.zone) for t in (found.time.start, found.time.end))
    assert start.date() == end.date() == day
    assert max(wanted[0], opening[0]) == start.time()
    assert min(wanted[1], opening[1]) == end.time()
    assert not holiday


@pytest.mark.parametrize(
    ("asked", "opening", "refusal"),
    [
        ("08:00-12:00", "07:30-15:30", None),
        ("07:30-15:30", "07:30-15:30", None),
        ("12:00-08:00", "07:30-15:30", rules.EndsBeforeStart),
        ("08:00-08:00", None, rules.EndsBeforeStart),
        ("08:00-12:00", None, rules.ClosedThatDay),
        ("07:15-12:00", "07:30-15:30", rules.OutsideHours),
        ("14:00-15:45", "07:30-15:30", rules.OutsideHours),
    ],
)
def test_a_duty_is_entered_within_opening_hours_only(asked, opening, refusal):
    open_hours = hours(opening) if opening else None
    if refusal is None:
        check_hours(hours(asked), open_hours)
        return
    with pytest.raises(refusal):
        check_hours(hours(asked), open_hours)


@pytest.mark.parametrize(
    ("day", "is_holiday"),
    [
        (date(2026, 11, 11), True),
        (date(2026, 11, 12), False),
        (date(2024, 12, 24), False),
        (date(2025, 12, 24), True),
        (date(2030, 4, 22), True),  # Easter Monday
        (date(2030, 6, 20), True),  # Corpus Christi
        (date(2028, 2, 29), False),
    ],
)
def test_public_holidays_follow_the_law(day, is_holiday):
    assert is_public_holiday("PL", day) == is_holiday
    assert bool(holiday_name("PL", day)) == is_holiday
