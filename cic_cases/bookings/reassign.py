"""Appointments go over to a substitute, or to another room: the person notices nothing.

Each one moves whole or not at all: what it took of the old specialist and room is given back in
the same savepoint in which the new ones are claimed.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.bookings import rules, steps
from cic_cases.bookings.events import BookingReassigned
from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Happening, Status
from cic_cases.calendar import appointments, guard
from cic_cases.calendar.models import Occupancy
from cic_cases.centres.models import Room
from cic_cases.foundation.db import lock_row
from cic_cases.foundation.events import emit
from cic_cases.foundation.intervals import Interval
from cic_cases.people.models import Staff, StaffLanguage


@dataclass(frozen=True, slots=True)
class Place:
    """With whom and where appointments are to be; `room_id` None is no room."""

    staff_id: int
    room_id: int | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """Which appointments moved, and which could not; ids, in order of time."""

    moved: tuple[int, ...]
    left: tuple[int, ...]


def all_to(
    session: Session, bookings: Iterable[Booking], place: Place, *, at: datetime, by: int
) -> Outcome:
    """Move every appointment that the new specialist is free for and can talk to."""
    moved, left = [], []
    spoken = languages_of(session, place.staff_id)
    ordered = sorted(bookings, key=lambda one: (one.starts_at, one.id))
    _lock_all(session, [one.id for one in ordered], place)
    for booking in ordered:
        can_talk = booking.interpreter_id is not None or booking.language in spoken
        own = booking.staff_id == place.staff_id  # only the room is another
        if (can_talk or own) and _moves(session, booking, place, at=at, by=by):
            moved.append(booking.id)
        else:
            left.append(booking.id)
    return Outcome(tuple(moved), tuple(left))


def _lock_all(session: Session, booking_ids: list[int], place: Place) -> None:
    """Everything that moves, in one order: two such changes at once never wait for each other."""
    taken = select(Occupancy.resource_id).where(Occupancy.booking_id.in_(booking_ids))
    places = _resource(session, Staff, place.staff_id), _resource(session, Room, place.room_id)
    guard.lock(session, [*session.scalars(taken), *(one for one in places if one is not None)])


def languages_of(session: Session, staff_id: int) -> frozenset[str]:
    """The languages in which this member of staff receives people."""
    wanted = select(StaffLanguage.language).where(StaffLanguage.staff_id == staff_id)
    return frozenset(session.scalars(wanted))


def _moves(session: Session, booking: Booking, place: Place, *, at: datetime, by: int) -> bool:
    try:
        with session.begin_nested():
            to(session, booking, place, at=at, by=by)
    except (rules.SlotTaken, appointments.WrongStatus):
        session.refresh(booking)
        return False
    return True


def to(session: Session, booking: Booking, place: Place, *, at: datetime, by: int) -> None:
    """Move one appointment. Raises `SlotTaken`, `WrongStatus`: undo the transaction or savepoint.

    Its own interpreter, second specialist and person stay taken as they were.
    """
    claims = _claims(session, booking, place)
    held = guard.held_by(session, booking.id)
    guard.lock(session, [*held, *(claim.resource_id for claim in claims)])
    lock_row(session, booking)
    if booking.status is not Status.BOOKED:
        raise appointments.WrongStatus()
    guard.release(session, [booking.id])
    booking.staff_id, booking.room_id = place.staff_id, place.room_id
    booking.version += 1
    session.flush()
    if guard.claim(session, guard.Holder(booking_id=booking.id), claims, at=at):
        raise rules.SlotTaken()
    steps.remember(session, booking, Happening.REASSIGNED, at=at, by=by)
    emit(session, BookingReassigned(booking.id, at))


def _claims(session: Session, booking: Booking, place: Place) -> list[guard.Claim]:
    """What the appointment takes now, with the specialist and the room exchanged."""
    old_staff = _resource(session, Staff, booking.staff_id)
    new_staff = _resource(session, Staff, place.staff_id)
    old_room = _resource(session, Room, booking.room_id)
    new_room = _resource(session, Room, place.room_id)
    rows = session.scalars(select(Occupancy).where(Occupancy.booking_id == booking.id)).all()
    taken = {row.resource_id: Interval(row.starts_at, row.ends_at) for row in rows}
    if old_staff is None or new_staff is None or old_staff not in taken:
        raise appointments.WrongStatus()
    time = taken.pop(old_staff)
    if new_staff in taken:
        raise rules.SlotTaken()  # the substitute is its second specialist or its interpreter
    if old_room is not None:
        taken.pop(old_room, None)
    taken[new_staff] = time
    if new_room is not None:
        taken[new_room] = time
    return [guard.Claim(resource_id, interval) for resource_id, interval in taken.items()]


def _resource(session: Session, kind: type[Staff | Room], row_id: int | None) -> int | None:
    if row_id is None:
        return None
    return session.scalar(select(kind.resource_id).where(kind.id == row_id))
