"""What becomes of people who lost their time: undone, accepted, declined, settled otherwise."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.bookings import disruption_rules as rules
from cic_cases.bookings import holds, steps
from cic_cases.bookings import rules as booking_rules
from cic_cases.bookings.disruptions import lock_centre, read
from cic_cases.bookings.events import BookingCancelled, BookingMoved, BookingRestored
from cic_cases.bookings.models import Booking, Cause, Displaced, Disruption, Outcome
from cic_cases.bookings.slots import ONE_MINUTE
from cic_cases.bookings.statuses import Happening, Status
from cic_cases.calendar import guard, service
from cic_cases.calendar.models import Closure, Duty, Occupancy
from cic_cases.cases.models import Case
from cic_cases.cases.queries import resource_of
from cic_cases.centres.models import Centre, Room
from cic_cases.foundation.clock import zone
from cic_cases.foundation.db import lock_row
from cic_cases.foundation.errors import NotFound
from cic_cases.foundation.events import emit
from cic_cases.foundation.intervals import Interval
from cic_cases.foundation.localtime import local_day
from cic_cases.people.models import Staff
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


def undo(
    session: Session, disruption_id: int, *, scope: Scope, at: datetime, by: int
) -> Disruption:
    """Everything back as it was: the date of the duty, every appointment, no proposals.

    Raises `TooLateToUndo` when the minute is over, it was undone, or somebody has answered.
    """
    disruption = disruption_in(session, disruption_id, scope)
    lock_centre(session, disruption.centre_id)
    session.refresh(disruption)
    people = people_of(session, disruption.id)
    open_still = all(one.outcome is None and one.told_at is None for one in people)
    if disruption.undone_at or at >= disruption.undo_until or not open_still:
        raise rules.TooLateToUndo()
    _take_back(session, disruption, at=at, by=by)
    for one in people:
        _restore(session, one, at=at, by=by)
    disruption.undone_at, disruption.undone_by = at, by
    centre_id = disruption.centre_id
    audit.note(
        session, "disruption.undone", "disruption", disruption.id, by=by, at=at, centre_id=centre_id
    )
    session.flush()
    return disruption


def _take_back(session: Session, disruption: Disruption, *, at: datetime, by: int) -> None:
    """The rosters as they were; `TooLateToUndo` when they have been changed again since."""
    if disruption.cause is Cause.CLOSURE:
        closure = session.get(Closure, disruption.closure_id or 0)
        if closure is None:
            raise rules.TooLateToUndo()
        disruption.closure_id = None
        session.flush()
        place = session.get_one(Centre, disruption.centre_id)
        today = local_day(at, zone(place.timezone))
        service.remove_closure(session, closure, today, at=at, by=by)
        return
    duty = session.scalar(select(Duty).where(Duty.id == disruption.duty_id).with_for_update())
    if duty is None or disruption.on is None:
        raise rules.TooLateToUndo()
    if disruption.cause is Cause.DUTY_ENDED:
        last = disruption.before["valid_until"]
        duty.valid_until = date.fromisoformat(last) if last else None
        audit.note(session, "duty.changed", "duty", duty.id, by=by, at=at, centre_id=duty.centre_id)
        return
    before = read(disruption.before["change"])
    service.change_occurrence(session, duty, disruption.on, before, at=at, by=by)


def _restore(session: Session, one: Displaced, *, at: datetime, by: int) -> None:
    booking = session.get_one(Booking, one.booking_id)
    claims = _claims(session, booking)
    steps.stand_still(session, booking, *(claim.resource_id for claim in claims))
    if booking.status is not Status.NEEDS_REBOOKING:
        raise rules.TooLateToUndo()
    booking.status = Status.BOOKED
    booking.version += 1
    _settle(session, one, Outcome.UNDONE, at=at, by=by)
    session.flush()
    if one.proposal_id is not None:
        holds.let_go(session, session.get_one(Booking, one.proposal_id), at=at, by=by)
    if guard.claim(session, guard.Holder(booking_id=booking.id), claims, at=at):
        raise rules.TooLateToUndo()
    steps.remember(session, booking, Happening.RESTORED, at=at, by=by)
    emit(session, BookingRestored(booking.id, at))


def _claims(session: Session, booking: Booking) -> list[guard.Claim]:
    """What the appointment took before it lost its time, minutes around it included."""
    own = Interval(booking.starts_at, booking.ends_at)
    whole = Interval(
        booking.starts_at - booking.before_minutes * ONE_MINUTE,
        booking.ends_at + booking.after_minutes * ONE_MINUTE,
    )
    taken = [(session.get_one(Staff, booking.staff_id).resource_id, whole)]
    if booking.room_id is not None:
        taken.append((session.get_one(Room, booking.room_id).resource_id, whole))
    if booking.second_staff_id is not None:
        taken.append((session.get_one(Staff, booking.second_staff_id).resource_id, whole))
    if booking.interpreter_id is not None:
        taken.append((session.get_one(Staff, booking.interpreter_id).resource_id, own))
    taken.append((session.get_one(Case, booking.case_id).resource_id, own))
    return [guard.Claim(resource, time) for resource, time in taken]


def accept(session: Session, one: Displaced, *, at: datetime, by: int) -> Booking:
    """The person takes the time that is held: the appointment moves there, its code stays.

    Raises `NothingHeld`, or `HoldExpired` when the answer came too late.
    """
    if one.outcome is not None or one.proposal_id is None:
        raise rules.NothingHeld()
    booking = session.get_one(Booking, one.booking_id)
    held = session.get_one(Booking, one.proposal_id)
    holds.take_over(session, held, at=at)
    lock_row(session, booking)
    if booking.status is not Status.NEEDS_REBOOKING:
        raise rules.NothingHeld()
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
    _settle(session, one, Outcome.ACCEPTED, at=at, by=by)
    steps.remember(session, held, Happening.LAPSED, at=at, by=by)
    steps.remember(session, booking, Happening.MOVED, at=at, by=by)
    emit(session, BookingMoved(booking.id, at))
    return booking


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


def decline(session: Session, one: Displaced, *, at: datetime, by: int) -> Booking:
    """The person wants no other time: the appointment ends, what was held is free.

    Raises `NothingHeld` when it has been settled already.
    """
    booking = session.get_one(Booking, one.booking_id)
    steps.stand_still(session, booking, resource_of(session, booking.case_id))
    if one.outcome is not None or booking.status is not Status.NEEDS_REBOOKING:
        raise rules.NothingHeld()
    booking.status = Status.CANCELLED
    booking.version += 1
    _settle(session, one, Outcome.DECLINED, at=at, by=by)
    steps.remember(session, booking, Happening.CANCELLED, at=at, by=by)
    if one.proposal_id is not None:
        holds.let_go(session, session.get_one(Booking, one.proposal_id), at=at, by=by)
    emit(session, BookingCancelled(booking.id, at, "person"))
    return booking


def on_moved(session: Session, event: BookingMoved | BookingCancelled) -> None:
    """Whoever was moved or cancelled elsewhere is settled; what was held for them is free."""
    wanted = select(Displaced).where(
        Displaced.booking_id == event.booking_id, Displaced.outcome.is_(None)
    )
    other = Outcome.OTHER_TIME if isinstance(event, BookingMoved) else Outcome.DECLINED
    for one in session.scalars(wanted).all():
        one.outcome, one.settled_at = other, event.at
        session.flush()
        if one.proposal_id is not None:
            holds.let_go(session, session.get_one(Booking, one.proposal_id), at=event.at, by=None)


def _settle(session: Session, one: Displaced, how: Outcome, *, at: datetime, by: int) -> None:
    one.outcome, one.settled_at, one.settled_by = how, at, by
    audit.note(session, f"displaced.{how}", "displaced", one.id, by=by, at=at)
