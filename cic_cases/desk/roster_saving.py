"""One blueprint for the pages of rosters, and the one way in which they save a change."""

from datetime import date

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from cic_cases.bookings import disruption_rules, disruptions, roster_changes
from cic_cases.calendar.changes import OneDate, RosterChange
from cic_cases.centres.models import Centre
from cic_cases.desk import disruptions as disruption_views
from cic_cases.desk.forms_rosters import RefusableForm, day_or_none
from cic_cases.desk.frame import current_centre
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.db import in_transaction
from cic_cases.foundation.errors import NotFound, Refusal
from cic_cases.foundation.i18n import _
from cic_cases.foundation.localtime import local_day
from cic_cases.privacy.access import current_actor
from cic_cases.privacy.actor import Actor

bp = Blueprint("rosters", __name__, url_prefix="/rosters")
CHANGE = "roster.change"


def own_centre(actor: Actor) -> Centre:
    """The centre one works in now, if one may change its rosters; `NotFound`."""
    centre = current_centre(actor)
    if centre.id not in actor.scope(CHANGE).centres:
        raise NotFound()
    return centre


def save(change: RosterChange, form: RefusableForm, back: str) -> ResponseReturnValue | None:
    """Save the change and lead to `back`, or to the people it would affect.

    None: it was refused, and the form says why.
    """
    actor = current_actor()
    scope, at = actor.scope(CHANGE), now()
    try:
        in_transaction(roster_changes.apply_if_nobody, change, scope=scope, at=at, by=actor.id)
    except roster_changes.PeopleAffected:
        return _affected(change)
    except Refusal as refusal:
        if isinstance(refusal, NotFound):
            raise
        form.refuse(refusal)
        return None
    flash(_("The change has been saved. Nobody's appointment is affected."), "ok")
    return redirect(back, code=303)


def _affected(change: RosterChange) -> ResponseReturnValue:
    """Who would lose their time: the page that asks first."""
    asked = disruption_rules.disrupting(change)
    if isinstance(asked, OneDate) and asked == disruptions.cancelled(asked.duty_id, asked.on):
        on = asked.on.isoformat()
        return redirect(url_for("disruptions.cancel", duty_id=asked.duty_id, on=on), code=303)
    return disruption_views.shown(asked, status=409)


def asked_day(name: str = "week") -> date:
    """The date in the address, or today in the centre one works in."""
    here = zone(current_centre(current_actor()).timezone)
    return day_or_none(request.args.get(name)) or local_day(now(), here)
