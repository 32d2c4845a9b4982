"""What can be done to a booking. The caller commits; the database decides who gets the time."""

import uuid
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.bookings import availability, queries, rules
from cic_cases.bookings.availability import Search
from cic_cases.bookings.events import (
    BookingCancelled,
    BookingDone,
    BookingMade,
    BookingMoved,
    BookingReopened,
)
from cic_cases.bookings.models import Booking, BookingTrace
from cic_cases.bookings.slots import Slot, SlotKey
from cic_cases.bookings.statuses import Happening, Status
from cic_cases.calendar import service as calendar
from cic_cases.centres.models import Centre, HowBooked, Service
from cic_cases.foundation.clock import zone
from cic_cases.foundation.codes import new_reference
from cic_cases.foundation.events import emit
from cic_cases.foundation.intervals import Interval
from cic_cases.foundation.localtime import local_day
from cic_cases.privacy import audit
from cic_cases.privacy.actor import Actor, Scope

ONE_MINUTE = timedelta(minutes=1)


def offered(session: Session, code: str, at: datetime, by: Actor) -> Slot:
    """The slot behind an opaque string, computed again: it is on duty and lies ahead.

    Whether it is still free is for the claim to say. Raises `UnreadableSlot`, `InThePast`, or
    `SlotTaken` when nobody offers it (any more), or only another region does.
    """
    key = SlotKey.decode(code)
    if key.starts_at <= at:
        raise rules.InThePast()
    if not by.scope("booking.change").centres and key.specialist_key != by.key:
        raise rules.SlotTaken()  # specialists and officers give their own time only
    found = session.execute(
        select(Service.id, Centre.id, Centre.timezone).where(
            Service.key == key.service_key,
            Service.booking == HowBooked.SLOT,
            Service.region_id == Centre.region_id,
            Centre.slug == key.centre_slug,
            Centre.region_id.in_(select(Centre.region_id).where(Centre.id.in_(by.centre_ids))),
        )
    ).one_or_none()
    if found is None:
        raise rules.SlotTaken()
    service_id, centre_id, timezone = found
    day = local_day(key.starts_at, zone(timezone))
    search = Search(
        service_ids=frozenset({service_id}),
        centre_ids=frozenset({centre_id}),
        first_day=day,
        last_day=day,
        specialist_key=key.specialist_key,
    )
    for slot in availability.roster(session, search, at, taken=True).slots(day, at, taken=True):
        if slot.key == key:
            return slot
    raise rules.SlotTaken()


def book(session: Session, wish: rules.Wish, *, at: datetime, by: Actor) -> Booking:
    """Promise the slot to the case, or raise `SlotTaken`, `PersonBusy`, `InThePast`."""
    return take(session, offered(session, wish.slot, at, by), wish, at=at, by=by)


def take(session: Session, slot: Slot, wish: rules.Wish, *, at: datetime, by: Actor) -> Booking:
    """`book` for a slot that was computed in this transaction: it is not looked up once more."""
    person = queries.resources_of(session, wish.case_id)
    calendar.lock(session, [*slot.resource_ids, person])
    booking = Booking(
        reference=new_reference(),
        case_id=wish.case_id,
        service_id=slot.service_id,
        centre_id=slot.centre_id,
        booked_centre_id=wish.booked_centre_id,
        staff_id=slot.staff_id,
        room_id=slot.room_id,
        starts_at=slot.time.start,
        ends_at=slot.time.end,
        language=wish.language,
        interpreter=wish.interpreter,
        status=Status.BOOKED,
        version=1,
        calendar_uid=str(uuid.uuid4()),
        made_at=at,
        made_by=by.id,
    )
    session.add(booking)
    session.flush()
    _claim(session, booking, slot, person)
    _remember(session, booking, Happening.MADE, at=at, by=by.id)
    emit(session, BookingMade(booking.id, at))
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
    """Give the booking another slot: the old time is free exactly when the new one is held."""
    booking = queries.by_reference(session, reference, scope)
    slot = offered(session, code, at, by)
    person = queries.resources_of(session, booking.case_id)
    calendar.lock(session, [*slot.resource_ids, person, *_held(session, booking)])
    _lock_row(session, booking)
    rules.check_version(version, booking.version)
    if booking.status not in rules.CAN_MOVE:
        raise rules.WrongStatus()
    calendar.release(session, [booking.id])
    booking.service_id = slot.service_id
    booking.centre_id, booking.staff_id = slot.centre_id, slot.staff_id
    booking.room_id = slot.room_id
    booking.starts_at, booking.ends_at = slot.time.start, slot.time.end
    booking.status = Status.BOOKED
    booking.version += 1
    session.flush()
    _claim(session, booking, slot, person)
    _remember(session, booking, Happening.MOVED, at=at, by=by.id)
    emit(session, BookingMoved(booking.id, at))
    return booking


