"""What can be done to a booking. The caller commits; the database decides who gets the time."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.bookings import availability, queries, rules, steps
from cic_cases.bookings.events import (
    BookingCancelled,
    BookingDone,
    BookingMade,
    BookingMissed,
    BookingMoved,
    BookingReopened,
    MissedUndone,
)
from cic_cases.bookings.models import Booking
from cic_cases.bookings.slots import Slot, SlotKey
from cic_cases.bookings.statuses import Happening, Status
from cic_cases.calendar import appointments, guard
from cic_cases.cases.queries import resource_of
from cic_cases.centres.queries import zone_of
from cic_cases.foundation.db import lock_row
from cic_cases.foundation.events import emit
from cic_cases.people.models import StaffLanguage
from cic_cases.privacy.actor import Actor, PersonByLink, Scope

ONE_MINUTE = timedelta(minutes=1)


def offered(
    session: Session,
    code: str,
    at: datetime,
    by: Actor,
    *,
    language: str | None = None,
    interpreter: bool = False,
    moving: int | None = None,
) -> Slot:
    """The slot behind an opaque string, computed again: it is on duty and lies ahead.

    Whether it is still free is for the claim to say; an interpreter of `language`, when one is
    needed, is found here. Raises `UnreadableSlot`, `InThePast`, or `SlotTaken` when nobody offers
    it (any more), only another region does, or no interpreter is free.
    """
    key = SlotKey.decode(code)
    if key.starts_at <= at:
        raise rules.InThePast()
    if not by.scope("booking.change").centres and key.specialist_key != by.key:
        raise rules.SlotTaken()  # specialists and officers give their own time only
    slot = availability.the_slot(
        session,
        key,
        at,
        own_centres=by.centre_ids,
        language=language,
        interpreter=interpreter,
        moving=moving,
    )
    if slot is None:
        raise rules.SlotTaken()
    return slot


def wished(session: Session, wish: rules.Wish, at: datetime, by: Actor) -> Slot:
    """`offered` for the slot of a wish, in its language."""
    language, interpreter = wish.language, wish.interpreter
    return offered(session, wish.slot, at, by, language=language, interpreter=interpreter)


def book(session: Session, wish: rules.Wish, *, at: datetime, by: Actor) -> Booking:
    """Promise the slot to the case, or raise `SlotTaken`, `PersonBusy`, `InThePast`."""
    return take(session, wished(session, wish, at, by), wish, at=at, by=by)


def take(session: Session, slot: Slot, wish: rules.Wish, *, at: datetime, by: Actor) -> Booking:
    """`book` for a slot that was computed in this transaction: it is not looked up once more.

    Also raises `TooMany` when the service limits how many appointments a person may have ahead.
    """
    booking, waits = steps.make(session, slot, wish, at=at, by=by.id)
    steps.remember(session, booking, Happening.MADE, at=at, by=by.id)
    emit(session, BookingMade(booking.id, at, new=True, waits=waits))
    return booking


def move(
    session: Session,
    reference: str,
    code: str,
    *,
    scope: Scope,
    version: int | None,
    at: datetime,
    by: Actor,
) -> Booking:
    """Give the booking another slot: the old time is free exactly when the new one is held.

    Its language stays: who needed an interpreter, or was understood without, is understood again.
    """
    booking = queries.by_reference(session, reference, scope)
    slot = offered(
        session,
        code,
        at,
        by,
        language=booking.language,
        interpreter=booking.interpreter or _is_understood(session, booking),
        moving=booking.id,
    )
    return move_to(session, booking, slot, version=version, at=at, by=by.id)


def move_to(
    session: Session, booking: Booking, slot: Slot, *, version: int | None, at: datetime, by: int
) -> Booking:
    """`move` for a slot that was computed in this transaction."""
    person = resource_of(session, booking.case_id)
    steps.stand_still(session, booking, *slot.resource_ids, person)
    appointments.check_version(version, booking.version)
    if booking.status not in rules.CAN_MOVE:
        raise appointments.WrongStatus()
    freed = steps.freed(booking, at) if booking.status is Status.BOOKED else None
    guard.release(session, [booking.id])
    steps.place(booking, slot)
    booking.status = Status.BOOKED
    booking.version += 1
    session.flush()
    steps.claim(session, booking, slot, person, at=at)
    steps.remember(session, booking, Happening.MOVED, at=at, by=by)
    emit(session, BookingMoved(booking.id, at))
    if freed is not None:
        emit(session, freed)
    return booking


def cancel(
    session: Session,
    reference: str,
    *,
    who: str,
    scope: Scope,
    version: int | None,
    at: datetime,
    by: Actor | PersonByLink,
) -> Booking:
    """Call the appointment off for the «person» or the «centre», and free its time."""
    booking = queries.by_reference(session, reference, scope)
    steps.stand_still(session, booking)
    appointments.check_version(version, booking.version)
    if booking.status not in rules.CAN_CANCEL:
        raise appointments.WrongStatus()
    had_time = booking.status is not Status.NEEDS_REBOOKING
    guard.release(session, [booking.id])
    booking.status = Status.CANCELLED
    booking.version += 1
    steps.remember(session, booking, Happening.CANCELLED, at=at, by=by.id)
    emit(session, BookingCancelled(booking.id, at, who))
    if had_time:
        emit(session, steps.freed(booking, at))
    return booking


def set_status(
    session: Session, reference: str, to: Status, *, scope: Scope, at: datetime, by: Actor
) -> Booking:
    """Arrived, in progress, done or no-show; «done» leads to exactly one visit."""
    booking = _locked(session, reference, scope)
    rules.check_step(booking.status, to)
    appointments.check_day(booking.starts_at, at, zone_of(session, booking.centre_id))
    booking.status = to
    steps.remember(session, booking, Happening.STATUS, at=at, by=by.id)
    if to is Status.DONE:
        emit(session, _done(booking, at=at, by=by.id))
    elif to is Status.NO_SHOW:
        emit(session, BookingMissed(booking.id, at))
    return booking


def undo(session: Session, reference: str, *, scope: Scope, at: datetime, by: Actor) -> Booking:
    """Take the last change of status back; a visit it led to is voided."""
    booking = _locked(session, reference, scope)
    last_two = queries.last_step(session, booking.id)
    if last_two is None:
        raise appointments.WrongStatus()
    before, last = last_two
    booking.status = before.status
    steps.remember(session, booking, Happening.UNDONE, at=at, by=by.id)
    if last.status is Status.DONE:
        emit(session, BookingReopened(booking.id, at, by.id))
    elif last.status is Status.NO_SHOW:
        emit(session, MissedUndone(booking.id, at))
    return booking


def _locked(session: Session, reference: str, scope: Scope) -> Booking:
    """The booking with its row held, so that two people's changes come one after the other."""
    booking = queries.by_reference(session, reference, scope)
    lock_row(session, booking)
    return booking


def _is_understood(session: Session, booking: Booking) -> bool:
    """Whether the specialist speaks the person's language."""
    spoken = select(StaffLanguage.language).where(
        StaffLanguage.staff_id == booking.staff_id, StaffLanguage.language == booking.language
    )
    return session.scalar(spoken) is not None


def _done(booking: Booking, *, at: datetime, by: int) -> BookingDone:
    minutes = (booking.ends_at - booking.starts_at) // ONE_MINUTE
    return BookingDone(
        booking_id=booking.id,
        centre_id=booking.centre_id,
        case_id=booking.case_id,
        service_id=booking.service_id,
        language=booking.language,
        minutes=minutes,
        occurred_at=min(booking.starts_at, at),  # «done» may be tapped the day after
        at=at,
        by=by,
    )
