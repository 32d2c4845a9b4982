"""The waiting list: joining, what is offered and to whom, and today's times that came free."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cic_cases.bookings import next_in_line, waiting_entries, waiting_list
from cic_cases.bookings.models import Booking
from cic_cases.bookings.waiting_rules import EVERY_DAY
from cic_cases.centres import queries as centres
from cic_cases.centres.models import HowBooked
from cic_cases.desk import open_case, waiting_page
from cic_cases.desk.forms_waiting import ANY, WaitingForm, asked_before
from cic_cases.desk.frame import current_centre
from cic_cases.desk.queries_cases import visible_case
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.codes import show
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import Refusal
from cic_cases.foundation.i18n import PERSON_LOCALES, _
from cic_cases.foundation.localtime import local_day
from cic_cases.privacy import reads
from cic_cases.privacy.access import allows, current_actor
from cic_cases.privacy.actor import Actor

bp = Blueprint("waiting", __name__, url_prefix="/waiting-list")


@bp.app_context_processor
def _standing() -> dict[str, Any]:
    """Pages with a card on the counter ask where its person stands; the others pay nothing."""
    return {
        "waiting_of": lambda case_id: waiting_page.of_case(db.session(), current_actor(), case_id)
    }


@bp.get("")
@allows("waiting.see")
def overview() -> ResponseReturnValue:
    """Who waits, what is offered to whom until when, and the times that came free."""
    actor = current_actor()
    reads.listed("waiting", current_centre(actor).id)
    context = waiting_page.context(db.session(), actor, now())
    return render_template("desk/waiting.html", **context)


@bp.get("/join")
@allows("waiting.change")
def ask() -> ResponseReturnValue:
    """What the person on the counter can attend."""
    return _form_page(current_actor(), _form(current_actor(), bound=False))


@bp.post("/join")
@allows("waiting.change")
def join() -> ResponseReturnValue:
    """Put the person on the counter at the end of the line."""
    actor = current_actor()
    form, case = _form(actor, bound=True), open_case.read(db.session(), actor)
    if case is None or not form.validate():
        return _form_page(actor, form), 422
    wanted, here = form.wanted(case.case.id), current_centre(actor)
    try:
        row = in_transaction(waiting_list.join, wanted, centre_id=here.id, at=now(), by=actor)
    except Refusal as refusal:
        form.refuse(refusal)
        return _form_page(actor, form), 422
    place = waiting_entries.place_of(db.session(), row)
    flash(_("Place on the waiting list: %(number)s", number=place), "ok")
    return redirect(url_for(".overview"), code=303)


@bp.post("/for")
@allows("waiting.change")
def start() -> ResponseReturnValue:
    """Put a case on the counter, and ask what the person can attend."""
    actor = current_actor()
    case = visible_case(
        db.session(), request.form.get("code", ""), actor.scope("waiting.change"), now()
    )
    open_case.remember(case.id)
    return redirect(url_for(".ask"), code=303)


@bp.post("/<int:waiting_id>/accept")
@allows("waiting.change")
def accept(waiting_id: int) -> ResponseReturnValue:
    """The person takes the held time: it becomes their appointment."""
    booking = _do(waiting_list.accept, waiting_id, of=request.form.get("of"))
    if not isinstance(booking, Booking):
        return redirect(url_for(".overview"), code=303)
    flash(_("Booked: %(reference)s", reference=show(booking.reference)), "ok")
    return redirect(url_for("bookings.detail", reference=show(booking.reference)), code=303)


@bp.post("/<int:waiting_id>/decline")
@allows("waiting.change")
def decline(waiting_id: int) -> ResponseReturnValue:
    """The time goes to the next in line; the person stays, unless they leave."""
    stays = request.form.get("then") != "leave"
    if _do(waiting_list.decline, waiting_id, stays=stays, of=request.form.get("of")) is not None:
        flash(_("The time is offered to the next person."), "ok")
    return redirect(url_for(".overview"), code=303)


@bp.post("/<int:waiting_id>/leave")
@allows("waiting.change")
def leave(waiting_id: int) -> ResponseReturnValue:
    """The person waits no longer."""
    if _do(waiting_list.leave, waiting_id) is not None:
        flash(_("Taken off the waiting list."), "ok")
    return redirect(url_for(".overview"), code=303)


@bp.post("/<int:waiting_id>/offer")
@allows("waiting.change")
def offer(waiting_id: int) -> ResponseReturnValue:
    """Hold the first free time that suits the person, and tell them."""
    if _do(next_in_line.offer_now, waiting_id) is not None:
        flash(_("A time is held for this person."), "ok")
    return redirect(url_for(".overview"), code=303)


def _do(verb: Callable[..., Any], waiting_id: int, **how: Any) -> object:
    """Do it; a refusal is shown, and answered by None. Raises `NotFound`."""
    actor = current_actor()
    scope = actor.scope("waiting.change")
    try:
        return in_transaction(verb, waiting_id, scope=scope, at=now(), by=actor, **how)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        flash(refusal.text(), "warn")
        return None


def _form(actor: Actor, *, bound: bool) -> WaitingForm:
    """The form with what the region offers; first filled with what the search asked for."""
    session, here = db.session(), current_centre(actor)
    services = centres.services_of(session, here.region_id, HowBooked.SLOT)
    places = centres.all_centres(session, region_id=here.region_id)
    if bound:
        form = WaitingForm()
    else:
        slugs = request.args.getlist("centre")
        asked = next((s.id for s in services if s.key == request.args.get("service")), None)
        first = {
            "service": asked,
            "language": _language_of(actor),
            "centre": [c.id for c in places if c.slug in slugs] or [here.id],
            "first_day": local_day(now(), zone(here.timezone)),
            "weekdays": list(EVERY_DAY),
        }
        form = WaitingForm(formdata=None, data=asked_before(request.args, first))
    form.prepare(services, places, PERSON_LOCALES)
    return form


def _language_of(actor: Actor) -> str:
    """The language of the person on the counter, when we have it to offer."""
    case = open_case.read(db.session(), actor)
    spoken = case.case.contact_language if case else ANY
    return spoken if spoken in PERSON_LOCALES else ANY


def _form_page(actor: Actor, form: WaitingForm) -> str:
    case = open_case.read(db.session(), actor)
    return render_template("desk/waiting_join.html", form=form, case=case)
