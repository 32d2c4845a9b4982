"""Every so many weeks, substitutes, and the hours that the clocks skip."""

from datetime import date, time, timedelta

import pytest

from cic_cases.calendar.rules import (
    Change,
    NotHeld,
    dates_of,
    held_on,
    holds_on,
    skipped_dates,
    stretch,
    substituted,
)
from cic_cases.foundation.clock import zone
from tests.calendar.test_rules import MONDAY, OTHER_ROOM, duty, held, hours


@pytest.mark.parametrize(
    ("every", "first", "held_in"),
    [
        (1, MONDAY, [0, 1, 2, 3, 4, 5]),
        (2, MONDAY, [0, 2, 4]),
        (2, MONDAY - timedelta(7), [1, 3, 5]),
        (2, MONDAY + timedelta(3), [2, 4]),  # from Thursday: its week is the first
        (3, MONDAY - timedelta(4), [2, 5]),
        (8, MONDAY, [0]),
    ],
)
def test_every_so_many_weeks_counts_from_the_week_of_the_first_day(every, first, held_in):
    rule = duty(every_weeks=every, valid_from=first)
    weeks = [n for n in range(6) if holds_on(rule, MONDAY + timedelta(weeks=n))]
    assert weeks == held_in
    assert dates_of(rule, MONDAY, MONDAY + timedelta(weeks=6, days=-1)) == [
        MONDAY + timedelta(weeks=n) for n in held_in
    ]


def test_every_other_week_counts_on_across_the_turn_of_a_year_with_53_weeks():
    rule = duty(every_weeks=2, weekday=3, valid_from=date(2032, 12, 16))  # 2032 has 53 weeks
    dates = dates_of(rule, date(2032, 12, 1), date(2033, 1, 31))
    assert dates == [date(2032, 12, 16), date(2032, 12, 30), date(2033, 1, 13), date(2033, 1, 27)]


SUBSTITUTE = 6


def test_a_substitute_holds_the_date_and_the_specialist_does_not():
    rule = duty(changes={MONDAY: Change(room_id=OTHER_ROOM, staff_id=SUBSTITUTE)})
    derived = substituted(rule, MONDAY, institution_id=None)

    assert held_on(rule, MONDAY, hours("07:30-15:30"), [], False) is NotHeld.SUBSTITUTED
    found = stretch(derived, MONDAY, hours("07:30-15:30"), [], False)
    assert (found.rule.staff_id, found.rule.institution_id) == (SUBSTITUTE, None)
    assert (found.room_id, held(derived)) == (OTHER_ROOM, "08:00-12:00")
    assert held(derived, MONDAY + timedelta(7)) is None
    assert held(rule, MONDAY + timedelta(7)) == "08:00-12:00"


@pytest.mark.parametrize(
    ("change", "on"),
    [
        pytest.param(Change(), MONDAY, id="nobody stands in"),
        pytest.param(Change(staff_id=5), MONDAY, id="for oneself"),
        pytest.param(Change(cancelled=True, staff_id=SUBSTITUTE), MONDAY, id="cancelled all the"),
        pytest.param(Change(staff_id=SUBSTITUTE), MONDAY + timedelta(1), id="no duty that day"),
    ],
)
def test_there_is_no_substitute_where_there_is_no_duty(change, on):
    assert substituted(duty(changes={on: change}), on, None) is None


@pytest.mark.parametrize(
    ("text", "days", "expected"),
    [
        ("02:00-04:00", [date(2030, 3, 31)], [(date(2030, 3, 31), time(2))]),
        ("00:30-02:59", [date(2030, 3, 31)], [(date(2030, 3, 31), time(2, 59))]),
        ("01:00-03:00", [date(2030, 3, 31)], []),
        ("02:00-02:30", [date(2030, 10, 27)], []),  # a repeated hour is no skipped one
        (
            "02:15-02:45",
            [date(2030, 3, 24), date(2030, 3, 31)],
            [(date(2030, 3, 31), time(2, 15)), (date(2030, 3, 31), time(2, 45))],
        ),
    ],
)
def test_times_that_the_clocks_skip_are_named(text, days, expected):
    assert list(skipped_dates(hours(text), days, zone("Europe/Warsaw"))) == expected


def test_what_the_clocks_skip_is_not_held_even_where_opening_hours_would_clip_it():
    spring = date(2030, 3, 31)
    rule = duty("02:30-06:00", weekday=spring.weekday())

    found = held_on(rule, spring, hours("05:00-23:00"), [], False)
    assert found is NotHeld.SKIPPED_HOUR
