"""People who lost an appointment: on the page of a cancelled duty, their card, the booking."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.bookings import displaced, displaced_queries, disruptions
from cic_cases.bookings.displaced_queries import Unanswered
from cic_cases.bookings.models import Booking, Disruption, Outcome
from cic_cases.centres.models import Centre
from cic_cases.desk.disruption_page import headings, reasons, ways
from cic_cases.foundation.clock import zone
from cic_cases.foundation.i18n import day_short, pgettext, wall_clock
from cic_cases.foundation.localtime import local_day
from cic_cases.privacy.actor import Actor

CHANGE = "booking.change"


@dataclass(frozen=True, slots=True)
class Notice:
    """What the counter tells somebody: when they were to come, and what is held instead.

    `held` is None when no time is, or no longer (`ran_out`); never the kind of help.
    """

    id: int
    reference: str
    was: str
    held: str | None
    held_reference: str | None
    until: str | None
    ran_out: bool
    in_line: bool
    told: bool


def of_case(session: Session, actor: Actor, case_id: int, at: datetime) -> list[Notice]:
    """What this person has to hear and answer, as far as the reader's scope reaches."""
    scope = actor.scope(CHANGE)
    found = displaced_queries.of_case(session, case_id, scope, at) if scope else []
    return [_notice(session, one) for one in found]


def of_booking(session: Session, actor: Actor, booking_id: int, at: datetime) -> list[Notice]:
    """`of_case` for one appointment."""
    scope = actor.scope(CHANGE)
    found = displaced_queries.of_booking(session, booking_id, scope, at) if scope else []
    return [_notice(session, one) for one in found]


def _notice(session: Session, lost: Unanswered) -> Notice:
    here = session.get_one(Centre, lost.booking.centre_id)
    held, until = lost.held, None
    told_held = None
    if held is not None and held.expires_at is not None:
        there = session.get_one(Centre, held.centre_id)
        told_held = f"{_moment(held.starts_at, zone(there.timezone))}, {there.city}"
        until = _moment(held.expires_at, zone(there.timezone))
    return Notice(
        id=lost.one.id,
        reference=lost.booking.reference,
        was=_moment(lost.booking.starts_at, zone(here.timezone)),
        held=told_held,
        held_reference=held.reference if held else None,
        until=until,
        ran_out=lost.ran_out,
        in_line=bool(displaced_queries.standing(session, [lost.one])),
        told=lost.one.told_at is not None,
    )


def _moment(at: datetime, place: ZoneInfo) -> str:
    return f"{day_short(local_day(at, place))}, {wall_clock(at, place)}"


def progress(session: Session, found: Disruption, actor: Actor, at: datetime) -> dict[str, Any]:
    """What became of everybody, and how long it can still be undone."""
    people = displaced.people_of(session, found.id)
    ids = {i for one in people for i in (one.booking_id, one.proposal_id) if i is not None}
    booked = {row.id: row for row in session.scalars(select(Booking).where(Booking.id.in_(ids)))}
    place = session.get_one(Centre, found.centre_id)
    left = disruptions.left_to_undo(found, at)
    return {
        "found": found,
        "heading": headings()[found.cause][1],
        "people": people,
        "booked": booked,
        "held": {i for i in ids if displaced_queries.is_held(booked[i], at)},
        "in_line": displaced_queries.standing(session, people),
        "zone": zone(place.timezone),
        "left": int(left.total_seconds()),
        "may_answer": not left and found.undone_at is None and actor.may(CHANGE),
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
        Outcome.WAITING_LIST: pgettext("displaced", "has a time from the waiting list"),
        Outcome.DECLINED: pgettext("displaced", "wants no other time"),
        Outcome.UNDONE: pgettext("displaced", "as before"),
    }
