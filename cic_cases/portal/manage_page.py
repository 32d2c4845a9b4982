"""What the link in a mail opens, and what its page shows of it: date, time, centre, reference."""

from typing import Any

from flask import current_app, request

from cic_cases.bookings.models import Booking
from cic_cases.centres.models import Centre
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.db import db, in_transaction
from cic_cases.notifications import replies
from cic_cases.notifications.manage_links import Opened
from cic_cases.notifications.manage_rules import HOLDS, NoSuchLink, Stage
from cic_cases.notifications.paper import SlipFacts
from cic_cases.privacy import slowdown

DOOR = "manage"


def found(token: str) -> tuple[Opened, Stage]:
    """What the link opens. Raises `NoSuchLink`, and `SlowDown` whatever the link is."""
    session, at = db.session(), now()
    secret = current_app.config["CIC"].secret_key
    name = slowdown.network_of(DOOR, request.remote_addr, secret, at)
    slowdown.check(session, name, at)
    try:
        return replies.opened(session, token, at)
    except NoSuchLink:
        in_transaction(slowdown.wrong, name, at=at)
        raise


def context(token: str) -> dict[str, Any]:
    """Everything the templates of the page need. Raises as `found`."""
    opened, stage = found(token)
    booking = opened.booking
    held, centre = _shown(opened, stage)
    place = zone(centre.timezone)
    answered = replies.standing(db.session(), [booking.id]).get(booking.id)
    until = held.expires_at if stage in HOLDS else None
    return {
        "token": token,
        "stage": stage,
        "answer": answered.answer if answered else None,
        "callable": opened.callable,
        "visit": SlipFacts.at(centre, held.starts_at, booking.reference),
        "lost": SlipFacts.at(opened.centre, booking.starts_at, booking.reference),
        "starts_at": held.starts_at.astimezone(place),
        "until": until and until.astimezone(place),
        "number": opened.centre.phone,
    }


def _shown(opened: Opened, stage: Stage) -> tuple[Booking, Centre]:
    """The time the page is about, and where: what is proposed, or the booking itself."""
    if stage is Stage.PROPOSED and opened.proposal and opened.proposal_centre:
        return opened.proposal, opened.proposal_centre
    return opened.booking, opened.centre
