"""Days off: a specialist asks, a coordinator decides, and no roster changes unseen.

Granting cancels the duties on which nobody is booked; where somebody is, the usual page first shows
who would lose their time. Only when no duty of the days is left is the request granted.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from cic_cases.bookings import disruptions, duty_plan, roster_changes
from cic_cases.calendar import absences
from cic_cases.calendar.models import AbsenceRequest
from cic_cases.calendar.rules import Stretch
from cic_cases.desk import queries_rosters as queries
from cic_cases.desk.acts import done
from cic_cases.desk.forms_absences import AbsenceForm, reasons, why_not
from cic_cases.desk.frame import current_centre
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import Refusal
from cic_cases.foundation.i18n import _
from cic_cases.foundation.localtime import local_day
from cic_cases.privacy.access import allows, current_actor
from cic_cases.privacy.actor import Actor

bp = Blueprint("absences", __name__)
CHANGE = "roster.change"
Duties = list[tuple[date, Stretch]]


@bp.route("/my-day/days-off", methods=["GET", "POST"])
@allows("absence.ask")
def own() -> ResponseReturnValue:
    """One's own requests and what became of them, and a new one."""
    actor, at = current_actor(), now()
    centre = current_centre(actor)
    today = local_day(at, zone(centre.timezone))
    form = AbsenceForm()
    if form.validate_on_submit():
        days = form.days()
        why, place = form.reason.data, centre.id
        try:
            in_transaction(
                absences.ask, days, why, centre_id=place, today=today, at=at, by=actor.id
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(_("Your coordinator has been asked."), "ok")
            return redirect(url_for(".own"), code=303)
    found = absences.own(db.session(), actor.id)
    words = {"reasons": reasons(), "why_not": why_not(), "centre": centre}
    html = render_template("desk/absences_own.html", form=form, requests=found, **words)
    return html, 422 if form.errors or form.form_errors else 200


@bp.post("/my-day/days-off/<int:request_id>/withdraw")
@allows("absence.ask")
def withdraw(request_id: int) -> ResponseReturnValue:
    """Take one's own request back."""
    return _settled(absences.withdraw, request_id, ".own", by=current_actor().id)


@bp.get("/rosters/days-off")
@allows(CHANGE)
def waiting() -> ResponseReturnValue:
    """What was asked for, and which duties each request would cost."""
    actor, session = current_actor(), db.session()
    found = absences.waiting(session, actor.scope(CHANGE))
    return render_template(
        "desk/absences_waiting.html",
        requests=_with_duties(session, actor, found),
        names=queries.names_of(session, {one.staff_id for one in found}),
        reasons=reasons(),
        why_not=why_not(),
    )


@bp.post("/rosters/days-off/<int:request_id>")
@allows(CHANGE)
def decide(request_id: int) -> ResponseReturnValue:
    """Grant it once its duties are cancelled, or refuse it with a reason of the list."""
    actor = current_actor()
    scope = actor.scope(CHANGE)
    asked = absences.in_scope(db.session(), request_id, scope)
    if request.form.get("decision") == "approve":
        if _left_after_cancelling(asked, actor):
            told = _("Somebody is booked on the duties that are left. Open each and see who.")
            flash(told, "warn")
            return redirect(url_for(".waiting"), code=303)
        return _settled(absences.approve, request_id, ".waiting", scope=scope, by=actor.id)
    why = request.form.get("why", "")
    return _settled(absences.decline, request_id, ".waiting", why, scope=scope, by=actor.id)


def _settled(
    verb: Any, request_id: int, back: str, *what: object, **who: Any
) -> ResponseReturnValue:
    """Settle the request and go back; somebody may have been faster."""
    if done(verb, request_id, *what, at=now(), **who):
        flash(_("Saved."), "ok")
    return redirect(url_for(back), code=303)


def _left_after_cancelling(asked: AbsenceRequest, actor: Actor) -> bool:
    """Cancel every duty of the days on which nobody is booked; whether any is left."""
    ((_asked, duties),) = _with_duties(db.session(), actor, [asked])
    scope, left = actor.scope(CHANGE), False
    for day, held in duties:
        change = disruptions.cancelled(held.rule.id, day)
        try:
            in_transaction(
                roster_changes.apply_if_nobody, change, scope=scope, at=now(), by=actor.id
            )
        except Refusal:  # somebody is booked, or the duty has begun: its own page says what
            left = True
    return left


def _with_duties(
    session: Session, actor: Actor, asked: Sequence[AbsenceRequest]
) -> list[tuple[AbsenceRequest, Duties]]:
    """Each request with the dates of duties, as their rules say, that fall into its days."""
    if not asked:
        return []
    first, last = min(one.first_day for one in asked), max(one.last_day for one in asked)
    plan = duty_plan.read(session, actor.scope(CHANGE).centres, first, last)
    return [(one, _duties_of(plan, one)) for one in asked]


def _duties_of(plan: duty_plan.Plan, asked: AbsenceRequest) -> Duties:
    days = range((asked.last_day - asked.first_day).days + 1)
    return [
        (day, held)
        for day in (asked.first_day + timedelta(days=n) for n in days)
        for entry, rule, held in plan.held(day)
        if isinstance(held, Stretch)
        and rule is entry.rule
        and (rule.staff_id, rule.centre_id) == (asked.staff_id, asked.centre_id)
    ]
