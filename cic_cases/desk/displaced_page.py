"""What the page of a disruption shows afterwards: what became of everybody."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.bookings import displaced, disruptions
from cic_cases.bookings.models import Booking, Disruption, Outcome
from cic_cases.centres.models import Centre
from cic_cases.desk.disruption_page import reasons, ways
from cic_cases.foundation.clock import zone
from cic_cases.foundation.i18n import pgettext


def progress(session: Session, found: Disruption, at: datetime) -> dict[str, Any]:
    """What became of everybody, and how long it can still be undone."""
    people = displaced.people_of(session, found.id)
    ids = {i for one in people for i in (one.booking_id, one.proposal_id) if i is not None}
    rows = session.scalars(select(Booking).where(Booking.id.in_(ids)))
    place = session.get_one(Centre, found.centre_id)
    return {
        "found": found,
        "people": people,
        "booked": {row.id: row for row in rows},
        "zone": zone(place.timezone),
        "left": int(disruptions.left_to_undo(found, at).total_seconds()),
        "open": sum(one.outcome is None for one in people),
        "reasons": reasons(),
        "words": ways(),
        "outcomes": outcomes(),
    }


def outcomes() -> dict[str, str]:
    """What became of somebody who lost their time."""
    return {
        Outcome.ACCEPTED: pgettext("displaced", "took the time held"),
        Outcome.OTHER_TIME: pgettext("displaced", "has another time"),
        Outcome.WAITING_LIST: pgettext("displaced", "on the waiting list"),
        Outcome.DECLINED: pgettext("displaced", "wants no other time"),
        Outcome.UNDONE: pgettext("displaced", "as before"),
    }
