"""What a program asks for when it books or holds a slot, read within its owner's reach."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from cic_cases.api import lost
from cic_cases.api.idempotency import act
from cic_cases.api.scope import case_for, centres_for
from cic_cases.bookings.rules import SlotTaken, Wish
from cic_cases.bookings.slots import SlotKey
from cic_cases.foundation.db import db
from cic_cases.foundation.errors import NotFound
from cic_cases.privacy.actor import Actor


def wish_of(session: Session, actor: Actor, body: dict[str, Any], at: datetime) -> Wish:
    """What is asked for, with the case as the owner reaches it now."""
    case = case_for(session, actor, "booking.change", body["case"], at, told=True)
    return Wish(
        slot=body["slot"],
        case_id=case.id,
        language=body["language"],
        interpreter=body["interpreter"],
        booked_centre_id=_booked_at(actor, body["slot"]),
    )


def act_on_slot(
    work: Callable[[Session], dict[str, Any]], actor: Actor, body: dict[str, Any], at: datetime
) -> Response:
    """Do the work on the wished slot; when it is lost, the refusal brings three others."""
    try:
        return act(201, work, at)
    except SlotTaken:
        wish = wish_of(db.session(), actor, body, at)
        raise lost.booking(db.session(), wish, at=at) from None


def _booked_at(actor: Actor, slot: str) -> int:
    """The owner's centre in which it is booked: that of the slot, or else the first of theirs."""
    wanted, reach = SlotKey.decode(slot).centre_slug, centres_for(actor, "booking.change")
    own = [(slug, centre_id) for slug, centre_id in actor.places if centre_id in reach]
    if not own:
        raise NotFound()
    return next((centre_id for slug, centre_id in own if slug == wanted), own[0][1])
