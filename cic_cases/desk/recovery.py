"""A person without a card: their phone number suggests a case, a member of staff decides.

The number travels in the body of a form, is never shown again elsewhere, and finds nothing but its
keyed hash. Every case that was suggested is on record, confirmed or not.
"""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cic_cases.cases import matching, service
from cic_cases.cases.forms import age_choices, gender_choices
from cic_cases.cases.rules import read_phone
from cic_cases.centres import queries as centres
from cic_cases.desk.frame import current_centre
from cic_cases.foundation.clock import now
from cic_cases.foundation.codes import show as grouped
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import NotFound, Refusal
from cic_cases.foundation.i18n import _
from cic_cases.privacy.access import allows, current_actor
from cic_cases.privacy.vault import match_ring

bp = Blueprint("recovery", __name__, url_prefix="/lost-card")


@bp.get("")
@allows("case.recover")
def ask() -> ResponseReturnValue:
    """Ask for the number."""
    return _page()


@bp.post("")
@allows("case.recover")
def find() -> ResponseReturnValue:
    """The cases this number suggests, with what staff can ask the person about."""
    actor = current_actor()
    centre = current_centre(actor, "case.recover")
    try:
        number = read_phone(request.form.get("phone", ""), _country(centre.id))
    except Refusal as refusal:
        return _page(wrong=refusal.text(), status=422)
    found = in_transaction(
        service.suggested_by_phone, number, centre_id=centre.id, at=now(), by=actor
    )
    return _page(
        found=found,
        places={one.id: one for one in centres.centres_in(db.session(), _opened_in(found))},
    )


@bp.post("/confirm")
@allows("case.recover")
def confirm() -> ResponseReturnValue:
    """It is this person: a new card, the old one stops."""
    actor = current_actor()
    centre = current_centre(actor, "case.recover")
    number = read_phone(request.form.get("phone", ""), _country(centre.id))
    case_id = request.form.get("case", type=int)
    if case_id is None or case_id not in matching.cases_with(db.session(), number):
        raise NotFound()
    at = now()
    code = in_transaction(service.recover, case_id, centre_id=centre.id, at=at, by=actor)
    flash(_("New card issued. Print it: the old code no longer works."), "ok")
    return redirect(url_for("cases.show", code=grouped(code)), code=303)


def _opened_in(found: list[Any]) -> set[int]:
    return {one.opened_centre_id for one in found}


def _country(centre_id: int) -> str:
    return centres.region_of(db.session(), centre_id).country


def _page(*, status: int = 200, **context: Any) -> ResponseReturnValue:
    html = render_template(
        "desk/lost_card.html",
        indexed=match_ring() is not None,
        typed=request.form.get("phone", ""),
        genders=dict(gender_choices()),
        ages=dict(age_choices()),
        **context,
    )
    return html, status
