"""A duty is cancelled: first whom it affects and what each will receive, then once, then undo."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cic_cases.bookings import displaced, disruption_rules, disruptions, undoing
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
ID = "int(max=2147483647)"


@bp.get(f"/duties/<{ID}:duty_id>/cancel")
@allows(CHANGE)
def cancel(duty_id: int) -> ResponseReturnValue:
    """Everybody affected, the time that would be held for each, and the words they receive."""
    return _shown(duty_id, _asked(request.args.get("on")))


@bp.post(f"/duties/<{ID}:duty_id>/cancel")
@allows(CHANGE)
def confirm(duty_id: int) -> ResponseReturnValue:
    """Cancel it once; sent again it changes nothing."""
    actor, on = current_actor(), _asked(request.form.get("on"))
    try:
        done = in_transaction(
            disruptions.cancel_duty,
            duty_id,
            on,
            request.form.get("reason", ""),
            telling=telling.told,
            scope=actor.scope(CHANGE),
            at=now(),
            by=actor,
            choices=page.choices(request.form),
        )
    except disruption_rules.AlreadyCancelled as refusal:
        flash(refusal.text(), "info")
        return redirect(url_for("rosters.overview", week=on.isoformat()), code=303)
    except NotFound:
        raise
    except Refusal as refusal:
        return _shown(duty_id, on, refusal)
    return redirect(url_for(".show", disruption_id=done.disruption_id), code=303)


@bp.get(f"/disruptions/<{ID}:disruption_id>")
@allows(CHANGE)
def show(disruption_id: int) -> ResponseReturnValue:
    """What was cancelled, who still has to be told, and undo while nothing has left."""
    actor, session = current_actor(), db.session()
    found = displaced.disruption_in(session, disruption_id, actor.scope(CHANGE))
    return render_template(
        "desk/disruption.html", **displaced_page.progress(session, found, actor, now())
    )


@bp.post(f"/disruptions/<{ID}:disruption_id>/undo")
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


def _shown(duty_id: int, on: date, refusal: Refusal | None = None) -> ResponseReturnValue:
    actor, session, at = current_actor(), db.session(), now()
    try:
        shown = page.preview(session, duty_id, on, actor, at)
    except NotFound:
        raise
    except Refusal as other:
        flash(other.text(), "info")
        return redirect(url_for("rosters.overview", week=on.isoformat()), code=303)
    finally:
        session.rollback()
    return render_template("desk/disruption_cancel.html", refusal=refusal, **shown), (
        refusal.status if refusal else 200
    )
