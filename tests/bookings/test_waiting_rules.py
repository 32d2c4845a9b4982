"""Until when somebody may answer an offer, whom it suits, and who is next. No database."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cic_cases.bookings import waiting_rules as waiting
from cic_cases.bookings.waiting_rules import InLine, Limits, Wanted
from tests.conftest import MONDAY

WARSAW = ZoneInfo("Europe/Warsaw")
FIRST, LAST = datetime.fromisoformat("2025-01-01"), datetime.fromisoformat("2031-12-31")
LIMITS = Limits(first_day=date(2030, 1, 7))
WANTED = Wanted(1, 1, frozenset({1}), None, interpreter=False, limits=LIMITS)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=WARSAW)


@pytest.mark.parametrize(
    ("at", "starts", "notice", "until"),
    [
        pytest.param("2030-01-07 10:00", "2030-01-08 12:00", 120, "2030-01-07 12:00", id="soon"),
        pytest.param("2030-01-07 10:00", "2030-01-09 10:00", 120, "2030-01-07 12:00", id="48 h"),
        pytest.param("2030-01-07 10:00", "2030-01-09 10:01", 120, "2030-01-08 10:00", id="a day"),
        pytest.param("2030-01-07 18:30", "2030-01-08 12:00", 60, "2030-01-08 09:00", id="evening"),
        pytest.param("2030-01-07 22:00", "2030-01-08 15:00", 60, "2030-01-08 10:00", id="night"),
        pytest.param("2030-01-08 03:00", "2030-01-08 15:00", 60, "2030-01-08 10:00", id="dawn"),
        pytest.param("2030-01-07 08:30", "2030-01-20 15:00", 60, "2030-01-08 09:00", id="8:30"),
        pytest.param("2030-01-07 10:00", "2030-01-07 13:00", 120, "2030-01-07 11:00", id="notice"),
        pytest.param("2030-01-07 10:00", "2030-01-07 12:30", 120, "2030-01-07 10:30", id="half"),
        pytest.param("2030-01-07 10:00", "2030-01-07 12:29", 120, None, id="no half an hour"),
        pytest.param("2030-01-07 10:00", "2030-01-07 11:59", 0, None, id="within two hours"),
        pytest.param("2030-01-07 22:00", "2030-01-08 09:30", 30, None, id="told too late at 8"),
        pytest.param("2030-01-07 10:00", "2030-01-08 12:00", 1500, "2030-01-07 11:00", id="far"),
        pytest.param("2026-03-28 10:00", "2026-04-10 10:00", 60, "2026-03-29 11:00", id="spring"),
        pytest.param("2026-10-24 10:00", "2026-11-10 10:00", 60, "2026-10-25 09:00", id="autumn"),
    ],
)
def test_until_when_an_offer_stands(at, starts, notice, until):
    found = waiting.answer_by(local(at), local(starts), timedelta(minutes=notice), WARSAW)

    assert found == (until and local(until))


@given(
    at=st.datetimes(FIRST, LAST, timezones=st.just(UTC)),
    ahead=st.timedeltas(timedelta(0), timedelta(days=40)),
    notice=st.integers(0, 48 * 60).map(lambda minutes: timedelta(minutes=minutes)),
)
def test_an_offer_leaves_time_to_answer_and_to_come_and_ends_while_the_phone_is_answered(
    at, ahead, notice
):
    starts_at = at + ahead
    until = waiting.answer_by(at, starts_at, notice, WARSAW)
    if until is None:
        return
    told = waiting.by_day(at, WARSAW)
    assert time(8) <= told.astimezone(WARSAW).time() < time(20)
    assert told + waiting.LEAST_TO_ANSWER <= until <= starts_at - notice
    assert until == starts_at - notice or time(9) <= until.astimezone(WARSAW).time() < time(20)
    assert starts_at - told >= waiting.AHEAD
    assert until - told <= timedelta(hours=40)


@pytest.mark.parametrize(
    ("limits", "fits"),
    [
        pytest.param({}, True, id="any time"),
        pytest.param({"first_day": date(2030, 1, 15)}, False, id="not before"),
        pytest.param({"last_day": date(2030, 1, 13)}, False, id="not after"),
        pytest.param({"last_day": date(2030, 1, 14)}, True, id="on the last day"),
        pytest.param({"weekdays": "1234"}, False, id="not on Mondays"),
        pytest.param({"weekdays": "0"}, True, id="on Mondays"),
        pytest.param({"from_time": time(9)}, True, id="from nine"),
        pytest.param({"from_time": time(9, 1)}, False, id="later"),
        pytest.param({"until_time": time(9)}, False, id="earlier"),
        pytest.param({"until_time": time(12)}, True, id="in the morning"),
    ],
)
def test_what_a_person_can_attend(limits, fits):
    asked = replace(LIMITS, **limits)

    assert waiting.can_attend(asked, local("2030-01-14 09:00"), WARSAW) is fits


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"centre_ids": frozenset()}, waiting.NoCentre),
        ({"limits": replace(LIMITS, weekdays="")}, waiting.NoWeekday),
        ({"limits": replace(LIMITS, last_day=date(2030, 1, 6))}, waiting.LastDayFirst),
        (
            {"limits": replace(LIMITS, from_time=time(12), until_time=time(12))},
            waiting.NoTimeOfDay,
        ),
    ],
)
def test_nobody_waits_for_what_cannot_be(changes, refusal):
    waiting.check(WANTED)
    with pytest.raises(refusal):
        waiting.check(replace(WANTED, **changes))


def test_the_line_is_first_come_first_served_but_for_those_who_must_be_called():
    line = [
        InLine(3, 3, MONDAY, None, False, LIMITS),
        InLine(2, 2, MONDAY, None, False, LIMITS),
        InLine(4, 4, MONDAY - timedelta(days=2), None, False, LIMITS, missed=2),
        InLine(5, 5, MONDAY - timedelta(days=1), None, False, LIMITS, missed=1),
    ]

    assert [one.id for one in waiting.in_order(line)] == [5, 2, 3, 4]


def test_whoever_lost_an_appointment_is_ahead_unless_they_must_be_called():
    line = [
        InLine(1, 1, MONDAY, None, False, LIMITS),
        InLine(2, 2, MONDAY + timedelta(days=1), None, False, LIMITS, ahead=True),
        InLine(3, 3, MONDAY, None, False, LIMITS, ahead=True, missed=2),
        InLine(4, 4, MONDAY + timedelta(days=2), None, False, LIMITS, ahead=True),
        InLine(5, 5, MONDAY, None, False, LIMITS, missed=2),
    ]

    assert [one.id for one in waiting.in_order(line)] == [2, 4, 1, 3, 5]
