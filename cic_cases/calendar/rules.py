"""From rules in local wall time to stretches of real time. Pure: no session, no request, no clock.

A duty holds on its weekday, every so many weeks, between its first and last day, unless an
exception cancels it or gives it to a substitute, a public holiday or a closure of the centre, the
room or the officer's institution falls on it, or the centre is not open. Hours are expanded per
local day, never by adding 24 hours, so the nights the clocks change come out right.
"""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from cic_cases.foundation.errors import N_, Refusal
from cic_cases.foundation.intervals import Interval
from cic_cases.foundation.localtime import SkippedHour, instant

Hours = tuple[time, time]


class OutsideHours(Refusal):
    """A duty may only stand while the centre is open."""

    msgid = N_("The Centre is open %(opens)s–%(closes)s on that day. Choose hours within them.")
    field = "starts"


class ClosedThatDay(Refusal):
    """A duty may only stand on a day on which the centre opens."""

    msgid = N_("The Centre is closed on that day. Choose another day.")
    field = "weekday"


class EndsBeforeStart(Refusal):
    """Hours run forward."""

    msgid = N_("The end must be after the start.")
    field = "ends"


@dataclass(frozen=True, slots=True)
class Change:
    """What is other on one date of a duty; what is None stays as the rule says.

    With `staff_id` a substitute holds that date.
    """

    cancelled: bool = False
    hours: Hours | None = None
    room_id: int | None = None
    staff_id: int | None = None


@dataclass(frozen=True, slots=True)
class DutyRule:
    """A weekly duty as a value; all times are local to `zone`."""

    id: int
    staff_id: int
    centre_id: int
    room_id: int | None
    institution_id: int | None
    weekday: int
    hours: Hours
    valid_from: date
    valid_until: date | None
    grid_minutes: int
    zone: ZoneInfo
    changes: Mapping[date, Change]
    every_weeks: int = 1


@dataclass(frozen=True, slots=True)
class ClosedDays:
    """A closure of a centre, of one of its rooms, or of an institution; both days included.

    An institution's is for the centre named with it, or for all of them.
    """

    centre_id: int | None
    institution_id: int | None
    first_day: date
    last_day: date
    room_id: int | None = None

    def falls_on(self, rule: DutyRule, day: date, room_id: int | None) -> bool:
        """Whether this closure keeps `rule`, held in `room_id`, from being held on `day`."""
        if not self.first_day <= day <= self.last_day:
            return False
        return (
            self.centre_id in (None, rule.centre_id)
            and self.institution_id in (None, rule.institution_id)
            and self.room_id in (None, room_id)
        )

    @property
    def closes_centre(self) -> bool:
        """Whether nobody at all is on duty in the centre."""
        return self.room_id is None and self.institution_id is None

    @property
    def why(self) -> "NotHeld":
        """What is closed."""
        if self.room_id is not None:
            return NotHeld.ROOM_CLOSED
        if self.institution_id is not None:
            return NotHeld.INSTITUTION_CLOSED
        return NotHeld.CENTRE_CLOSED


class NotHeld(enum.StrEnum):
    """Why a duty is not held on a date."""

    OTHER_DAY = "other-day"
    NOT_OPEN = "not-open"
    HOLIDAY = "holiday"
    CENTRE_CLOSED = "centre-closed"
    INSTITUTION_CLOSED = "institution-closed"
    ROOM_CLOSED = "room-closed"
    CANCELLED = "cancelled"
    SUBSTITUTED = "substituted"
    OUTSIDE_OPENING = "outside-opening"
    SKIPPED_HOUR = "skipped-hour"


@dataclass(frozen=True, slots=True)
class Stretch:
    """A duty on one date: its time, where it is held, and from when its grid is counted."""

    rule: DutyRule
    room_id: int | None
    time: Interval
    grid_from: datetime


NO_CHANGE = Change()


def holds_on(rule: DutyRule, day: date) -> bool:
    """Whether the weekly rule itself names this date."""
    if day.weekday() != rule.weekday or day < rule.valid_from:
        return False
    if rule.valid_until is not None and day > rule.valid_until:
        return False
    return rule.every_weeks == 1 or _weeks(rule.valid_from, day) % rule.every_weeks == 0


