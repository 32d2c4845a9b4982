"""The rules of booking. Pure: no session, no request, no clock."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cic_cases.bookings.statuses import Status
from cic_cases.calendar.rules import Stretch
from cic_cases.foundation.errors import N_, Refusal
from cic_cases.foundation.intervals import Interval


class SlotTaken(Refusal):
    """Somebody else has it, or it is no longer offered; three others can be shown."""

    msgid = N_("This time has just been taken. Please choose another.")
    field = "slot"
    problem = "slot-taken"
    status = 409


class PersonBusy(Refusal):
    """Nobody can be in two places."""

    msgid = N_("This person already has an appointment at this time.")
    field = "slot"
    problem = "person-busy"
    status = 409


class InThePast(Refusal):
    """Only time to come can be promised."""

    msgid = N_("This date has passed. Choose a later one.")
    field = "slot"


class VersionConflict(Refusal):
    """Two people changed the same booking; the second is shown what the first did."""

    msgid = N_("Someone else has just changed this. Check it and save again.")
    problem = "version-conflict"
    status = 409


class TooMany(Refusal):
    """A service may limit how many appointments one person has ahead."""

    msgid = N_("This person already has the largest number of appointments of this kind.")
    field = "slot"
    problem = "too-many-appointments"
    status = 409


class HoldExpired(Refusal):
    """The time was held, and nobody took it within the time promised."""

    msgid = N_("This time is no longer held. Please choose it again.")
    field = "slot"
    problem = "hold-expired"
    status = 409


class WrongStatus(Refusal):
    """A booking cannot go from where it stands to there."""

    msgid = N_("This cannot be done now: the appointment has another status.")
    problem = "wrong-status"
    status = 409


class NotYet(WrongStatus):
    """Nobody has arrived, or was seen, before the day of the appointment."""

    msgid = N_("This cannot be done yet: the appointment is on another day.")


NEXT: Mapping[Status, frozenset[Status]] = {
    Status.BOOKED: frozenset({Status.ARRIVED, Status.IN_PROGRESS, Status.DONE, Status.NO_SHOW}),
    Status.ARRIVED: frozenset({Status.IN_PROGRESS, Status.DONE, Status.NO_SHOW}),
    Status.IN_PROGRESS: frozenset({Status.DONE, Status.NO_SHOW}),
}
CAN_CANCEL = frozenset({Status.BOOKED, Status.ARRIVED, Status.NEEDS_REBOOKING})
CAN_MOVE = frozenset({Status.BOOKED, Status.NEEDS_REBOOKING})
LIVE = frozenset({Status.BOOKED, Status.ARRIVED, Status.IN_PROGRESS})


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody asks for: a slot for a case, in a language."""

    slot: str
    case_id: int
    language: str
    interpreter: bool
    booked_centre_id: int


def check_step(now: Status, to: Status) -> None:
    """Let the board's shortcuts through (booked → done), refuse the rest with `WrongStatus`."""
    if to not in NEXT.get(now, frozenset()):
        raise WrongStatus()


def check_version(known: int | None, current: int) -> None:
    """Refuse a change that was decided on an older state of the booking."""
    if known is not None and known != current:
        raise VersionConflict()


def check_number(held: int, allowed: int) -> None:
    """Refuse one more than `allowed` with `TooMany`."""
    if held >= allowed:
        raise TooMany()


def starts_in(stretch: Stretch, nominal_start: datetime, length: timedelta) -> Iterator[Interval]:
    """Every place for one appointment on the duty's own grid, earliest first.

    The grid is counted from the rule's own start, so a later opening does not shift it.
    """
    step = timedelta(minutes=stretch.rule.grid_minutes)
    start = nominal_start
    while start + length <= stretch.time.end:
        if start >= stretch.time.start:
            yield Interval(start, start + length)
        start += step


def free_of(places: Iterable[Interval], busy: Iterable[Interval]) -> Iterator[Interval]:
    """The places that overlap nothing that is taken."""
    taken = tuple(busy)
    return (place for place in places if not any(place.overlaps(other) for other in taken))
