"""The pages of messages: one as the person receives it, what to do with it, and the failures."""

from zoneinfo import ZoneInfo

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cic_cases.desk import failed_page, ledger_words
from cic_cases.desk import ledger_page as page
from cic_cases.foundation.clock import now
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import Invalid, NotFound, Refusal
from cic_cases.foundation.i18n import _
from cic_cases.notifications import leaving, ledger, resending, unarrived
from cic_cases.notifications.channels import post_settings
from cic_cases.notifications.models import WhyAgain
from cic_cases.privacy.access import allows, current_actor

bp = Blueprint("messages", __name__, url_prefix="/messages")
OTHER, CALL = "other", "call"
VERBS = {OTHER: resending.by_other_channel, CALL: resending.to_call}


for word in ledger_words.WORDS:
    bp.add_app_template_global(word)


@bp.app_template_global()
def messages_failed() -> int:
    """How many messages did not arrive, for whoever sees to them."""
    scope = current_actor().scope("message.failed")
    return unarrived.number(db.session(), scope, now())


@bp.app_template_global()
def messages_stand_since(place: ZoneInfo) -> str | None:
    """Since when nothing has left, by the clocks of `place`; None while messages leave."""
    at = now()
    since = leaving.stopped_since(db.session(), post_settings(), at)
    return ledger_words.moment(since, at, place) if since else None


@bp.get("/failed")
@allows("message.failed")
def failed() -> ResponseReturnValue:
    """What did not arrive, by reason, with what to do about it."""
    scope = current_actor().scope("message.failed")
    context = failed_page.context(db.session(), scope, now())
    return render_template("desk/messages_failed.html", **context)


@bp.get("/<message_id>")
@allows("message.see")
def show(message_id: str) -> ResponseReturnValue:
    """One message: what became of it, and exactly what the person reads."""
    actor, at = current_actor(), now()
    line = ledger.of_message(db.session(), message_id, actor.scope("message.see"), at)
    context = page.of_one(db.session(), line, actor, at, request.args)
    return render_template("desk/messages_one.html", **context)


@bp.post("/<message_id>/again")
@allows("message.resend")
def again(message_id: str) -> ResponseReturnValue:
    """Send it again, tell it another way, or put the person on the call list."""
    actor = current_actor()
    act = request.form.get("act", "")
    try:
        done = in_transaction(
            VERBS.get(act, resending.again),
            message_id,
            _reason(),
            **_knowing(act),
            scope=actor.scope("message.resend"),
            at=now(),
            by=actor,
        )
    except Refusal as refusal:
        if isinstance(refusal, NotFound):
            raise
        flash(refusal.text(), "warn")
        return redirect(url_for(".show", message_id=message_id), code=303)
    flash(_said(act), "ok")
    return redirect(url_for(".show", message_id=done.id), code=303)


def _knowing(act: str) -> dict[str, bool]:
    """Whether whoever sends it knows that it may arrive twice; a call cannot."""
    return {} if act == CALL else {"twice": request.form.get("twice") == "1"}


def _reason() -> WhyAgain:
    try:
        return WhyAgain(request.form.get("why", ""))
    except ValueError:
        raise Invalid() from None


def _said(act: str) -> str:
    return {
        OTHER: _("The message leaves the other way within a few minutes."),
        CALL: _("The person is on the call list."),
    }.get(act, _("The message leaves again within a few minutes."))
