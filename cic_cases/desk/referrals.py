"""Referrals: asking somebody else to help a person, answering, and hearing what became of it.

Until it is accepted a referral shows no code: the case is the receiver's own only from then on.
Partner officers are shown no code at all; the person shows them the card.
"""

from datetime import datetime
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre
from cic_cases.desk import referrals_page
from cic_cases.desk.acts import done
from cic_cases.desk.forms_referrals import ReferralForm
from cic_cases.desk.frame import current_centre
from cic_cases.desk.queries_cases import code_of, visible_case
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.codes import show as grouped
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import Refusal
from cic_cases.foundation.i18n import _
from cic_cases.foundation.localtime import local_day
from cic_cases.privacy import reads
from cic_cases.privacy.access import allows, current_actor
from cic_cases.privacy.actor import Actor
from cic_cases.referrals import queries, service
from cic_cases.referrals.states import NotTaken

bp = Blueprint("referrals", __name__)
ONE = "/referrals/<int:referral_id>"


@bp.get("/referrals")
@allows("referral.see")
def overview() -> ResponseReturnValue:
    """What one is asked, and what became of what one asked."""
    reads.listed("referrals", current_centre(current_actor()).id)
    context = referrals_page.context(db.session(), current_actor(), now())
    unread = [one.id for one in context["received"] if referrals_page.is_new(one)]
    if unread:
        in_transaction(service.read, unread, at=now(), by=current_actor())
    return render_template("desk/referrals.html", **context)


@bp.route("/cases/<code>/refer", methods=["GET", "POST"])
@allows("referral.send")
def refer(code: str) -> ResponseReturnValue:
    """Choose what a person is referred to."""
    actor, at = current_actor(), now()
    case = visible_case(db.session(), code, actor.scope("referral.send"), at)
    shown, here = code_of(db.session(), case, actor), current_centre(actor)
    places = centres.all_centres(db.session(), region_id=here.region_id)
    place = next((one for one in places if one.slug == request.values.get("in")), here)
    form = _form(place, actor, at)
    if form.validate_on_submit():
        wish = form.wish(case.id, place.id)
        try:
            in_transaction(service.send, wish, centre_id=here.id, at=at, by=actor)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            flash(_("Referred. You will see the answer under Referrals."), "ok")
            return redirect(url_for("cases.show", code=grouped(shown)), code=303)
    html = render_template("desk/refer.html", code=shown, form=form, place=place, places=places)
    return html, 422 if form.errors or form.form_errors else 200


def _form(place: Centre, actor: Actor, at: datetime) -> ReferralForm:
    """What others than oneself give in this centre."""
    givers = queries.receivers(db.session(), place.id, local_day(at, zone(place.timezone)))
    form = ReferralForm()
    form.offer(
        centres.services_of(db.session(), place.region_id),
        [one for one in givers if one.staff_id != actor.id],
    )
    return form


@bp.post(f"{ONE}/accept")
@allows("referral.answer")
def accept(referral_id: int) -> ResponseReturnValue:
    """Take the person on."""
    return _done(service.accept, referral_id, _("Accepted."))


@bp.post(f"{ONE}/decline")
@allows("referral.answer")
def decline(referral_id: int) -> ResponseReturnValue:
    """Give it back, with a reason of the list."""
    try:
        why = NotTaken(request.form.get("why", ""))
    except ValueError:
        flash(_("Choose why you decline."), "warn")
        return redirect(url_for(".overview"), code=303)
    return _done(service.decline, referral_id, _("Declined. The sender is shown why."), why)


@bp.post(f"{ONE}/done")
@allows("referral.answer")
def finish(referral_id: int) -> ResponseReturnValue:
    """The person has been helped."""
    return _done(service.finish, referral_id, _("Saved."))


@bp.post(f"{ONE}/undo")
@allows("referral.answer")
def take_back(referral_id: int) -> ResponseReturnValue:
    """Undo one's own last answer."""
    return _done(service.take_back, referral_id, _("Taken back."))


@bp.post(f"{ONE}/withdraw")
@allows("referral.send")
def withdraw(referral_id: int) -> ResponseReturnValue:
    """No longer ask."""
    return _sent(service.withdraw, referral_id, _("Withdrawn."))


@bp.post(f"{ONE}/again")
@allows("referral.send")
def send_again(referral_id: int) -> ResponseReturnValue:
    """Undo a withdrawal."""
    return _sent(service.send_again, referral_id, _("Taken back."))


@bp.post(f"{ONE}/noted")
@allows("referral.send")
def noted(referral_id: int) -> ResponseReturnValue:
    """The answer has been seen."""
    return _sent(service.noted, referral_id, _("Saved."))


def _sent(verb: Any, referral_id: int, said: str) -> ResponseReturnValue:
    return _done(verb, referral_id, said, scope=current_actor().scope("referral.send"))


def _done(verb: Any, referral_id: int, said: str, *more: Any, **words: Any) -> ResponseReturnValue:
    if done(verb, referral_id, *more, at=now(), by=current_actor(), **words):
        flash(said, "ok")
    return redirect(url_for(".overview"), code=303)
