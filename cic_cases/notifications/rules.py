"""When a message is due, until when it is worth sending, and to whom: pure, no clock, no rows.

The reminder says "tomorrow", so it leaves on the eve of the visit or not at all; and nothing that
was not caused this minute by a person at the desk wakes anybody in the night.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from cic_cases.bookings.statuses import Status
from cic_cases.foundation.intervals import Interval
from cic_cases.foundation.localtime import instant, local_day
from cic_cases.notifications.kinds import Kind, Means, Mode, State

NIGHT_ENDS, NIGHT_BEGINS = time(8), time(20)
LAST_REMINDER = time(19)  # leaves an hour for another try before the night
ONE_DAY = timedelta(days=1)
BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 4, 8, 15))
JITTER = 0.2
CANCELLATIONS = frozenset({Kind.CANCELLED_BY_CENTRE, Kind.CANCELLED_ON_REQUEST})
SILENT = frozenset({(Kind.CANCELLED_ON_REQUEST, Mode.DISCREET)})  # `texts` has no words for it
COMING = frozenset({Status.BOOKED, Status.ARRIVED, Status.IN_PROGRESS})


@dataclass(frozen=True, slots=True)
class Way:
    """One way to tell a person: by which channel, and saying how much."""

    channel: Means
    mode: Mode


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """How a person wishes to be told (`mode` None: not at all), and which addresses they gave."""

    mode: Mode | None
    email: bool
    phone: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Appointment:
    """The times a plan depends on; `reminder_at` is wall time in `place` on the eve."""

    starts_at: datetime
    place: ZoneInfo
    reminder_at: time


@dataclass(frozen=True, slots=True)
class Planned:
    """One message to be: due from `due_at`, worthless from `expires_at`."""

    kind: Kind
    channel: Means
    mode: Mode
    due_at: datetime
    expires_at: datetime


def ways(reach: Reach | None, offered: frozenset[Way]) -> tuple[Way, ...]:
    """The ways that the person wants and the house has; empty: they are told at reception."""
    if reach is None or reach.mode is None:
        return ()
    given = ((Means.EMAIL, reach.email), (Means.SMS, reach.phone))
    wanted = (Way(channel, reach.mode) for channel, has_address in given if has_address)
    return tuple(way for way in wanted if way in offered)


def plan(
    kinds: Iterable[Kind], appointment: Appointment, by: Iterable[Way], at: datetime
) -> list[Planned]:
    """What to send about the appointment, seen from the moment `at`."""
    by = tuple(by)
    return [
        Planned(kind, way.channel, way.mode, worth.start, worth.end)
        for kind in kinds
        if (worth := worth_sending(kind, appointment, at)) is not None
        for way in by
        if (kind, way.mode) not in SILENT
    ]


def worth_sending(kind: Kind, appointment: Appointment, at: datetime) -> Interval | None:
    """From when until when a message of this kind is of use; None when it no longer is."""
    if kind is Kind.REMINDER_DAY_BEFORE:
        on_the_eve = reminder_time(appointment)
        return on_the_eve if on_the_eve.start > at else None
    return Interval(at, appointment.starts_at) if at < appointment.starts_at else None


def reminder_time(appointment: Appointment) -> Interval:
    """The reminder's hours: on the local day before the visit, from the centre's time to night."""
    eve = local_day(appointment.starts_at, appointment.place) - ONE_DAY
    wall_time = by_day(appointment.reminder_at)
    place = appointment.place
    return Interval(instant(eve, wall_time, place), instant(eve, NIGHT_BEGINS, place))


def by_day(wall_time: time) -> time:
    """`wall_time`, or the nearest time at which a reminder disturbs nobody."""
    return min(max(wall_time, NIGHT_ENDS), LAST_REMINDER)


def outdated(
    kind: Kind,
    version: int,
    expires_at: datetime,
    *,
    now_version: int,
    status: Status,
    at: datetime,
) -> State | None:
    """Why a planned message must not leave any more; None when it may.

    `version` is the booking's version the message was planned for, `now_version` today's.
    """
    fits = status is Status.CANCELLED if kind in CANCELLATIONS else status in COMING
    if version != now_version or not fits:
        return State.SUPERSEDED
    return State.EXPIRED if at >= expires_at else None


def wait_after(attempts: int, seed: str) -> timedelta:
    """How long to wait after so many attempts: growing to a quarter of an hour, and jittered.

    The same seed waits equally long, so a test can tell; different messages spread out.
    """
    step = BACKOFF[min(max(attempts, 1), len(BACKOFF)) - 1]
    return step * (1 + JITTER * Random(f"{seed}:{attempts}").random())  # noqa: S311 (no secret)
