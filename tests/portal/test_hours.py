"""The hours of the coming days."""

from datetime import date, time

import pytest

from cic_cases.portal.hours import OpeningRules, coming_days

MONDAY = date(2030, 1, 7)
WEEKDAYS = {weekday: (time(7, 30), time(15, 30)) for weekday in range(5)}


def shown(rules, today=MONDAY, holiday=None):
    days = coming_days(rules, today, lambda day: day == holiday)
    return [f"{hours[0]:%H:%M}-{hours[1]:%H:%M}" if hours else "closed" for _, hours in days]


DAY = "07:30-15:30"


@pytest.mark.parametrize(
    ("dated", "closed", "holiday", "week"),
    [
        pytest.param({}, (), None, [DAY] * 5 + ["closed"] * 2, id="an ordinary week"),
        pytest.param(
            {date(2030, 1, 12): (time(9), time(13))},
            (),
            None,
            [DAY] * 5 + ["09:00-13:00", "closed"],
            id="a working Saturday",
        ),
        pytest.param(
            {date(2030, 1, 8): (time(10), time(12))},
            (),
            None,
            [DAY, "10:00-12:00", DAY, DAY, DAY, "closed", "closed"],
            id="a shorter day",
        ),
        pytest.param(
            {},
            ((date(2030, 1, 1), date(2030, 1, 8)),),
            None,
            ["closed", "closed", DAY, DAY, DAY, "closed", "closed"],
            id="a closure that began before",
        ),
        pytest.param(
            {date(2030, 1, 9): (time(9), time(13))},
            (),
            date(2030, 1, 9),
            [DAY, DAY, "closed", DAY, DAY, "closed", "closed"],
            id="a public holiday closes even a dated day",
        ),
    ],
)
def test_a_week_from_today(dated, closed, holiday, week):
    assert shown(OpeningRules(WEEKDAYS, dated, closed), holiday=holiday) == week


def test_the_first_day_is_today():
    assert coming_days(OpeningRules({}, {}), MONDAY, lambda _: False)[0] == (MONDAY, None)
