"""When people are reminded: by day, when somebody answers the telephone, and never twice."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cic_cases.calendar.public_holidays import is_public_holiday
from cic_cases.notifications import reminders, rules
from cic_cases.notifications.kinds import Kind, Means, Mode
from cic_cases.notifications.reminders import Policy

WARSAW = ZoneInfo("Europe/Warsaw")
LONG_BEFORE = timedelta(days=60)
FIRST, LAST = datetime.fromisoformat("2024-01-01"), datetime.fromisoformat("2030-12-31")


def local(text: str) -> datetime:
    """A wall time in Poznań, e.g. «2030-01-08 09:00»."""
    return datetime.fromisoformat(text).replace(tzinfo=WARSAW)


def shown(found: list[reminders.Reminder]) -> list[str]:
    return [
        f"{one.worth.start.astimezone(WARSAW):%Y-%m-%d %H:%M}{' eve' if one.eve else ''}"
        for one in found
    ]


def ahead(starts: str, at: str = "10:00", days: tuple[int, ...] = (1,)) -> list[str]:
    """The reminders of an appointment that was made long before."""
    starts_at = local(starts).astimezone(UTC)
    policy = Policy(time.fromisoformat(at), days, "PL")
    return shown(reminders.of(starts_at, WARSAW, policy, starts_at - LONG_BEFORE))


@pytest.mark.parametrize(
    ("starts", "at", "due"),
    [
        pytest.param("2030-01-08 09:00", "10:00", "2030-01-07 10:00 eve", id="Monday for Tuesday"),
        pytest.param("2030-01-07 09:00", "10:00", "2030-01-05 10:00", id="Sunday moves earlier"),
        pytest.param("2030-01-02 09:00", "10:00", "2029-12-31 10:00", id="New Year moves earlier"),
        pytest.param("2026-04-07 09:00", "10:00", "2026-04-04 10:00", id="Easter moves earlier"),
        pytest.param("2026-12-28 09:00", "10:00", "2026-12-23 10:00", id="Christmas with its eve"),
        pytest.param("2024-12-25 09:00", "10:00", "2024-12-24 10:00 eve", id="its eve before 2025"),
        pytest.param("2028-03-01 09:00", "10:00", "2028-02-29 10:00 eve", id="a leap day"),
        pytest.param("2026-03-29 09:00", "10:00", "2026-03-28 10:00 eve", id="clocks went forward"),
        pytest.param("2026-03-30 09:00", "10:00", "2026-03-28 10:00", id="on a Sunday they did"),
        pytest.param("2026-10-25 09:00", "10:00", "2026-10-24 10:00 eve", id="clocks went back"),
        pytest.param("2030-01-09 00:10", "10:00", "2030-01-08 10:00 eve", id="after midnight"),
        pytest.param("2030-01-09 09:00", "06:00", "2030-01-08 08:00 eve", id="asked before dawn"),
        pytest.param("2030-01-09 09:00", "02:30", "2030-01-08 08:00 eve", id="asked in the night"),
        pytest.param("2030-01-09 09:00", "23:00", "2030-01-08 19:00 eve", id="asked late"),
        pytest.param("2030-01-09 09:00", "18:30", "2030-01-08 18:30 eve", id="in the evening"),
    ],
)
def test_a_reminder_is_due_by_the_centres_clock_on_a_day_of_work(starts, at, due):
    assert ahead(starts, at) == [due]


@pytest.mark.parametrize(
    ("starts", "days", "due"),
    [
        pytest.param(
            "2030-01-10 09:00", (3, 1), ["2030-01-09 10:00 eve", "2030-01-07 10:00"], id="3 and 1"
        ),
        pytest.param("2030-01-10 09:00", (2,), ["2030-01-08 10:00"], id="two days before only"),
        pytest.param("2030-01-07 09:00", (2, 1), ["2030-01-05 10:00"], id="both on Saturday"),
        pytest.param(
            "2030-01-07 09:00", (3, 1), ["2030-01-05 10:00"], id="of two without «tomorrow», one"
        ),
        pytest.param(
            "2030-01-14 09:00", (7, 1), ["2030-01-12 10:00"], id="the one nearer to the visit"
        ),
    ],
)
def test_a_centre_says_how_many_days_before(starts, days, due):
    assert ahead(starts, days=days) == due


@pytest.mark.parametrize(
    ("starts", "made", "due"),
    [
        pytest.param("2030-01-08 14:00", "2030-01-08 10:00", ["2030-01-08 12:00"], id="4 h ahead"),
        pytest.param("2030-01-08 14:00", "2030-01-08 11:00", [], id="three hours ahead"),
        pytest.param("2030-01-08 14:00", "2030-01-08 10:59", ["2030-01-08 12:00"], id="a bit more"),
        pytest.param(
            "2030-01-08 09:30", "2030-01-08 01:00", ["2030-01-08 08:00"], id="not at 7:30"
        ),
        pytest.param("2030-01-08 08:30", "2030-01-08 01:00", [], id="on the way by then"),
        pytest.param("2030-01-08 23:00", "2030-01-08 12:00", [], id="at 21:00 nobody is woken"),
        pytest.param("2030-01-09 09:00", "2030-01-08 10:00", [], id="made as the reminder is due"),
        pytest.param("2030-01-09 09:00", "2030-01-08 09:59", ["2030-01-08 10:00 eve"], id="before"),
    ],
)
def test_who_books_for_the_same_day_is_reminded_two_hours_before(starts, made, due):
    policy = Policy(time(10), (1,), "PL")
    assert shown(reminders.of(local(starts), WARSAW, policy, local(made))) == due


def test_tomorrow_is_said_on_the_eve_only_and_not_at_night():
    """The text of the eve is worthless at 20:00; the other one until the visit begins."""
    way = rules.Way(Means.EMAIL, Mode.FULL)
    for starts, kind, ends in (
        ("2030-01-08 09:00", Kind.REMINDER_DAY_BEFORE, "2030-01-07 20:00"),
        ("2030-01-07 09:00", Kind.REMINDER_ON_DATE, "2030-01-07 09:00"),
    ):
        policy = Policy(time(10), (1,), "PL")
        visit = rules.Appointment(starts_at=local(starts), place=WARSAW, reminding=policy)
        for asked in (Kind.REMINDER_DAY_BEFORE, Kind.REMINDER_ON_DATE):
            [planned] = rules.plan((asked,), visit, (way,), local(starts) - LONG_BEFORE)
            assert (planned.kind, planned.expires_at) == (kind, local(ends))


@given(
    starts_at=st.datetimes(FIRST, LAST, timezones=st.just(UTC)),
    wall_time=st.times(),
    days=st.lists(st.integers(1, 14), min_size=1, max_size=3, unique=True),
    before=st.timedeltas(timedelta(0), timedelta(days=40)),
)
def test_every_reminder_leaves_by_day_before_the_visit_and_on_a_day_of_work(
    starts_at, wall_time, days, before
):
    made = starts_at - before
    found = reminders.of(starts_at, WARSAW, Policy(wall_time, tuple(days), "PL"), made)

    visit = starts_at.astimezone(WARSAW).date()
    assert len({one.eve for one in found}) == len(found) <= 2
    for one in found:
        first, last = one.worth.start.astimezone(WARSAW), one.worth.end.astimezone(WARSAW)
        assert made < one.worth.start < one.worth.end <= starts_at
        assert time(8) <= first.time() < time(20)
        same_day = first.date() == visit
        assert same_day or not (first.weekday() == 6 or is_public_holiday("PL", first.date()))
        if one.eve:
            assert first.date() == last.date() == visit - timedelta(days=1)
            assert last.time() == time(20)


NIGHTS = [
    date(year, month, day)
    for year, month, day in (
        (2024, 3, 31),
        (2024, 10, 27),
        (2025, 3, 30),
        (2025, 10, 26),
        (2026, 3, 29),
        (2026, 10, 25),
        (2027, 3, 28),
        (2027, 10, 31),
        (2028, 3, 26),
        (2028, 10, 29),
        (2029, 3, 25),
        (2029, 10, 28),
        (2030, 3, 31),
        (2030, 10, 27),
    )
]


@pytest.mark.parametrize("night", NIGHTS, ids=str)
def test_around_a_night_of_the_clocks_there_is_one_reminder_at_the_intended_time(night):
    for days in range(-1, 4):
        for hour in ("00:30", "02:30", "09:00"):
            visit = night + timedelta(days=days)
            starts_at = local(f"{visit} {hour}").astimezone(UTC)
            policy = Policy(time(10), (1,), "PL")
            [one] = reminders.of(starts_at, WARSAW, policy, starts_at - LONG_BEFORE)
            assert one.worth.start.astimezone(WARSAW).time() == time(10)
