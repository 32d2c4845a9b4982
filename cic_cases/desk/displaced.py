"""Answers of people who lost an appointment: told, taken the time held, or wanting none."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from cic_cases.bookings import displaced, displaced_queries
from cic_cases.bookings.models import Booking
from cic_cases.desk import displaced_page as page
from cic_cases.desk.acts import done
from cic_cases.foundation.clock import now
from cic_cases.foundation.codes import show
from cic_cases.foundation.db import db
from cic_cases.foundation.i18n import _
from cic_cases.privacy.access import allows, current_actor

bp = Blueprint("displaced", __name__, url_prefix="/displaced")
CHANGE = "booking.change"


@bp.app_context_processor
def _notices() -> dict[str, Any]:
    """Pages of a case or an appointment ask what was lost; the others pay nothing."""
    return {
        "lost_by_case": lambda case_id: page.of_case(db.session(), current_actor(), case_id, now()),
        "lost_time_of": lambda booking_id: page.of_booking(
            db.session(), current_actor(), booking_id, now()
        ),
    }


@bp.post("/<int:displaced_id>/accept")
@allows(CHANGE)
def accept(displaced_id: int) -> ResponseReturnValue:
    """The person takes the held time: their appointment is there now."""
    of = request.form.get("of", "")
    if _do(displaced.accept, displaced_id, of=of):
        flash(_("The appointment is at the new time now."), "ok")
    return _back(displaced_id)


@bp.post("/<int:displaced_id>/decline")
@allows(CHANGE)
def decline(displaced_id: int) -> ResponseReturnValue:
    """The person wants no other time: the appointment ends."""
    if _do(displaced.decline, displaced_id, of=request.form.get("of") or None):
        flash(_("Noted: the person wants no other time."), "ok")
    return _back(displaced_id)


@bp.post("/<int:displaced_id>/told")
@allows(CHANGE)
def told(displaced_id: int) -> ResponseReturnValue:
    """The person has heard that the appointment was lost."""
    if _do(displaced.tell, displaced_id):
        flash(_("Noted: the person has been told."), "ok")
    return _back(displaced_id)


def _do(verb: Callable[..., object], displaced_id: int, **how: Any) -> bool:
    """Do it; a refusal is shown where one goes back to. Raises `NotFound`."""
    actor = current_actor()
    scope = actor.scope(CHANGE)
    return done(verb, displaced_id, scope=scope, at=now(), by=actor.id, **how)


def _back(displaced_id: int) -> ResponseReturnValue:
    """To the list of everybody whose duty was cancelled, or to the appointment."""
    session, actor = db.session(), current_actor()
    one = displaced_queries.by_id(session, displaced_id, actor.scope(CHANGE))
    if request.form.get("back") == "list" and actor.may("roster.change"):
        where = url_for("disruptions.show", disruption_id=one.disruption_id)
    else:
        reference = session.get_one(Booking, one.booking_id).reference
        where = url_for("bookings.detail", reference=show(reference))
    return redirect(where, code=303)
