"""Duties: their dates, cancelling one of them, and undoing that within its minute."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from flask import Response, jsonify
from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.api import duties_schemas as shapes
from cic_cases.api import facts, lost_times
from cic_cases.api.answers import OneField, group
from cic_cases.api.auth import allows, current_actor
from cic_cases.api.idempotency import act
from cic_cases.api.scope import HORIZON, LONGEST, centres_for, chosen_of
from cic_cases.bookings import disruptions, duty_dates, undoing
from cic_cases.bookings.duty_dates import DutyDate
from cic_cases.bookings.slots import YEARS
from cic_cases.bookings.tries import tried
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre, Room
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import Refusal
from cic_cases.foundation.localtime import local_day
from cic_cases.notifications import telling
from cic_cases.people.models import Staff
from cic_cases.privacy.actor import Actor

bp = group("duties", "Duties and their cancellation")
SEE, CHANGE = "roster.see", "roster.change"


@bp.get("/duties")
@allows(SEE)
@bp.arguments(shapes.DutiesQuery, location="query")
@bp.response(200, shapes.DutiesOut)
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """The dates on which duties are held or were cancelled, earliest first.

    Dates on which the centre, the room or the institution is closed are left out.
    """
    session, actor = db.session(), current_actor()
    reached = centres.centres_in(session, centres_for(actor, SEE))
    chosen = chosen_of({c.slug: c for c in reached if c.active}, query.get("centre"))
    first, last = _period(query, chosen)
    places = {centre.id: centre for centre in chosen}
    found = duty_dates.between(session, places, actor.scope(SEE), first, last)
    return {"duties": _told(session, found, places, query.get("specialist"))}


@bp.post("/duties/<int:duty_id>/cancel")
@allows(CHANGE)
@bp.arguments(shapes.DutyCancelIn)
@bp.arguments(shapes.DryRunQuery, location="query")
@bp.response(200, shapes.CancelledOut)
def cancel(body: dict[str, Any], query: dict[str, Any], duty_id: int) -> Response:
    """Cancel one date: another time is held for everybody on it; nobody is told for a minute.

    409 `already-cancelled`, or `list-changed` when somebody came between.
    """
    actor, at = current_actor(), now()

    def work(session: Session) -> dict[str, Any]:
        return _cancelled(session, actor, duty_id, body, at)

    try:
        if query["dry_run"]:
            return jsonify(in_transaction(_only_tried, work))
        return act(200, work, at)
    except Refusal as refusal:
        if refusal.field == "on":
            refusal.field = "date"
        raise


@bp.post("/disruptions/<int:disruption_id>/undo")
@allows(CHANGE)
@bp.response(200, shapes.UndoneOut)
def undo(disruption_id: int) -> Response:
    """Everything as it was before; 409 `too-late` when people may have been told."""
    actor, at = current_actor(), now()
    scope = actor.scope(CHANGE)

    def work(session: Session) -> dict[str, Any]:
        done = undoing.undo(session, disruption_id, scope=scope, at=at, by=actor.id)
        place = session.get_one(Centre, done.centre_id)
        return {"disruption": done.id, "undone_at": facts.local(at, zone(place.timezone))}

    return act(200, work, at)


def _period(query: dict[str, Any], chosen: list[Centre]) -> tuple[date, date]:
    """The days asked for; `OneField` when they are too many, or too far away."""
    place = zone(chosen[0].timezone) if chosen else zone("UTC")
    first = query.get("from_") or local_day(now(), place)
    if first.year not in YEARS:
        raise OneField("from")
    last = query.get("to") or first + HORIZON
    if last.year not in YEARS or not timedelta() <= last - first <= LONGEST:
        raise OneField("to")
    return first, last


def _told(
    session: Session, found: list[DutyDate], places: Mapping[int, Centre], specialist: str | None
) -> list[dict[str, Any]]:
    """The dates in the names that programs know: slugs, keys and rooms' numbers."""
    named = select(Staff.id, Staff.key).where(Staff.id.in_({one.staff_id for one in found}))
    who = {row.id: row.key for row in session.execute(named)}
    labelled = select(Room.id, Room.label).where(Room.id.in_({one.room_id for one in found}))
    rooms = {row.id: row.label for row in session.execute(labelled)}
    given = centres.services_in(session, {i for one in found for i in one.service_ids})
    return [
        {
            "id": one.duty_id,
            "centre": places[one.centre_id].slug,
            "specialist": who[one.staff_id],
            "date": one.day.isoformat(),
            "starts_at": facts.local(one.time.start, zone(places[one.centre_id].timezone)),
            "ends_at": facts.local(one.time.end, zone(places[one.centre_id].timezone)),
            "room": rooms.get(one.room_id or 0),
            "services": sorted(given[i].key for i in one.service_ids),
            "cancelled": one.cancelled,
            "booked": one.booked,
        }
        for one in found
        if specialist in (None, who[one.staff_id])
    ]


def _cancelled(
    session: Session, actor: Actor, duty_id: int, body: dict[str, Any], at: datetime
) -> dict[str, Any]:
    """Cancel it, and tell what that does to everybody."""
    if body["date"].year not in YEARS:
        raise OneField("date")
    done = disruptions.cancel_duty(
        session,
        duty_id,
        body["date"],
        body["reason"],
        telling=telling.told,
        scope=actor.scope(CHANGE),
        at=at,
        by=actor,
    )
    return lost_times.told(session, done)


def _only_tried(session: Session, work: Callable[[Session], dict[str, Any]]) -> dict[str, Any]:
    """What `work` would answer; all that it does is taken back."""
    with tried(session):
        answer = work(session)
    return {**answer, "disruption": None, "undo_until": None}
