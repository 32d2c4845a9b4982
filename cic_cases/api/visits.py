"""Visits and quick contacts: what the desk records, from another program."""

from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from cic_cases.api import schemas
from cic_cases.api.answers import OneField, group
from cic_cases.api.auth import allows, current_actor
from cic_cases.api.idempotency import act
from cic_cases.api.scope import case_for, centre_for
from cic_cases.centres import queries as centres
from cic_cases.foundation.clock import now
from cic_cases.foundation.db import db
from cic_cases.visits import service
from cic_cases.visits.channels import Channel
from cic_cases.visits.rules import VisitWish

bp = group("visits", "Visits and quick contacts")


@bp.post("/visits")
@allows("visit.record")
@bp.arguments(schemas.VisitIn)
@bp.response(201, schemas.IdOut)
def record(body: dict[str, Any]) -> Response:
    """Record a visit, of a case or of nobody known."""
    session, actor, at = db.session(), current_actor(), now()
    centre = centre_for(session, actor, "visit.record", body["centre"])
    code = body.get("case")
    wish = VisitWish(
        centre_id=centre.id,
        channel=Channel(body["channel"]),
        service_ids=_service_ids(session, centre.region_id, body["services"]),
        case_id=case_for(session, actor, "visit.record", code, at).id if code else None,
        language=body["language"],
        minutes=body.get("minutes"),
        occurred_at=body.get("occurred_at") or at,
    )

    def work(session: Session) -> dict[str, Any]:
        return {"id": service.record(session, wish, at=at, by=actor).key}

    return act(201, work, at)


@bp.post("/quick-contacts")
@allows("quick_contact.count")
@bp.arguments(schemas.QuickContactIn)
@bp.response(201, schemas.IdOut)
def count(body: dict[str, Any]) -> Response:
    """Count a one-minute question."""
    actor, at = current_actor(), now()
    centre = centre_for(db.session(), actor, "quick_contact.count", body["centre"])

    def work(session: Session) -> dict[str, Any]:
        channel = Channel(body["channel"])
        return {"id": service.quick_contact(session, centre.id, channel, at=at, by=actor).key}

    return act(201, work, at)


def _service_ids(session: Session, region_id: int, keys: list[str]) -> frozenset[int]:
    known = {service.key: service.id for service in centres.services_of(session, region_id)}
    if not set(keys) <= known.keys():
        raise OneField("services")
    return frozenset(known[key] for key in keys)
