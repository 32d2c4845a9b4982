"""When a message is due, until when it is worth sending, and to whom: pure, no clock, no rows.

What says "tomorrow" leaves on the eve of the visit or not at all (`reminders`); and nothing that
was not caused this minute by a person at the desk wakes anybody in the night: an offer that a
cancellation caused waits for the morning, unless it is worthless by then.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from cic_cases.bookings.statuses import Status
from cic_cases.foundation.intervals import Interval
from cic_cases.notifications import reminders
from cic_cases.notifications.kinds import Kind, Means, Mode, State

MISSED_AFTER = timedelta(hours=1)  # a wrong tap at the desk is undone by then
MISSED_UNTIL = timedelta(days=3)
SILENT = frozenset(  # `texts` has no words for them
    {(Kind.CANCELLED_ON_REQUEST, Mode.DISCREET), (Kind.MISSED_VISIT, Mode.DISCREET)}
)
COMING = frozenset({Status.BOOKED, Status.ARRIVED, Status.IN_PROGRESS})
FITS: Mapping[Kind, frozenset[Status]] = {
    Kind.BOOKING_CONFIRMATION: COMING,
    Kind.REMINDER_DAY_BEFORE: COMING,
    Kind.REMINDER_ON_DATE: COMING,
    Kind.RESCHEDULED: COMING,
    Kind.CANCELLED_BY_CENTRE: frozenset({Status.CANCELLED, Status.NEEDS_REBOOKING}),
    Kind.CANCELLED_ON_REQUEST: frozenset({Status.CANCELLED}),
    Kind.CANCELLED_WITH_PROPOSAL: frozenset({Status.NEEDS_REBOOKING}),
    Kind.WAITING_LIST_OFFER: frozenset({Status.HELD}),
    Kind.MISSED_VISIT: frozenset({Status.NO_SHOW}),
    Kind.REMINDER_EXTERNAL: COMING,
    Kind.REMINDER_EXTERNAL_ON_DATE: COMING,
}
ON_DATE: Mapping[Kind, Kind] = {
    Kind.REMINDER_DAY_BEFORE: Kind.REMINDER_ON_DATE,
    Kind.REMINDER_EXTERNAL: Kind.REMINDER_EXTERNAL_ON_DATE,
}
"""Each reminder of the eve, and the one that says the date on any other day."""
ON_THE_EVE: Mapping[Kind, Kind] = {other: eve for eve, other in ON_DATE.items()}
REMINDERS = ON_DATE.keys() | ON_THE_EVE.keys()
BY_DAY = REMINDERS | {Kind.MISSED_VISIT}
OF_DISPLACED = frozenset({Kind.CANCELLED_BY_CENTRE, Kind.CANCELLED_WITH_PROPOSAL})
NEEDS_A_HELD_TIME = frozenset({Kind.CANCELLED_WITH_PROPOSAL, Kind.WAITING_LIST_OFFER})


@dataclass(frozen=True, slots=True)
class Way:
    """One way to tell a person: by which channel, and saying how much."""

    channel: Means
    mode: Mode


@dataclass(frozen=True, kw_only=True, slots=True)
class Reach:
    """How a person wishes to be told (`mode` None: not at all), and which addresses they gave.

    `sms`: the gateway reaches the country of the phone.
    """

    mode: Mode | None
    email: bool
    phone: bool
    sms: bool = True


@dataclass(frozen=True, slots=True)
class Held:
    """A time that is held for somebody: when it starts, and until when it is held (UTC)."""

    starts_at: datetime
    until: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Appointment:
    """The times a plan depends on; `reminding` is the centre's policy, in wall time of `place`.

    `held` is the time held for the person: the appointment itself when it is only offered, or
    another one that is proposed in its stead.
    """

    starts_at: datetime
    place: ZoneInfo
    reminding: reminders.Policy
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
    given = ((Means.EMAIL, reach.email), (Means.SMS, reach.phone and reach.sms))
    wanted = (Way(channel, reach.mode) for channel, has_address in given if has_address)
    return tuple(way for way in wanted if way in offered)


def out_of_reach(reach: Reach | None, offered: frozenset[Way]) -> tuple[Way, ...]:
    """The way by SMS that the person wants and only their phone's country keeps from them."""
    if reach is None or reach.sms:
        return ()
    return tuple(way for way in ways(replace(reach, email=False, sms=True), offered))


def plan(
    kinds: Iterable[Kind], appointment: Appointment, by: Iterable[Way], at: datetime
) -> list[Planned]:
    """What to send about the appointment, seen from the moment `at`.

    Any reminder among `kinds` means all that the centre's policy asks for.
    """
    by, todo = tuple(by), dict(_worth(kinds, appointment, at))
    return [
        Planned(kind, way.channel, way.mode, worth.start, worth.end)
        for kind, worth in todo.items()
        for way in by
        if (kind, way.mode) not in SILENT
    ]


def _worth(
    kinds: Iterable[Kind], appointment: Appointment, at: datetime
) -> Iterator[tuple[Kind, Interval]]:
    for kind in kinds:
        if kind in REMINDERS:
            eve = ON_THE_EVE.get(kind, kind)
            for one in reminders_of(appointment, at):
                yield (eve if one.eve else ON_DATE[eve]), one.worth
        elif (worth := worth_sending(kind, appointment, at)) is not None:
            yield kind, worth


def reminders_of(appointment: Appointment, at: datetime) -> list[reminders.Reminder]:
    """The reminders of it that are still to come at `at`."""
    return reminders.of(appointment.starts_at, appointment.place, appointment.reminding, at)


def worth_sending(kind: Kind, appointment: Appointment, at: datetime) -> Interval | None:
    """From when until when news of this kind is of use; None when it no longer is."""
    held, place = appointment.held, appointment.place
    if kind is Kind.MISSED_VISIT:
        due = reminders.morning_after(at + MISSED_AFTER, place)
        return Interval(due, due + MISSED_UNTIL)
    if kind in NEEDS_A_HELD_TIME and (held is None or at >= held.until):
        return None
    if kind is Kind.WAITING_LIST_OFFER and held is not None:
        return Interval(offer_time(at, held.until, place), held.until)
    return Interval(at, appointment.starts_at) if at < appointment.starts_at else None


def offer_time(at: datetime, until: datetime, place: ZoneInfo) -> datetime:
    """When an offer made at `at` is told: by day, unless its deadline `until` has passed then."""
    morning = reminders.morning_after(at, place)
    return morning if morning < until else at


def may_leave_at(kind: Kind, at: datetime, place: ZoneInfo) -> datetime:
    """`at`, or the morning after for what a server's trouble has delayed into the night."""
    return reminders.morning_after(at, place) if kind in BY_DAY else at


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
