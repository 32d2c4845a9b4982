"""Times that staff hold while they are booking: who may touch which, asked with a scope."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.bookings import holds, queries, rules, service
from cic_cases.bookings.models import Booking
from cic_cases.bookings.slots import Slot
from cic_cases.bookings.statuses import HeldFor, Status
from cic_cases.calendar import appointments
from cic_cases.foundation.errors import NotFound
from cic_cases.privacy.actor import Actor, Scope


def hold(session: Session, wish: rules.Wish, *, at: datetime, by: Actor) -> tuple[Booking, Slot]:
    """Hold the wished slot for `holds.WHILE_BOOKING` from `at` (UTC).

    Raises `UnreadableSlot`, `InThePast`, `SlotTaken`, `PersonBusy`, `TooMany`.
    """
    slot = service.wished(session, wish, at, by)
    until = at + holds.WHILE_BOOKING
    kept = holds.hold(session, slot, wish, until=until, held_for=HeldFor.BOOKING, at=at, by=by.id)
    return kept, slot


def confirm(session: Session, reference: str, *, scope: Scope, at: datetime, by: Actor) -> Booking:
    """Make the held time the appointment. Raises `NotFound`, `HoldExpired`, `WrongStatus`."""
    return holds.confirm(session, _of(session, reference, scope), at=at, by=by.id)


def let_go(session: Session, reference: str, *, scope: Scope, at: datetime, by: Actor) -> Booking:
    """Give the held time back, and return what it was; ended already is fine.

    Raises `NotFound`, and `WrongStatus` for what has become an appointment.
    """
    booking = _of(session, reference, scope)
    if booking.held_for is None:
        raise appointments.WrongStatus()
    holds.let_go(session, booking, at=at, by=by.id)
    return booking


def for_case(session: Session, case_id: int, scope: Scope, at: datetime) -> Sequence[Booking]:
    """What staff of this scope hold for a person at `at`, earliest first. One statement."""
    standing = select(Booking).where(
        Booking.case_id == case_id,
        Booking.status == Status.HELD,
        Booking.held_for == HeldFor.BOOKING,
        Booking.expires_at > at,
        queries.within(scope),
    )
    return session.scalars(standing.order_by(Booking.starts_at)).all()


def _of(session: Session, reference: str, scope: Scope) -> Booking:
    """What is or was held while booking; offers and proposals have their own pages."""
    booking = queries.by_reference(session, reference, scope)
    if booking.held_for not in (None, HeldFor.BOOKING):
        raise NotFound()
    return booking
