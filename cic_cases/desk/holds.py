"""A time held for the person on the counter while the booking is talked over."""

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from cic_cases.bookings import held, queries
from cic_cases.bookings.models import Booking
from cic_cases.cases import queries as cases
from cic_cases.desk import search_view
from cic_cases.foundation.clock import now
from cic_cases.foundation.codes import reference_asked, show
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import NotFound, Refusal
from cic_cases.foundation.i18n import _
from cic_cases.privacy.access import allows, current_actor

bp = Blueprint("holds", __name__, url_prefix="/bookings/hold")
CASE = "case"  # the form stood on the page of a case
KEPT = ("service", "centre", "language", "interpreter", "time", "from", "to", "specialist")


@bp.get("")
@allows("slots.see")
def start() -> ResponseReturnValue:
    """The search: a hold that was refused is looked for there."""
    return redirect(url_for("bookings.search", **_kept(request.args)))


@bp.post("")
@allows("booking.change")
def hold() -> ResponseReturnValue:
    """Hold the chosen time for the case on the counter for ten minutes."""
    actor, at = current_actor(), now()

    def work(session: Session) -> Booking | None:
        wish = search_view.wish(session, actor)
        return None if wish is None else held.hold(session, wish, at=at, by=actor)[0]

    try:
        kept = in_transaction(work)
    except Refusal as refusal:
        return search_view.page(actor, refused=refusal, status=refusal.status)
    if kept is None:
        return search_view.page(actor, _("Show or type the person's card first."), status=422)
    flash(_("The time is held."), "ok")
    return redirect(url_for("bookings.search", **_kept(request.form)), code=303)


@bp.post("/<reference>/confirm")
@allows("booking.change")
def confirm(reference: str) -> ResponseReturnValue:
    """Book what is held; when its time has run out, others are offered."""
    actor, at = current_actor(), now()
    scope, asked = actor.scope("booking.change"), reference_asked(reference)
    try:
        booking = in_transaction(held.confirm, asked, scope=scope, at=at, by=actor)
    except NotFound:
        raise
    except Refusal as refusal:
        return _refused(asked, refusal)
    flash(_("Booked: %(reference)s", reference=show(booking.reference)), "ok")
    return redirect(url_for("bookings.detail", reference=show(booking.reference)), code=303)


@bp.post("/<reference>/let-go")
@allows("booking.change")
def let_go(reference: str) -> ResponseReturnValue:
    """Give the held time back."""
    actor, at = current_actor(), now()
    scope, asked = actor.scope("booking.change"), reference_asked(reference)
    try:
        in_transaction(held.let_go, asked, scope=scope, at=at, by=actor)
    except NotFound:
        raise
    except Refusal as refusal:
        return _refused(asked, refusal)
    flash(_("The time is free again."), "ok")
    there = _case_page(asked) or url_for("bookings.search", **_kept(request.form))
    return redirect(there, code=303)


def _refused(reference: str, refusal: Refusal) -> ResponseReturnValue:
    """Back to the case when it was asked there; else the search, with other times."""
    if (there := _case_page(reference)) is not None:
        flash(refusal.text(), "warn")
        return redirect(there, code=303)
    return search_view.page(current_actor(), refused=refusal, status=refusal.status)


def _case_page(reference: str) -> str | None:
    """The page of the case, when the form came from there and may be read; else None."""
    actor, session = current_actor(), db.session()
    if request.form.get("back") != CASE or not actor.may("case.see"):
        return None
    booking = queries.by_reference(session, reference, actor.scope("booking.change"))
    code = cases.shown_code(session, booking.case_id, actor)
    return url_for("cases.show", code=show(code)) if code else None


def _kept(values: MultiDict[str, str]) -> dict[str, Any]:
    """What was searched for, to be searched again; no code is in it."""
    return {name: values.getlist(name) for name in KEPT if name in values}
