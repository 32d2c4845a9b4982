"""The waiting list: who is in line, joining and leaving, and the answers to an offer."""

from datetime import datetime, timedelta
from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from cic_cases.api import facts, schemas
from cic_cases.api import waiting_schemas as shapes
from cic_cases.api.answers import OneField, group
from cic_cases.api.auth import allows, current_actor
from cic_cases.api.idempotency import act
from cic_cases.api.scope import case_for, centre_for, centres_for
from cic_cases.bookings import waiting_entries, waiting_list
from cic_cases.bookings.models import Waiting
from cic_cases.bookings.waiting_entries import Entry
from cic_cases.bookings.waiting_queries import STANDING
from cic_cases.bookings.waiting_rules import Limits, Wanted
from cic_cases.cases import queries as cases
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre, HowBooked, Secrecy, Service
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.codes import reference_asked, show
from cic_cases.foundation.db import db
from cic_cases.foundation.localtime import local_day
from cic_cases.privacy.actor import Actor

bp = group("waiting", "Waiting list")


@bp.get("/waiting-list")
@allows("waiting.see")
@bp.arguments(shapes.WaitingQuery, location="query")
@bp.response(200, shapes.WaitingListOut)
def listed(query: dict[str, Any]) -> dict[str, Any]:
    """Who waits within one's reach, first come first; `place` is among those who compete."""
    session, actor = db.session(), current_actor()
    centre_id = None
    if slug := query.get("centre"):
        centre_id = centre_for(session, actor, "waiting.see", slug).id
    found = waiting_entries.entries(session, actor.scope("waiting.see"), centre_id=centre_id)
    return {"waiting": _told(session, found, actor)}


@bp.post("/waiting-list")
@allows("waiting.change")
@bp.arguments(shapes.WaitingIn)
@bp.response(201, shapes.PlaceOut)
def join(body: dict[str, Any]) -> Response:
    """Put a case at the end of the line; 409 `already-waiting` when it stands there."""
    actor, at = current_actor(), now()

    def work(session: Session) -> dict[str, Any]:
        mine = centres_for(actor, "waiting.change")
        wanted = _wanted(session, actor, body, at)
        asked_at = min(wanted.centre_ids & mine or mine)
        row = waiting_list.join(session, wanted, centre_id=asked_at, at=at, by=actor)
        return _place(session, row)

    return act(201, work, at)


@bp.delete("/waiting-list/<int:waiting_id>")
@allows("waiting.change")
@bp.response(200, shapes.PlaceOut)
def leave(waiting_id: int) -> Response:
    """Take a person off the list; a time held for them goes to the next in line."""
    actor, at = current_actor(), now()
    scope = actor.scope("waiting.change")

    def work(session: Session) -> dict[str, Any]:
        return _place(
            session, waiting_list.leave(session, waiting_id, scope=scope, at=at, by=actor)
        )

    return act(200, work, at)


@bp.post("/waiting-list/<int:waiting_id>/accept")
@allows("waiting.change")
@bp.arguments(shapes.AnswerQuery, location="query")
@bp.response(200, schemas.BookingOut)
def accept(query: dict[str, Any], waiting_id: int) -> Response:
    """The held time becomes the person's booking; 409 `no-offer` or `hold-expired`."""
    actor, at = current_actor(), now()
    scope = actor.scope("waiting.change")

    def work(session: Session) -> dict[str, Any]:
        booking = waiting_list.accept(
            session, waiting_id, scope=scope, at=at, by=actor, of=_of(query)
        )
        return facts.of_booking(session, booking)

    return act(200, work, at)


@bp.post("/waiting-list/<int:waiting_id>/decline")
@allows("waiting.change")
@bp.arguments(shapes.DeclineIn)
@bp.arguments(shapes.AnswerQuery, location="query")
@bp.response(200, shapes.PlaceOut)
def decline(body: dict[str, Any], query: dict[str, Any], waiting_id: int) -> Response:
    """The held time goes to the next in line; with `stays` the person keeps their place."""
    actor, at = current_actor(), now()
    scope, stays = actor.scope("waiting.change"), body["stays"]

    def work(session: Session) -> dict[str, Any]:
        row = waiting_list.decline(
            session, waiting_id, stays=stays, scope=scope, at=at, by=actor, of=_of(query)
        )
        return _place(session, row)

    return act(200, work, at)


def _of(query: dict[str, Any]) -> str | None:
    """The reference that is answered about, as it is kept."""
    return reference_asked(query["of"]) if "of" in query else None


def _wanted(session: Session, actor: Actor, body: dict[str, Any], at: datetime) -> Wanted:
    """What is asked for, its names looked up in the owner's region."""
    case = case_for(session, actor, "waiting.change", body["case"], at)
    region_id = centres.region_of(session, min(centres_for(actor, "waiting.change"))).id
    known = {c.slug: c for c in centres.all_centres(session, region_id=region_id)}
    chosen = [known[slug] for slug in body["centres"] if slug in known]
    if len(chosen) != len(body["centres"]):
        raise OneField("centres")
    return Wanted(
        case_id=case.id,
        service_id=_service(session, region_id, body["service"]).id,
        centre_ids=frozenset(centre.id for centre in chosen),
        language=body["language"],
        interpreter=body["interpreter"],
        limits=_limits(body, chosen[0], at),
    )


def _limits(body: dict[str, Any], place: Centre, at: datetime) -> Limits:
    return Limits(
        first_day=body.get("first_day") or local_day(at, zone(place.timezone)),
        last_day=body["last_day"],
        from_time=body["from_time"],
        until_time=body["until_time"],
        weekdays="".join(str(day) for day in sorted(set(body["weekdays"]))),
        notice=timedelta(minutes=body["notice_minutes"]),
    )


def _service(session: Session, region_id: int, key: str) -> Service:
    for service in centres.services_of(session, region_id, HowBooked.SLOT):
        if service.key == key:
            return service
    raise OneField("service")


def _place(session: Session, row: Waiting) -> dict[str, Any]:
    stands = row.state in STANDING
    place = waiting_entries.place_of(session, row) if stands else None
    return {"id": row.id, "state": row.state.value, "place": place}


def _told(session: Session, found: list[Entry], actor: Actor) -> list[dict[str, Any]]:
    known = centres.services_in(session, {entry.row.service_id for entry in found})
    codes = cases.current_codes(session, {entry.row.case_id for entry in found})
    places = {c.id: c for c in centres.all_centres(session)}
    return [
        _entry(entry, known[entry.row.service_id], codes.get(entry.row.case_id), places, actor)
        for entry in found
    ]


def _entry(
    entry: Entry, service: Service, code: str | None, places: dict[int, Centre], actor: Actor
) -> dict[str, Any]:
    row, hold = entry.row, entry.hold
    is_open = service.secrecy is Secrecy.OPEN or row.joined_by == actor.scope("waiting.see").own
    offered = None
    if hold is not None and hold.expires_at is not None:
        local = zone(places[hold.centre_id].timezone)
        offered = {
            "reference": show(hold.reference),
            "centre": places[hold.centre_id].slug,
            "starts_at": facts.local(hold.starts_at, local),
            "until": facts.local(hold.expires_at, local),
        }
    return {
        "id": row.id,
        "case": show(code) if code else None,
        "place": entry.place,
        "state": row.state.value,
        "since": facts.local(row.joined_at, zone(places[row.joined_centre_id].timezone)),
        "service": service.key if is_open else None,
        "centres": sorted(places[c].slug for c in entry.centre_ids if c in places),
        "offered": offered,
    }