def _weeks(first: date, later: date) -> int:
    """How many calendar weeks lie between two dates; weeks begin on Monday."""
    monday = first - timedelta(days=first.weekday())
    return (later - monday).days // 7


def dates_of(rule: DutyRule, first_day: date, last_day: date) -> list[date]:
    """The dates that the weekly rule names from `first_day` to `last_day`, both included."""
    length = (last_day - first_day).days + 1
    days = (first_day + timedelta(days=n) for n in range(length))
    return [day for day in days if holds_on(rule, day)]


def substituted(rule: DutyRule, on: date, institution_id: int | None) -> DutyRule | None:
    """The one-day rule of whoever stands in on that date, of that institution; None for nobody."""
    change = rule.changes.get(on)
    if change is None or change.cancelled or change.staff_id in (None, rule.staff_id):
        return None
    if not holds_on(rule, on):
        return None
    return replace(
        rule,
        staff_id=change.staff_id,
        institution_id=institution_id,
        valid_from=on,
        valid_until=on,
        every_weeks=1,
        changes={on: replace(change, staff_id=None)},
    )


def held_on(
    rule: DutyRule,
    day: date,
    opening: Hours | None,
    closures: Iterable[ClosedDays],
    holiday: bool,
) -> Stretch | NotHeld:
    """What is left of `rule` on `day`, clipped to the opening hours, or why it is not held."""
    if not holds_on(rule, day):
        return NotHeld.OTHER_DAY
    if holiday:
        return NotHeld.HOLIDAY
    change = rule.changes.get(day, NO_CHANGE)
    room_id = change.room_id or rule.room_id
    for closure in closures:
        if closure.falls_on(rule, day, room_id):
            return closure.why
    if opening is None:
        return NotHeld.NOT_OPEN
    if change.cancelled:
        return NotHeld.CANCELLED
    if change.staff_id not in (None, rule.staff_id):
        return NotHeld.SUBSTITUTED
    return _clipped(rule, day, room_id, change.hours or rule.hours, opening)


def _clipped(
    rule: DutyRule, day: date, room_id: int | None, hours: Hours, opening: Hours
) -> Stretch | NotHeld:
    starts, ends = max(hours[0], opening[0]), min(hours[1], opening[1])
    if starts >= ends:
        return NotHeld.OUTSIDE_OPENING
    try:
        grid_from, last = _moment(day, hours[0], rule.zone), _moment(day, hours[1], rule.zone)
        first = grid_from if starts == hours[0] else _moment(day, starts, rule.zone)
        last = last if ends == hours[1] else _moment(day, ends, rule.zone)
    except SkippedHour:
        return NotHeld.SKIPPED_HOUR  # nobody can keep a time that does not exist that night
    return Stretch(rule, room_id, Interval(first, last), grid_from)


_moment = lru_cache(maxsize=4096)(instant)  # many duties begin and end at the same times


def stretch(
    rule: DutyRule,
    day: date,
    opening: Hours | None,
    closures: Iterable[ClosedDays],
    holiday: bool,
) -> Stretch | None:
    """`held_on` for those who need no reason: None when the duty is not held."""
    held = held_on(rule, day, opening, closures, holiday)
    return held if isinstance(held, Stretch) else None


def skipped_dates(
    hours: Hours, dates: Iterable[date], place: ZoneInfo
) -> tuple[tuple[date, time], ...]:
    """The dates, and the start or end on them, that the clocks in `place` skip in spring.

    A form refuses them with `foundation.localtime.SkippedHour`, which names day and time.
    """
    return tuple((day, wall) for day in dates for wall in hours if _is_skipped(day, wall, place))


def _is_skipped(day: date, wall: time, place: ZoneInfo) -> bool:
    try:
        instant(day, wall, place)
    except SkippedHour:
        return True
    return False


def check_hours(hours: Hours, opening: Hours | None) -> None:
    """Refuse a duty outside opening hours: `EndsBeforeStart`, `ClosedThatDay`, `OutsideHours`."""
    if hours[1] <= hours[0]:
        raise EndsBeforeStart()
    if opening is None:
        raise ClosedThatDay()
    if hours[0] < opening[0] or hours[1] > opening[1]:
        raise OutsideHours(opens=f"{opening[0]:%H:%M}", closes=f"{opening[1]:%H:%M}")
