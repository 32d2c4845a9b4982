"""Time held for a person who is booking it now, or to whom it was offered; it ends by itself.

A hold is a booking of status `held`. Once `expires_at` has come, everybody sees its time as free
at once (readers leave it out, the next claim removes it); the sweep only tidies up and tells.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.bookings import rules, steps
from cic_cases.bookings.events import BookingMade, HoldEnded
from cic_cases.bookings.models import Booking
from cic_cases.bookings.slots import Slot
from cic_cases.bookings.statuses import Happening, HeldFor, Status
from cic_cases.calendar import appointments, guard
from cic_cases.cases.queries import resource_of
from cic_cases.foundation.events import emit

WHILE_BOOKING = timedelta(minutes=10)
AT_ONCE = 2  # times one person may have held by somebody who is booking


def hold(
    session: Session,
    slot: Slot,
    wish: rules.Wish,
    *,
    until: datetime,
    held_for: HeldFor,
    at: datetime,
    by: int,
) -> Booking:
    """Hold the slot for the case until `until` (UTC).

    Raises `SlotTaken`, `PersonBusy`, `TooMany`; while booking, also when the person already has
    `AT_ONCE` times held, so that nobody hoards.
    """
    if held_for is HeldFor.BOOKING:
        person = resource_of(session, wish.case_id)
        guard.lock(session, [*slot.resource_ids, person])  # two of them count one after the other
        rules.check_number(len(_held_for_booking(session, wish.case_id, at)), AT_ONCE)
    made = steps.make(session, slot, wish, at=at, by=by, held_for=held_for, expires_at=until)
    booking = made.booking
    steps.remember(session, booking, Happening.HELD, at=at, by=by)
    return booking


def confirm(session: Session, booking: Booking, *, at: datetime, by: int | None) -> Booking:
    """Make the held time the person's appointment. Raises `HoldExpired`, `WrongStatus`."""
    take_over(session, booking, at=at)
    if not guard.keep(session, booking.id):
        raise rules.HoldExpired()
    booking.status = Status.BOOKED
    booking.held_for, booking.expires_at = None, None
    steps.remember(session, booking, Happening.MADE, at=at, by=by)
    emit(session, BookingMade(booking.id, at))
    return booking


def take_over(session: Session, booking: Booking, *, at: datetime) -> None:
    """Lock a hold that still stands at `at`. Raises `HoldExpired`, `WrongStatus`."""
    steps.stand_still(session, booking, resource_of(session, booking.case_id))
    if booking.status is Status.CANCELLED and booking.held_for is not None:
        raise rules.HoldExpired()
    if booking.status is not Status.HELD:
        raise appointments.WrongStatus()
    if booking.expires_at is None or booking.expires_at <= at:
        raise rules.HoldExpired()


def let_go(session: Session, booking: Booking, *, at: datetime, by: int | None) -> None:
    """Give a hold's time back; one that has ended already stays as it is."""
    steps.stand_still(session, booking)
    if booking.status is Status.HELD:
        _end(session, booking, at=at, by=by, lapsed=False)


def lapse(session: Session, at: datetime, *, limit: int = 100) -> int:
    """End the holds that expired by `at` (UTC), the earliest first; returns how many."""
    over = (Booking.status == Status.HELD, Booking.expires_at <= at)
    first = select(Booking.id).where(*over).order_by(Booking.expires_at, Booking.id).limit(limit)
    chosen = session.scalars(first).all()
    guard.lock(session, guard.held_by(session, *chosen))
    expired = select(Booking).where(Booking.id.in_(chosen), *over)
    ended = session.scalars(
        expired.order_by(Booking.expires_at, Booking.id).with_for_update(skip_locked=True)
    ).all()
    for booking in ended:
        _end(session, booking, at=at, by=None, lapsed=True)
    return len(ended)


def of_case(session: Session, case_id: int, at: datetime) -> Sequence[Booking]:
    """The times that are held for a person at `at`, earliest first, whatever for."""
    held = select(Booking).where(
        Booking.case_id == case_id, Booking.status == Status.HELD, Booking.expires_at > at
    )
    return session.scalars(held.order_by(Booking.starts_at)).all()


def _held_for_booking(session: Session, case_id: int, at: datetime) -> list[Booking]:
    return [b for b in of_case(session, case_id, at) if b.held_for is HeldFor.BOOKING]


def _end(session: Session, booking: Booking, *, at: datetime, by: int | None, lapsed: bool) -> None:
    guard.release(session, [booking.id])
    booking.status = Status.CANCELLED
    booking.version += 1
    steps.remember(session, booking, Happening.LAPSED, at=at, by=by)
    emit(session, HoldEnded(booking.id, at, lapsed))
    emit(session, steps.freed(booking, at))
