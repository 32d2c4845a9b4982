"""The sheet on a door: at which times people are met in this room, by reference.

It hangs where everybody reads it. So it says neither who receives nor what for, and not the code
of a card, which stays with a person for years: the reference is of one appointment and on the
person's own slip.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from cic_cases.bookings import queries as bookings
from cic_cases.bookings.queries import Line
from cic_cases.bookings.statuses import Status
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre
from cic_cases.desk.frame import current_centre
from cic_cases.desk.my_day import asked_day
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.db import db
from cic_cases.foundation.i18n import _, locale
from cic_cases.foundation.localtime import day_bounds, local_day
from cic_cases.privacy.access import allows, current_actor

bp = Blueprint("door_sheet", __name__, url_prefix="/door-sheet")
ONE_DAY = timedelta(days=1)
AHEAD = 14  # days in which a centre opens again


@bp.get("")
@allows("desk.see")
def show() -> ResponseReturnValue:
    """A sheet for each room: of the next day that is open, or of the day asked for."""
    actor, session = current_actor(), db.session()
    centre = current_centre(actor, "desk.see")
    place = zone(centre.timezone)
    day = asked_day(_next_open(session, centre, local_day(now(), place)))
    lines = bookings.board(session, centre.id, day_bounds(day, place))
    return render_template(
        "desk/door_sheet.html",
        rooms=_by_room(line for line in lines if line.status is not Status.CANCELLED),
        day=day,
        earlier=url_for(".show", day=day - ONE_DAY),
        later=url_for(".show", day=day + ONE_DAY),
        zone=place,
        city=centre.city,
        back=(url_for("desk.board"), _("Back to the desk"), locale()),
    )


def _next_open(session: Session, centre: Centre, today: date) -> date:
    """The first day after `today` on which the centre keeps hours."""
    days = [today + n * ONE_DAY for n in range(1, AHEAD + 1)]
    hours = centres.opening(session, [centre.id], days[0], days[-1])
    return next((day for day in days if hours.on(centre.id, day)), days[0])


def _by_room(lines: Iterable[Line]) -> list[tuple[str | None, list[Line]]]:
    """Each room with its appointments in order; what has no room yet comes last."""
    found: dict[str | None, list[Line]] = {}
    for line in lines:
        found.setdefault(line.room, []).append(line)
    return sorted(found.items(), key=lambda one: (one[0] is None, one[0] or ""))
