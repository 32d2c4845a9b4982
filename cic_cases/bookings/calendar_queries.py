"""What somebody's own calendar shows of bookings: when, in which room, and whether it still is."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from cic_cases.bookings.models import Booking, BookingTrace
from cic_cases.bookings.queries import NO_HOLD, taking_part
from cic_cases.bookings.statuses import Status
from cic_cases.centres.models import Room
from cic_cases.foundation.intervals import Interval

GONE = frozenset({Status.CANCELLED, Status.NEEDS_REBOOKING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One version of an appointment as its owner's calendar may know it; times in UTC."""

    uid: str
    version: int
    starts_at: datetime
    ends_at: datetime
    room: str | None
    cancelled: bool
    changed_at: datetime


def entries(session: Session, staff_id: int, window: Interval) -> list[Entry]:
    """What somebody takes part in, or did until it went to somebody else. Two statements.

    Held times are not shown: nobody comes until they are booked.
    """
    own = _with_last_step().where(
        taking_part(staff_id), *_between(Booking.starts_at, window), *_booked()
    )
    found = [
        _entry(booking, room, changed_at, booking.starts_at, cancelled=booking.status in GONE)
        for booking, room, changed_at in session.execute(own)
    ]
    return found + _given_away(session, staff_id, window)


def _given_away(session: Session, staff_id: int, window: Interval) -> list[Entry]:
    """Appointments that this specialist was to receive and somebody else does now."""
    former = (
        _with_last_step()
        .add_columns(BookingTrace.starts_at)
        .join(BookingTrace, BookingTrace.booking_id == Booking.id)
        .where(
            BookingTrace.staff_id == staff_id,
            BookingTrace.status != Status.HELD,
            *_between(BookingTrace.starts_at, window),
            ~func.coalesce(taking_part(staff_id), False),
            *_booked(),
        )
        .order_by(BookingTrace.id)
    )
    last = {
        booking.id: _entry(booking, None, changed_at, starts_at, cancelled=True)
        for booking, _room, changed_at, starts_at in session.execute(former)
    }
    return list(last.values())


def _with_last_step() -> Select[Booking, str, datetime]:
    changed_at = (
        select(func.max(BookingTrace.at))
        .where(BookingTrace.booking_id == Booking.id)
        .correlate(Booking)
        .scalar_subquery()
    )
    return select(Booking, Room.label, changed_at).outerjoin(Room, Room.id == Booking.room_id)


def _booked() -> tuple[ColumnElement[bool], ...]:
    return NO_HOLD, Booking.status != Status.HELD


def _between(
    moment: InstrumentedAttribute[datetime], window: Interval
) -> tuple[ColumnElement[bool], ...]:
    return moment >= window.start, moment < window.end


def _entry(
    booking: Booking,
    room: str | None,
    changed_at: datetime | None,
    starts_at: datetime,
    *,
    cancelled: bool,
) -> Entry:
    length: timedelta = booking.ends_at - booking.starts_at
    return Entry(
        uid=booking.calendar_uid,
        version=booking.version,
        starts_at=starts_at,
        ends_at=starts_at + length,
        room=room,
        cancelled=cancelled,
        changed_at=changed_at or booking.made_at,
    )
