"""When a person is reminded: by day, on days on which somebody answers the telephone. Pure.

The centre says how many days before, and at what time. A reminder that would fall on a Sunday or
a public holiday comes on the last day before that is neither: whoever cannot come must be able to
call. Only the one that leaves on the very eve may say "tomorrow"; it is worthless at night. Who
makes an appointment for the same day, more than three hours ahead, is reminded two hours before.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cic_cases.calendar.public_holidays import is_public_holiday
from cic_cases.foundation.intervals import Interval
from cic_cases.foundation.localtime import instant, local_day

NIGHT_ENDS, NIGHT_BEGINS = time(8), time(20)
LAST_REMINDER = time(19)  # leaves an hour for another try before the night
ONE_DAY = timedelta(days=1)
SUNDAY = 6
SAME_DAY_AHEAD, SAME_DAY_BEFORE = timedelta(hours=3), timedelta(hours=2)
SHORTEST_BEFORE = timedelta(hours=1)  # later than that, a person is on the way


@dataclass(frozen=True, slots=True)
class Reminder:
    """One reminder: from when until when it is of use; `eve`: it leaves on the day before."""

    eve: bool
    worth: Interval


@dataclass(frozen=True, slots=True)
class Policy:
    """A centre's wish: on these days before, at this wall time; `country` decides on holidays."""

    at: time
    days: tuple[int, ...] = (1,)
    country: str = "PL"


def of(starts_at: datetime, place: ZoneInfo, policy: Policy, at: datetime) -> list[Reminder]:
    """The reminders of an appointment that are still to come at `at`, the nearest to it first.

    At most one on the eve and one on another day: of several, the last.
    """
    visit = local_day(starts_at, place)
    if local_day(at, place) == visit:
        return _same_day(starts_at, place, at)
    found: list[Reminder] = []
    for day in sorted({_working(visit - n * ONE_DAY, policy) for n in policy.days}, reverse=True):
        eve = day == visit - ONE_DAY
        first = instant(day, by_day(policy.at), place)
        ends = instant(day, NIGHT_BEGINS, place) if eve else starts_at
        if first > at and all(one.eve != eve for one in found):
            found.append(Reminder(eve, Interval(first, ends)))
    return found


def _working(day: date, policy: Policy) -> date:
    while not on_working_day(day, policy.country):
        day -= ONE_DAY
    return day


def on_working_day(day: date, country: str) -> bool:
    """Whether it is neither a Sunday nor a public holiday: somebody answers the telephone."""
    return day.weekday() != SUNDAY and not is_public_holiday(country, day)


def _same_day(starts_at: datetime, place: ZoneInfo, at: datetime) -> list[Reminder]:
    if starts_at - at <= SAME_DAY_AHEAD:
        return []
    due = max(starts_at - SAME_DAY_BEFORE, instant(local_day(at, place), NIGHT_ENDS, place))
    if is_night(due, place) or starts_at - due < SHORTEST_BEFORE:
        return []
    return [Reminder(False, Interval(due, starts_at))]


def by_day(wall_time: time) -> time:
    """`wall_time`, or the nearest time at which a reminder disturbs nobody."""
    return min(max(wall_time, NIGHT_ENDS), LAST_REMINDER)


def is_night(moment: datetime, place: ZoneInfo) -> bool:
    """Whether clocks in `place` show a time at which nobody is to be woken."""
    return not NIGHT_ENDS <= moment.astimezone(place).time() < NIGHT_BEGINS


def morning_after(moment: datetime, place: ZoneInfo) -> datetime:
    """The end of the night in which `moment` lies; by day, `moment` itself."""
    if not is_night(moment, place):
        return moment
    local = moment.astimezone(place)
    day = local.date() if local.time() < NIGHT_ENDS else local.date() + ONE_DAY
    return instant(day, NIGHT_ENDS, place)


def days_of(words: str) -> tuple[int, ...]:
    """`Centre.reminder_days` as numbers."""
    return tuple(int(word) for word in words.split())
