"""What one booking's page and slip show, and the way back from a step."""

from typing import Any

from flask import session, url_for
from sqlalchemy.orm import Session

from cic_cases.bookings import queries
from cic_cases.bookings.models import Booking
from cic_cases.bookings.rules import CAN_CANCEL, CAN_MOVE
from cic_cases.bookings.statuses import Status
from cic_cases.calendar.appointments import is_ahead
from cic_cases.cases import queries as cases
from cic_cases.centres.models import Centre, Room, Secrecy, Service
from cic_cases.desk import ledger_page
from cic_cases.desk.rules import STEPS, UNDOABLE
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.codes import show
from cic_cases.notifications import preview, replies
from cic_cases.notifications.kinds import Kind
from cic_cases.notifications.occasions import language_of
from cic_cases.notifications.paper import SlipFacts, qr
from cic_cases.people.models import Staff
from cic_cases.people.rules import safe_target
from cic_cases.privacy.actor import Actor

UNDO_KEY = "undo"
CANCELLATIONS = {"person": Kind.CANCELLED_ON_REQUEST, "centre": Kind.CANCELLED_BY_CENTRE}
OUR_PAGES = ("/desk", "/my-day", "/bookings", "/cases")


def context(database: Session, booking: Booking, actor: Actor) -> dict[str, Any]:
    """One booking's page, as `actor` may see it."""
    centre = database.get_one(Centre, booking.centre_id)
    room = database.get(Room, booking.room_id) if booking.room_id else None
    service = database.get_one(Service, booking.service_id)
    here = zone(centre.timezone)
    ahead = is_ahead(booking.starts_at, now(), here)
    return {
        "booking": booking,
        "centre": centre,
        "zone": here,
        "room": room.label if room else None,
        "specialist": database.get_one(Staff, booking.staff_id).initials,
        # who used a confidential kind of help is nobody's business at the desk
        "service": None if service.secrecy is Secrecy.AUTHOR else service,
        "case_code": cases.shown_code(database, booking.case_id, actor),
        "steps": () if ahead else STEPS.get(booking.status, ()),
        "can_print": booking.status is not Status.CANCELLED,
        "can_move": booking.status in CAN_MOVE and booking.starts_at > now(),
        "can_cancel": booking.status in CAN_CANCEL and booking.ends_at > now(),
        "can_undo": booking.status in UNDOABLE,
        "trace": queries.trace(database, booking.id),
        "answer": replies.standing(database, [booking.id]).get(booking.id),
        **ledger_page.of_booking(database, booking, here, now()),
        "contact": cases.contact_of(database, booking.case_id),
        "cancellations": _cancellations(database, booking, centre),
        "undo_url": take_undo(),
    }


def _cancellations(
    database: Session, booking: Booking, centre: Centre
) -> dict[str, list[preview.Preview]]:
    """What the person would receive, by who cancels."""
    return {
        who: preview.preview(
            database,
            (kind,),
            case_id=booking.case_id,
            centre=centre,
            starts_at=booking.starts_at,
            language=booking.language,
            reference=show(booking.reference),
            at=now(),
        )
        for who, kind in CANCELLATIONS.items()
    }


def slip_context(database: Session, booking: Booking) -> dict[str, Any]:
    """What the slip prints; call it inside the person's language."""
    centre = database.get_one(Centre, booking.centre_id)
    service = database.get_one(Service, booking.service_id)
    facts = SlipFacts.at(centre, booking.starts_at, booking.reference)
    bring = service.bring.get(language_of(booking.language), [])
    return {"booking": facts, "bring": bring, "qr": qr(facts.reference, label=facts.reference)}


def offer_undo(booking: Booking) -> None:
    """Let the next page offer to take this step back."""
    session[UNDO_KEY] = url_for("bookings.undo", reference=show(booking.reference))


def take_undo() -> str | None:
    """The offer to undo, once."""
    url: str | None = session.pop(UNDO_KEY, None)
    return url


def back_to(wanted: str | None) -> str:
    """A page of ours to return to; the desk for anything else."""
    target = safe_target(wanted)
    return target if target and target.startswith(OUR_PAGES) else url_for("desk.board")
