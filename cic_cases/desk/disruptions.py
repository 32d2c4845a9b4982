"""A roster changes under appointments: first what each will receive, then once, then undo."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cic_cases.bookings import displaced, disruption_rules, disruptions, undoing
from cic_cases.bookings.disruption_rules import Disrupting
from cic_cases.calendar.changes import unpack
from cic_cases.desk import displaced_page
from cic_cases.desk import disruption_page as page
from cic_cases.desk.forms_rosters import day_or_none
from cic_cases.foundation.clock import now
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import NotFound, Refusal
from cic_cases.foundation.i18n import _
from cic_cases.notifications import telling
from cic_cases.privacy.access import allows, current_actor

bp = Blueprint("disruptions", __name__, url_prefix="/rosters")
CHANGE = "roster.change"


@bp.get("/duties/<int:duty_id>/cancel")
@allows(CHANGE)
def cancel(duty_id: int) -> ResponseReturnValue:
    """Everybody affected, the time that would be held for each, and the words they receive."""
    return shown(disruptions.cancelled(duty_id, _asked(request.args.get("on"))))


@bp.post("/duties/<int:duty_id>/cancel")
@allows(CHANGE)
def confirm(duty_id: int) -> ResponseReturnValue:
    """Cancel it once; sent again it changes nothing."""
    return _carried_out(disruptions.cancelled(duty_id, _asked(request.form.get("on"))))


@bp.get("/changes")
@allows(CHANGE)
def no_change() -> ResponseReturnValue:
    """Whoever comes here by a link has nothing to confirm."""
    return redirect(url_for("rosters.overview"), code=303)


@bp.post("/changes")
@allows(CHANGE)
def confirm_change() -> ResponseReturnValue:
    """Make a change of the rosters that was shown, once; sent again it changes nothing."""
    return _carried_out(disruption_rules.disrupting(unpack(request.form.get("change", ""))))


def _carried_out(change: Disrupting) -> ResponseReturnValue:
    actor = current_actor()
    try:
        done = in_transaction(
            disruptions.carry_out,
            change,
            request.form.get("reason", ""),
            telling=telling.told,
            scope=actor.scope(CHANGE),
            at=now(),
            by=actor,
            choices=page.choices(request.form),
        )
    except (disruption_rules.AlreadyCancelled, disruption_rules.AlreadyDone) as refusal:
        flash(refusal.text(), "info")
        return redirect(page.back_to(change), code=303)
    except NotFound:
        raise
    except Refusal as refusal:
        return shown(change, refusal)
    return redirect(url_for(".show", disruption_id=done.disruption_id), code=303)


@bp.get("/disruptions/<int:disruption_id>")
@allows(CHANGE)
def show(disruption_id: int) -> ResponseReturnValue:
    """What was cancelled, who still has to be told, and undo while nothing has left."""
    actor, session = current_actor(), db.session()
    found = displaced.disruption_in(session, disruption_id, actor.scope(CHANGE))
    return render_template(
        "desk/disruption.html", **displaced_page.progress(session, found, actor, now())
    )


@bp.post("/disruptions/<int:disruption_id>/undo")
@allows(CHANGE)
def undo(disruption_id: int) -> ResponseReturnValue:
    """Everything back as it was."""
    actor = current_actor()
    try:
        in_transaction(
            undoing.undo, disruption_id, scope=actor.scope(CHANGE), at=now(), by=actor.id
        )
    except NotFound:
        raise
    except Refusal as refusal:
        flash(refusal.text(), "bad")
    else:
        flash(_("Everything is as it was before. Nobody has been told anything."), "ok")
    return redirect(url_for(".show", disruption_id=disruption_id), code=303)


def _asked(text: str | None) -> date:
    day = day_or_none(text)
    if day is None:
        raise NotFound()
    return day


def shown(
    change: Disrupting, refusal: Refusal | None = None, status: int = 200
) -> ResponseReturnValue:
    """The page that asks before anybody loses their time; what the change refuses is told."""
    actor, at = current_actor(), now()
    scope = actor.scope(CHANGE)
    try:  # it is all done and taken back: with the right to write, as when it is done in earnest
        lost = in_transaction(
            disruptions.preview, change, telling=telling.told, scope=scope, at=at, by=actor
        )
    except NotFound:
        raise
    except Refusal as other:
        flash(other.text(), "info")
        return redirect(page.back_to(change), code=303)
    context = page.preview(db.session(), change, lost, actor, at)
    return render_template("desk/disruption_cancel.html", refusal=refusal, **context), (
        refusal.status if refusal else status
    )
