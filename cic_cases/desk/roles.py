"""Changing what an account may do: which roles, in which centres; it takes effect at once."""

from collections.abc import Iterable, Mapping, Sequence

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import HiddenField

from cic_cases.centres.models import Centre
from cic_cases.desk.admin import account_below, coming_of, places_of
from cic_cases.desk.forms_admin import checkboxes
from cic_cases.desk.frame import role_name
from cic_cases.foundation import clock
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import N_, Refusal
from cic_cases.foundation.i18n import _, lazy, ngettext
from cic_cases.people import grants, rules
from cic_cases.people.forms import PeopleForm
from cic_cases.people.rules import REGION_WIDE, GrantWish
from cic_cases.privacy.access import allows, current_actor, freshly
from cic_cases.privacy.actor import Actor
from cic_cases.privacy.roles import Role

bp = Blueprint("roles", __name__, url_prefix="/admin")
WHOLE = "*"  # in a choice's value: the whole region


class RolesForm(PeopleForm):
    """One box for each role in each centre that the reader may give; `seen` are those ticked."""

    held = checkboxes(lazy("Roles"))
    seen = HiddenField()


@bp.route("/<key>/roles", methods=["GET", "POST"])
@allows("account.manage")
@freshly
def change(key: str) -> ResponseReturnValue:
    """The roles of an account below one's own, and other ones instead."""
    actor, at = current_actor(), clock.now()
    account = account_below(actor, key)
    boxes = _boxes(actor, places_of(actor))
    known = {wish: value for value, wish in boxes.items()}
    held = grants.of(db.session(), account.id)
    ticked = [known[one] for one in map(grants.wish_of, held) if one in known]
    form = RolesForm(held=ticked, seen=" ".join(ticked))
    if form.validate_on_submit():
        wishes = _chosen(boxes, form.held.data)
        seen = _chosen(boxes, (form.seen.data or "").split())
        try:
            changed = in_transaction(
                grants.set_roles, account.id, wishes, seen=seen, at=at, by=actor
            )
        except Refusal as refusal:
            form.held.errors, form.seen.data = [refusal.text()], " ".join(ticked)
        else:
            _tell(
                account.id, account.initials, changed=changed, taken=bool(set(seen) - set(wishes))
            )
            return redirect(url_for("admin.accounts"), code=303)
    groups = _groups(boxes, places_of(actor))
    html = render_template("desk/admin_roles.html", form=form, account=account, groups=groups)
    return html, 422 if form.errors or form.held.errors else 200


def _boxes(actor: Actor, places: Sequence[Centre]) -> dict[str, GrantWish]:
    """What there is to tick: «reception@poznan» as in commands, or a role for the whole region."""
    found = {}
    for role in sorted(rules.grantable(actor), key=list(Role).index):
        if role in REGION_WIDE:
            for region_id in sorted({one.region_id for one in places}):
                found[f"{role}@{WHOLE}{region_id}"] = GrantWish(role, region_id=region_id)
        else:
            for one in places:
                if rules.may_grant(actor, role, frozenset({one.id})):
                    found[f"{role}@{one.slug}"] = GrantWish(role, centre_id=one.id)
    return found


def _chosen(boxes: Mapping[str, GrantWish], values: Iterable[str] | None) -> list[GrantWish]:
    """What was ticked; a box that nobody was offered is none."""
    return [boxes[one] for one in values or () if one in boxes]


def _groups(
    boxes: Mapping[str, GrantWish], places: Sequence[Centre]
) -> list[tuple[str, list[tuple[str, str]]]]:
    """Each role by name with its boxes: value and the place in words."""
    cities = {one.id: one.city for one in places}
    found: dict[Role, list[tuple[str, str]]] = {}
    for value, wish in boxes.items():
        place = cities[wish.centre_id] if wish.centre_id else _("whole region")
        found.setdefault(wish.role, []).append((value, place))
    return [(role_name(role), choices) for role, choices in found.items()]


def _tell(staff_id: int, initials: str, *, changed: bool, taken: bool) -> None:
    """What was done; and, where a role was `taken` away, what the person has still promised."""
    if not changed:
        flash(_("Nothing was changed."), "ok")
        return
    told = N_("The roles of %(initials)s are changed. They have to sign in again.")
    flash(_(told, initials=initials), "ok")
    if taken and (coming := len(coming_of(staff_id))):
        flash(
            ngettext(
                "%(num)s appointment ahead is still theirs. Look if it needs somebody else.",
                "%(num)s appointments ahead are still theirs. Look if they need somebody else.",
                coming,
            ),
            "warn",
        )
