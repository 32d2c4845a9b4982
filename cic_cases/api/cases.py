"""Cases: open one, read one. The scope of the token's owner decides what is told."""

from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from cic_cases.api import facts, schemas
from cic_cases.api.answers import group
from cic_cases.api.auth import allows, current_actor
from cic_cases.api.idempotency import act
from cic_cases.api.scope import case_for, centre_for
from cic_cases.bookings import queries as bookings
from cic_cases.cases import queries, service
from cic_cases.cases.attributes import ContactMode
from cic_cases.cases.models import Case
from cic_cases.cases.rules import CaseAttributes, ContactWish
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre
from cic_cases.foundation.clock import now
from cic_cases.foundation.codes import read_case_code, show
from cic_cases.foundation.db import db
from cic_cases.foundation.errors import Refusal
from cic_cases.privacy.actor import Actor

bp = group("cases", "Cases")


@bp.post("/cases")
@allows("case.open")
@bp.arguments(schemas.CaseIn)
@bp.response(201, schemas.CodeOut)
def open_case(body: dict[str, Any]) -> Response:
    """Open a case and answer with the code of its card."""
    actor, at = current_actor(), now()
    centre = centre_for(db.session(), actor, "case.open", body["centre"])
    attributes = CaseAttributes.of(
        body["citizenship"], body["gender"], body["age_band"], body["contact_language"]
    )
    wish = _contact_wish(db.session(), actor, centre, body.get("contact"))

    def work(session: Session) -> dict[str, Any]:
        opened = service.open_case(session, attributes, centre_id=centre.id, at=at, by=actor)
        if wish is not None:
            service.set_contact(session, opened.case.id, wish, centre_id=centre.id, at=at, by=actor)
        return {"code": show(opened.code)}

    try:
        return act(201, work, at)
    except Refusal as refusal:
        if refusal.field in ("phone", "email"):
            refusal.field = f"contact.{refusal.field}"
        raise


@bp.get("/cases/<code>")
@allows("case.see")
@bp.response(200, schemas.CaseOut)
def show_case(code: str) -> dict[str, Any]:
    """A case as far as the scope reaches; what lies ahead without the kind of help."""
    session, actor, at = db.session(), current_actor(), now()
    case = case_for(session, actor, "case.see", code, at)
    return {
        "code": show(read_case_code(code)),
        "citizenship": case.citizenship,
        "gender": case.gender.value,
        "age_band": case.age_band.value,
        "contact_language": case.contact_language,
        **_contact(session, case, actor),
        "bookings": [
            facts.without_service(session, booking)
            for booking in bookings.coming_of_case(session, case.id, at)
            if _reaches(actor, booking.centre_id, booking.booked_centre_id, booking.staff_id)
        ],
    }


def _reaches(actor: Actor, centre_id: int, booked_centre_id: int, staff_id: int) -> bool:
    scope = actor.scope("booking.see")
    return bool({centre_id, booked_centre_id} & scope.centres) or staff_id == scope.own


def _contact(session: Session, case: Case, actor: Actor) -> dict[str, Any]:
    """Which kinds of address are kept, for the desks that serve the case; never an address."""
    desk = actor.scope("contact.change").centres
    if queries.case_in(session, case.id, desk) is None:
        return {}
    known = queries.contact_of(session, case.id)
    if known is None:
        return {"contact": None}
    return {
        "contact": {
            "mode": known.mode.value,
            "phone": known.has_phone,
            "email": known.has_email,
        }
    }


def _contact_wish(
    session: Session, actor: Actor, centre: Centre, contact: dict[str, Any] | None
) -> ContactWish | None:
    """What was said about messages; only a desk of the centre may keep it."""
    if contact is None:
        return None
    centre_for(session, actor, "contact.change", centre.slug)
    return ContactWish(
        mode=ContactMode(contact["mode"]),
        phone=contact.get("phone") or "",
        email=contact.get("email") or "",
        country=centres.region_of(session, centre.id).country,
    )
