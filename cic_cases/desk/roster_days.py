"""Closures, opening hours, and the copy of a week."""

from datetime import timedelta

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cic_cases.bookings import roster_copy
from cic_cases.calendar.changes import Reopening
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre
from cic_cases.desk import queries_rosters as queries
from cic_cases.desk.forms_roster_dates import ClosureForm, CopyForm, DateHoursForm, HoursForm
from cic_cases.desk.forms_rosters import RefusableForm, given
from cic_cases.desk.roster_saving import CHANGE, asked_day, bp, own_centre, save
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import Refusal
from cic_cases.foundation.i18n import ngettext
from cic_cases.foundation.localtime import local_day
from cic_cases.privacy.access import allows, current_actor

A_YEAR = timedelta(days=365)


@bp.route("/closures", methods=["GET", "POST"])
@allows(CHANGE)
def add_closure() -> ResponseReturnValue:
    """Close this centre, a room, or an institution's duties, for some days."""
    actor, session = current_actor(), db.session()
    centre = own_centre(actor)
    form = ClosureForm()
    places = {one.id for one in centres.all_centres(session, region_id=centre.region_id)}
    whole_region = places <= actor.scope(CHANGE).centres
    form.prepare(
        queries.institutions(session, centre.region_id),
        centres.rooms_of(session, centre.id),
        whole_region,
    )
    answer = None
    if form.validate_on_submit():
        answer = save(form.wish(centre.id), form, url_for(".add_closure"))
    return answer or _closures_page(centre, form, whole_region)


def _closures_page(centre: Centre, form: ClosureForm, whole_region: bool) -> ResponseReturnValue:
    session, at = db.session(), now()
    today = local_day(at, zone(centre.timezone))
    changes = queries.changes_ahead(session, centre, today, today + A_YEAR, at)
    context = {"form": form, "changes": changes, "whole_region": whole_region}
    return render_template(
        "desk/roster_closures.html", centre=centre, **context
    ), 422 if form.errors else 200


@bp.post("/closures/<int:closure_id>/reopen")
@allows(CHANGE)
def reopen(closure_id: int) -> ResponseReturnValue:
    """Take a closure back for the days to come."""
    form = RefusableForm()
    back = url_for(".add_closure")
    if answer := save(Reopening(closure_id), form, back):
        return answer
    flash(" ".join(str(line) for line in form.form_errors), "bad")
    return redirect(back, code=303)


@bp.get("/hours")
@allows(CHANGE)
def hours() -> ResponseReturnValue:
    """When the centre is open: every week, and on single dates."""
    return _hours_page(own_centre(current_actor()))


@bp.post("/hours/week")
@allows(CHANGE)
def set_week() -> ResponseReturnValue:
    """Other hours on every such weekday, e.g. a late Thursday."""
    centre = own_centre(current_actor())
    form = HoursForm()
    answer = None
    if form.validate_on_submit():
        answer = save(form.wish(centre.id), form, url_for(".hours"))
    return answer or _hours_page(centre, week=form)


@bp.post("/hours/dates")
@allows(CHANGE)
def set_date() -> ResponseReturnValue:
    """Other hours on one date: a working Saturday, a shorter day."""
    centre = own_centre(current_actor())
    form = DateHoursForm()
    answer = None
    if form.validate_on_submit():
        answer = save(form.wish(centre.id), form, url_for(".hours"))
    return answer or _hours_page(centre, dates=form)


def _hours_page(
    centre: Centre, week: HoursForm | None = None, dates: DateHoursForm | None = None
) -> ResponseReturnValue:
    session = db.session()
    today = local_day(now(), zone(centre.timezone))
    return render_template(
        "desk/roster_hours.html",
        centre=centre,
        hours=queries.week_hours(session, centre.id, today),
        dates=queries.dates_set(session, centre.id, today),
        week_form=week or HoursForm(formdata=None),
        date_form=dates or DateHoursForm(formdata=None),
    ), 422 if week or dates else 200


@bp.route("/copy", methods=["GET", "POST"])
@allows(CHANGE)
def copy_week() -> ResponseReturnValue:
    """Copy a week: first what would happen, then in one transaction."""
    actor = current_actor()
    centre = own_centre(actor)
    first = roster_copy.monday(asked_day())
    form = CopyForm(data={"week": first, "into": first + roster_copy.WEEK})
    copied: list[roster_copy.Copied] = []
    if form.validate_on_submit():
        confirmed = request.form.get("then") == "copy"
        act = roster_copy.copy if confirmed else roster_copy.preview
        weeks = (given(form.week.data), given(form.into.data))
        try:
            copied = in_transaction(act, centre.id, *weeks, at=now(), by=actor.id)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            if confirmed:
                return _copied(copied, form)
    names = queries.names_of(db.session(), {one.wish.staff_id for one in copied})
    context = {"centre": centre, "form": form, "copied": copied, "names": names}
    return render_template("desk/roster_copy.html", **context), 422 if form.errors else 200


def _copied(copied: list[roster_copy.Copied], form: CopyForm) -> ResponseReturnValue:
    number = sum(one.refusal is None for one in copied)
    flash(
        ngettext("%(num)s duty has been copied.", "%(num)s duties have been copied.", number), "ok"
    )
    return redirect(url_for(".overview", week=given(form.into.data).isoformat()), code=303)
