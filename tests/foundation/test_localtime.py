"""Every quarter of an hour of seven years: it comes back as it went in, or is refused."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from cic_cases.foundation.clock import zone
from cic_cases.foundation.localtime import SkippedHour, day_bounds, instant, local_day

WARSAW = zone("Europe/Warsaw")
QUARTERS = [time(hour, minute) for hour in range(24) for minute in (0, 15, 30, 45)]
SKIPPED = [time(2, minute) for minute in (0, 15, 30, 45)]


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(n) for n in range((date(year + 1, 1, 1) - first).days)]


def last_sunday(year: int, month: int) -> date:
    last = date(year, month, 31)
    return last - timedelta((last.weekday() + 1) % 7)


@pytest.mark.parametrize("year", range(2024, 2031))
def test_a_wall_time_comes_back_or_is_refused(year: int):
    refused = []
    for day in days_of(year):
        for wall_time in QUARTERS:
            try:
                moment = instant(day, wall_time, WARSAW)
            except SkippedHour:
                refused.append((day, wall_time))
                continue
            shown = moment.astimezone(WARSAW)
            assert (shown.date(), shown.time(), moment.tzinfo) == (day, wall_time, UTC)

    assert refused == [(last_sunday(year, 3), wall_time) for wall_time in SKIPPED]


@pytest.mark.parametrize("year", range(2024, 2031))
def test_days_follow_each_other_without_gap_and_have_their_own_length(year: int):
    bounds = {day: day_bounds(day, WARSAW) for day in days_of(year)}
    hours = {day: (b.end - b.start) / timedelta(hours=1) for day, b in bounds.items()}

    assert {day: h for day, h in hours.items() if h != 24} == {
        last_sunday(year, 3): 23,
        last_sunday(year, 10): 25,
    }
    every = list(bounds.values())
    assert all(one.end == after.start for one, after in zip(every, every[1:], strict=False))
    for day, one in bounds.items():
        assert local_day(one.start, WARSAW) == day
        assert local_day(one.end - timedelta(microseconds=1), WARSAW) == day


@pytest.mark.parametrize("wall_time", SKIPPED)
def test_the_repeated_hour_means_its_first_passing(wall_time: time):
    moment = instant(date(2030, 10, 27), wall_time, WARSAW)

    assert moment == datetime(2030, 10, 27, 0, wall_time.minute, tzinfo=UTC)
    assert (moment + timedelta(hours=1)).astimezone(WARSAW).time() == wall_time


def test_a_skipped_hour_is_told_by_day_and_time():
    with pytest.raises(SkippedHour, match=r"2030-03-31 the clocks skip 02:30") as refused:
        instant(date(2030, 3, 31), time(2, 30), WARSAW)

    assert (refused.value.status, refused.value.problem) == (422, "invalid")


@pytest.mark.parametrize(
    ("place", "day", "hours"),
    [
        ("UTC", date(2030, 3, 31), 24),
        ("Australia/Lord_Howe", date(2030, 10, 6), 23.5),
        ("Asia/Tbilisi", date(2030, 3, 31), 24),
    ],
)
def test_other_places_have_other_days(place: str, day: date, hours: float):
    bounds = day_bounds(day, zone(place))

    assert (bounds.end - bounds.start) / timedelta(hours=1) == hours
