"""Accounts within one's reach: invite, send a new link, close.

It lives upstairs because closing an account shows which bookings then need somebody else; they are
shown by time and language only, for the coordinator need not know who they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cic_cases.bookings import queries as bookings
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre
from cic_cases.desk.forms_admin import InviteForm
from cic_cases.desk.frame import role_name
from cic_cases.foundation import clock
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import Refusal
from cic_cases.foundation.i18n import _
from cic_cases.people import queries, rules, service, tokens
from cic_cases.people.models import Purpose
from cic_cases.people.queries import Account
from cic_cases.privacy import walls
from cic_cases.privacy.access import allows, current_actor, freshly
from cic_cases.privacy.actor import Actor

bp = Blueprint("admin", __name__, url_prefix="/admin")


@dataclass(frozen=True)
class Line:
    """An account with its roles in words, and whether this actor may change it."""

    account: Account
    roles: list[str]
    manageable: bool


@dataclass(frozen=True)
class Coming:
    """A booking ahead: when, on the clocks of its centre, and in which language."""

    starts: datetime
    language: str


@bp.get("")
@allows("account.manage")
def accounts() -> ResponseReturnValue:
    """Accounts with a role in the actor's centres, disabled ones last."""
    actor = current_actor()
    places = places_of(actor)
    cities = {centre.id: centre.city for centre in places}
    found = queries.accounts(db.session(), frozenset(cities))
    lines = [
        Line(
            account,
            _roles(account, cities),
            not account.disabled and rules.may_manage(actor, account.id, account.roles),
        )
        for account in sorted(found, key=lambda account: account.disabled)
    ]
    return render_template("desk/admin_accounts.html", lines=lines)


@bp.route("/invite", methods=["GET", "POST"])
@allows("account.manage")
@freshly
def invite() -> ResponseReturnValue:
    """Open an account; the one-time link is shown once, on the answer itself."""
    actor = current_actor()
    form = InviteForm(language=actor.language)
    form.prepare(rules.grantable(actor), places_of(actor), centres.institutions(db.session()))
    if not form.validate_on_submit():
        page = render_template("desk/admin_invite.html", form=form)
        return page, 422 if form.errors else 200
    try:
        wish = form.invitation()
        person, token = in_transaction(service.invite, wish, at=clock.now(), by=actor)
    except Refusal as refusal:
        form.refuse(refusal)
        return render_template("desk/admin_invite.html", form=form), refusal.status
    return _link_page(person.email, token, Purpose.INVITE)


@bp.post("/<key>/reset")
@allows("account.manage")
@freshly
def reset(key: str) -> ResponseReturnValue:
    """Make a link with which this person chooses a new password; shown once."""
    actor = current_actor()
    account = account_below(actor, key)
    lost = "phone_lost" in request.form
    work = service.reset_link
    token = in_transaction(work, account.id, at=clock.now(), by=actor, phone_lost=lost)
    return _link_page(account.email, token, Purpose.RESET)


@bp.route("/<key>/disable", methods=["GET"])
@allows("account.manage")
@freshly
def ask_disable(key: str) -> ResponseReturnValue:
    """Ask once, with the bookings that would need somebody else."""
    account = account_below(current_actor(), key)
    coming = coming_of(account.id)
    return render_template("desk/admin_disable.html", account=account, coming=coming)


@bp.post("/<key>/disable")
@allows("account.manage")
@freshly
def disable(key: str) -> ResponseReturnValue:
    """Close the account at once."""
    actor = current_actor()
    account = account_below(actor, key)
    in_transaction(service.disable, account.id, at=clock.now(), by=actor)
    flash(_("The account of %(initials)s is closed.", initials=account.initials), "ok")
    return redirect(url_for(".accounts"), code=303)


def places_of(actor: Actor) -> Sequence[Centre]:
    """The centres whose accounts this actor may change, by slug."""
    return centres.centres_in(db.session(), actor.scope("account.manage").centres)


def account_below(actor: Actor, key: str) -> Account:
    """The account, if it is open and the actor's to change; else as if it did not exist."""
    try:
        account = queries.account_by_key(db.session(), key)
    except queries.NoSuchAccount:
        abort(404)
    if account.disabled or not rules.may_manage(actor, account.id, account.roles):
        abort(404)
    return account


def coming_of(staff_id: int) -> list[Coming]:
    """What somebody has still promised, the earliest first."""
    with walls.named("accounts"):
        found = bookings.coming_of(db.session(), staff_id, clock.now())
    places = centres.centres_in(db.session(), {booking.centre_id for booking in found})
    zones = {centre.id: clock.zone(centre.timezone) for centre in places}
    return [Coming(b.starts_at.astimezone(zones[b.centre_id]), b.language) for b in found]


def _roles(account: Account, cities: dict[int, str]) -> list[str]:
    """«reception: Poznań, Leszno», only with the centres that the reader has too."""
    told: dict[str, list[str]] = {}
    for held in account.roles:
        places = told.setdefault(role_name(held.role), [])
        if held.region_id is not None:
            places.append(_("whole region"))
        else:
            places.extend(cities[one] for one in sorted(held.centre_ids) if one in cities)
    return [f"{role}: {', '.join(places)}" for role, places in told.items() if places]


def _link_page(email: str, token: str, purpose: Purpose) -> str:
    """Not redirected to: the link must not travel in an address, a cookie or a log."""
    address = tokens.link_address(current_app.config["CIC"].base_url, token)
    return render_template("desk/admin_link.html", email=email, address=address, purpose=purpose)
