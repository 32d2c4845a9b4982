"""What becomes of people who lost their time: accepted, declined, settled otherwise."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.bookings import disruption_rules as rules
from cic_cases.bookings import holds, steps
from cic_cases.bookings import rules as booking_rules
from cic_cases.bookings.events import BookingCancelled, BookingMoved
from cic_cases.bookings.models import Booking, Displaced, Disruption, Outcome
from cic_cases.bookings.statuses import Happening, Status
from cic_cases.calendar import guard
from cic_cases.calendar.models import Occupancy
from cic_cases.cases.queries import resource_of
from cic_cases.foundation.db import lock_row
from cic_cases.foundation.errors import NotFound
from cic_cases.foundation.events import emit
from cic_cases.foundation.intervals import Interval
from cic_cases.privacy import audit
from cic_cases.privacy.actor import Scope


def disruption_in(session: Session, disruption_id: int, scope: Scope) -> Disruption:
    """The disruption, or `NotFound`: out of scope and missing are the same."""
    wanted = select(Disruption).where(
        Disruption.id == disruption_id, Disruption.centre_id.in_(scope.centres)
    )
    found = session.scalar(wanted)
    if found is None:
        raise NotFound()
    return found


def people_of(session: Session, disruption_id: int) -> Sequence[Displaced]:
    """Everybody who lost their time by it, in the order in which they were placed."""
    wanted = select(Displaced).where(Displaced.disruption_id == disruption_id)
    return session.scalars(wanted.order_by(Displaced.id)).all()


def accept(session: Session, one: Displaced, *, at: datetime, by: int) -> Booking:
    """The person takes the time that is held: the appointment moves there, its code stays.

    Raises `NothingHeld`, or `HoldExpired` when the answer came too late.
    """
    if one.outcome is not None or one.proposal_id is None:
        raise rules.NothingHeld()
    booking = session.get_one(Booking, one.booking_id)
    held = session.get_one(Booking, one.proposal_id)
    holds.take_over(session, held, at=at)
    lock_row(session, booking)
    if booking.status is not Status.NEEDS_REBOOKING:
        raise rules.NothingHeld()
    taken = select(Occupancy).where(Occupancy.booking_id == held.id)
    claims = [
        guard.Claim(row.resource_id, Interval(row.starts_at, row.ends_at))
        for row in session.scalars(taken)
    ]
    if not claims:
        raise booking_rules.HoldExpired()
    _into(booking, held)
    guard.release(session, [held.id])
    held.status, held.version = Status.CANCELLED, held.version + 1
    session.flush()
    if guard.claim(session, guard.Holder(booking_id=booking.id), claims, at=at):
        raise booking_rules.SlotTaken()
    settle(session, one, Outcome.ACCEPTED, at=at, by=by)
    steps.remember(session, held, Happening.LAPSED, at=at, by=by)
    steps.remember(session, booking, Happening.MOVED, at=at, by=by)
    emit(session, BookingMoved(booking.id, at))
    return booking


def _into(booking: Booking, held: Booking) -> None:
    for name in (
        "centre_id",
        "staff_id",
        "room_id",
        "starts_at",
        "ends_at",
        "before_minutes",
        "after_minutes",
        "interpreter",
        "interpreter_id",
        "second_staff_id",
    ):
        setattr(booking, name, getattr(held, name))
    booking.status = Status.BOOKED
    booking.version += 1


def decline(session: Session, one: Displaced, *, at: datetime, by: int) -> Booking:
    """The person wants no other time: the appointment ends, what was held is free.

    Raises `NothingHeld` when it has been settled already.
    """
    booking = session.get_one(Booking, one.booking_id)
    steps.stand_still(session, booking, resource_of(session, booking.case_id))
    if one.outcome is not None or booking.status is not Status.NEEDS_REBOOKING:
        raise rules.NothingHeld()
    booking.status = Status.CANCELLED
    booking.version += 1
    settle(session, one, Outcome.DECLINED, at=at, by=by)
    steps.remember(session, booking, Happening.CANCELLED, at=at, by=by)
    if one.proposal_id is not None:
        holds.let_go(session, session.get_one(Booking, one.proposal_id), at=at, by=by)
    emit(session, BookingCancelled(booking.id, at, "person"))
    return booking


def on_moved(session: Session, event: BookingMoved | BookingCancelled) -> None:
    """Whoever was moved or cancelled elsewhere is settled; what was held for them is free."""
    wanted = select(Displaced).where(
        Displaced.booking_id == event.booking_id, Displaced.outcome.is_(None)
    )
    other = Outcome.OTHER_TIME if isinstance(event, BookingMoved) else Outcome.DECLINED
    for one in session.scalars(wanted).all():
        one.outcome, one.settled_at = other, event.at
        session.flush()
        if one.proposal_id is not None:
            holds.let_go(session, session.get_one(Booking, one.proposal_id), at=event.at, by=None)


def settle(session: Session, one: Displaced, how: Outcome, *, at: datetime, by: int) -> None:
    """Note how it ended for this person, and who says so."""
    one.outcome, one.settled_at, one.settled_by = how, at, by
    audit.note(session, f"displaced.{how}", "displaced", one.id, by=by, at=at)
