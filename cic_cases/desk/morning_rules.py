"""What a day looks like before it begins: who is missing, whose time is short. Pure."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from cic_cases.bookings.duty_plan import Plan
from cic_cases.bookings.models import Booking
from cic_cases.bookings.rules import LIVE
from cic_cases.calendar.models import DutyKind
from cic_cases.calendar.rules import NotHeld, Stretch
from cic_cases.foundation.intervals import Interval

RUNNING_OUT = 0.85
"""The share of a week's hours from which a centre has no time left for who comes in.

Breaks between appointments and ends of duties that are too short for one are among the hours: a
week in which nothing is free is rarely above nine tenths.
"""
A_WEEK = 7  # days, tomorrow is the first


@dataclass(frozen=True, slots=True)
class Share:
    """How much of the hours on duty is taken."""

    taken: timedelta
    of: timedelta

    @property
    def percent(self) -> int:
        """Rounded; over a hundred when somebody is booked outside every duty."""
        return round(100 * (self.taken / self.of)) if self.of else 0

    @property
    def runs_out(self) -> bool:
        """Whether too little is left."""
        return bool(self.of) and self.taken / self.of >= RUNNING_OUT


@dataclass(frozen=True, slots=True)
class Dropped:
    """A duty of the day that was cancelled, and nobody stands in; `time` is when it would be."""

    staff_id: int
    duty_id: int
    time: Interval


@dataclass(frozen=True, slots=True)
class Unheld:
    """Appointments of one member of staff who holds no duty at that time."""

    staff_id: int
    bookings: tuple[Booking, ...]


def length(times: Iterable[Interval]) -> timedelta:
    """All of them together."""
    return sum((one.end - one.start for one in times), timedelta())


def on_duty(plan: Plan, centre_id: int, day: date) -> list[Stretch]:
    """The duties of a centre in which people are received that day."""
    return [
        held
        for entry, rule, held in plan.held(day)
        if isinstance(held, Stretch)
        and rule.centre_id == centre_id
        and entry.kind is DutyKind.RECEIVES
    ]


def dropped(plan: Plan, centre_id: int, day: date) -> Iterator[Dropped]:
    """The duties of a centre that were cancelled for that day, by their start."""
    found = []
    for entry, rule, held in plan.held(day):
        if rule.centre_id == centre_id and held is NotHeld.CANCELLED:
            usual = plan.uncancelled(entry, rule, day)
            if isinstance(usual, Stretch):
                found.append(Dropped(rule.staff_id, rule.id, usual.time))
    yield from sorted(found, key=lambda one: (one.time.start, one.duty_id))


def closed(plan: Plan, centre_id: int, day: date) -> bool:
    """Whether the whole centre is closed that day: never open then, or by a closure."""
    return plan.hours.on(centre_id, day) is None or any(
        one.centre_id in (None, centre_id)
        and one.institution_id is None
        and one.room_id is None
        and one.first_day <= day <= one.last_day
        for one in plan.closures
    )


def unheld(bookings: Sequence[Booking], standing: Collection[int]) -> list[Unheld]:
    """Who is booked with somebody whose duty is no longer held, by whom they would meet."""
    found: dict[int, list[Booking]] = {}
    for one in bookings:
        if one.status in LIVE and one.id not in standing:
            found.setdefault(one.staff_id, []).append(one)
    return [Unheld(staff_id, tuple(people)) for staff_id, people in found.items()]


def week_ahead(plan: Plan, centre_id: int, today: date, promised: Iterable[Interval]) -> Share:
    """How much of the coming week's hours on duty is taken."""
    days = (today + timedelta(days=n) for n in range(1, A_WEEK + 1))
    hours = (held.time for day in days for held in on_duty(plan, centre_id, day))
    return Share(length(promised), length(hours))
