"""Bookings: make, read, cancel, move, and where they stand."""

from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from cic_cases.api import facts, lost, schemas
from cic_cases.api.answers import group
from cic_cases.api.auth import allows, current_actor
from cic_cases.api.idempotency import act
from cic_cases.api.wishes import act_on_slot, wish_of
from cic_cases.bookings import queries, service
from cic_cases.bookings.rules import SlotTaken
from cic_cases.bookings.statuses import Status
from cic_cases.foundation.clock import now
from cic_cases.foundation.codes import reference_asked
from cic_cases.foundation.db import db

bp = group("bookings", "Bookings")


@bp.post("/bookings")
@allows("booking.change")
@bp.arguments(schemas.BookingIn)
@bp.response(201, schemas.BookingOut)
def book(body: dict[str, Any]) -> Response:
    """Book a slot for a case; 409 `slot-taken` brings three `alternatives`."""
    actor, at = current_actor(), now()

    def work(session: Session) -> dict[str, Any]:
        wish = wish_of(session, actor, body, at)
        slot = service.wished(session, wish, at, actor)
        return facts.of_taken(service.take(session, slot, wish, at=at, by=actor), slot)

    return act_on_slot(work, actor, body, at)


@bp.get("/bookings/<reference>")
@allows("booking.see")
@bp.response(200, schemas.BookingOut)
def show(reference: str) -> dict[str, Any]:
    """One booking."""
    scope = current_actor().scope("booking.see")
    known = reference_asked(reference)
    booking = queries.by_reference(db.session(), known, scope, seeing=True)
    return facts.of_booking(db.session(), booking)


@bp.post("/bookings/<reference>/cancel")
@allows("booking.change")
@bp.arguments(schemas.CancelIn)
@bp.response(200, schemas.BookingOut)
def cancel(body: dict[str, Any], reference: str) -> Response:
    """Call it off, for the person or for the centre."""
    actor, at, known = current_actor(), now(), reference_asked(reference)
    scope = actor.scope("booking.change")

    def work(session: Session) -> dict[str, Any]:
        version = body.get("version")
        cancelled = service.cancel(
            session, known, who=body["by"], scope=scope, version=version, at=at, by=actor
        )
        return facts.of_booking(session, cancelled)

    return act(200, work, at)


@bp.post("/bookings/<reference>/move")
@allows("booking.change")
@bp.arguments(schemas.MoveIn)
@bp.response(200, schemas.BookingOut)
def move(body: dict[str, Any], reference: str) -> Response:
    """Give it another slot; the old one is free exactly when the new one is held."""
    actor, at, known = current_actor(), now(), reference_asked(reference)
    scope, slot = actor.scope("booking.change"), body["slot"]

    def work(session: Session) -> dict[str, Any]:
        version = body.get("version")
        moved = service.move(session, known, slot, scope=scope, version=version, at=at, by=actor)
        return facts.of_booking(session, moved)

    try:
        return act(200, work, at)
    except SlotTaken:
        booking = queries.by_reference(db.session(), known, scope)
        raise lost.moving(db.session(), booking, slot, at) from None


@bp.post("/bookings/<reference>/status")
@allows("booking.status")
@bp.arguments(schemas.StatusIn)
@bp.response(200, schemas.BookingOut)
def status(body: dict[str, Any], reference: str) -> Response:
    """Arrived, in progress, done (which writes the visit) or no-show."""
    actor, at, known = current_actor(), now(), reference_asked(reference)
    scope, to = actor.scope("booking.status"), Status(body["status"])

    def work(session: Session) -> dict[str, Any]:
        changed = service.set_status(session, known, to, scope=scope, at=at, by=actor)
        return facts.of_booking(session, changed)

    return act(200, work, at)


@bp.post("/bookings/<reference>/undo")
@allows("booking.status")
@bp.response(200, schemas.BookingOut)
def undo(reference: str) -> Response:
    """Take the last change of status back; a visit it led to is voided."""
    actor, at, known = current_actor(), now(), reference_asked(reference)
    scope = actor.scope("booking.status")

    def work(session: Session) -> dict[str, Any]:
        return facts.of_booking(session, service.undo(session, known, scope=scope, at=at, by=actor))

    return act(200, work, at)
