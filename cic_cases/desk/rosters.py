"""Duties, their exceptions and closures: seen by all who book, changed by the coordinator."""

from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cic_cases.calendar import service
from cic_cases.centres.models import Centre
from cic_cases.desk import queries_rosters as queries
from cic_cases.desk.forms_rosters import ClosureForm, DutyForm, OccurrenceForm
from cic_cases.desk.frame import current_centre
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import Refusal
from cic_cases.foundation.i18n import _
from cic_cases.foundation.localtime import local_day
from cic_cases.privacy.access import allows, current_actor
from cic_cases.privacy.actor import Actor

bp = Blueprint("rosters", __name__, url_prefix="/rosters")
WEEKS_AHEAD = 4


@bp.get("")
@allows("roster.see")
def overview() -> ResponseReturnValue:
    """The duties of this centre and what changes in the coming weeks."""
    return _page(current_actor())


@bp.post("/duties")
@allows("roster.change")
def add_duty() -> ResponseReturnValue:
    """Enter a weekly duty, or a single one."""
    actor = current_actor()
    form = _duty_form(_own_centre(actor))
    if form.validate_on_submit():
        try:
            in_transaction(queries.checked_duty, form.wish(), at=now(), by=actor.id)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(_("The duty has been saved. Its times can be booked now."), "ok")
            return redirect(url_for(".overview"), code=303)
    return _page(actor, duty_form=form)


@bp.route("/duties/<int(max=2147483647):duty_id>", methods=["GET", "POST"])
@allows("roster.change")
def occurrence(duty_id: int) -> ResponseReturnValue:
    """Cancel or change one date of a duty, or end it."""
    actor = current_actor()
    duty = queries.duty_in(db.session(), duty_id, actor.scope("roster.change"))
    centre = db.session().get_one(Centre, duty.centre_id)
    form = OccurrenceForm()
    form.prepare(queries.rooms(db.session(), duty.centre_id))
    if form.validate_on_submit():
        try:
            in_transaction(queries.checked_change, duty_id, form.wish(), at=now(), by=actor.id)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(
                _("The duty has been changed. Appointments already made stay: see the list."), "ok"
            )
            return redirect(url_for(".occurrence", duty_id=duty_id), code=303)
    context = {
        "duty": duty,
        "form": form,
        "zone": zone(centre.timezone),
        "dates": queries.dates_of(db.session(), duty, local_day(now(), zone(centre.timezone))),
        "affected": queries.appointments_in(db.session(), duty, now()),
    }
    return render_template("desk/duty.html", **context), 422 if form.errors else 200


@bp.post("/closures")
@allows("roster.change")
def add_closure() -> ResponseReturnValue:
    """Close this centre, or an institution's duties, for some days."""
    actor = current_actor()
    centre = _own_centre(actor)
    form = ClosureForm()
    form.prepare(queries.institutions(db.session(), centre.region_id))
    if form.validate_on_submit():
        closed, reason = form.wish(centre.id)
        in_transaction(service.add_closure, closed, reason, at=now(), by=actor.id)
        flash(_("The closure has been saved. Appointments already made stay: move them."), "ok")
        return redirect(url_for(".overview"), code=303)
    return _page(actor, closure_form=form)


def _own_centre(actor: Actor) -> Centre:
    """The centre one works in now, if one may change its rosters."""
    return queries.changeable(current_centre(actor), actor.scope("roster.change"))


def _duty_form(centre: Centre) -> DutyForm:
    form = DutyForm()
    form.prepare(queries.choices(db.session(), centre))
    return form


def _page(
    actor: Actor, duty_form: DutyForm | None = None, closure_form: ClosureForm | None = None
) -> ResponseReturnValue:
    session, at = db.session(), now()
    centre = current_centre(actor)
    today = local_day(at, zone(centre.timezone))
    may_change = centre.id in actor.scope("roster.change").centres
    if closure_form is None:
        closure_form = ClosureForm(formdata=None)
        closure_form.prepare(queries.institutions(session, centre.region_id))
    wrong = request.method == "POST"
    return render_template(
        "desk/rosters.html",
        centre=centre,
        duties=queries.duties_of(session, centre.id, actor.scope("roster.see"), today),
        weeks=queries.changes_ahead(session, centre, today, today + timedelta(weeks=WEEKS_AHEAD)),
        hours=queries.week_hours(session, centre.id, today),
        duty_form=(duty_form or _duty_form(centre)) if may_change else None,
        closure_form=closure_form if may_change else None,
    ), 422 if wrong else 200
