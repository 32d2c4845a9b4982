"""Who opened this case: by its code, for those whom the policy lets; asking is on record too."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cic_cases.desk import queries_audit
from cic_cases.desk.audit_words import act_names
from cic_cases.desk.frame import current_centre
from cic_cases.desk.queries_cases import visible_case
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.codes import WrongCode, read_case_code, show
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import NotFound
from cic_cases.privacy import audit
from cic_cases.privacy.access import allows, current_actor

bp = Blueprint("audit_log", __name__)


@bp.get("/audit")
@allows("audit.search")
def search() -> ResponseReturnValue:
    """Ask for the code."""
    return render_template("desk/audit_search.html", typed="", wrong=None)


@bp.post("/audit")
@allows("audit.search")
def find() -> ResponseReturnValue:
    """To the lines of the case with this code; what is foreign is answered like a typing error."""
    typed = request.form.get("code", "")
    try:
        code = read_case_code(typed)
        visible_case(db.session(), code, current_actor().scope("audit.search"), now())
    except (WrongCode, NotFound):
        wrong = WrongCode().text()
        return render_template("desk/audit_search.html", typed=typed, wrong=wrong), 422
    return redirect(url_for(".of_case", code=show(code)), code=303)


@bp.get("/cases/<code>/opened")
@allows("audit.see")
def of_case(code: str) -> ResponseReturnValue:
    """Who did or looked at what, when, the latest first."""
    actor, at = current_actor(), now()
    case = visible_case(db.session(), code, actor.scope("audit.see"), at)
    in_transaction(audit.note, "trail.read", "case", case.id, by=actor.id, at=at)
    acts = queries_audit.acts(db.session(), case.id)
    return render_template(
        "desk/audit_case.html",
        code=code,
        acts=acts,
        most=queries_audit.SHOWN,
        roles=queries_audit.roles_of(db.session(), acts),
        names=act_names(),
        zone=zone(current_centre(actor).timezone),
    )
