"""Help in a crisis, one key away from every page: who is free now, whom to call, where to talk."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cic_cases.centres import crisis
from cic_cases.desk import crisis_page
from cic_cases.desk.frame import current_centre
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.i18n import _
from cic_cases.foundation.localtime import local_day
from cic_cases.privacy.access import allows, current_actor

bp = Blueprint("crisis", __name__, url_prefix="/urgent")


@bp.get("")
@allows("crisis.see")
def help_now() -> ResponseReturnValue:
    """Everything on one page, nothing to fill in; `?language=uk` puts who speaks it first."""
    actor = current_actor()
    centre = current_centre(actor)
    context = crisis_page.context(db.session(), actor, centre, request.args.get("language"), now())
    return render_template("desk/crisis.html", **context)


@bp.post("/lines/<key>")
@allows("crisis.check")
def check(key: str) -> ResponseReturnValue:
    """The number was dialled and is right."""
    actor, at = current_actor(), now()
    centre = current_centre(actor, "crisis.check")
    in_transaction(
        crisis.check,
        key,
        region_id=centre.region_id,
        today=local_day(at, zone(centre.timezone)),
        centre_id=centre.id,
        at=at,
        by=actor,
    )
    flash(_("The number is marked as checked today."), "ok")
    return redirect(url_for(".help_now"), code=303)
