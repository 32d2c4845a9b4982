"""Whoever lost an appointment by us, and has no other time, stands first in the line for it.

They join in the order of what they lost. Whoever stood in that line already keeps their entry,
which comes ahead as long as the loss is open; the disruption's `before` remembers it, and it
goes back to its own place afterwards.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.bookings import displaced_queries, proposals, waiting_list, waiting_queries
from cic_cases.bookings.events import BookingRestored
from cic_cases.bookings.models import (
    Booking,
    Displaced,
    Disruption,
    OfferOutcome,
    Outcome,
    Waiting,
    WaitingState,
)
from cic_cases.bookings.waiting_rules import Limits, Wanted
from cic_cases.calendar import guard
from cic_cases.cases.queries import resource_of
from cic_cases.centres.queries import zone_of
from cic_cases.foundation.db import lock_row
from cic_cases.foundation.localtime import local_day
from cic_cases.privacy import audit

IN_LINE = "in_line"
AT_ONCE = 20  # people who join in one transaction


def line_up(
    session: Session, disruption: Disruption, booking: Booking, *, at: datetime, by: int | None
) -> int | None:
    """Put the person at the head of the line for what they lost; the id of their entry.

    None when they stand there for another appointment that they lost. `by` None is the system.
    The caller holds the person.
    """
    row = next(iter(waiting_queries.standing(session, booking.case_id, booking.service_id)), None)
    if row is None:
        return _join(session, disruption, booking, at=at, by=by).id
    waiting_list.lock(session, row)
    if displaced_queries.lost_by(session, row.id) is not None:
        return None
    row.ahead = True
    stood = [*disruption.before.get(IN_LINE, ()), row.id]
    disruption.before = {**disruption.before, IN_LINE: stood}
    _note(session, "waiting.ahead", row, at=at, by=by)
    session.flush()
    return row.id


def _join(
    session: Session, disruption: Disruption, booking: Booking, *, at: datetime, by: int | None
) -> Waiting:
    language, interpreter = proposals.understood_in(session, booking)
    wanted = Wanted(
        case_id=booking.case_id,
        service_id=booking.service_id,
        centre_ids=frozenset({booking.centre_id}),
        language=language,
        interpreter=interpreter,
        limits=Limits(first_day=local_day(at, zone_of(session, booking.centre_id))),
    )
    return waiting_list.stand(
        session,
        wanted,
        centre_id=booking.booked_centre_id,
        at=at,
        by=by or disruption.made_by,
        ahead=True,
    )


def leave(session: Session, one: Displaced, *, at: datetime, by: int | None) -> None:
    """What was lost is settled: the person leaves the head of the line.

    A time offered to them ends at once; the sweep offers it on. Who stood in line before keeps
    their own place. The caller holds the appointment that was lost.
    """
    if one.waiting_id is None:
        return
    row = session.get_one(Waiting, one.waiting_id)
    disruption = session.get_one(Disruption, one.disruption_id)
    if row.id in disruption.before.get(IN_LINE, ()):
        waiting_list.lock(session, row)
        row.ahead, one.waiting_id = False, None
        _note(session, "waiting.behind", row, at=at, by=by)
    else:
        _take_off(session, row, at=at, by=by)
    session.flush()


def _take_off(session: Session, row: Waiting, *, at: datetime, by: int | None) -> None:
    offer = waiting_queries.open_offer(session, row.id)
    if offer is not None:
        held = session.get_one(Booking, offer.booking_id)
        lock_row(session, held)
        end_now(session, held, at)
    waiting_list.lock(session, row)
    if offer is not None:
        session.refresh(offer)
        if offer.outcome is None:
            offer.outcome, offer.settled_at = OfferOutcome.WITHDRAWN, at
    if row.state in waiting_queries.STANDING:
        row.state = WaitingState.LEFT
        _note(session, "waiting.left", row, at=at, by=by)


def end_now(session: Session, held: Booking, at: datetime) -> None:
    """A time that was held is free from `at` on for everybody; the sweep tells and offers it.

    No resource is locked, so that it can be done by whoever holds an appointment's row already.
    """
    if displaced_queries.is_held(held, at):
        held.expires_at = at
        guard.expire(session, held.id, at)


def on_restored(session: Session, event: BookingRestored) -> None:
    """The cancellation was undone: nobody lost anything, so nobody is ahead for it."""
    undone = select(Displaced).where(
        Displaced.booking_id == event.booking_id,
        Displaced.outcome == Outcome.UNDONE,
        Displaced.waiting_id.is_not(None),
    )
    for one in session.scalars(undone).all():
        leave(session, one, at=event.at, by=one.settled_by)


def anybody_left(session: Session, at: datetime) -> bool:
    """Whether somebody's held time has ended without an answer, and they stand in no line."""
    return bool(displaced_queries.to_line_up(session, at, 1))


def line_up_unanswered(session: Session, at: datetime) -> int:
    """Whoever has not answered in time is not dropped: they join the line; how many did."""
    chosen = displaced_queries.to_line_up(session, at, AT_ONCE)
    lost = {one.id: session.get_one(Booking, one.booking_id) for one in chosen}
    guard.lock(session, [resource_of(session, booking.case_id) for booking in lost.values()])
    joined = 0
    for one in chosen:
        booking = lost[one.id]
        lock_row(session, booking)
        session.refresh(one)
        if one.outcome is not None or one.waiting_id is not None:
            continue  # they were served, or answered, while we waited
        disruption = session.get_one(Disruption, one.disruption_id)
        one.waiting_id = line_up(session, disruption, booking, at=at, by=None)
        session.flush()
        joined += one.waiting_id is not None
    return joined


def _note(session: Session, action: str, row: Waiting, *, at: datetime, by: int | None) -> None:
    centre_id = row.joined_centre_id
    audit.note(session, action, "waiting", row.id, by=by, at=at, centre_id=centre_id)
