"""The waiting list: joining, and what becomes of an offer. Who is next is for `next_in_line`.

Locks are taken in one order everywhere: resources, then an appointment that was lost, then the
time that is held, then the entry of the list.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.bookings import displaced_queries, holds, steps, waiting_queries
from cic_cases.bookings.events import BookingMade, HoldEnded
from cic_cases.bookings.models import (
    Booking,
    OfferOutcome,
    Waiting,
    WaitingCentre,
    WaitingOffer,
    WaitingState,
)
from cic_cases.bookings.waiting_rules import AlreadyWaiting, NoOffer, NotInLine, Wanted, check
from cic_cases.calendar import guard
from cic_cases.cases.queries import resource_of
from cic_cases.privacy import audit
from cic_cases.privacy.actor import Actor, PersonByLink, Scope


def join(session: Session, wanted: Wanted, *, centre_id: int, at: datetime, by: Actor) -> Waiting:
    """Put the case at the end of the line; `centre_id` is where they asked.

    Whoever lost an appointment for the same by us stands ahead of the others. Raises
    `AlreadyWaiting`, and the refusals of what nobody could attend.
    """
    check(wanted)
    guard.lock(session, [resource_of(session, wanted.case_id)])  # one line, once
    if waiting_queries.standing(session, wanted.case_id, wanted.service_id):
        raise AlreadyWaiting()
    lost = displaced_queries.without_place(session, wanted.case_id, wanted.service_id, at)
    row = stand(session, wanted, centre_id=centre_id, at=at, by=by.id, ahead=lost is not None)
    if lost is not None:
        lost.waiting_id = row.id
        session.flush()
    return row


def stand(
    session: Session, wanted: Wanted, *, centre_id: int, at: datetime, by: int, ahead: bool
) -> Waiting:
    """A new entry of the list; `ahead` of all others for whoever lost an appointment by us.

    The caller holds the person, and knows that they stand in no line for it.
    """
    limits = wanted.limits
    row = Waiting(
        case_id=wanted.case_id,
        service_id=wanted.service_id,
        language=wanted.language,
        interpreter=wanted.interpreter,
        first_day=limits.first_day,
        last_day=limits.last_day,
        from_time=limits.from_time,
        until_time=limits.until_time,
        weekdays="".join(sorted(set(limits.weekdays))),
        notice_minutes=int(limits.notice.total_seconds() // 60),
        ahead=ahead,
        joined_at=at,
        joined_by=by,
        joined_centre_id=centre_id,
    )
    session.add(row)
    session.flush()
    for one in sorted(wanted.centre_ids):
        session.add(WaitingCentre(waiting_id=row.id, centre_id=one))
    _note(session, "waiting.joined", row, at=at, by=by)
    session.flush()
    return row


def leave(session: Session, waiting_id: int, *, scope: Scope, at: datetime, by: Actor) -> Waiting:
    """Take the person off the list; a time held for them goes to the next in line."""
    row = waiting_queries.by_id(session, waiting_id, scope)
    if (offer := waiting_queries.open_offer(session, row.id)) is not None:
        return _give_back(session, row, offer, WaitingState.LEFT, at=at, by=by)
    lock(session, row)
    if row.state is not WaitingState.WAITING:
        raise NotInLine()
    row.state = WaitingState.LEFT
    _note(session, "waiting.left", row, at=at, by=by.id)
    return row


def accept(
    session: Session,
    waiting_id: int,
    *,
    scope: Scope,
    at: datetime,
    by: Actor | PersonByLink,
    of: str | None = None,
) -> Booking:
    """The person takes the time that is held for them: it becomes their appointment.

    `of` is the reference of the time they were told of; without it, whichever is held. Raises
    `NoOffer` when that one is not, or no longer, or `HoldExpired` when the answer came too late.
    """
    row = waiting_queries.by_id(session, waiting_id, scope)
    booking = session.get_one(Booking, _offer(session, row, of).booking_id)
    if (lost := displaced_queries.lost_by(session, row.id)) is not None:  # it is settled by this
        person = resource_of(session, row.case_id)
        steps.stand_still(session, lost, person, *guard.held_by(session, booking.id))
    return holds.confirm(session, booking, at=at, by=by.id)  # `on_made` takes them off the list


def decline(
    session: Session,
    waiting_id: int,
    *,
    stays: bool,
    scope: Scope,
    at: datetime,
    by: Actor | PersonByLink,
    of: str | None = None,
) -> Waiting:
    """The time goes to the next in line; the person keeps their place, or leaves the list.

    `of` as for `accept`. Raises `NoOffer`.
    """
    row = waiting_queries.by_id(session, waiting_id, scope)
    offer = _offer(session, row, of)
    after = WaitingState.WAITING if stays else WaitingState.LEFT
    return _give_back(session, row, offer, after, at=at, by=by)


def _offer(session: Session, row: Waiting, of: str | None) -> WaitingOffer:
    """The offer that stands, if it is of the time the person answers about; else `NoOffer`."""
    offer = waiting_queries.open_offer(session, row.id)
    if offer is None:
        raise NoOffer()
    if of is not None and session.get_one(Booking, offer.booking_id).reference != of:
        raise NoOffer()  # another time is held by now: nobody has agreed to that one
    return offer


def on_hold_ended(session: Session, event: HoldEnded) -> None:
    """Nobody took the time offered: the person waits again, since when they joined.

    Runs before the freed time is offered to the next in line.
    """
    offer = waiting_queries.offer_of(session, event.booking_id)
    if offer is None:
        return
    row = lock(session, session.get_one(Waiting, offer.waiting_id))
    _settle(offer, OfferOutcome.EXPIRED if event.lapsed else OfferOutcome.WITHDRAWN, event.at)
    if row.state is WaitingState.OFFERED:
        row.state = WaitingState.WAITING
    _note(session, f"waiting.{offer.outcome}", row, at=event.at, by=None)
    session.flush()


def on_made(session: Session, event: BookingMade) -> None:
    """Whoever got an appointment for what they waited for is served, by this offer or otherwise.

    Another time that was held for them ends at once; the sweep tells and offers it on.
    """
    if not event.waits:
        return
    booking = session.get_one(Booking, event.booking_id)
    for row in waiting_queries.standing(session, booking.case_id, booking.service_id):
        lock(session, row)
        offer = waiting_queries.open_offer(session, row.id)
        if offer is not None and offer.booking_id == booking.id:
            _settle(offer, OfferOutcome.ACCEPTED, event.at)
        elif offer is not None:
            _settle(offer, OfferOutcome.WITHDRAWN, event.at)
            held = session.get_one(Booking, offer.booking_id)
            held.expires_at = event.at
            guard.expire(session, held.id, event.at)
        row.state = WaitingState.SERVED
        _note(session, "waiting.served", row, at=event.at, by=None)
    session.flush()


def _give_back(
    session: Session,
    row: Waiting,
    offer: WaitingOffer,
    after: WaitingState,
    *,
    at: datetime,
    by: Actor | PersonByLink,
) -> Waiting:
    booking = session.get_one(Booking, offer.booking_id)
    steps.stand_still(session, booking)
    lock(session, row)
    session.refresh(offer)
    if offer.outcome is not None:  # it ran out, or was accepted, while we waited
        raise NoOffer()
    _settle(offer, OfferOutcome.DECLINED, at)
    row.state = after
    _note(session, "waiting.declined", row, at=at, by=by.id)
    if after is WaitingState.LEFT:
        _note(session, "waiting.left", row, at=at, by=by.id)
    session.flush()
    holds.let_go(session, booking, at=at, by=by.id)
    return row


def _settle(offer: WaitingOffer, outcome: OfferOutcome, at: datetime) -> None:
    offer.outcome, offer.settled_at = outcome, at


def lock(session: Session, row: Waiting) -> Waiting:
    """The entry as it is now, held until the transaction ends."""
    now = (
        select(Waiting)
        .where(Waiting.id == row.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return session.scalars(now).one()


def _note(session: Session, action: str, row: Waiting, *, at: datetime, by: int | None) -> None:
    centre_id = row.joined_centre_id
    audit.note(session, action, "waiting", row.id, by=by, at=at, centre_id=centre_id)
