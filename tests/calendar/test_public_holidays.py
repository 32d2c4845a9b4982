"""Public holidays in Poland, seven years of them by hand."""

from datetime import date, timedelta

import pytest

from cic_cases.calendar.public_holidays import holiday_name, is_public_holiday

EVERY_YEAR = ("01-01", "01-06", "05-01", "05-03", "08-15", "11-01", "11-11", "12-25", "12-26")
MOVABLE = {  # Easter Sunday and Monday, Pentecost, Corpus Christi
    2024: ("03-31", "04-01", "05-19", "05-30"),
    2025: ("04-20", "04-21", "06-08", "06-19"),
    2026: ("04-05", "04-06", "05-24", "06-04"),
    2027: ("03-28", "03-29", "05-16", "05-27"),
    2028: ("04-16", "04-17", "06-04", "06-15"),
    2029: ("04-01", "04-02", "05-20", "05-31"),
    2030: ("04-21", "04-22", "06-09", "06-20"),
}


@pytest.mark.parametrize("year", MOVABLE)
def test_offices_in_poland_are_closed_on_these_days_and_on_no_other(year: int):
    by_hand = {date.fromisoformat(f"{year}-{day}") for day in (*EVERY_YEAR, *MOVABLE[year])}
    if year >= 2025:
        by_hand.add(date(year, 12, 24))
    days = [date(year, 1, 1) + timedelta(n) for n in range(366 if year % 4 == 0 else 365)]

    assert {day for day in days if is_public_holiday("PL", day)} == by_hand
    assert all(holiday_name("PL", day) for day in by_hand)
