"""A person asks to be forgotten: what goes, what stays and why, and then it goes."""

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cic_cases.cases import queries
from cic_cases.desk import open_case
from cic_cases.desk.queries_cases import visible_case
from cic_cases.foundation.clock import now
from cic_cases.foundation.codes import show
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import Refusal
from cic_cases.foundation.i18n import _
from cic_cases.privacy.access import allows, current_actor, freshly
from cic_cases.retention import erasure_list, service
from cic_cases.retention.models import Erased

bp = Blueprint("forgetting", __name__, url_prefix="/cases/<code>/forget")


@bp.get("")
@allows("case.erase")
def ask(code: str) -> ResponseReturnValue:
    """Explain both, before anything is done."""
    return _page(code)


@bp.post("")
@allows("case.erase")
@freshly
def erase(code: str) -> ResponseReturnValue:
    """Forget the addresses, or the person; what was erased is listed outside the database too."""
    actor = current_actor()
    case = visible_case(db.session(), code, actor.scope("case.erase"), now())
    words = [one.value for one in Erased]
    if request.form.get("what") not in words or request.form.get("sure") != "yes":
        return _page(code, refused=_("Choose what to forget, and confirm it."))
    what = Erased(request.form["what"])
    try:
        in_transaction(service.erase, case.id, what, at=now(), by=actor.id)
    except Refusal as refusal:
        return _page(code, refused=refusal.text())
    erasure_list.sync(db.session(), erasure_list.path_in(current_app.config["CIC"]), now)
    if what is Erased.CONTACT:
        flash(_("The contact has been removed. Tell the person of appointments here."), "ok")
        return redirect(url_for("cases.show", code=code), code=303)
    open_case.forget()
    flash(_("The person has been forgotten. The card opens nothing any more."), "ok")
    return redirect(url_for("desk.board"), code=303)


def _page(code: str, refused: str | None = None) -> ResponseReturnValue:
    case = visible_case(db.session(), code, current_actor().scope("case.erase"), now())
    context = {"code": show(queries.current_code(db.session(), case.id) or ""), "refused": refused}
    return render_template("desk/forget.html", **context), 422 if refused else 200
