"""Holds: a slot kept for a case for some minutes, then booked or let go."""

from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from cic_cases.api import facts, schemas
from cic_cases.api.answers import group
from cic_cases.api.auth import allows, current_actor
from cic_cases.api.idempotency import act
from cic_cases.api.wishes import act_on_slot, wish_of
from cic_cases.bookings import held
from cic_cases.foundation.clock import now
from cic_cases.foundation.codes import reference_asked
from cic_cases.foundation.db import in_transaction

bp = group("holds", "Times held while booking")


@bp.post("/holds")
@allows("booking.change")
@bp.arguments(schemas.BookingIn)
@bp.response(201, schemas.HoldOut)
def hold(body: dict[str, Any]) -> Response:
    """Hold a slot for ten minutes; 409 `slot-taken` brings three `alternatives`."""
    actor, at = current_actor(), now()

    def work(session: Session) -> dict[str, Any]:
        kept, slot = held.hold(session, wish_of(session, actor, body, at), at=at, by=actor)
        return facts.of_held(kept, slot)

    return act_on_slot(work, actor, body, at)


@bp.post("/holds/<reference>/confirm")
@allows("booking.change")
@bp.response(200, schemas.BookingOut)
def confirm(reference: str) -> Response:
    """Book what is held; 409 `hold-expired` when its time has run out."""
    actor, at, known = current_actor(), now(), reference_asked(reference)
    scope = actor.scope("booking.change")

    def work(session: Session) -> dict[str, Any]:
        booking = held.confirm(session, known, scope=scope, at=at, by=actor)
        return facts.of_booking(session, booking)

    return act(200, work, at)


@bp.delete("/holds/<reference>")
@allows("booking.change")
@bp.response(204)
def let_go(reference: str) -> Response:
    """Give the time back; twice is the same as once."""
    actor, known = current_actor(), reference_asked(reference)
    scope = actor.scope("booking.change")
    in_transaction(held.let_go, known, scope=scope, at=now(), by=actor)
    return Response(status=204)
