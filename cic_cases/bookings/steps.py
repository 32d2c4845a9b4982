"""What every change of a booking is made of: its row, its claims, its trace and audit line.

Used by `service` (what people do), `holds`, `disruptions` and `waiting_list`.
"""

import uuid
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import insert
from sqlalchemy.orm import Session

from cic_cases.bookings import queries, rules, waiting_queries
from cic_cases.bookings.events import TimeFreed
from cic_cases.bookings.models import Booking, BookingTrace
from cic_cases.bookings.slots import Slot
from cic_cases.bookings.statuses import Happening, HeldFor, Status
from cic_cases.calendar import guard
from cic_cases.cases.models import Case
from cic_cases.foundation.codes import new_reference
from cic_cases.foundation.db import lock_row
from cic_cases.privacy import audit

COLUMNS = frozenset(Booking.__table__.columns.keys())


class Made(NamedTuple):
    """A new booking, and whether its person is on the waiting list for this kind of help."""

    booking: Booking
    waits: bool


def make(
    session: Session,
    slot: Slot,
    wish: rules.Wish,
    *,
    at: datetime,
    by: int,
    held_for: HeldFor | None = None,
    expires_at: datetime | None = None,
) -> Made:
    """A new booking with its time claimed; held until `expires_at` when `held_for` says why.

    The same statement tells whether the person waits for this kind of help. Raises `SlotTaken`,
    `PersonBusy`, `TooMany`: the caller must undo the transaction.
    """
    person = session.get_one(Case, wish.case_id).resource_id
    draft = Booking(
        reference=new_reference(),
        case_id=wish.case_id,
        booked_centre_id=wish.booked_centre_id,
        language=wish.language,
        status=Status.BOOKED if held_for is None else Status.HELD,
        held_for=held_for,
        expires_at=expires_at,
        version=1,
        calendar_uid=str(uuid.uuid4()),
        made_at=at,
        made_by=by,
    )
    place(draft, slot)
    values = {name: value for name, value in vars(draft).items() if name in COLUMNS}
    waits = waiting_queries.waits(wish.case_id, slot.service_id)
    new = insert(Booking).returning(Booking, waits)
    # SQLite gives the number of an undone row again: what the session remembers of it is void
    new = new.execution_options(populate_existing=True)
    made = session.execute(new, values).one()
    booking: Booking = made[0]
    claim(session, booking, slot, person, at=at)
    if slot.per_person is not None:  # the person is locked: two of them count one after the other
        ahead = queries.number_ahead(session, wish.case_id, slot.service_id, at)
        rules.check_number(ahead - 1, slot.per_person)
    return Made(booking, made[1])


def place(booking: Booking, slot: Slot) -> None:
    """Put the booking into the slot: its time, place and people."""
    booking.service_id = slot.service_id
    booking.centre_id, booking.staff_id = slot.centre_id, slot.staff_id
    booking.room_id = slot.room_id
    booking.starts_at, booking.ends_at = slot.time.start, slot.time.end
    booking.before_minutes, booking.after_minutes = slot.before_minutes, slot.after_minutes
    booking.interpreter_id = slot.interpreter_id
    booking.interpreter = slot.interpreter_id is not None
    booking.second_staff_id = slot.second_staff_id


def claim(session: Session, booking: Booking, slot: Slot, person: int, *, at: datetime) -> None:
    """Occupy all that the slot takes, and the person, or raise `PersonBusy` or `SlotTaken`."""
    holder = guard.Holder(booking_id=booking.id, expires_at=booking.expires_at)
    wanted = [*slot.claims, guard.Claim(person, slot.time)]
    lost = guard.claim(session, holder, wanted, at=at)
    if lost == {person}:
        raise rules.PersonBusy()
    if lost:
        raise rules.SlotTaken()


def stand_still(session: Session, booking: Booking, *more: int) -> None:
    """Lock what the booking occupies, the resources `more`, and then its row: in this order.

    Whoever gives time back holds its resources, so that an offer of it cannot meet a booking.
    """
    if session.get_bind().dialect.name != "sqlite":
        guard.lock(session, [*more, *guard.held_by(session, booking.id)])
    lock_row(session, booking)


def freed(booking: Booking, at: datetime) -> TimeFreed:
    """The event that tells of this booking's time, as it stands now."""
    return TimeFreed(
        service_id=booking.service_id,
        centre_id=booking.centre_id,
        staff_id=booking.staff_id,
        starts_at=booking.starts_at,
        at=at,
    )


def remember(
    session: Session, booking: Booking, happening: Happening, *, at: datetime, by: int | None
) -> None:
    """Write the step into the trace and the audit trail; `by` None is the system."""
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
            by_id=by or booking.made_by,
        )
    )
    action = f"booking.{happening.value}"
    centre_id = booking.centre_id
    audit.note(session, action, "booking", booking.id, by=by, at=at, centre_id=centre_id)
