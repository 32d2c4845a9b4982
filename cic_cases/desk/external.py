"""Appointments in other institutions: noted, moved, called off; and who goes along.

They are booked in the institutions' own systems. Here they are known so that nothing collides,
and so that nobody who needs company goes alone.
"""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cic_cases.cases.models import Case
from cic_cases.centres.models import Centre
from cic_cases.desk import external_page as page
from cic_cases.desk.forms_external import ExternalForm
from cic_cases.desk.frame import current_centre
from cic_cases.desk.queries_cases import visible_case
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.codes import reference_asked, show
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import NotFound, Refusal
from cic_cases.foundation.i18n import _, in_language, locale
from cic_cases.notifications.occasions import language_of
from cic_cases.privacy import reads
from cic_cases.privacy.access import allows, current_actor
from cic_cases.privacy.actor import Actor
from cic_cases.visits import external as service
from cic_cases.visits import external_queries as queries
from cic_cases.visits.external_rules import ExternalWish
from cic_cases.visits.models import ExternalAppointment
from cic_cases.visits.statuses import ExternalStatus

bp = Blueprint("external", __name__)
OPEN = "open"


@bp.get("/external")
@allows("external.see")
def coming() -> ResponseReturnValue:
    """What is ahead, within one's scope; `?show=open` is where nobody goes along yet."""
    actor = current_actor()
    reads.listed("external", current_centre(actor).id)
    lines = queries.coming(db.session(), actor.scope("external.see"), now())
    waiting = page.open_tasks(lines)
    chosen = OPEN if request.args.get("show") == OPEN else "all"
    return render_template(
        "desk/external_list.html",
        lines=waiting if chosen == OPEN else lines,
        counts={"all": len(lines), OPEN: len(waiting)},
        chosen=chosen,
        zone_of=zone,
        may_open_cases=actor.may("case.see"),
    )


@bp.get("/cases/<code>/external")
@allows("external.change")
def of_case(code: str) -> ResponseReturnValue:
    """What is noted for this person, and the form for one more."""
    actor = current_actor()
    case = _case(code, actor)
    form = ExternalForm(formdata=None, language=case.contact_language)
    return _case_page(case, page.offered(db.session(), form, _centre(actor)))


@bp.post("/cases/<code>/external")
@allows("external.change")
def note(code: str) -> ResponseReturnValue:
    """Note an appointment elsewhere."""
    actor = current_actor()
    case, centre = _case(code, actor), _centre(actor)
    form = page.offered(db.session(), ExternalForm(), centre)
    if not form.validate():
        return _case_page(case, form, status=422)
    try:
        details = form.details(zone(centre.timezone))
        wish = ExternalWish(case_id=case.id, centre_id=centre.id, details=details)
        noted = in_transaction(service.note, wish, at=now(), by=actor)
    except Refusal as refusal:
        form.refuse(refusal)
        return _case_page(case, form, status=refusal.status)
    flash(_("The appointment elsewhere is noted."), "ok")
    return _to(noted)


@bp.get("/external/<external>")
@allows("external.see")
def detail(external: str) -> ResponseReturnValue:
    """One appointment: where, when, who goes along, what can be done."""
    actor = current_actor()
    return _page(_external(external, actor, "external.see"), actor)


@bp.post("/external/<external>/move")
@allows("external.change")
def move(external: str) -> ResponseReturnValue:
    """Another time, place, way or company."""
    actor = current_actor()
    found = _external(external, actor, "external.change")
    centre = db.session().get_one(Centre, found.centre_id)
    form = page.offered(db.session(), ExternalForm(), centre)
    if not form.validate():
        return _page(found, actor, form, status=422)
    try:
        in_transaction(
            service.move,
            found.reference,
            form.details(zone(centre.timezone)),
            scope=actor.scope("external.change"),
            version=form.known_version(),
            at=now(),
            by=actor,
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(found, actor, form, status=refusal.status)
    flash(_("The appointment elsewhere has been changed."), "ok")
    return _to(found)


@bp.post("/external/<external>/cancel")
@allows("external.change")
def cancel(external: str) -> ResponseReturnValue:
    """It will not be; everybody's time is free again."""
    actor = current_actor()
    found = _external(external, actor, "external.change")
    version = request.form.get("version", type=int)
    scope = actor.scope("external.change")
    try:
        in_transaction(
            service.cancel, found.reference, scope=scope, version=version, at=now(), by=actor
        )
    except Refusal as refusal:
        flash(refusal.text(), "warn")
    else:
        flash(_("Cancelled here only: the institution does not know it yet."), "ok")
    return _to(found)


@bp.post("/external/<external>/outcome")
@allows("external.outcome")
def outcome(external: str) -> ResponseReturnValue:
    """The person was there, or was not."""
    actor = current_actor()
    found = _external(external, actor, "external.outcome")
    try:
        to = ExternalStatus(request.form.get("outcome", ""))
    except ValueError:
        raise NotFound() from None
    return _step(service.set_outcome, found, to, actor=actor)


@bp.post("/external/<external>/undo")
@allows("external.outcome")
def undo(external: str) -> ResponseReturnValue:
    """Take the outcome back."""
    actor = current_actor()
    return _step(service.undo, _external(external, actor, "external.outcome"), actor=actor)


@bp.get("/external/<external>/slip")
@allows("external.see")
def slip(external: str) -> ResponseReturnValue:
    """The paper that names the place, in the person's language; `?neutral=1` names
    neither the place nor the Centre."""
    found = _external(external, current_actor(), "external.see")
    there = url_for(".detail", external=show(found.reference))
    back = (there, _("Back to the appointment"), locale())
    neutral = request.args.get("neutral") == "1"
    with in_language(language_of(found.language)):
        shown = page.slip(db.session(), found)
        return render_template("letters/external_slip.html", neutral=neutral, back=back, **shown)


def _step(
    verb: object, found: ExternalAppointment, *what: object, actor: Actor
) -> ResponseReturnValue:
    try:
        in_transaction(
            verb,  # type: ignore[arg-type]
            found.reference,
            *what,
            scope=actor.scope("external.outcome"),
            at=now(),
            by=actor,
        )
    except Refusal as refusal:
        flash(refusal.text(), "warn")
    else:
        flash(_("Saved."), "ok")
    return _to(found)


def _centre(actor: Actor) -> Centre:
    """The centre that notes it: where a role reaches whole centres, else where one works."""
    whole = actor.scope("external.change").centres
    return current_centre(actor, "external.change") if whole else current_centre(actor)


def _case(code: str, actor: Actor) -> Case:
    return visible_case(db.session(), code, actor.scope("external.change"), now())


def _external(reference: str, actor: Actor, action: str) -> ExternalAppointment:
    return queries.by_reference(db.session(), reference_asked(reference), actor.scope(action))


def _to(external: ExternalAppointment) -> ResponseReturnValue:
    return redirect(url_for(".detail", external=show(external.reference)), code=303)


def _case_page(case: Case, form: ExternalForm, *, status: int = 200) -> ResponseReturnValue:
    context = page.of_case(db.session(), case, form)
    return render_template("desk/external_case.html", zone_of=zone, **context), status


def _page(
    external: ExternalAppointment,
    actor: Actor,
    form: ExternalForm | None = None,
    *,
    status: int = 200,
) -> ResponseReturnValue:
    context = page.of_one(db.session(), external, actor, now(), form)
    return render_template("desk/external.html", **context), status
