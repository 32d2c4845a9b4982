"""Questions about the numbers of a day. They only read."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cic_cases.centres.models import Centre, Room
from cic_cases.people.tokens import digest
from cic_cases.visits.ticket_models import Ticket, TicketState

ON_SCREEN = 5


@dataclass(frozen=True, slots=True)
class Called:
    """A number on the screen; `room` is None for reception. `calls` grows when called again."""

    number: int
    room: str | None
    calls: int


@dataclass(frozen=True, slots=True)
class Place:
    """What the holder of a number may know: themselves, and how many are before them."""

    number: int
    state: TicketState
    room: str | None
    before: int
    by_appointment: bool
    centre: str
    day: date
    timezone: str
    called: tuple[datetime, ...]


def on_screen(session: Session, centre_id: int, day: date) -> list[Called]:
    """The numbers called last, the latest first. One statement."""
    rows = session.execute(
        select(Ticket.number, Room.label, Ticket.calls)
        .outerjoin(Room, Room.id == Ticket.room_id)
        .where(Ticket.centre_id == centre_id, Ticket.day == day, Ticket.state == TicketState.CALLED)
        .order_by(Ticket.called_at.desc(), Ticket.id.desc())
        .limit(ON_SCREEN)
    )
    return [Called(*row) for row in rows]


def numbers(session: Session, centre_id: int, day: date) -> dict[int, int]:
    """booking → its number, for a centre's day. One statement."""
    held = (Ticket.centre_id == centre_id, Ticket.day == day, Ticket.booking_id.is_not(None))
    return {
        booking_id: number
        for booking_id, number in session.execute(
            select(Ticket.booking_id, Ticket.number).where(*held)
        )
        if booking_id is not None
    }


def place_of(session: Session, key: str) -> Place | None:
    """Where the holder of this key stands; None for a key that is wrong or gone."""
    row = session.execute(
        select(Ticket, Room.label, Centre)
        .join(Centre, Centre.id == Ticket.centre_id)
        .outerjoin(Room, Room.id == Ticket.room_id)
        .where(Ticket.key_hash == digest(key))
    ).first()
    if row is None:
        return None
    ticket, room, centre = row
    here = (Ticket.centre_id == centre.id, Ticket.day == ticket.day)
    before = session.scalar(
        select(func.count(Ticket.id)).where(
            *here, Ticket.state == TicketState.WAITING, Ticket.number < ticket.number
        )
    )
    called = session.scalars(select(Ticket.called_at).where(*here, Ticket.called_at.is_not(None)))
    return Place(
        number=ticket.number,
        state=ticket.state,
        room=room,
        before=before or 0,
        by_appointment=ticket.booking_id is not None,
        centre=centre.city,
        day=ticket.day,
        timezone=centre.timezone,
        called=tuple(moment for moment in called if moment is not None),
    )
