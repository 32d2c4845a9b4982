"""Free time: slots, and how many there are on each day."""

import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response
from sqlalchemy.orm import Session

from cic_cases.api import facts, schemas
from cic_cases.api.answers import OneField, group
from cic_cases.api.auth import allows, current_actor
from cic_cases.api.scope import HORIZON, LONGEST, chosen_of
from cic_cases.bookings import availability
from cic_cases.bookings.availability import Search
from cic_cases.bookings.slots import YEARS
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.db import db
from cic_cases.foundation.localtime import local_day
from cic_cases.privacy.actor import Actor

bp = group("slots", "Free times")
TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class Asked:
    """A search, and the moments it is narrowed to when times were given instead of days."""

    search: Search
    at: datetime
    since: datetime | None
    until: datetime | None


@bp.get("/slots")
@allows("slots.see")
@bp.arguments(schemas.SlotsQuery, location="query")
@bp.response(200, schemas.SlotsOut)
def slots(query: dict[str, Any]) -> Response:
    """Free times, earliest first."""
    asked = _read(db.session(), current_actor(), query, now())
    found = availability.free_slots(
        db.session(), asked.search, asked.at, limit=query["limit"], since=asked.since
    )
    asked_for = [s for s in found if asked.until is None or s.time.start < asked.until]
    answer = {"slots": [facts.of_slot(slot) for slot in asked_for]}
    return Response(
        json.dumps(answer, ensure_ascii=False, sort_keys=True), mimetype="application/json"
    )


@bp.get("/slots/days")
@allows("slots.see")
@bp.arguments(schemas.SlotsQuery(exclude=("limit",)), location="query")
@bp.response(200, schemas.DaysOut)
def days(query: dict[str, Any]) -> dict[str, Any]:
    """How many times are free on each day; whole days are counted."""
    at = now()
    asked = _read(db.session(), current_actor(), query, at)
    counted = availability.free_per_day(db.session(), asked.search, at)
    return {"days": [{"date": day.isoformat(), "free": free} for day, free in counted.items()]}


def _read(session: Session, actor: Actor, query: dict[str, Any], at: datetime) -> Asked:
    known = availability.places(session, actor.centre_ids, query["service"])
    chosen = chosen_of({one.slug: one for one in known}, query.get("centre"))
    place = zone(chosen[0].timezone) if chosen else zone("UTC")
    first, since = _moment("from", query.get("from_"), place, local_day(at, place))
    last, until = _moment("to", query.get("to"), place, first + HORIZON)
    if not timedelta() <= last - first <= LONGEST:
        raise OneField("to")
    services = frozenset(c.service_id for c in chosen if c.service_id is not None)
    if not services:
        raise OneField("service")
    search = Search(
        service_ids=services,
        centre_ids=frozenset(centre.centre_id for centre in chosen),
        first_day=first,
        last_day=last,
        language=query.get("language"),
        interpreter=query["interpreter"],
        specialist_key=query.get("specialist"),
    )
    return Asked(search, at, since - TICK if since else None, until)


def _moment(
    field: str, text: str | None, place: ZoneInfo, default: date
) -> tuple[date, datetime | None]:
    """A local day, and the instant when one was given; an offset's «+» may come as a space."""
    if text is None:
        return default, None
    try:
        if len(text) <= len("2030-01-07"):
            day, moment = date.fromisoformat(text), None
        else:
            moment = datetime.fromisoformat(text.replace(" ", "+"))
            if moment.tzinfo is None or moment.year not in YEARS:
                raise ValueError("no offset, or far away")
            day = local_day(moment, place)
    except ValueError:
        raise OneField(field) from None
    if day.year not in YEARS:
        raise OneField(field)
    return day, moment
