"""Somebody has not come to an appointment that has begun: the desk asks them by telephone."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from cic_cases.cases import queries as cases
from cic_cases.desk import service
from cic_cases.desk.frame import current_centre
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.codes import reference_asked
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import NotFound, Refusal
from cic_cases.privacy.access import allows, current_actor, freshly

bp = Blueprint("late", __name__, url_prefix="/desk/late")


@bp.post("/<reference>/number")
@allows("contact.reveal")
@freshly
def number(reference: str) -> ResponseReturnValue:
    """The number of one late person, in this answer only; that it was seen is on record."""
    actor, canonical = current_actor(), reference_asked(reference)
    scope = actor.scope("contact.reveal")
    try:
        booking, shown = in_transaction(
            service.late_number, canonical, scope=scope, at=now(), by=actor
        )
    except NotFound:
        raise
    except Refusal as refusal:
        flash(refusal.text(), "warn")
        return redirect(url_for("desk.board"), code=303)
    return render_template(
        "desk/late_call.html",
        booking=booking,
        number=shown,
        contact=cases.contact_of(db.session(), booking.case_id),
        zone=zone(current_centre(actor, "contact.reveal").timezone),
    )
