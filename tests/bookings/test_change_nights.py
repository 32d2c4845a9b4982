"""Duties in the nights on which the clocks change: what is skipped, and what comes twice."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from cic_cases.centres.models import OpeningHours
from cic_cases.foundation.clock import zone
from tests.bookings.conftest import Practice

WARSAW = zone("Europe/Warsaw")
SPRING = {2025: 30, 2026: 29, 2028: 26, 2029: 25, 2030: 31}  # 2024 and 2027: Easter Sundays
AUTUMN = {2024: 27, 2025: 26, 2026: 25, 2027: 31, 2028: 29, 2029: 28, 2030: 27}


@pytest.fixture
def nights(practice: Practice) -> Practice:
    """The lawyer also receives from midnight to six on Sundays, for an hour each."""
    session, centre = practice.session, practice.centre
    session.add(OpeningHours(centre_id=centre.id, weekday=6, opens=time(0), closes=time(6)))
    practice.service.minutes = 60
    practice.make.duty(
        practice.lawyer, centre, practice.room, [practice.service],
        weekday=6, starts="00:00", ends="06:00", grid=60, valid_from=date(2024, 1, 1),
    )  # fmt: skip
    return practice


def starts(practice: Practice, day: date) -> list[datetime]:
    practice.clock.at = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(days=2)
    return [slot.time.start for slot in practice.slots(day)]


@pytest.mark.parametrize(("year", "day"), SPRING.items())
def test_in_spring_nobody_is_received_in_the_hour_that_is_skipped(nights, year: int, day: int):
    found = starts(nights, date(year, 3, day))

    assert [f"{one.astimezone(WARSAW):%H}" for one in found] == ["00", "01", "03", "04", "05"]
    assert len({one.timestamp() // 3600 for one in found}) == 5


@pytest.mark.parametrize(("year", "day"), AUTUMN.items())
def test_in_autumn_the_repeated_hour_is_two_times_that_two_people_can_have(
    nights, year: int, day: int
):
    found = starts(nights, date(year, 10, day))
    shown = [f"{one.astimezone(WARSAW):%H}" for one in found]

    assert shown == ["00", "01", "02", "02", "03", "04", "05"]
    assert [b - a for a, b in zip(found, found[1:], strict=False)] == [timedelta(hours=1)] * 6
    for slot in nights.slots(date(year, 10, day))[2:4]:
        assert nights.book(slot, nights.make.case()[0].id).starts_at == slot.time.start
    assert len(nights.slots(date(year, 10, day))) == 5


def test_a_duty_that_begins_in_the_skipped_hour_is_not_held_that_night_only(nights):
    make, colleague = nights.make, nights.make.staff("lawyer", nights.centre, initials="N.N.")
    make.duty(
        colleague, nights.centre, None, [nights.service],
        weekday=6, starts="02:30", ends="05:30", grid=30, valid_from=date(2024, 1, 1),
    )  # fmt: skip
    nights.clock.at = datetime(2030, 3, 20, tzinfo=UTC)
    hers = {"specialist_key": colleague.key}

    assert nights.slots(date(2030, 3, 31), **hers) == []
    assert len(nights.slots(date(2030, 3, 24), **hers)) == 5
    assert len(nights.slots(date(2030, 4, 7), **hers)) == 5
