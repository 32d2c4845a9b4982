"""The call list: whom to call next, one number at a time, and how the call ended."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cic_cases.desk import call_list_page as page
from cic_cases.desk.frame import current_centre
from cic_cases.foundation.clock import now
from cic_cases.foundation.codes import reference_asked
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import Invalid, NotFound, Refusal
from cic_cases.foundation.i18n import _
from cic_cases.notifications import call_list
from cic_cases.notifications.call_list_rules import What
from cic_cases.notifications.models import CallOutcome
from cic_cases.privacy import reads
from cic_cases.privacy.access import allows, current_actor, freshly

bp = Blueprint("call_list", __name__, url_prefix="/call-list")
ONE = "/<any(appointment,outside):what>/<reference>"


@bp.app_context_processor
def _badge() -> dict[str, Any]:
    """The menu asks how many have to be called; pages without a menu pay nothing."""

    def calls_waiting() -> int:
        scope = current_actor().scope("call_list.see")
        return call_list.number_to_call(db.session(), scope, now())

    return {"calls_waiting": calls_waiting}


@bp.get("")
@allows("call_list.see")
def overview() -> ResponseReturnValue:
    """Everybody whom no message reached, the most urgent first; no number is on the page."""
    reads.listed("call_list", current_centre(current_actor()).id)
    return render_template("desk/call_list.html", **_context())


@bp.post(f"{ONE}/number")
@allows("contact.reveal")
@freshly
def number(what: str, reference: str) -> ResponseReturnValue:
    """The number and the words of one call, in this answer only; that it was seen is on record."""
    actor, canonical = current_actor(), reference_asked(reference)
    try:
        shown = in_transaction(
            call_list.reveal,
            What(what),
            canonical,
            scope=actor.scope("contact.reveal"),
            at=now(),
            by=actor,
        )
    except Refusal as refusal:
        return _refused(refusal)
    context = _context()
    opened = page.opened(context["lines"], What(what), canonical, shown)
    return render_template("desk/call_list.html", opened=opened, **context)


@bp.post(f"{ONE}/called")
@allows("call_list.change")
def called(what: str, reference: str) -> ResponseReturnValue:
    """How the call ended: told, or not reached and still on the list."""
    actor, canonical = current_actor(), reference_asked(reference)
    try:
        done = in_transaction(
            call_list.note_call,
            What(what),
            canonical,
            _outcome(request.form.get("outcome")),
            version=request.form.get("version", type=int),
            scope=actor.scope("call_list.change"),
            at=now(),
            by=actor,
        )
    except Refusal as refusal:
        return _refused(refusal)
    if done.outcome is CallOutcome.TOLD:
        flash(_("Noted: the person has been told."), "ok")
    else:
        flash(_("Noted: not reached. The person stays on the list."), "info")
    return redirect(url_for(".overview"), code=303)


def _context() -> dict[str, Any]:
    return page.context(db.session(), current_actor(), now())


def _outcome(text: str | None) -> CallOutcome:
    try:
        return CallOutcome(text or "")
    except ValueError:
        raise Invalid() from None


def _refused(refusal: Refusal) -> ResponseReturnValue:
    """Say it above the list as it is now; what is foreign or missing stays unfound."""
    if isinstance(refusal, NotFound):
        raise refusal
    flash(refusal.text(), "warn")
    return redirect(url_for(".overview"), code=303)
