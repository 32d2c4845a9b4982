"""The page of one appointment, opened by the link in a mail, in eight languages, without account.

It tells date, time, centre and reference, and nothing else. Mail scanners open links, so reading
changes nothing; every act is a POST and may come twice. A link of an earlier time does not tell
the new one: whoever holds the old mail need not be whom the new one was sent to. What is wrong,
over or given up is one page, the same for all; whoever tries many waits.
"""

from collections.abc import Mapping
from contextlib import suppress
from math import ceil
from typing import Any

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from cic_cases.calendar.appointments import VersionConflict, WrongStatus
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.i18n import locale
from cic_cases.notifications import ics, replies, writing
from cic_cases.notifications.ics import Method
from cic_cases.notifications.manage_links import Opened
from cic_cases.notifications.manage_rules import NoSuchLink, Stage
from cic_cases.notifications.models import Answer
from cic_cases.notifications.paper import SlipFacts
from cic_cases.portal.views import frame
from cic_cases.privacy import slowdown
from cic_cases.privacy.access import open_to_all
from cic_cases.privacy.slowdown import SlowDown

bp = Blueprint("manage", __name__, url_prefix="/b")
bp.context_processor(frame)
DOOR = "manage"
LOOKS = 3  # times something else may happen to the appointment while it is being cancelled
IN_CALENDAR: Mapping[Stage, Method] = {
    Stage.STANDS: Method.PUBLISH,
    Stage.BEGUN: Method.PUBLISH,
    Stage.CANCELLED: Method.CANCEL,
}


@bp.get("/<token>")
@open_to_all
def show(token: str) -> ResponseReturnValue:
    """The appointment as it is now, and what can be done about it."""
    return render_template("portal/manage.html", **_context(token))


@bp.get("/<token>.ics")
@open_to_all
def calendar(token: str) -> ResponseReturnValue:
    """The entry for a calendar; one of an earlier time would overwrite what the new mail put."""
    found, stage = _found(token)
    sender = current_app.config["CIC"].mail_from
    if stage not in IN_CALENDAR or not sender:
        return redirect(url_for(".show", token=token), code=303)
    entry = writing.entry_of(found.booking, found.centre, sender, full=True)
    answer = Response(ics.calendar(entry, IN_CALENDAR[stage], stamp=now()))
    answer.content_type = "text/calendar; charset=utf-8"
    answer.headers["Content-Disposition"] = 'inline; filename="visit.ics"'
    return answer


@bp.get("/<token>/cancel")
@open_to_all
def ask(token: str) -> ResponseReturnValue:
    """Asks once more: a cancelled appointment does not come back."""
    context = _context(token)
    if context["stage"] is not Stage.STANDS:
        return redirect(url_for(".show", token=token), code=303)
    return render_template("portal/manage_cancel.html", **context)


@bp.post("/<token>/cancel")
@open_to_all
def cancel(token: str) -> ResponseReturnValue:
    """The person cancels; the page then says what became of it."""
    _found(token)
    for _look in range(LOOKS):
        with suppress(VersionConflict, WrongStatus):
            in_transaction(replies.cancel, token, at=now())
            break
    return redirect(url_for(".show", token=token), code=303)


@bp.post("/<token>/coming")
@open_to_all
def coming(token: str) -> ResponseReturnValue:
    """The person says that they will come."""
    return _replied(token, Answer.COMING)


@bp.post("/<token>/call-me")
@open_to_all
def call_me(token: str) -> ResponseReturnValue:
    """The person asks to be called about another date; until then this one stands."""
    return _replied(token, Answer.CALL_ME)


@bp.get("/<token>/coming")
@bp.get("/<token>/call-me")
@open_to_all
def back(token: str) -> ResponseReturnValue:
    """Whoever opens the address of an act comes to the page: only its button acts."""
    return redirect(url_for(".show", token=token), code=303)


@bp.get("/<path:_rest>")
@open_to_all
def lost(_rest: str) -> ResponseReturnValue:
    """A link that was broken on its way is a wrong one like any other."""
    _found(_rest)
    raise NoSuchLink()


@bp.errorhandler(NoSuchLink)
def _gone(_refusal: NoSuchLink) -> ResponseReturnValue:
    return render_template("portal/manage_gone.html"), 404


@bp.errorhandler(SlowDown)
def _slow(refusal: SlowDown) -> ResponseReturnValue:
    html = render_template("portal/manage_slow.html")
    return html, 429, {"Retry-After": str(ceil(refusal.wait.total_seconds()))}


@bp.errorhandler(CSRFError)
def _stale(_error: CSRFError) -> ResponseReturnValue:
    """The page lay open for long, or the browser keeps no cookies: one tap more is enough."""
    page = ".ask" if request.endpoint == "manage.cancel" else ".show"
    address = url_for(page, **(request.view_args or {}), lang=locale())
    return render_template("portal/manage_stale.html", page=address), 400


@bp.after_request
def _unseen(answer: Response) -> Response:
    """No machine lists such an address; nothing is stored or passed on anyway (`headers`)."""
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return answer


def _replied(token: str, answer: Answer) -> ResponseReturnValue:
    _found(token)
    in_transaction(replies.reply, token, answer, at=now())
    return redirect(url_for(".show", token=token), code=303)


def _found(token: str) -> tuple[Opened, Stage]:
    """What the link opens. Raises `NoSuchLink`, and `SlowDown` whatever the link is."""
    session, at = db.session(), now()
    secret = current_app.config["CIC"].secret_key
    name = slowdown.network_of(DOOR, request.remote_addr, secret, at)
    slowdown.check(session, name, at)
    try:
        return replies.opened(session, token, at)
    except NoSuchLink:
        in_transaction(slowdown.wrong, name, at=at)
        raise


def _context(token: str) -> dict[str, Any]:
    found, stage = _found(token)
    booking, centre = found.booking, found.centre
    answered = replies.standing(db.session(), [booking.id]).get(booking.id)
    return {
        "token": token,
        "stage": stage,
        "answer": answered.answer if answered else None,
        "callable": found.callable,
        "visit": SlipFacts.at(centre, booking.starts_at, booking.reference),
        "starts_at": booking.starts_at.astimezone(zone(centre.timezone)),
        "number": centre.phone,
    }
