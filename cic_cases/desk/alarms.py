"""Somebody read unusually many cases: who looks after data protection hears of it here."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from cic_cases.desk import queries_audit
from cic_cases.desk.frame import current_centre
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import NotFound
from cic_cases.foundation.i18n import _
from cic_cases.privacy import reading
from cic_cases.privacy.access import allows, current_actor

bp = Blueprint("alarms", __name__, url_prefix="/alarms")


@bp.app_context_processor
def _told() -> dict[str, Any]:
    """The menu says how many alarms nobody has looked at; others pay nothing."""

    def alarms_waiting() -> int:
        return queries_audit.unseen(db.session(), current_actor().scope("audit.alarm").centres)

    return {"alarms_waiting": alarms_waiting}


@bp.get("")
@allows("audit.alarm")
def overview() -> ResponseReturnValue:
    """The last alarms about staff of one's centres, those nobody has looked at first."""
    actor = current_actor()
    return render_template(
        "desk/alarms.html",
        alarms=queries_audit.alarms(db.session(), actor.scope("audit.alarm").centres),
        me=actor.id,
        zone=zone(current_centre(actor, "audit.alarm").timezone),
    )


@bp.post("/<int:alarm_id>")
@allows("audit.alarm")
def seen(alarm_id: int) -> ResponseReturnValue:
    """Somebody has asked the person, or knows why; nobody answers for themselves."""
    actor = current_actor()
    known = queries_audit.alarms(db.session(), actor.scope("audit.alarm").centres)
    if alarm_id not in {one.row.id for one in known if one.row.staff_id != actor.id}:
        raise NotFound()
    in_transaction(reading.looked_at, alarm_id, at=now(), by=actor)
    flash(_("Noted that you have looked at it."), "ok")
    return redirect(url_for(".overview"), code=303)
