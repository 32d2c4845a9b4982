"""The week of a centre: seen by all who book, the way to every change for the coordinator."""

from datetime import timedelta

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue

from cic_cases.bookings.roster_copy import monday
from cic_cases.calendar import absences
from cic_cases.desk import queries_rosters as queries
from cic_cases.desk import roster_days, roster_duties, roster_grid
from cic_cases.desk.frame import current_centre
from cic_cases.desk.roster_saving import CHANGE, asked_day, bp
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.db import db
from cic_cases.foundation.i18n import pgettext
from cic_cases.foundation.localtime import local_day
from cic_cases.privacy.access import allows, current_actor

__all__ = ["bp", "roster_days", "roster_duties"]
WEEKS_AHEAD = 5


@bp.get("")
@allows("roster.see")
def overview() -> ResponseReturnValue:
    """The week as a grid or a list, what changes soon, and the rules."""
    actor, session, at = current_actor(), db.session(), now()
    centre, scope = current_centre(actor), actor.scope("roster.see")
    first, today = monday(asked_day()), local_day(at, zone(centre.timezone))
    show = request.args.get("show", "all")
    ahead = today + timedelta(weeks=WEEKS_AHEAD)
    return render_template(
        "desk/rosters.html",
        centre=centre,
        week=roster_grid.week(session, centre, scope, first, show, at),
        show=show,
        as_list=request.args.get("view") == "list",
        filters=_filters(show, first.isoformat()),
        changes=queries.changes_ahead(session, centre, today, ahead, at),
        duties=queries.duties_of(session, centre.id, scope, today),
        may_change=centre.id in actor.scope(CHANGE).centres,
        requests=absences.number_waiting(session, actor.scope(CHANGE)),
    )


def _filters(show: str, week: str) -> list[tuple[str, str, bool]]:
    """label, address, whether it is chosen."""
    labels = {
        "all": pgettext("rosters", "All"),
        "specialists": pgettext("rosters", "Specialists"),
        "institutions": pgettext("rosters", "Institutions"),
        "interpreters": pgettext("rosters", "Interpreters"),
    }
    chosen = show if show in labels else "all"
    return [
        (label, url_for("rosters.overview", week=week, show=key), key == chosen)
        for key, label in labels.items()
    ]
