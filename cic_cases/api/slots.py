"""Free time: slots, and how many there are on each day."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from cic_cases.api import facts, schemas
from cic_cases.api.answers import OneField, group
from cic_cases.api.auth import allows, current_actor
from cic_cases.bookings import availability
from cic_cases.bookings.availability import Search
from cic_cases.bookings.slots import YEARS
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre, HowBooked
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.db import db
from cic_cases.foundation.localtime import local_day
from cic_cases.privacy.actor import Actor

bp = group("slots", "Free times")
HORIZON = timedelta(days=28)
LONGEST = timedelta(days=92)
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
def slots(query: dict[str, Any]) -> dict[str, Any]:
    """Free times, earliest first."""
    asked = _read(db.session(), current_actor(), query, now())
    found = availability.free_slots(
        db.session(), asked.search, asked.at, limit=query["limit"], since=asked.since
    )
    return {
        "slots": [
            facts.of_slot(slot)
            for slot in found
            if asked.until is None or slot.time.start < asked.until
        ]
    }


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
    here = centres.centres_in(session, actor.centre_ids)
    known = {
        centre.slug: centre
        for region_id in sorted({centre.region_id for centre in here})
        for centre in centres.all_centres(session, region_id=region_id)
    }
    chosen = _centres(known, query.get("centre"))
    place = zone(chosen[0].timezone) if chosen else zone("UTC")
    first, since = _moment("from", query.get("from_"), place, local_day(at, place))
    last, until = _moment("to", query.get("to"), place, first + HORIZON)
    if not timedelta() <= last - first <= LONGEST:
        raise OneField("to")
    search = Search(
        service_ids=_services(session, chosen or list(known.values()), query["service"]),
        centre_ids=frozenset(centre.id for centre in chosen),
        first_day=first,
        last_day=last,
        language=query.get("language"),
        interpreter=query["interpreter"],
        specialist_key=query.get("specialist"),
    )
    return Asked(search, at, since - TICK if since else None, until)


def _centres(known: dict[str, Centre], asked: list[str] | None) -> list[Centre]:
    """The centres asked for, or all of the region: whoever may book sees its free times."""
    if asked is None:
        return list(known.values())
    slugs = dict.fromkeys(slug.strip() for text in asked for slug in text.split(","))
    if not slugs.keys() <= known.keys():
        raise OneField("centre")
    return [known[slug] for slug in slugs]


def _services(session: Session, chosen: list[Centre], key: str) -> frozenset[int]:
    found = {
        service.id
        for region_id in {centre.region_id for centre in chosen}
        for service in centres.services_of(session, region_id, HowBooked.SLOT)
        if service.key == key
    }
    if not found:
        raise OneField("service")
    return frozenset(found)


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
