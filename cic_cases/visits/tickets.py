"""Numbers of the waiting room: given at reception, called to a room, shown on a screen.

A number stands for nobody: it belongs to a centre and a day, and is gone within a week.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from cic_cases.centres.models import Centre
from cic_cases.foundation.errors import N_, Refusal
from cic_cases.people.tokens import digest, new_token
from cic_cases.privacy import audit
from cic_cases.privacy.actor import Actor
from cic_cases.visits.ticket_models import Display, Ticket, TicketState

KEPT_FOR = timedelta(days=6)


class NobodyWaits(Refusal):
    """There is no number left to call."""

    msgid = N_("Nobody is waiting with a number.")
    problem = "nobody-waits"
    status = 409


def give(
    session: Session, centre_id: int, booking_id: int | None, day: date, *, at: datetime, by: Actor
) -> tuple[Ticket, str]:
    """The next number of the centre on its local `day`, with the key its holder gets.

    The number of a booking stays the same when it is given again; only its key is new.
    """
    session.execute(select(Centre.id).where(Centre.id == centre_id).with_for_update())
    own = select(Ticket).where(Ticket.booking_id == booking_id, Ticket.day == day)
    ticket = session.scalar(own) if booking_id is not None else None
    key, key_hash = new_token()
    if ticket is not None:
        ticket.key_hash = key_hash
        return ticket, key
    session.execute(
        delete(Ticket).where(Ticket.centre_id == centre_id, Ticket.day < day - KEPT_FOR)
    )
    here = (Ticket.centre_id == centre_id, Ticket.day == day)
    last = session.scalar(select(func.max(Ticket.number)).where(*here)) or 0
    ticket = Ticket(
        centre_id=centre_id,
        day=day,
        number=last + 1,
        key_hash=key_hash,
        booking_id=booking_id,
        state=TicketState.WAITING,
        calls=0,
        given_at=at,
        given_by=by.id,
    )
    session.add(ticket)
    session.flush()
    _note(session, "ticket.given", ticket, at=at, by=by)
    return ticket, key


def call(
    session: Session, ticket: Ticket, room_id: int | None, *, at: datetime, by: Actor
) -> Ticket:
    """Call a number to a room, or again; None is reception."""
    ticket.state = TicketState.CALLED
    ticket.room_id = room_id
    ticket.calls += 1
    ticket.called_at = at
    session.flush()
    _note(session, "ticket.called", ticket, at=at, by=by)
    return ticket


def skip(session: Session, ticket: Ticket, *, at: datetime, by: Actor) -> Ticket:
    """Nobody came: the number leaves the screen, and can be called later."""
    ticket.state = TicketState.SKIPPED
    session.flush()
    _note(session, "ticket.skipped", ticket, at=at, by=by)
    return ticket


def open_display(session: Session, centre_id: int, *, at: datetime, by: Actor) -> str:
    """A new key to the centre's screen (256 bits, shown once); the one before stops."""
    close_display(session, centre_id, at=at, by=by)
    key, key_hash = new_token()
    display = Display(centre_id=centre_id, key_hash=key_hash, made_at=at, made_by=by.id)
    session.add(display)
    session.flush()
    subject = ("display", display.id)
    audit.note(session, "display.opened", *subject, by=by.id, at=at, centre_id=centre_id)
    return key


def close_display(session: Session, centre_id: int, *, at: datetime, by: Actor) -> int:
    """Stop the address of the centre's screen; returns how many there were (0 or 1)."""
    session.execute(select(Centre.id).where(Centre.id == centre_id).with_for_update())
    live = (Display.centre_id == centre_id, Display.revoked_at.is_(None))
    stopped = list(
        session.scalars(update(Display).where(*live).values(revoked_at=at).returning(Display.id))
    )
    for one in stopped:
        audit.note(session, "display.closed", "display", one, by=by.id, at=at, centre_id=centre_id)
    return len(stopped)


def centre_of_display(session: Session, slug: str, key: str) -> Centre | None:
    """The centre whose screen this key opens; None when wrong, stopped or of another centre."""
    return session.scalar(
        select(Centre)
        .join(Display, Display.centre_id == Centre.id)
        .where(Centre.slug == slug, Display.key_hash == digest(key), Display.revoked_at.is_(None))
    )


def _note(session: Session, action: str, ticket: Ticket, *, at: datetime, by: Actor) -> None:
    place = ticket.centre_id
    audit.note(session, action, "ticket", ticket.id, by=by.id, at=at, centre_id=place)
