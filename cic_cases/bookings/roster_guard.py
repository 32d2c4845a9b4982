"""Nobody books by a roster that is being changed.

Whoever changes rosters first locks the people whose time they offer: appointments made before
are seen by the change, and a claim of time that was read before is refused after it.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, or_, select, union
from sqlalchemy.orm import Session

from cic_cases.bookings import holds
from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Status
from cic_cases.calendar import guard
from cic_cases.calendar.changes import (
    Closing,
    DateHours,
    Ending,
    OneDate,
    Reopening,
    Replacing,
    RosterChange,
    WeekHours,
)
from cic_cases.calendar.models import Duty, DutyException, Occupancy
from cic_cases.centres.models import Centre, Room
from cic_cases.people.models import Staff

TAKES_TIME = (Status.BOOKED, Status.HELD)
ONE_DAY = timedelta(days=1)


def stand_still(session: Session, change: RosterChange, region_id: int, at: datetime) -> set[int]:
    """Lock everybody whose offered time the change may end, and all that their appointments take.

    Returns the staff's resources, for `guard.outdate` once the change is done.
    """
    if isinstance(change, Reopening):
        return set()  # it only adds time
    lock_region(session, region_id)
    staff = _whose(change, region_id)
    mine = set(session.scalars(select(Staff.resource_id).where(Staff.id.in_(staff))))
    theirs = select(Booking.id).where(
        or_(
            Booking.staff_id.in_(staff),
            Booking.second_staff_id.in_(staff),
            Booking.interpreter_id.in_(staff),
        ),
        Booking.status.in_(TAKES_TIME),
        Booking.starts_at > at,
        *_around(change),
    )
    taken = select(Occupancy.resource_id).where(Occupancy.booking_id.in_(theirs))
    guard.lock(session, mine.union(session.scalars(taken)))
    return mine


def lock_region(session: Session, region_id: int) -> set[int]:
    """Lock everybody on duty in the region and its rooms: in one statement, in the guard's order.

    Whoever changes rosters gives some of this time back and holds other in the same transaction,
    in no order that the guard knows; those who book must not wait for it with a lock in hand.
    Returns the staff's resources.
    """
    here = select(Centre.id).where(Centre.region_id == region_id)
    staff = _on(select(Duty.id).where(Duty.centre_id.in_(here)))
    everybody = set(session.scalars(select(Staff.resource_id).where(Staff.id.in_(staff))))
    rooms = select(Room.resource_id).where(Room.centre_id.in_(here))
    guard.lock(session, everybody.union(session.scalars(rooms)))
    return everybody


def end_holds(session: Session, held: Iterable[Booking], *, at: datetime, by: int) -> None:
    """Times that were held and are on no duty any more: whoever confirms one is told so."""
    for booking in held:
        holds.let_go(session, booking, at=at, by=by)


def days_of(change: RosterChange) -> tuple[date, date]:
    """The local days on which appointments can lose their time by the change."""
    if isinstance(change, OneDate | DateHours):
        return change.on, change.on
    if isinstance(change, Closing):
        return change.closed.first_day, change.closed.last_day
    if isinstance(change, Replacing) and change.first_day is not None:
        return change.first_day, date.max
    if isinstance(change, Ending):
        return change.last_day + ONE_DAY, date.max
    return date.min, date.max


def _around(change: RosterChange) -> Iterator[ColumnElement[bool]]:
    """The days of the change and a day on either side, whatever the centre's zone."""
    first, last = days_of(change)
    if first > date.min + ONE_DAY:
        yield Booking.starts_at >= datetime.combine(first - ONE_DAY, time(), UTC)
    if last < date.max - 2 * ONE_DAY:
        yield Booking.starts_at < datetime.combine(last + 2 * ONE_DAY, time(), UTC)


def _whose(change: RosterChange, region_id: int) -> CompoundSelect[Any]:
    """Members of staff on the duties that the change touches, whoever stands in included."""
    duties = select(Duty.id)
    if isinstance(change, OneDate | Ending | Replacing):
        duties = duties.where(Duty.id == change.duty_id)
    else:
        duties = duties.where(Duty.centre_id.in_(_where(change, region_id)))
    return _on(duties)


def _on(duties: Select[int]) -> CompoundSelect[Any]:
    return union(
        select(Duty.staff_id).where(Duty.id.in_(duties)),
        select(DutyException.staff_id).where(
            DutyException.duty_id.in_(duties), DutyException.staff_id.is_not(None)
        ),
    )


def _where(change: Closing | WeekHours | DateHours | Reopening, region_id: int) -> Any:
    """The centres whose duties the change touches."""
    centre_id = change.closed.centre_id if isinstance(change, Closing) else None
    if isinstance(change, WeekHours | DateHours):
        centre_id = change.centre_id
    if centre_id is not None:
        return [centre_id]
    return select(Centre.id).where(Centre.region_id == region_id)
