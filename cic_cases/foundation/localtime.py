"""Between the wall clock of a place and instants; the nights the clocks change included.

Rules are kept as local wall time and expanded per local day, never by adding 24 hours.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cic_cases.foundation.errors import N_, Refusal
from cic_cases.foundation.intervals import Interval


class SkippedHour(Refusal):
    """The wall time does not exist: the clocks jump over it in spring."""

    msgid = N_("On %(day)s the clocks skip %(time)s. Choose another time.")
    problem = "invalid"
    status = 422


def instant(day: date, wall_time: time, place: ZoneInfo) -> datetime:
    """The instant (UTC) at which clocks in `place` show `wall_time` on `day`.

    In autumn a repeated hour means its first passing. Raises `SkippedHour` in the spring gap.
    """
    local = datetime.combine(day, wall_time, tzinfo=place)
    found = local.astimezone(UTC)
    if found.astimezone(place).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise SkippedHour(day=day.isoformat(), time=f"{wall_time:%H:%M}")
    return found


def day_bounds(day: date, place: ZoneInfo) -> Interval:
    """The local day from midnight to midnight: 23, 24 or 25 hours long."""
    midnight, following = time(), day + timedelta(days=1)
    return Interval(instant(day, midnight, place), instant(following, midnight, place))


def local_day(moment: datetime, place: ZoneInfo) -> date:
    """The date on the calendar in `place` at `moment`."""
    return moment.astimezone(place).date()
