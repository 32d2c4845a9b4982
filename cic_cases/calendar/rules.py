"""From rules in local wall time to stretches of real time. Pure: no session, no request, no clock.

A duty holds on its weekday, between its first and last day, unless an exception cancels or
changes that date, a public holiday or a closure of the centre or of the officer's institution
falls on it, or the centre is not open. Hours are expanded per local day, never by adding 24
hours, so the nights the clocks change come out right.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
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
class DutyWish:
    """A duty that somebody wants to enter; hours are local to the centre."""

    staff_id: int
    centre_id: int
    room_id: int | None
    weekday: int
    hours: Hours
    valid_from: date
    valid_until: date | None
    grid_minutes: int
    service_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Change:
    """Other hours or another room for one date; `hours` None cancels it."""

    hours: Hours | None
    room_id: int | None = None


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


@dataclass(frozen=True, slots=True)
class ClosedDays:
    """A closure of a centre or of an institution, both days included."""

    centre_id: int | None
    institution_id: int | None
    first_day: date
    last_day: date

    def falls_on(self, rule: DutyRule, day: date) -> bool:
        """Whether this closure keeps `rule` from being held on `day`."""
        if not self.first_day <= day <= self.last_day:
            return False
        if self.centre_id is not None:
            return self.centre_id == rule.centre_id
        return self.institution_id == rule.institution_id


@dataclass(frozen=True, slots=True)
class Stretch:
    """A duty on one date: its time, and where it is held."""

    rule: DutyRule
    room_id: int | None
    time: Interval


def holds_on(rule: DutyRule, day: date) -> bool:
    """Whether the weekly rule itself names this date."""
    if day.weekday() != rule.weekday or day < rule.valid_from:
        return False
    return rule.valid_until is None or day <= rule.valid_until


def stretch(
    rule: DutyRule,
    day: date,
    opening: Hours | None,
    closures: Iterable[ClosedDays],
    holiday: bool,
) -> Stretch | None:
    """What is left of `rule` on `day`, clipped to the centre's opening hours; None for nothing."""
    if not holds_on(rule, day) or opening is None or holiday:
        return None
    change = rule.changes.get(day)
    hours = change.hours if change else rule.hours
    if hours is None or any(closure.falls_on(rule, day) for closure in closures):
        return None
    starts, ends = max(hours[0], opening[0]), min(hours[1], opening[1])
    if starts >= ends:
        return None
    room_id = change.room_id if change and change.room_id else rule.room_id
    try:
        time_of_duty = Interval(instant(day, starts, rule.zone), instant(day, ends, rule.zone))
    except (SkippedHour, ValueError):
        return None  # the clocks skip its start or end that night: nobody can keep it
    return Stretch(rule, room_id, time_of_duty)


def check_hours(hours: Hours, opening: Hours | None) -> None:
    """Refuse a duty outside opening hours: `EndsBeforeStart`, `ClosedThatDay`, `OutsideHours`."""
    if hours[1] <= hours[0]:
        raise EndsBeforeStart()
    if opening is None:
        raise ClosedThatDay()
    if hours[0] < opening[0] or hours[1] > opening[1]:
        raise OutsideHours(opens=f"{opening[0]:%H:%M}", closes=f"{opening[1]:%H:%M}")
