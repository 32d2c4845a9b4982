"""What a cancelled duty means for the people on it. Pure: no session, no clock."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cic_cases.bookings.models import Cause, Told
from cic_cases.bookings.slots import Slot
from cic_cases.calendar.changes import (
    AT_ONCE,
    Closing,
    DateHours,
    Ending,
    OneDate,
    Replacing,
    RosterChange,
    WeekHours,
)
from cic_cases.calendar.rules import Change
from cic_cases.foundation.errors import N_, Invalid, Refusal
from cic_cases.foundation.localtime import instant, local_day

UNDO_WITHIN = timedelta(seconds=60)
WORKING_DAYS_HELD = 2
HELD_UNTIL = time(18)
BEFORE_THE_START = timedelta(hours=2)
SOONEST = timedelta(hours=3)  # an hour at least to answer before the hold must end
REASONS = ("illness", "leave", "training", "closed", "other")
SATURDAY = 5
Disrupting = OneDate | Ending | Replacing | Closing | WeekHours | DateHours
"""Changes under which somebody may lose their time."""


class AlreadyCancelled(Refusal):
    """Somebody cancelled it first, or this form was sent twice."""

    msgid = N_("This duty has already been cancelled on this day.")
    problem = "already-cancelled"
    status = 409


class AlreadyDone(Refusal):
    """The same change was made before, or this form was sent twice."""

    msgid = N_("This change has already been made.")
    problem = "already-done"
    status = 409


class ListChanged(Refusal):
    """Since the list was shown, somebody else was booked or a proposed time was taken."""

    msgid = N_("The list has changed since you opened it. Check it and confirm again.")
    problem = "list-changed"
    status = 409


class UnknownReason(Refusal):
    """The reason is one of a list, so that no free text tells of anybody's health."""

    msgid = N_("Choose a reason.")
    field = "reason"


class TooLateToUndo(Refusal):
    """The minute is over, a message has left, or somebody has answered already."""

    msgid = N_("This can no longer be undone: people may have been told.")
    problem = "too-late"
    status = 409


class NothingHeld(Refusal):
    """There is no proposed time, or somebody has already settled it."""

    msgid = N_("No time is held for this person any more.")
    problem = "nothing-held"
    status = 409


@dataclass(frozen=True, slots=True)
class Lost:
    """Somebody who loses their time: when it was, how they are told, what is held instead."""

    booking_id: int
    reference: str
    case_id: int
    service_id: int
    centre_id: int
    starts_at: datetime
    language: str
    told: Told
    proposal: Slot | None
    held_until: datetime | None


def answer_until(at: datetime, place: ZoneInfo) -> datetime:
    """Two working days from `at`, at 18:00 in `place`."""
    day, left = local_day(at, place), WORKING_DAYS_HELD
    while left:
        day += timedelta(days=1)
        left -= day.weekday() < SATURDAY
    return instant(day, HELD_UNTIL, place)


def held_until(starts_at: datetime, deadline: datetime) -> datetime:
    """Until when a proposed time is held: the deadline, but two hours before it starts."""
    return min(deadline, starts_at - BEFORE_THE_START)


def way(*, deliverable: bool, callable_: bool) -> Told:
    """How somebody is told: by message, else by telephone, else when they come to reception."""
    if deliverable:
        return Told.MESSAGE
    return Told.CALL if callable_ else Told.RECEPTION


def disrupting(change: RosterChange) -> Disrupting:
    """The change, if somebody may lose their time by it; raises `Invalid` for any other."""
    if not isinstance(change, Disrupting):
        raise Invalid()
    return change


def undo_within(change: Disrupting) -> timedelta:
    """For how long it can be taken back exactly, and nothing leaves; zero when it cannot be.

    Not with another room or person: some appointments go over to it. Nor a duty that is removed at
    once, nor what changes a whole rule, or closes a whole region.
    """
    return UNDO_WITHIN if _exact(change) else timedelta()


def _exact(change: Disrupting) -> bool:
    match change:
        case OneDate(change=None) | Replacing():
            return False
        case OneDate(change=Change() as wanted):
            return wanted.room_id is None and wanted.staff_id is None
        case Ending():
            return change.last_day != AT_ONCE
        case Closing():
            return change.closed.centre_id is not None
    return True


def cause_of(change: Disrupting) -> Cause:
    """Why appointments lose their time by it."""
    match change:
        case Closing():
            return Cause.CLOSURE
        case Ending():
            return Cause.DUTY_ENDED
        case WeekHours() | DateHours():
            return Cause.HOURS_CHANGED
        case OneDate(change=Change(cancelled=True)):
            return Cause.DUTY_CANCELLED
    return Cause.DUTY_CHANGED


def first_day_of(change: Disrupting) -> date | None:
    """The date of the change, for its page; None for hours of every week and a whole rule."""
    match change:
        case Closing():
            return change.closed.first_day
        case Ending():
            return None if change.last_day == AT_ONCE else change.last_day
        case OneDate() | DateHours():
            return change.on
        case Replacing():
            return change.first_day
    return None
