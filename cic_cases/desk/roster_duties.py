"""A duty: entering it, its rule, and what happens on one of its dates."""

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cic_cases.bookings import roster_changes, roster_reach
from cic_cases.calendar import service
from cic_cases.calendar.changes import Replacing
from cic_cases.calendar.models import Duty
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre
from cic_cases.desk import queries_rosters as queries
from cic_cases.desk.forms_roster_dates import OccurrenceForm
from cic_cases.desk.forms_rosters import DutyForm, day_or_none, duty_form, values_of
from cic_cases.desk.queries_substitutes import candidates
from cic_cases.desk.roster_saving import CHANGE, bp, own_centre, save
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import NotFound, Refusal
from cic_cases.foundation.i18n import _
from cic_cases.foundation.localtime import local_day
from cic_cases.people.models import Staff
from cic_cases.privacy.access import allows, current_actor


@bp.route("/duties", methods=["GET", "POST"])
@allows(CHANGE)
def add_duty() -> ResponseReturnValue:
    """Enter a weekly duty, or a single one."""
    actor = current_actor()
    centre = own_centre(actor)
    form = duty_form(queries.choices(db.session(), centre))
    if form.validate_on_submit():
        try:
            scope = actor.scope(CHANGE)
            in_transaction(roster_changes.add, form.wish(), scope=scope, at=now(), by=actor.id)
        except NotFound:
            raise
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(_("The duty has been saved. Its times can be booked now."), "ok")
            first = form.wish().valid_from.isoformat()
            return redirect(url_for(".overview", week=first), code=303)
    return _duty_page(centre, form, None, None)


@bp.route("/duties/<int:duty_id>/rule", methods=["GET", "POST"])
@allows(CHANGE)
def edit_duty(duty_id: int) -> ResponseReturnValue:
    """Change the rule of a duty: from a date on, or as a whole."""
    session = db.session()
    duty = roster_reach.duty_in(session, duty_id, current_actor().scope(CHANGE))
    centre = session.get_one(Centre, duty.centre_id)
    first_day = day_or_none(request.args.get("from"))
    values = values_of(queries.wish_of(session, duty))
    if first_day is not None:
        values["valid_from"] = max(first_day, duty.valid_from)
    form = duty_form(queries.choices(session, centre), data=values)
    if form.validate_on_submit():
        change = Replacing(duty_id, first_day, form.wish())
        if answer := save(change, form, url_for(".overview")):
            return answer
    return _duty_page(centre, form, duty_id, first_day)


def _duty_page(
    centre: Centre, form: DutyForm, duty_id: int | None, first_day: date | None
) -> ResponseReturnValue:
    return render_template(
        "desk/duty_form.html", centre=centre, form=form, duty_id=duty_id, first_day=first_day
    ), 422 if form.errors else 200


@bp.route("/duties/<int:duty_id>", methods=["GET", "POST"])
@allows(CHANGE)
def occurrence(duty_id: int) -> ResponseReturnValue:
    """One date of a duty: cancel it, change it, or this and later ones, or all."""
    session, at = db.session(), now()
    duty = roster_reach.duty_in(session, duty_id, current_actor().scope(CHANGE))
    local = zone(session.get_one(Centre, duty.centre_id).timezone)
    today = local_day(at, local)
    dates = queries.dates_ahead(session, duty, today)
    form = _occurrence_form(duty, dates[0][0] if dates else today)
    if form.validate_on_submit():
        change = form.wish(duty_id, queries.wish_of(session, duty))
        if answer := save(change, form, _after(duty_id)):
            return answer
    duty = roster_reach.duty_in(session, duty_id, current_actor().scope(CHANGE))
    standing_in = {row.staff_id for _day, row in dates if row is not None and row.staff_id}
    context = {
        "duty": duty,
        "wish": queries.wish_of(session, duty),
        "holder": session.get_one(Staff, duty.staff_id),
        "form": form,
        "zone": zone(session.get_one(Centre, duty.centre_id).timezone),
        "dates": dates,
        "names": queries.names_of(session, standing_in),
        "affected": queries.appointments_in(session, duty, at),
    }
    return render_template("desk/duty.html", **context), 422 if form.errors else 200


def _after(duty_id: int) -> str:
    """Back to the duty, or to the week when the change takes the duty away."""
    gone = request.form.get("reach") == "all" and request.form.get("act") == "cancel"
    return url_for(".overview") if gone else url_for(".occurrence", duty_id=duty_id)


def _occurrence_form(duty: Duty, first: date) -> OccurrenceForm:
    """The form, its date the one of the address; whoever is free at its hours comes first."""
    session = db.session()
    on = day_or_none(request.form.get("on") or request.args.get("on")) or first
    change = service.change_on(session, duty.id, on)
    hours = change.hours if change and change.hours else (duty.starts, duty.ends)
    form = OccurrenceForm(data={"on": on})
    form.prepare(centres.rooms_of(session, duty.centre_id), candidates(session, duty, on, hours))
    return form
