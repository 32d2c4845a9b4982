"""Requests to read a colleague's notes: a second person decides, the author learns of it.

Whoever decides sees who asks, whose notes and why; neither the case nor a word of the notes.
"""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cic_cases.desk.acts import done
from cic_cases.desk.frame import current_centre
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import NotFound
from cic_cases.foundation.i18n import _
from cic_cases.notes import queries, service
from cic_cases.notes.forms import reason_names
from cic_cases.notes.rules import READABLE_FOR
from cic_cases.privacy.access import allows, current_actor, freshly

bp = Blueprint("openings", __name__, url_prefix="/openings")
DECISIONS = {"grant": True, "refuse": False}


@bp.app_context_processor
def _told() -> dict[str, Any]:
    """My day asks who was let in to one's own notes; pages without the question pay nothing."""

    def notes_opened() -> list[queries.OpeningRow]:
        actor = current_actor()
        return queries.untold(db.session(), actor.id) if actor.may("note.write") else []

    def openings_waiting() -> int:
        actor = current_actor()
        if not actor.may("note.grant"):
            return 0
        return len(queries.to_decide(db.session(), actor.scope("note.grant"), now()))

    return {
        "notes_opened": notes_opened,
        "openings_waiting": openings_waiting,
        "opening_reasons": reason_names,
    }


@bp.get("")
@allows("note.grant")
def overview() -> ResponseReturnValue:
    """The requests of one's centres that wait for an answer."""
    actor = current_actor()
    return render_template(
        "desk/openings.html",
        requests=queries.to_decide(db.session(), actor.scope("note.grant"), now()),
        reasons=reason_names(),
        minutes=READABLE_FOR.seconds // 60,
        me=actor.id,
        zone=zone(current_centre(actor).timezone),
    )


@bp.post("/<int:opening_id>")
@allows("note.grant")
@freshly
def decide(opening_id: int) -> ResponseReturnValue:
    """Let the colleague read the notes for an hour, or not."""
    actor = current_actor()
    granted = DECISIONS.get(request.form.get("decision", ""))
    if granted is None:
        raise NotFound()
    scope = actor.scope("note.grant")
    if done(service.decide, opening_id, granted, scope=scope, at=now(), by=actor):
        told = _("The notes are open to the colleague for one hour. Their author is told.")
        flash(told if granted else _("The request has been refused."), "ok")
    return redirect(url_for(".overview"), code=303)


@bp.post("/<int:opening_id>/seen")
@allows("note.write")
def seen(opening_id: int) -> ResponseReturnValue:
    """The author has read who was let in."""
    actor = current_actor()
    scope = actor.scope("note.write")
    in_transaction(service.acknowledge, opening_id, scope=scope, at=now(), by=actor)
    return redirect(url_for("my_day.show"), code=303)
