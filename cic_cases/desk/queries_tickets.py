"""The numbers that a member of staff may call: a centre's, or those of one's own appointments."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from cic_cases.bookings.models import Booking
from cic_cases.centres.models import Room
from cic_cases.foundation.errors import NotFound
from cic_cases.privacy.actor import Scope
from cic_cases.visits.ticket_models import Ticket, TicketState


@dataclass(frozen=True, slots=True)
class Holder:
    """A number in the list of those who wait: never the kind of help."""

    id: int
    number: int
    state: TicketState
    given_at: datetime
    starts_at: datetime | None
    language: str | None
    room_id: int | None
    called_to: str | None


def _reach(scope: Scope) -> ColumnElement[bool]:
    return or_(Ticket.centre_id.in_(scope.centres), Booking.staff_id == (scope.own or 0))


def of_day(session: Session, centre_id: int, day: date, scope: Scope) -> list[Holder]:
    """The numbers of a centre's day within reach, in the order they were given. One statement.

    `room_id` is the room of the appointment, where one would be called to.
    """
    rows = session.execute(
        select(
            Ticket.id,
            Ticket.number,
            Ticket.state,
            Ticket.given_at,
            Booking.starts_at,
            Booking.language,
            Booking.room_id,
            Room.label,
        )
        .outerjoin(Booking, Booking.id == Ticket.booking_id)
        .outerjoin(Room, Room.id == Ticket.room_id)
        .where(Ticket.centre_id == centre_id, Ticket.day == day, _reach(scope))
        .order_by(Ticket.number)
    )
    return [Holder(*row) for row in rows]


def within_reach(session: Session, ticket_id: int, day: date, scope: Scope) -> Ticket:
    """A number of this day, locked; `NotFound` for one out of reach and for none alike."""
    found = session.scalar(
        select(Ticket)
        .outerjoin(Booking, Booking.id == Ticket.booking_id)
        .where(Ticket.id == ticket_id, Ticket.day == day, _reach(scope))
        .with_for_update(of=Ticket)
    )
    if found is None:
        raise NotFound()
    return found


def next_waiting(session: Session, centre_id: int, day: date, scope: Scope) -> Ticket | None:
    """The lowest number that waits, locked: two who call at once get two numbers."""
    return session.scalar(
        select(Ticket)
        .outerjoin(Booking, Booking.id == Ticket.booking_id)
        .where(
            Ticket.centre_id == centre_id,
            Ticket.day == day,
            Ticket.state == TicketState.WAITING,
            _reach(scope),
        )
        .order_by(Ticket.number)
        .limit(1)
        .with_for_update(of=Ticket, skip_locked=True)
    )
