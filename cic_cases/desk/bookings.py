"""Finding a time and keeping it: search, book, move, cancel, the slip."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from cic_cases.bookings import interpreting, queries, service
from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Status
from cic_cases.desk import booking_page, search_view
from cic_cases.foundation.clock import now
from cic_cases.foundation.codes import reference_asked, show
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import NotFound, Refusal
from cic_cases.foundation.i18n import _, in_language, locale
from cic_cases.notifications.occasions import language_of
from cic_cases.privacy.access import allows, current_actor
from cic_cases.privacy.actor import Actor

bp = Blueprint("bookings", __name__, url_prefix="/bookings")


@bp.get("")
@allows("slots.see")
def search() -> ResponseReturnValue:
    """Offer free times for what is needed; the first one is already chosen."""
    return search_view.page(current_actor())


@bp.post("")
@allows("booking.change")
def book() -> ResponseReturnValue:
    """Take the chosen time for the case on the counter."""
    actor, at = current_actor(), now()

    def work(session: Session) -> Booking | None:
        wish = search_view.wish(session, actor)
        return None if wish is None else service.book(session, wish, at=at, by=actor)

    try:
        booking = in_transaction(work)
    except Refusal as refusal:
        return search_view.page(actor, refused=refusal, status=refusal.status)
    if booking is None:
        return search_view.page(actor, _("Show or type the person's card first."), status=422)
    flash(_("Booked: %(reference)s", reference=show(booking.reference)), "ok")
    shown = ".slip" if request.form.get("then") == "print" else ".detail"
    return redirect(url_for(shown, reference=show(booking.reference)), code=303)


@bp.get("/<reference>")
@allows("booking.see")
def detail(reference: str) -> ResponseReturnValue:
    """One booking: when, where, what was sent, what can be done."""
    actor = current_actor()
    booking = _booking(reference, actor, "booking.see")
    return render_template(
        "desk/booking.html", **booking_page.context(db.session(), booking, actor)
    )


@bp.get("/<reference>/move")
@allows("booking.change")
def choose_move(reference: str) -> ResponseReturnValue:
    """Offer other times for the same help."""
    actor = current_actor()
    return search_view.page(actor, moving=_booking(reference, actor, "booking.change"))


@bp.post("/<reference>/move")
@allows("booking.change")
def move(reference: str) -> ResponseReturnValue:
    """Give the booking the chosen time; the old one is free in the same moment."""
    actor = current_actor()
    booking = _booking(reference, actor, "booking.change")
    try:
        in_transaction(
            service.move,
            booking.reference,
            request.form.get("slot", ""),
            scope=actor.scope("booking.change"),
            version=request.form.get("version", type=int),
            at=now(),
            by=actor,
        )
    except Refusal as refusal:
        return search_view.page(actor, refused=refusal, moving=booking, status=refusal.status)
    flash(_("The appointment has been moved."), "ok")
    return redirect(url_for(".detail", reference=show(booking.reference)), code=303)


@bp.post("/<reference>/cancel")
@allows("booking.change")
def cancel(reference: str) -> ResponseReturnValue:
    """Cancel for the person or for the centre."""
    actor = current_actor()
    booking = _booking(reference, actor, "booking.change")
    who = "centre" if request.form.get("who") == "centre" else "person"
    try:
        in_transaction(
            service.cancel,
            booking.reference,
            who=who,
            scope=actor.scope("booking.change"),
            version=request.form.get("version", type=int),
            at=now(),
            by=actor,
        )
    except Refusal as refusal:
        context = booking_page.context(db.session(), booking, actor)
        return render_template("desk/booking.html", refused=refusal, **context), refusal.status
    flash(_("The appointment has been cancelled."), "ok")
    return redirect(url_for(".detail", reference=show(booking.reference)), code=303)


@bp.post("/<reference>/status")
@allows("booking.status")
def status(reference: str) -> ResponseReturnValue:
    """Arrived, in progress, done or no-show, from any page that shows the booking."""
    actor = current_actor()
    booking = _booking(reference, actor, "booking.status")
    try:
        to = Status(request.form.get("status", ""))
    except ValueError:
        raise NotFound() from None
    return _step(service.set_status, booking, to, actor=actor)


@bp.post("/<reference>/undo")
@allows("booking.status")
def undo(reference: str) -> ResponseReturnValue:
    """Take the last change of status back."""
    actor = current_actor()
    return _step(service.undo, _booking(reference, actor, "booking.status"), actor=actor)


@bp.post("/<reference>/interpreter")
@allows("booking.change")
def find_interpreter(reference: str) -> ResponseReturnValue:
    """Another interpreter who is free, here or remote: the one promised did not come, or none was.

    The answer is the page it came from.
    """
    actor = current_actor()
    booking = _booking(reference, actor, "booking.change")
    try:
        in_transaction(
            interpreting.find_another,
            booking.reference,
            scope=actor.scope("booking.change"),
            version=request.form.get("version", type=int),
            at=now(),
            by=actor,
        )
    except Refusal as refusal:
        flash(refusal.text(), "warn")
    else:
        flash(_("Another interpreter takes part."), "ok")
    return redirect(booking_page.back_to(request.form.get("back")), code=303)


@bp.get("/<reference>/slip")
@allows("booking.see")
def slip(reference: str) -> ResponseReturnValue:
    """The paper the person takes home, in their language; `?neutral=1` names no institution."""
    booking = _booking(reference, current_actor(), "booking.see")
    there = url_for(".detail", reference=show(booking.reference))
    back = (there, _("Back to the appointment"), locale())
    with in_language(language_of(booking.language)):
        context = booking_page.slip_context(db.session(), booking)
        neutral = request.args.get("neutral") == "1"
        return render_template("letters/slip.html", neutral=neutral, back=back, **context)


def _step(verb: object, booking: Booking, *what: object, actor: Actor) -> ResponseReturnValue:
    """Do one change of status and go back to the page it came from, with an offer to undo."""
    try:
        in_transaction(
            verb,  # type: ignore[arg-type]
            booking.reference,
            *what,
            scope=actor.scope("booking.status"),
            at=now(),
            by=actor,
        )
    except Refusal as refusal:
        flash(refusal.text(), "warn")
    else:
        if what:
            booking_page.offer_undo(booking)
    return redirect(booking_page.back_to(request.form.get("back")), code=303)


def _booking(reference: str, actor: Actor, action: str) -> Booking:
    canonical = reference_asked(reference)
    seeing = action == "booking.see"
    return queries.by_reference(db.session(), canonical, actor.scope(action), seeing=seeing)
