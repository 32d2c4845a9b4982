"""What becomes of people who lost their time: told, accepted, declined, settled otherwise.

An answer and an undoing meet at the centre's row, so that exactly one of them is done. Locks: the
centre, resources, the appointment that was lost, what is held instead, the entry of the list.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.bookings import ahead, displaced_queries, holds, steps
from cic_cases.bookings import disruption_rules as rules
from cic_cases.bookings import rules as booking_rules
from cic_cases.bookings.displaced_rules import Answered, StillUndoable
from cic_cases.bookings.disruptions import lock_centre
from cic_cases.bookings.events import BookingCancelled, BookingMade, BookingMoved
from cic_cases.bookings.models import Booking, Displaced, Disruption, Outcome
from cic_cases.bookings.statuses import Happening, Status
from cic_cases.calendar import guard
from cic_cases.calendar.models import Occupancy
from cic_cases.cases.queries import resource_of
from cic_cases.foundation.db import lock_row
from cic_cases.foundation.errors import NotFound
from cic_cases.foundation.events import emit
from cic_cases.foundation.intervals import Interval
from cic_cases.privacy import audit
from cic_cases.privacy.actor import Scope


def disruption_in(session: Session, disruption_id: int, scope: Scope) -> Disruption:
    """The disruption, or `NotFound`: out of scope and missing are the same."""
    wanted = select(Disruption).where(
        Disruption.id == disruption_id, Disruption.centre_id.in_(scope.centres)
    )
    found = session.scalar(wanted)
    if found is None:
        raise NotFound()
    return found


def people_of(session: Session, disruption_id: int) -> Sequence[Displaced]:
    """Everybody who lost their time by it, in the order in which they were placed."""
    wanted = select(Displaced).where(Displaced.disruption_id == disruption_id)
    return session.scalars(wanted.order_by(Displaced.id)).all()


def accept(
    session: Session, displaced_id: int, *, of: str, scope: Scope, at: datetime, by: int | None
) -> Booking:
    """The person takes the time that is held: the appointment moves there, its code stays.

    `of` is the reference of the time they were told of. Raises `NotFound`, `StillUndoable`,
    `Answered`, `NothingHeld` when that one is not held, `HoldExpired` when the answer came late.
    """
    one = _unanswered(session, displaced_id, scope, at)
    booking = session.get_one(Booking, one.booking_id)
    held = session.get(Booking, one.proposal_id or 0)
    if held is None or held.reference != of:
        raise rules.NothingHeld()
    _hold_still(session, booking, held)
    holds.take_over(session, held, at=at)
    taken = select(Occupancy).where(Occupancy.booking_id == held.id)
    claims = [
        guard.Claim(row.resource_id, Interval(row.starts_at, row.ends_at))
        for row in session.scalars(taken)
    ]
    if not claims:
        raise booking_rules.HoldExpired()
    _into(booking, held)
    guard.release(session, [held.id])
    held.status, held.version = Status.CANCELLED, held.version + 1
    session.flush()
    if guard.claim(session, guard.Holder(booking_id=booking.id), claims, at=at):
        raise booking_rules.SlotTaken()
    settle(session, one, Outcome.ACCEPTED, at=at, by=by)
    steps.remember(session, held, Happening.LAPSED, at=at, by=by)
    steps.remember(session, booking, Happening.MOVED, at=at, by=by)
    ahead.leave(session, one, at=at, by=by)
    emit(session, BookingMoved(booking.id, at))
    return booking


def _unanswered(session: Session, displaced_id: int, scope: Scope, at: datetime) -> Displaced:
    """The row as it is once nobody else can undo the cancellation or answer for this person."""
    one = displaced_queries.by_id(session, displaced_id, scope)
    _stop_undoing(session, one, at)
    session.refresh(one)
    if one.outcome is not None:
        raise Answered()
    return one


def _stop_undoing(session: Session, one: Displaced, at: datetime) -> None:
    """Whoever undoes the cancellation has finished, or finds what is done here.

    Raises `StillUndoable` within its minute.
    """
    disruption = session.get_one(Disruption, one.disruption_id)
    lock_centre(session, disruption.centre_id)
    session.refresh(disruption)
    if disruption.undone_at is None and at < disruption.undo_until:
        raise StillUndoable()


def _hold_still(session: Session, booking: Booking, held: Booking | None) -> None:
    """Lock the person, what is held for them, and then the appointment that was lost."""
    theirs = guard.held_by(session, held.id) if held is not None else []
    steps.stand_still(session, booking, resource_of(session, booking.case_id), *theirs)
    if booking.status is not Status.NEEDS_REBOOKING:
        raise Answered()


def _into(booking: Booking, held: Booking) -> None:
    for name in (
        "centre_id",
        "staff_id",
        "room_id",
        "starts_at",
        "ends_at",
        "before_minutes",
        "after_minutes",
        "interpreter",
        "interpreter_id",
        "second_staff_id",
    ):
        setattr(booking, name, getattr(held, name))
    booking.status = Status.BOOKED
    booking.version += 1


def decline(
    session: Session,
    displaced_id: int,
    *,
    of: str | None,
    scope: Scope,
    at: datetime,
    by: int | None,
) -> Booking:
    """The person wants no other time: the appointment ends, what was held is free.

    `of` is the reference of the time they were told of, if one was held. Raises `NotFound`,
    `StillUndoable`, `Answered`, and `NothingHeld` when it was not that one.
    """
    one = _unanswered(session, displaced_id, scope, at)
    booking = session.get_one(Booking, one.booking_id)
    held = session.get(Booking, one.proposal_id or 0)
    if of and (held is None or held.reference != of):
        raise rules.NothingHeld()
    _hold_still(session, booking, held)
    booking.status = Status.CANCELLED
    booking.version += 1
    settle(session, one, Outcome.DECLINED, at=at, by=by)
    steps.remember(session, booking, Happening.CANCELLED, at=at, by=by)
    if held is not None:
        holds.let_go(session, held, at=at, by=by)
    ahead.leave(session, one, at=at, by=by)
    emit(session, BookingCancelled(booking.id, at, "person"))
    return booking


def told(session: Session, booking_id: int, *, at: datetime, by: int) -> int:
    """The person knows that the appointment was lost, and what is held; how many rows tell it.

    The caller has checked whose booking it is, and holds no row yet (a centre comes before all
    others). Nothing is done twice. Raises `StillUndoable` within the minute of undoing.
    """
    noted = 0
    for one in displaced_queries.open_of(session, booking_id):
        _stop_undoing(session, one, at)
        session.refresh(one)
        if one.outcome is None and one.told_at is None:
            one.told_at = at
            audit.note(session, "displaced.told", "displaced", one.id, by=by, at=at)
            noted += 1
    session.flush()
    return noted


def tell(session: Session, displaced_id: int, *, scope: Scope, at: datetime, by: int) -> int:
    """`told` for one row of a page. Raises `NotFound` too."""
    one = displaced_queries.by_id(session, displaced_id, scope)
    return told(session, one.booking_id, at=at, by=by)


def on_moved(session: Session, event: BookingMoved | BookingCancelled) -> None:
    """Whoever was moved or cancelled elsewhere is settled; what was held for them is free."""
    other = Outcome.OTHER_TIME if isinstance(event, BookingMoved) else Outcome.DECLINED
    for one in displaced_queries.open_of(session, event.booking_id):
        settle(session, one, other, at=event.at, by=None)
        _let_end(session, one, event.at)


def on_made(session: Session, event: BookingMade) -> None:
    """Who waits for what they lost got another appointment of its kind: that one is in its stead.

    The lost one ends silently: the new one is confirmed. Runs before the entry of the waiting list
    is served, so that the appointment is locked before it.
    """
    if not event.waits:
        return
    made = session.get_one(Booking, event.booking_id)
    for one in displaced_queries.in_line(session, made.case_id, made.service_id):
        lost = session.get_one(Booking, one.booking_id)
        lock_row(session, lost)
        session.refresh(one)
        if one.outcome is not None or lost.status is not Status.NEEDS_REBOOKING:
            continue
        lost.status = Status.CANCELLED
        lost.version += 1
        settle(session, one, Outcome.WAITING_LIST, at=event.at, by=None)
        steps.remember(session, lost, Happening.CANCELLED, at=event.at, by=None)
        if one.proposal_id is not None:
            ahead.end_now(session, session.get_one(Booking, one.proposal_id), event.at)
    session.flush()


def _let_end(session: Session, one: Displaced, at: datetime) -> None:
    """What is held for somebody settled ends; whoever settled it holds the lost appointment."""
    if one.proposal_id is not None:
        ahead.end_now(session, session.get_one(Booking, one.proposal_id), at)
    ahead.leave(session, one, at=at, by=None)


def settle(session: Session, one: Displaced, how: Outcome, *, at: datetime, by: int | None) -> None:
    """Note how it ended for this person, and who says so (None: what they did elsewhere)."""
    one.outcome, one.settled_at, one.settled_by = how, at, by
    audit.note(session, f"displaced.{how}", "displaced", one.id, by=by, at=at)
    session.flush()
