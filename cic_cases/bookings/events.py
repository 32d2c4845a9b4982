"""What can happen to a booking, told to the other rooms by `cic_cases.wiring`."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class BookingMade:
    """Somebody has an appointment.

    A `new` one was not held before, so nothing is planned yet. `waits` is False when it is known
    that the person is not on the waiting list for it.
    """

    booking_id: int
    at: datetime
    new: bool = False
    waits: bool = True


@dataclass(frozen=True)
class BookingMoved:
    """The appointment has another time, place or specialist; its version rose."""

    booking_id: int
    at: datetime


@dataclass(frozen=True)
class BookingCancelled:
    """The appointment will not be; `who` is «person» or «centre»."""

    booking_id: int
    at: datetime
    who: str


@dataclass(frozen=True)
class TimeFreed:
    """A specialist's time that was taken can be offered again; told after the release."""

    service_id: int
    centre_id: int
    staff_id: int
    starts_at: datetime
    at: datetime


@dataclass(frozen=True)
class HoldEnded:
    """A hold was let go, or nobody took it in time (`lapsed`); its time is free."""

    booking_id: int
    at: datetime
    lapsed: bool


@dataclass(frozen=True)
class TimeOffered:
    """A freed time is held for somebody on the waiting list (`booking_id` is the hold)."""

    booking_id: int
    at: datetime


@dataclass(frozen=True)
class BookingDisplaced:
    """The appointment lost its time; the person is told from `due_at` on (undo ends then).

    `proposal_id` is another time held for the person, if one was found.
    """

    booking_id: int
    proposal_id: int | None
    at: datetime
    due_at: datetime


@dataclass(frozen=True)
class BookingRestored:
    """A displaced appointment stands again as before, and nobody has been told otherwise."""

    booking_id: int
    at: datetime


@dataclass(frozen=True)
class BookingReassigned:
    """Another specialist receives the person; nothing changes for the person. Version rose."""

    booking_id: int
    at: datetime


@dataclass(frozen=True)
class BookingDone:
    """The person was seen: exactly one visit is to be written."""

    booking_id: int
    centre_id: int
    case_id: int
    service_id: int
    language: str
    minutes: int
    occurred_at: datetime
    at: datetime
    by: int


@dataclass(frozen=True)
class BookingReopened:
    """«Done» was undone: its visit is to be voided."""

    booking_id: int
    at: datetime
    by: int


@dataclass(frozen=True)
class BookingMissed:
    """The person did not come."""

    booking_id: int
    at: datetime


@dataclass(frozen=True)
class MissedUndone:
    """«No-show» was undone."""

    booking_id: int
    at: datetime
