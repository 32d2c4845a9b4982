"""A member of staff's own week: when they are on duty, and whom they meet. Nobody else's.

The costs are those of one day: everything is read for the week at once.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from cic_cases.bookings import duty_plan, queries
from cic_cases.bookings.queries import Line
from cic_cases.bookings.roster_copy import monday
from cic_cases.bookings.statuses import Status
from cic_cases.desk.frame import current_centre
from cic_cases.desk.my_day import asked_day, away_of, numbers_of
from cic_cases.desk.queries_cases import as_called
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.db import db
from cic_cases.foundation.intervals import Interval
from cic_cases.foundation.localtime import day_bounds, local_day
from cic_cases.privacy import reads
from cic_cases.privacy.access import allows, current_actor
from cic_cases.privacy.actor import Actor
from cic_cases.visits.external_queries import ExternalLine

bp = Blueprint("my_week", __name__, url_prefix="/my-day")
A_WEEK = timedelta(weeks=1)
WORKING_DAYS = 5  # shown even when nothing is on them


@dataclass(frozen=True)
class Day:
    """One day of the week: hours on duty, appointments, and time away."""

    on: date
    duties: list[Interval]
    lines: list[Line]
    away: list[ExternalLine]

    @property
    def busy(self) -> bool:
        """Whether anything at all is on this day."""
        return bool(self.duties or self.lines or self.away)


@bp.get("/week")
@allows("day.own")
def show() -> ResponseReturnValue:
    """The week of today, or of the day asked for."""
    actor, at, session = current_actor(), now(), db.session()
    centre = current_centre(actor)
    here = zone(centre.timezone)
    reads.listed("my_week", centre.id)
    today = local_day(at, here)
    first = monday(asked_day(today))
    return render_template(
        "desk/my_week.html",
        first=first,
        last=first + A_WEEK - timedelta(days=1),
        today=today,
        zone=here,
        me=actor.id,
        earlier=first - A_WEEK,
        later=first + A_WEEK,
        **_of_week(session, actor, first, here),
    )


def _of_week(session: Session, actor: Actor, first: date, here: ZoneInfo) -> dict[str, Any]:
    """What is in the week from `first` on; a weekend only when something is on it."""
    last = first + A_WEEK - timedelta(days=1)
    hours = Interval(day_bounds(first, here).start, day_bounds(last, here).end)
    lines = as_called(session, queries.day_of(session, actor.id, hours), actor)
    away = away_of(session, actor, hours)
    days = [
        Day(
            on=day,
            duties=held,
            lines=[line for line in lines if local_day(line.starts_at, here) == day],
            away=[one for one in away if local_day(one.starts_at, here) == day],
        )
        for day, held in _duties(session, actor, first, last).items()
    ]
    return {
        "days": [day for nth, day in enumerate(days) if nth < WORKING_DAYS or day.busy],
        "appointments": len(lines),
        "numbers": _numbers(lines, numbers_of(session, actor, lines, hours)),
    }


def _numbers(lines: Iterable[Line], first: Mapping[int, int]) -> dict[int, int]:
    """By appointment: the n-th visit, where those of this week before it are counted too."""
    coming, found = dict(first), {}
    for line in lines:
        found[line.id] = coming.get(line.case_id, 1)
        if line.case_id in coming and line.status is not Status.NO_SHOW:
            coming[line.case_id] += 1
    return found


def _duties(session: Session, actor: Actor, first: date, last: date) -> dict[date, list[Interval]]:
    """When somebody is on duty, by day, in every centre they work in."""
    plan = duty_plan.read(session, actor.centre_ids, first, last)
    return {
        day: [held.time for _entry, held in plan.of_member(actor.id, day)]
        for day in _dates(first, last)
    }


def _dates(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))
