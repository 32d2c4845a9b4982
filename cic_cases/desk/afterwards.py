"""What My day does once somebody was seen: the outcome by one tap, a follow-up by two."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from cic_cases.bookings import queries
from cic_cases.bookings.models import Booking
from cic_cases.centres.models import Centre, Service
from cic_cases.desk import booking_page, open_case
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.codes import reference_asked
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import Refusal
from cic_cases.foundation.localtime import local_day
from cic_cases.people.models import Staff
from cic_cases.privacy.access import allows, current_actor
from cic_cases.privacy.actor import Actor
from cic_cases.visits import outcomes

bp = Blueprint("afterwards", __name__, url_prefix="/my-day")
WEEKS = (1, 2, 4)  # ahead, from which a follow-up is looked for
USUAL_WEEKS = 2


@bp.post("/<reference>/outcome")
@allows("visit.outcome")
def choose(reference: str) -> ResponseReturnValue:
    """Mark what an appointment came to; an empty choice takes the mark away."""
    actor = current_actor()
    booking = _own(reference, actor, "visit.outcome")
    place = zone(db.session().get_one(Centre, booking.centre_id).timezone)
    code = request.form.get("outcome") or None
    try:
        in_transaction(outcomes.choose, booking.id, code, place=place, at=now(), by=actor.id)
    except Refusal as refusal:
        flash(refusal.text(), "warn")
    return redirect(booking_page.back_to(request.form.get("back")), code=303)


@bp.post("/<reference>/follow-up")
@allows("booking.change")
def follow_up(reference: str) -> ResponseReturnValue:
    """Look for the next appointment of the same kind with the same people, some weeks on.

    The person is put on the counter; the page of searching has the first free time chosen.
    """
    actor = current_actor()
    booking, session = _own(reference, actor, "booking.change"), db.session()
    centre = session.get_one(Centre, booking.centre_id)
    weeks = request.form.get("weeks", USUAL_WEEKS, type=int)
    ahead = timedelta(weeks=weeks if weeks in WEEKS else USUAL_WEEKS)
    open_case.remember(booking.case_id)
    asked: dict[str, Any] = {
        "service": session.get_one(Service, booking.service_id).key,
        "centre": centre.slug,
        "language": booking.language,
        "interpreter": "y" if booking.interpreter else None,
        "specialist": session.get_one(Staff, booking.staff_id).key,
        "from": (local_day(now(), zone(centre.timezone)) + ahead).isoformat(),
    }
    return redirect(url_for("bookings.search", **asked), code=303)


def _own(reference: str, actor: Actor, action: str) -> Booking:
    """The booking, within what the action reaches; out of it and missing are the same."""
    return queries.by_reference(db.session(), reference_asked(reference), actor.scope(action))
