"""The page of one case: what is known, how to reach the person, the card, the past.

A code in the address opens nothing that the reader's scope does not reach: foreign, missing and
mistyped are one 404. Showing a card to another centre goes through the desk's scan box.
"""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cic_cases.cases import service
from cic_cases.cases.forms import ContactForm
from cic_cases.cases.models import Case
from cic_cases.centres import queries as centres
from cic_cases.desk import case_page, open_case
from cic_cases.desk.frame import current_centre
from cic_cases.desk.queries_cases import code_of, visible_case
from cic_cases.foundation.clock import now
from cic_cases.foundation.codes import show as grouped
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import Refusal
from cic_cases.foundation.i18n import PERSON_LOCALES, _, in_language, locale
from cic_cases.notifications import planning
from cic_cases.notifications.paper import card_words, qr
from cic_cases.privacy.access import allows, current_actor

bp = Blueprint("cases", __name__, url_prefix="/cases")
PAPER_LANGUAGE = "en"  # of a card when the person's own is not among the eight


@bp.get("/<code>")
@allows("case.see")
def show(code: str) -> ResponseReturnValue:
    """The case as this reader may see it."""
    return _page(_case(code, "case.see"))


@bp.post("/<code>/contact")
@allows("contact.change")
def set_contact(code: str) -> ResponseReturnValue:
    """Keep how the person wants to be told things."""
    case, form, actor = _case(code, "contact.change"), ContactForm(), current_actor()
    if not form.validate():
        return _page(case, form)
    centre = current_centre(actor, "contact.change")
    wish = form.wish(centres.region_of(db.session(), centre.id).country)
    try:
        in_transaction(service.set_contact, case.id, wish, centre_id=centre.id, at=now(), by=actor)
    except Refusal as refusal:
        form.refuse(refusal)
        return _page(case, form)
    flash(_("The way of contact has been saved."), "ok")
    if planning.none_remains(db.session(), case.id, now()):
        flash(_("No message will reach this person: tell them of their appointment here."), "warn")
    return redirect(url_for(".show", code=grouped(code_of(db.session(), case, actor))), code=303)


@bp.get("/<code>/card")
@allows("card.print")
def card(code: str) -> ResponseReturnValue:
    """The card to print, in the person's language; `?neutral=1` names no institution."""
    case = _case(code, "card.print")
    spoken = case.contact_language
    language = spoken if spoken in PERSON_LOCALES else PAPER_LANGUAGE
    shown = grouped(code_of(db.session(), case, current_actor()))
    may_return = current_actor().may("desk.see")
    back = (url_for("desk.board"), _("To the desk"), locale()) if may_return else None
    with in_language(language):
        return render_template(
            "letters/card.html",
            code=shown,
            qr=qr(shown, label=_("Code card")),
            words=card_words(language),
            neutral=request.args.get("neutral") == "1",
            back=back,
        )


@bp.post("/<code>/card")
@allows("card.replace")
def replace_card(code: str) -> ResponseReturnValue:
    """Issue a new card: the old code stops in the same moment."""
    case, actor = _case(code, "card.replace"), current_actor()
    centre_id = current_centre(actor, "card.replace").id
    try:
        new = in_transaction(
            service.replace_card, case.id, centre_id=centre_id, at=now(), by=actor, replacing=code
        )
    except Refusal as refusal:
        flash(refusal.text(), "warn")
        return redirect(url_for("desk.board"), code=303)
    flash(_("New card issued. Print it: the old code no longer works."), "ok")
    return redirect(url_for(".show", code=grouped(new)), code=303)


@bp.post("/<code>/book")
@allows("booking.change")
def book(code: str) -> ResponseReturnValue:
    """Put the case on the counter and look for a time."""
    open_case.remember(_case(code, "booking.change").id)
    return redirect(url_for("bookings.search"), code=303)


def _case(code: str, action: str) -> Case:
    return visible_case(db.session(), code, current_actor().scope(action), now())


def _page(case: Case, form: ContactForm | None = None) -> ResponseReturnValue:
    context = case_page.context(db.session(), case, current_actor(), now(), form)
    return render_template("desk/case.html", **context), 422 if form else 200
