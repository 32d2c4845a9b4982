"""When a message is due, until when it is worth sending, and to whom: pure, no clock, no rows.

The reminder says "tomorrow", so it leaves on the eve of the visit or not at all; and nothing that
was not caused this minute by a person at the desk wakes anybody in the night: an offer that a
cancellation caused waits for the morning, unless it is worthless by then.
"""

from collections.abc import Iterable, Mapping
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
SILENT = frozenset({(Kind.CANCELLED_ON_REQUEST, Mode.DISCREET)})  # `texts` has no words for it
COMING = frozenset({Status.BOOKED, Status.ARRIVED, Status.IN_PROGRESS})
FITS: Mapping[Kind, frozenset[Status]] = {
    Kind.BOOKING_CONFIRMATION: COMING,
    Kind.REMINDER_DAY_BEFORE: COMING,
    Kind.RESCHEDULED: COMING,
    Kind.CANCELLED_BY_CENTRE: frozenset({Status.CANCELLED, Status.NEEDS_REBOOKING}),
    Kind.CANCELLED_ON_REQUEST: frozenset({Status.CANCELLED}),
    Kind.CANCELLED_WITH_PROPOSAL: frozenset({Status.NEEDS_REBOOKING}),
    Kind.WAITING_LIST_OFFER: frozenset({Status.HELD}),
    Kind.REMINDER_EXTERNAL: COMING,
}
REMINDERS = frozenset({Kind.REMINDER_DAY_BEFORE, Kind.REMINDER_EXTERNAL})
OF_DISPLACED = frozenset({Kind.CANCELLED_BY_CENTRE, Kind.CANCELLED_WITH_PROPOSAL})
NEEDS_A_HELD_TIME = frozenset({Kind.CANCELLED_WITH_PROPOSAL, Kind.WAITING_LIST_OFFER})


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


@dataclass(frozen=True, slots=True)
class Held:
    """A time that is held for somebody: when it starts, and until when it is held (UTC)."""

    starts_at: datetime
    until: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Appointment:
    """The times a plan depends on; `reminder_at` is wall time in `place` on the eve.

    `held` is the time held for the person: the appointment itself when it is only offered, or
    another one that is proposed in its stead.
    """

    starts_at: datetime
    place: ZoneInfo
    reminder_at: time
    held: Held | None = None


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
    if kind in REMINDERS:
        on_the_eve = reminder_time(appointment)
        return on_the_eve if on_the_eve.start > at else None
    held = appointment.held
    if kind in NEEDS_A_HELD_TIME and (held is None or at >= held.until):
        return None
    if kind is Kind.WAITING_LIST_OFFER and held is not None:
        return Interval(offer_time(at, held.until, appointment.place), held.until)
    return Interval(at, appointment.starts_at) if at < appointment.starts_at else None


def offer_time(at: datetime, until: datetime, place: ZoneInfo) -> datetime:
    """When an offer made at `at` is told: by day, unless its deadline `until` has passed then."""
    local = at.astimezone(place)
    if NIGHT_ENDS <= local.time() < NIGHT_BEGINS:
        return at
    day = local.date() if local.time() < NIGHT_ENDS else local.date() + ONE_DAY
    morning = instant(day, NIGHT_ENDS, place)
    return morning if morning < until else at


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
    held: Held | None = None,
) -> State | None:
    """Why a planned message must not leave any more; None when it may.

    `version` is the booking's version the message was planned for, `now_version` today's; `held`
    is the time that is held for the person now.
    """
    if version != now_version or status not in FITS[kind]:
        return State.SUPERSEDED
    if kind in NEEDS_A_HELD_TIME and (held is None or at >= held.until):
        return State.SUPERSEDED
    return State.EXPIRED if at >= expires_at else None


def wait_after(attempts: int, seed: str) -> timedelta:
    """How long to wait after so many attempts: growing to a quarter of an hour, and jittered.

    The same seed waits equally long, so a test can tell; different messages spread out.
    """
    step = BACKOFF[min(max(attempts, 1), len(BACKOFF)) - 1]
    return step * (1 + JITTER * Random(f"{seed}:{attempts}").random())  # noqa: S311 (no secret)
