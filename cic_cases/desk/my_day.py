"""A member of staff's own day: who comes now, who comes next, one tap for what happened.

Only the specialist who receives a person says what happened. An interpreter sees when, where, in
which language and the code; whoever goes along to another institution sees the time away.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from cic_cases.bookings import duty_plan, queries
from cic_cases.bookings.queries import Line
from cic_cases.bookings.statuses import Status
from cic_cases.calendar.models import DutyKind
from cic_cases.desk import booking_page
from cic_cases.desk.afterwards import WEEKS
from cic_cases.desk.frame import current_centre
from cic_cases.desk.queries_cases import as_called
from cic_cases.desk.rules import STEPS, UNDOABLE
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.db import db
from cic_cases.foundation.intervals import Interval, subtract
from cic_cases.foundation.localtime import day_bounds, local_day
from cic_cases.notifications import replies
from cic_cases.privacy import reads
from cic_cases.privacy.access import allows, current_actor
from cic_cases.privacy.actor import Actor
from cic_cases.referrals import queries as referrals
from cic_cases.visits import external_queries as elsewhere
from cic_cases.visits import outcomes
from cic_cases.visits import queries as visits
from cic_cases.visits.external_queries import ExternalLine
from cic_cases.visits.statuses import ExternalStatus

bp = Blueprint("my_day", __name__, url_prefix="/my-day")
UNIT = timedelta(minutes=10)
LONGEST = 12
FARTHEST = timedelta(days=3660)  # a day beyond ten years is a slip of the keys
SHORTEST_GAP = timedelta(minutes=15)  # shorter ones are for notes between two people


@dataclass(frozen=True)
class Stop:
    """One stretch of the timeline: a booking, an appointment elsewhere, or free time of a duty."""

    time: Interval
    line: Line | None = None
    external: ExternalLine | None = None

    @property
    def units(self) -> int:
        """Its length on paper: one unit is ten minutes, twelve at most."""
        return max(3, min(LONGEST, (self.time.end - self.time.start) // UNIT))

    @property
    def minutes(self) -> int:
        """Its length in minutes."""
        return (self.time.end - self.time.start) // timedelta(minutes=1)


@bp.get("")
@allows("day.own")
def show() -> ResponseReturnValue:
    """Today, or the day asked for, of the member of staff who is signed in."""
    actor, at, session = current_actor(), now(), db.session()
    centre = current_centre(actor)
    here = zone(centre.timezone)
    reads.listed("my_day", centre.id)
    today = local_day(at, here)
    day = asked_day(today)
    return render_template(
        "desk/my_day.html",
        day=day,
        today=today,
        zone=here,
        at=at,
        steps=STEPS if day <= today else {},  # nobody has come, or stayed away, tomorrow
        own_to_office=actor.office is not None,
        undoable=UNDOABLE if day <= today else frozenset(),
        step_done=Status.DONE,
        step_no_show=Status.NO_SHOW,
        step_in_progress=Status.IN_PROGRESS,
        undo_url=booking_page.take_undo(),
        weeks=WEEKS if actor.may("booking.change") else (),
        previous_day=day - timedelta(days=1),
        next_day=day + timedelta(days=1),
        **_of_day(session, actor, day, day_bounds(day, here)),
    )


def _of_day(session: Session, actor: Actor, day: date, hours: Interval) -> dict[str, Any]:
    """What is in the day: everything one takes part in, and what only they can act on."""
    lines = as_called(session, queries.day_of(session, actor.id, hours), actor)
    own = [line for line in lines if line.staff_id == actor.id]
    away = away_of(session, actor, hours)
    duties = _duties(session, actor, day)
    held = [time for _kind, time in duties]
    received = any(kind is DutyKind.RECEIVES for kind, _time in duties)
    return {
        "me": actor.id,
        "lines": lines,
        "answers": replies.standing(session, (line.id for line in own)),
        "stops": _stops(lines, away, held),
        "duty": held,
        "receives": bool(own) or received or not (lines or away or duties),
        "current": next((line for line in own if line.status is Status.IN_PROGRESS), None),
        "following": _next_person(own),
        "upcoming": _next_person(lines),
        "numbers": numbers_of(session, actor, lines, hours),
        "asked": _asked(session, actor),
        "outcomes": outcomes.of_bookings(session, [line.id for line in own]),
    }


def _asked(session: Session, actor: Actor) -> int:
    """How many referrals wait for their answer; interpreters are asked nothing."""
    may = actor.may("referral.answer")
    today = local_day(now(), zone(current_centre(actor).timezone))
    return referrals.unanswered(session, actor.id, today) if may else 0


def numbers_of(
    session: Session, actor: Actor, lines: list[Line], hours: Interval
) -> dict[int, int]:
    """Which visit of the person it is, counted up to the first of `hours`; not for interpreters."""
    seen = [line.case_id for line in lines if not line.interprets(actor.id)]
    return visits.visit_number(session, seen, hours.start)


def away_of(session: Session, actor: Actor, hours: Interval) -> list[ExternalLine]:
    """The appointments elsewhere to which one goes along in those hours."""
    found = elsewhere.with_assistant(session, actor.id, hours)
    standing = [one for one in found if one.status is not ExternalStatus.CANCELLED]
    return as_called(session, standing, actor)


def asked_day(today: date) -> date:
    """The day of the address; today when it is none anybody can mean."""
    try:
        day = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return today
    return day if abs(day - today) <= FARTHEST else today


def _next_person(lines: list[Line]) -> Line | None:
    """People who are here come before people who are not."""
    waiting = (line for line in lines if line.status in (Status.BOOKED, Status.ARRIVED))
    return min(waiting, key=lambda n: (n.status is not Status.ARRIVED, n.starts_at), default=None)


def _duties(session: Session, actor: Actor, day: date) -> list[tuple[DutyKind, Interval]]:
    """When somebody is on duty that day, in any centre, to receive people or to interpret."""
    plan = duty_plan.read(session, actor.centre_ids, day, day)
    return [(entry.kind, held.time) for entry, held in plan.of_member(actor.id, day)]


def _stops(lines: list[Line], away: list[ExternalLine], duty: list[Interval]) -> list[Stop]:
    """Bookings, time away, and the free time between them, in order."""
    booked = [Stop(Interval(line.starts_at, line.ends_at), line) for line in lines]
    booked += [Stop(one.time, external=one) for one in away]
    gaps = subtract(duty, [stop.time for stop in booked])
    free = [Stop(gap) for gap in gaps if gap.end - gap.start >= SHORTEST_GAP]
    return sorted(booked + free, key=lambda stop: stop.time.start)
