"""The rules of booking. Pure: no session, no request, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass

from cic_cases.bookings.statuses import Status
from cic_cases.calendar import appointments
from cic_cases.foundation.errors import N_, Refusal


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


class InThePast(appointments.InThePast):
    """Only time to come can be promised."""

    field = "slot"


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
    """Let the board's shortcuts through (booked → done), refuse the rest: `WrongStatus`."""
    if to not in NEXT.get(now, frozenset()):
        raise appointments.WrongStatus()


def check_number(held: int, allowed: int) -> None:
    """Refuse one more than `allowed` with `TooMany`."""
    if held >= allowed:
        raise TooMany()
