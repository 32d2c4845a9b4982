"""The page of one appointment, opened by the link in a mail, in eight languages, without account.

It tells date, time, centre and reference, and nothing else. Mail scanners open links, so reading
changes nothing; every act is a POST and may come twice. A link of an earlier time does not tell
the new one: whoever holds the old mail need not be whom the new one was sent to. What is wrong,
over or given up is one page, the same for all; whoever tries many waits.
"""

from collections.abc import Mapping
from contextlib import suppress
from math import ceil

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from cic_cases.calendar.appointments import VersionConflict, WrongStatus
from cic_cases.foundation.clock import now
from cic_cases.foundation.db import in_transaction
from cic_cases.foundation.i18n import locale
from cic_cases.notifications import ics, replies, writing
from cic_cases.notifications.ics import Method
from cic_cases.notifications.manage_rules import NoSuchLink, Stage
from cic_cases.notifications.models import Answer
from cic_cases.portal import manage_held, manage_page
from cic_cases.portal.views import frame
from cic_cases.privacy import walls
from cic_cases.privacy.access import open_to_all
from cic_cases.privacy.slowdown import SlowDown

bp = Blueprint("manage", __name__, url_prefix="/b")
bp.context_processor(frame)
bp.add_url_rule("/<token>/accept", view_func=manage_held.accept, methods=["POST"])
bp.add_url_rule("/<token>/decline", view_func=manage_held.ask_decline)
bp.add_url_rule("/<token>/decline", view_func=manage_held.decline, methods=["POST"])
LOOKS = 3  # times something else may happen to the appointment while it is being cancelled
ASKS = {"manage.cancel": ".ask", "manage.decline": ".ask_decline"}
IN_CALENDAR: Mapping[Stage, Method] = {
    Stage.STANDS: Method.PUBLISH,
    Stage.BEGUN: Method.PUBLISH,
    Stage.CANCELLED: Method.CANCEL,
}


@bp.before_request
def _person() -> None:
    walls.enter("link")


@bp.get("/<token>")
@open_to_all
def show(token: str) -> ResponseReturnValue:
    """The appointment as it is now, and what can be done about it."""
    return render_template("portal/manage.html", **manage_page.context(token))


@bp.get("/<token>.ics")
@open_to_all
def calendar(token: str) -> ResponseReturnValue:
    """The entry for a calendar; one of an earlier time would overwrite what the new mail put."""
    found, stage = manage_page.found(token)
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
    context = manage_page.context(token)
    if context["stage"] is not Stage.STANDS:
        return redirect(url_for(".show", token=token), code=303)
    return render_template("portal/manage_cancel.html", **context)


@bp.post("/<token>/cancel")
@open_to_all
def cancel(token: str) -> ResponseReturnValue:
    """The person cancels; the page then says what became of it."""
    manage_page.found(token)
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


@bp.get("/<token>/accept")
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
    manage_page.found(_rest)
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
    address = url_for(
        ASKS.get(request.endpoint or "", ".show"), **(request.view_args or {}), lang=locale()
    )
    return render_template("portal/manage_stale.html", page=address), 400


@bp.after_request
def _unseen(answer: Response) -> Response:
    """No machine lists such an address; nothing is stored or passed on anyway (`headers`)."""
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return answer


def _replied(token: str, answer: Answer) -> ResponseReturnValue:
    manage_page.found(token)
    in_transaction(replies.reply, token, answer, at=now())
    return redirect(url_for(".show", token=token), code=303)
