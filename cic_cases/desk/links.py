"""Two cases of one person: suggested at the desk or by a specialist, settled by a coordinator."""

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from cic_cases.cases import links, matching, queries
from cic_cases.cases.models import LinkState
from cic_cases.desk.frame import current_centre
from cic_cases.desk.queries_cases import visible_case
from cic_cases.foundation.clock import now
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import NotFound, Refusal
from cic_cases.foundation.i18n import _
from cic_cases.privacy.access import allows, current_actor

bp = Blueprint("links", __name__, url_prefix="/cases/<code>/links")
DECISIONS = {
    "link": LinkState.LINKED,
    "decline": LinkState.DECLINED,
    "unlink": LinkState.UNLINKED,
}


@bp.post("")
@allows("case.link")
def suggest(code: str) -> ResponseReturnValue:
    """Another card was shown, or another case has the same phone number: perhaps one person."""
    actor = current_actor()
    case = visible_case(db.session(), code, actor.scope("case.link"), now())
    try:
        other_id = _same_phone(case.id) or _of_card(request.form.get("other", ""))
        in_transaction(
            links.suggest,
            case.id,
            other_id,
            centre_id=current_centre(actor, None).id,
            at=now(),
            by=actor,
        )
    except Refusal as refusal:
        flash(refusal.text(), "warn")
    else:
        flash(_("Suggested. A coordinator decides; both cards work as before."), "ok")
    return redirect(url_for("cases.show", code=code), code=303)


@bp.post("/<int:link_id>")
@allows("case.link_settle")
def settle(code: str, link_id: int) -> ResponseReturnValue:
    """Confirm, decline, or take a link back."""
    actor = current_actor()
    case = visible_case(db.session(), code, actor.scope("case.link_settle"), now())
    state = DECISIONS.get(request.form.get("decision", ""))
    if state is None:
        raise NotFound()
    centre_id = current_centre(actor, "case.link_settle").id
    try:
        in_transaction(
            links.settle, case.id, link_id, state, centre_id=centre_id, at=now(), by=actor
        )
    except links.LinkSettled as refusal:
        flash(refusal.text(), "warn")
    else:
        flash(_("Saved."), "ok")
    return redirect(url_for("cases.show", code=code), code=303)


def _same_phone(case_id: int) -> int | None:
    """The case that was offered for its phone number, if it still has it."""
    wanted = request.form.get("same_phone", type=int)
    return wanted if wanted in matching.sharing(db.session(), case_id) else None


def _of_card(code: str) -> int:
    return queries.case_of_code(db.session(), code).id
