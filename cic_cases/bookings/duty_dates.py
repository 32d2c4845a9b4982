"""Every date of the duties in a period, one by one, and how many appointments stand on each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from cic_cases.bookings import duty_plan
from cic_cases.bookings.duty_plan import Entry, Plan
from cic_cases.calendar.rules import NotHeld, Stretch
from cic_cases.foundation.intervals import Interval
from cic_cases.privacy.actor import Scope

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyDate:
    """One date of a duty with whoever holds it then; `time` in UTC, without the closed hours.

    `booked` are the appointments in it, those that took place included; a cancelled date has the
    hours of every week.
    """

    duty_id: int
    centre_id: int
    staff_id: int
    room_id: int | None
    day: date
    time: Interval
    service_ids: frozenset[int]
    cancelled: bool
    booked: int


def between(
    session: Session, centre_ids: Iterable[int], scope: Scope, first_day: date, last_day: date
) -> list[DutyDate]:
    """The dates in these centres that are held or were cancelled, as far as `scope` reaches.

    Both days included; by time. Dates on which the centre, the room or the office is closed are
    left out. A constant number of statements.
    """
    plan = duty_plan.read(session, centre_ids, first_day, last_day)
    found = [
        (entry, one, cancelled)
        for entry, one, cancelled in _dates(plan, first_day, last_day)
        if one.rule.centre_id in scope.centres or one.rule.staff_id == scope.own
    ]
    if not found:
        return []
    starts = min(one.time.start for _, one, _ in found)
    ends = max(one.time.end for _, one, _ in found)
    taken = duty_plan.taken(session, plan.staff_ids, Interval(starts, ends))
    dates = [
        _date(entry, one, cancelled, taken.get(one.rule.staff_id, ()))
        for entry, one, cancelled in found
    ]
    return sorted(dates, key=lambda one: (one.time, one.centre_id, one.duty_id))


def _dates(plan: Plan, first_day: date, last_day: date) -> Iterator[tuple[Entry, Stretch, bool]]:
    day = first_day
    while day <= last_day:
        for entry, rule, held in plan.held(day):
            cancelled = held is NotHeld.CANCELLED
            one = plan.uncancelled(entry, rule, day) if cancelled else held
            if isinstance(one, Stretch):
                yield entry, one, cancelled
        day += ONE_DAY


def _date(entry: Entry, one: Stretch, cancelled: bool, starts: Iterable[datetime]) -> DutyDate:
    rule = one.rule
    return DutyDate(
        duty_id=rule.id,
        centre_id=rule.centre_id,
        staff_id=rule.staff_id,
        room_id=one.room_id,
        day=one.grid_from.astimezone(rule.zone).date(),
        time=one.time,
        service_ids=frozenset(entry.services),
        cancelled=cancelled,
        booked=sum(one.time.start <= moment < one.time.end for moment in starts),
    )
