"""Who has to be called, until when, and in which words: pure, no session, no clock.

Somebody is called for one of four reasons: no message can reach them, every message failed or may
have, they asked for a call through the link in a mail, or they were told of a time that is held for
them and have not answered. For the last a call comes in the last half working day before the time
is given away (four hours between 8:00 and 16:00, Monday to Friday), and still after it was given
away, until the proposed time itself has come.
"""

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from cic_cases.bookings.statuses import Status
from cic_cases.foundation.errors import N_, Refusal
from cic_cases.foundation.localtime import instant, local_day
from cic_cases.notifications.kinds import Kind, Mode
from cic_cases.notifications.rules import FITS, ON_DATE, ON_THE_EVE, Held

HALF_A_DAY = timedelta(hours=4)
WORK_BEGINS, WORK_ENDS = time(8), time(16)
SATURDAY = 5
ONE_DAY = timedelta(days=1)
COMING = frozenset({Status.BOOKED})
CALLED_FOR: Mapping[Kind, frozenset[Status]] = {
    Kind.CANCELLED_WITH_PROPOSAL: FITS[Kind.CANCELLED_WITH_PROPOSAL],
    Kind.CANCELLED_BY_CENTRE: FITS[Kind.CANCELLED_BY_CENTRE],
    Kind.RESCHEDULED: COMING,
    Kind.BOOKING_CONFIRMATION: COMING,
    Kind.REMINDER_DAY_BEFORE: COMING,
    Kind.REMINDER_ON_DATE: COMING,
    Kind.REMINDER_EXTERNAL: COMING,
    Kind.REMINDER_EXTERNAL_ON_DATE: COMING,
}
"""Which failed messages somebody is called for, while the appointment stands there: the weightiest
first. Whoever cancelled knows of it; offers are looked at by themselves."""

CALLED_IF_UNKNOWN = frozenset(
    {Kind.CANCELLED_WITH_PROPOSAL, Kind.CANCELLED_BY_CENTRE, Kind.RESCHEDULED}
)
"""News that somebody is called for as well when nobody can say whether its message arrived: without
it they come in vain, or on a day that is no longer theirs. Of the date itself they know already."""


class What(enum.StrEnum):
    """What a call is about; the word in addresses."""

    APPOINTMENT = "appointment"
    OUTSIDE = "outside"


class Why(enum.StrEnum):
    """Why somebody is on the list."""

    LOST = "lost"
    UNANSWERED = "unanswered"
    UNSENT = "unsent"
    OFFERED = "offered"
    ASKED = "asked"


class NobodyToCall(Refusal):
    """Two people had the list open, or the moment for the call has passed."""

    msgid = N_("This call is no longer needed: the person has been told, or it is too late.")
    problem = "nobody-to-call"
    status = 409


class NoNumber(Refusal):
    """The person gave none, or wants no messages, or was forgotten meanwhile."""

    msgid = N_("There is no phone number of this person.")
    problem = "no-number"
    status = 409


class NumberLocked(Refusal):
    """The number cannot be decrypted: the key is missing, or the row was changed."""

    msgid = N_("This number cannot be opened. Tell the administrator.")
    problem = "number-locked"
    status = 409


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """One candidate as the database knows it; times in UTC.

    `unreached`: no message about it left or still waits to leave. `held_starts_at` is the time
    proposed or offered; `held_until` its deadline, None once it is no longer held.
    """

    what: What
    id: int
    version: int
    why: Why
    kind: Kind | None
    unreached: bool
    starts_at: datetime
    held_starts_at: datetime | None
    held_until: datetime | None
    timezone: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Due:
    """A call that has to be made before `by`; `held` is what is still held for the person."""

    found: Found
    why: Why
    kind: Kind
    by: datetime
    held: Held | None

    @property
    def subject(self) -> tuple[What, int]:
        """What it is about: one call each."""
        return self.found.what, self.found.id


def due(found: Found, at: datetime, place: ZoneInfo) -> Due | None:
    """The call that this candidate needs at `at`; None for nobody to call, or too late.

    `place` is the zone of the centre.
    """
    held = _held(found, at)
    why = found.why
    if why is Why.LOST and not found.unreached:
        if found.held_starts_at is None or not _runs_out(held, at, place):
            return None
        why = Why.UNANSWERED
    moments = _moments(found, held, told=why is Why.UNANSWERED)
    by = min((moment for moment in moments if moment > at), default=None)
    if by is None:
        return None
    return Due(found=found, why=why, kind=_kind(found, held), by=by, held=held)


def _held(found: Found, at: datetime) -> Held | None:
    if found.held_starts_at is None or found.held_until is None or found.held_until <= at:
        return None
    return Held(found.held_starts_at, found.held_until)


def _runs_out(held: Held | None, at: datetime, place: ZoneInfo) -> bool:
    return held is None or at >= call_from(held.until, place)


def _moments(found: Found, held: Held | None, *, told: bool) -> Iterable[datetime]:
    """The moments before which a call is of use; who was told will not come in vain."""
    if held is not None:
        yield held.until
    if found.why is Why.LOST and found.held_starts_at is not None:
        yield found.held_starts_at
    if found.why is not Why.OFFERED and not told:
        yield found.starts_at


def _kind(found: Found, held: Held | None) -> Kind:
    if found.kind is not None:
        return found.kind
    if found.why is Why.OFFERED:
        return Kind.WAITING_LIST_OFFER
    if found.why is Why.ASKED:
        return Kind.BOOKING_CONFIRMATION  # which date it is, before another one is looked for
    return Kind.CANCELLED_WITH_PROPOSAL if held else Kind.CANCELLED_BY_CENTRE


def call_from(deadline: datetime, place: ZoneInfo) -> datetime:
    """The moment half a working day before the deadline, by the clocks of `place`."""
    left, day = HALF_A_DAY, local_day(deadline, place)
    while True:
        if day.weekday() < SATURDAY:
            begins, ends = instant(day, WORK_BEGINS, place), instant(day, WORK_ENDS, place)
            worked = min(deadline, ends) - begins
            if worked >= left:
                return begins + worked - left
            left -= max(worked, timedelta())
        day -= ONE_DAY


def one_each(calls: Iterable[Due]) -> list[Due]:
    """One call for each appointment, the weightiest news first; the most urgent call first."""
    chosen: dict[tuple[What, int], Due] = {}
    for one in sorted(calls, key=_weight):
        chosen.setdefault(one.subject, one)
    return sorted(chosen.values(), key=lambda one: (one.by, one.subject))


def _weight(one: Due) -> tuple[bool, int]:
    order = list(CALLED_FOR).index(one.kind) if one.found.why is Why.UNSENT else 0
    return one.found.why is Why.UNSENT, order


def spoken(
    kind: Kind, mode: Mode, starts_at: datetime, at: datetime, place: ZoneInfo
) -> tuple[Kind, Mode]:
    """Which text is said, and how much it tells: a reminder says "tomorrow" on the eve only."""
    eve = local_day(starts_at, place) - ONE_DAY == local_day(at, place)
    if eve:
        return ON_THE_EVE.get(kind, kind), mode
    if kind in (Kind.REMINDER_DAY_BEFORE, Kind.REMINDER_ON_DATE):
        return Kind.BOOKING_CONFIRMATION, mode  # with the address and the code
    return ON_DATE.get(kind, kind), mode
