"""Times that somebody had and gave back, and that are free: today's gaps, worth a phone call.

A booking that was cancelled, lapsed, or was moved away leaves its old time in its trace. Whether
that time can be offered again is asked of the roster, never remembered.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from cic_cases.bookings import availability
from cic_cases.bookings.availability import Search
from cic_cases.bookings.models import Booking, BookingTrace, Waiting, WaitingState
from cic_cases.bookings.slots import Slot
from cic_cases.bookings.statuses import Status
from cic_cases.centres.models import Room
from cic_cases.foundation.intervals import Interval

LATELY = 5000  # steps back in the trace: weeks of work of a network of centres


@dataclass(frozen=True, slots=True)
class Freed:
    """A time that was given back; whether it is free is for the roster to say."""

    service_id: int
    centre_id: int
    staff_id: int
    starts_at: datetime


def free_again(
    session: Session,
    centre_ids: frozenset[int],
    time: Interval,
    days: tuple[date, date],
    at: datetime,
) -> list[Slot]:
    """The slots that start within `time`, were given back, and are free at `at`; earliest first.

    `days` are the first and last local day of `time`. A constant number of statements.
    """
    given_back = _cancelled(session, centre_ids, time) | _moved_away(session, centre_ids, time, at)
    if not given_back:
        return []
    search = Search(
        service_ids=frozenset(one.service_id for one in given_back),
        centre_ids=centre_ids,
        first_day=days[0],
        last_day=days[1],
    )
    return [
        slot
        for slot in availability.free_slots(session, search, at)
        if Freed(slot.service_id, slot.centre_id, slot.staff_id, slot.time.start) in given_back
    ]


def somebody_waits_for(session: Session, at: datetime, since: datetime) -> list[Freed]:
    """The times given back from `since` on, later than `at`, of services with people in line."""
    waited_for = select(Waiting.service_id).where(Waiting.state == WaitingState.WAITING)
    touched = select(BookingTrace.booking_id).where(_lately(), BookingTrace.at >= since)
    wanted = _traces().where(
        Booking.id.in_(touched),
        Booking.service_id.in_(waited_for),
        BookingTrace.starts_at > at,
        ~_held(at),
    )
    found = {Freed(*row) for row in session.execute(wanted)}
    return sorted(found, key=lambda one: (one.starts_at, one.staff_id))


def _cancelled(session: Session, centre_ids: Iterable[int], time: Interval) -> set[Freed]:
    """Appointments and holds that ended."""
    rows = session.execute(
        select(Booking.service_id, Booking.centre_id, Booking.staff_id, Booking.starts_at).where(
            Booking.centre_id.in_(list(centre_ids)),
            Booking.starts_at >= time.start,
            Booking.starts_at < time.end,
            Booking.status == Status.CANCELLED,
        )
    )
    return {Freed(*row) for row in rows}


def _moved_away(
    session: Session, centre_ids: Iterable[int], time: Interval, at: datetime
) -> set[Freed]:
    """The times that bookings had before they were moved, as far back as the trace is looked."""
    wanted = _traces().where(
        _lately(),
        BookingTrace.starts_at >= time.start,
        BookingTrace.starts_at < time.end,
        ~_held(at),
    )
    places = frozenset(centre_ids)
    return {Freed(*row) for row in session.execute(wanted) if row.centre_id in places}


def _traces() -> Select[int, int, int, datetime]:
    place = func.coalesce(Room.centre_id, Booking.centre_id).label("centre_id")
    return (
        select(Booking.service_id, place, BookingTrace.staff_id, BookingTrace.starts_at)
        .join(Booking, Booking.id == BookingTrace.booking_id)
        .outerjoin(Room, Room.id == BookingTrace.room_id)
        .distinct()
    )


def _lately() -> ColumnElement[bool]:
    """Only the last steps, found by the key: the trace grows for years."""
    return BookingTrace.id > select(func.max(BookingTrace.id) - LATELY).scalar_subquery()


def _held(at: datetime) -> ColumnElement[bool]:
    """Whether the booking still holds at `at` the time that this step of its trace tells of."""
    return and_(
        Booking.staff_id == BookingTrace.staff_id,
        Booking.starts_at == BookingTrace.starts_at,
        or_(
            Booking.status.not_in((Status.CANCELLED, Status.HELD, Status.NEEDS_REBOOKING)),
            and_(Booking.status == Status.HELD, Booking.expires_at > at),
        ),
    )