def cancel(
    session: Session,
    reference: str,
    *,
    who: str,
    scope: Scope,
    version: int | None,
    at: datetime,
    by: Actor,
) -> Booking:
    """Call the appointment off for the «person» or the «centre», and free its time."""
    booking = _locked(session, reference, scope)
    rules.check_version(version, booking.version)
    if booking.status not in rules.CAN_CANCEL:
        raise rules.WrongStatus()
    calendar.release(session, [booking.id])
    booking.status = Status.CANCELLED
    booking.version += 1
    _remember(session, booking, Happening.CANCELLED, at=at, by=by.id)
    emit(session, BookingCancelled(booking.id, at, who))
    return booking


def set_status(
    session: Session, reference: str, to: Status, *, scope: Scope, at: datetime, by: Actor
) -> Booking:
    """Arrived, in progress, done or no-show; «done» leads to exactly one visit."""
    booking = _locked(session, reference, scope)
    rules.check_step(booking.status, to)
    booking.status = to
    _remember(session, booking, Happening.STATUS, at=at, by=by.id)
    if to is Status.DONE:
        emit(session, _done(booking, at=at, by=by.id))
    return booking


def undo(session: Session, reference: str, *, scope: Scope, at: datetime, by: Actor) -> Booking:
    """Take the last change of status back; a visit it led to is voided."""
    booking = _locked(session, reference, scope)
    steps = queries.last_step(session, booking.id)
    if steps is None:
        raise rules.WrongStatus()
    before, last = steps
    booking.status = before.status
    _remember(session, booking, Happening.UNDONE, at=at, by=by.id)
    if last.status is Status.DONE:
        emit(session, BookingReopened(booking.id, at, by.id))
    return booking


def _locked(session: Session, reference: str, scope: Scope) -> Booking:
    """The booking with its row held, so that two people's changes come one after the other."""
    booking = queries.by_reference(session, reference, scope)
    _lock_row(session, booking)
    return booking


def _lock_row(session: Session, booking: Booking) -> None:
    """Hold the booking's row and read it again: nobody steps in until the transaction ends."""
    if session.get_bind().dialect.name != "sqlite":
        session.refresh(booking, with_for_update=True)


def _held(session: Session, booking: Booking) -> list[int]:
    return calendar.resources_of_booking(session, booking.id)


def _claim(session: Session, booking: Booking, slot: Slot, person: int) -> None:
    time = Interval(slot.time.start, slot.time.end)
    lost = calendar.claim(session, booking.id, [*slot.resource_ids, person], time)
    if lost == {person}:
        raise rules.PersonBusy()
    if lost:
        raise rules.SlotTaken()


def _remember(
    session: Session, booking: Booking, happening: Happening, *, at: datetime, by: int
) -> None:
    session.add(
        BookingTrace(
            booking_id=booking.id,
            version=booking.version,
            happening=happening,
            status=booking.status,
            starts_at=booking.starts_at,
            staff_id=booking.staff_id,
            room_id=booking.room_id,
            at=at,
            by_id=by,
        )
    )
    action = f"booking.{happening.value}"
    centre_id = booking.centre_id
    audit.note(session, action, "booking", booking.id, by=by, at=at, centre_id=centre_id)
    session.flush()


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
