"""What a cancelled duty does to people, as JSON: what they lose, what is held, what they read."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from cic_cases.api.facts import local
from cic_cases.bookings.disruption_rules import Lost
from cic_cases.bookings.disruptions import Cancelled
from cic_cases.bookings.models import Disruption
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre, Secrecy
from cic_cases.foundation.clock import zone
from cic_cases.foundation.codes import show
from cic_cases.notifications import preview


def told(session: Session, done: Cancelled) -> dict[str, Any]:
    """The disruption and everybody on it, in order of time.

    Where the kind of help is not open to everybody no reference tells whose time it was.
    """
    made = session.get_one(Disruption, done.disruption_id)
    place = zone(session.get_one(Centre, made.centre_id).timezone)
    given = centres.services_in(session, {one.service_id for one in done.lost})
    return {
        "disruption": made.id,
        "date": made.on.isoformat() if made.on else None,
        "undo_until": local(made.undo_until, place),
        "people": [
            _person(session, one, made, is_open=given[one.service_id].secrecy is Secrecy.OPEN)
            for one in done.lost
        ],
    }


def _person(session: Session, lost: Lost, made: Disruption, *, is_open: bool) -> dict[str, Any]:
    place = zone(session.get_one(Centre, lost.centre_id).timezone)
    planned = preview.of_lost(session, lost, made.hold_until, at=made.undo_until)
    return {
        "was": local(lost.starts_at, place),
        "language": lost.language,
        "told": lost.told.value,
        "proposal": _proposal(lost, lost.held_until),
        "messages": [
            {
                "channel": one.channel.value,
                "language": one.language,
                "text": one.text,
                "due_at": local(one.due_at, place),
            }
            for one in planned
        ],
        **({"reference": show(lost.reference)} if is_open else {}),
    }


def _proposal(lost: Lost, until: datetime | None) -> dict[str, Any] | None:
    if lost.proposal is None or until is None:
        return None
    there = zone(lost.proposal.timezone)
    return {
        "starts_at": local(lost.proposal.time.start, there),
        "centre": lost.proposal.key.centre_slug,
        "held_until": local(until, there),
    }
