"""Who is on duty when: what members of staff are told of, a day at a time."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cic_cases.bookings import duty_plan
from cic_cases.bookings.models import Booking
from cic_cases.bookings.queries import taking_part
from cic_cases.bookings.rules import LIVE
from cic_cases.calendar.rules import Stretch
from cic_cases.centres import queries as centres
from cic_cases.foundation.clock import zone
from cic_cases.foundation.intervals import Interval, merge

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Shift:
    """Time on duty without a break in one centre; `time` is in UTC."""

    time: Interval
    centre_id: int
    centre: str
    place: ZoneInfo

    @property
    def key(self) -> str:
        """What it is compared by: another time or another centre is another shift."""
        return f"{self.time.start:%H:%M}-{self.time.end:%H:%M}@{self.centre_id}"


Shifts = Mapping[int, Mapping[date, list[Shift]]]
"""The shifts of each member of staff by local day, earliest first; no day without any."""


def of_everybody(session: Session, first_day: date, last_day: date) -> Shifts:
    """Who is on duty from `first_day` to `last_day`. A constant number of statements."""
    places = {one.id: one for one in centres.all_centres(session)}
    plan = duty_plan.read(session, places, first_day, last_day)
    times: dict[tuple[int, date, int], list[Interval]] = defaultdict(list)
    for number in range((last_day - first_day).days + 1):
        day = first_day + number * ONE_DAY
        for _entry, _rule, held in plan.held(day):
            if isinstance(held, Stretch):
                times[held.rule.staff_id, day, held.rule.centre_id].append(held.time)
    found: dict[int, dict[date, list[Shift]]] = defaultdict(lambda: defaultdict(list))
    for (staff_id, day, centre_id), pieces in times.items():
        centre = places[centre_id]
        found[staff_id][day] += [
            Shift(time, centre_id, centre.sms_name, zone(centre.timezone)) for time in merge(pieces)
        ]
    for days in found.values():
        for shifts in days.values():
            shifts.sort(key=lambda one: (one.time.start, one.centre_id))
    return found


def appointments(session: Session, staff_id: int, shift: Shift) -> int:
    """How many appointments somebody takes part in during a shift."""
    booked = select(func.count()).where(
        taking_part(staff_id),
        Booking.status.in_(LIVE),
        Booking.starts_at >= shift.time.start,
        Booking.starts_at < shift.time.end,
    )
    return session.execute(booked).scalar_one()


def known(days: Mapping[date, list[Shift]]) -> dict[str, str]:
    """The shifts as they are remembered: by ISO date, in words that only compare."""
    return {day.isoformat(): " ".join(s.key for s in shifts) for day, shifts in days.items()}


def begins(shifts: list[Shift]) -> datetime:
    """When the first of them begins."""
    return min(one.time.start for one in shifts)
