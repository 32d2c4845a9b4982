"""A disruption is undone while nobody has been told: rosters and appointments as they were."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.bookings import before_change, holds, roster_guard, roster_standing, steps
from cic_cases.bookings import disruption_rules as rules
from cic_cases.bookings.displaced import disruption_in, people_of, settle
from cic_cases.bookings.disruptions import lock_centre
from cic_cases.bookings.events import BookingRestored
from cic_cases.bookings.models import Booking, Cause, Displaced, Disruption, Outcome
from cic_cases.bookings.slots import ONE_MINUTE
from cic_cases.bookings.statuses import Happening, Status
from cic_cases.calendar import guard, service
from cic_cases.calendar.models import Closure, Duty
from cic_cases.cases.models import Case
from cic_cases.centres import hours as opening
from cic_cases.centres.models import Room
from cic_cases.centres.queries import region_of, zone_of
from cic_cases.foundation.events import emit
from cic_cases.foundation.intervals import Interval
from cic_cases.foundation.localtime import local_day
from cic_cases.people.models import Staff
from cic_cases.privacy import audit
from cic_cases.privacy.actor import Scope


def undo(
    session: Session, disruption_id: int, *, scope: Scope, at: datetime, by: int
) -> Disruption:
    """Everything back as it was: the date of the duty, every appointment, no proposals.

    Raises `TooLateToUndo` when the minute is over, it was undone, somebody has answered, or has
    booked a time that there would not be any more.
    """
    disruption = disruption_in(session, disruption_id, scope)
    lock_centre(session, disruption.centre_id)
    session.refresh(disruption)
    still = roster_guard.lock_region(session, region_of(session, disruption.centre_id).id)
    guard.outdate(session, still)
    people = people_of(session, disruption.id)
    open_still = all(one.outcome is None and one.told_at is None for one in people)
    if disruption.undone_at or at >= disruption.undo_until or not open_still:
        raise rules.TooLateToUndo()
    booked = roster_standing.standing(session, disruption.centre_id, at)
    _take_back(session, disruption, at=at, by=by)
    session.flush()
    if not booked <= roster_standing.standing(session, disruption.centre_id, at):
        raise rules.TooLateToUndo()  # somebody has booked what there was not before
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
    match disruption.cause:
        case Cause.CLOSURE:
            _reopen(session, disruption, at=at, by=by)
        case Cause.HOURS_CHANGED:
            _hours_back(session, disruption, at=at, by=by)
        case Cause.DUTY_ENDED:
            _duty_back(session, disruption, at=at, by=by)
        case Cause.DUTY_CANCELLED | Cause.DUTY_CHANGED:
            _date_back(session, disruption, at=at, by=by)


def _reopen(session: Session, disruption: Disruption, *, at: datetime, by: int) -> None:
    closure = session.get(Closure, disruption.closure_id or 0)
    if closure is None:
        raise rules.TooLateToUndo()
    disruption.closure_id = None
    session.flush()
    today = local_day(at, zone_of(session, disruption.centre_id))
    service.remove_closure(session, closure, today, at=at, by=by)


def _hours_back(session: Session, disruption: Disruption, *, at: datetime, by: int) -> None:
    before, centre_id = disruption.before, disruption.centre_id
    day = before["weekday"] if disruption.on is None else disruption.on
    now = opening.kept(session, centre_id, day)
    if (now["hours"] if now else None) != before["now"]:
        raise rules.TooLateToUndo()
    opening.restore(session, centre_id, day, before["was"], at=at, by=by)


def _duty_back(session: Session, disruption: Disruption, *, at: datetime, by: int) -> None:
    duty, before = _duty_of(session, disruption), disruption.before
    if duty.valid_until != disruption.on:
        raise rules.TooLateToUndo()
    last = before["valid_until"]
    duty.valid_until = date.fromisoformat(last) if last else None
    for on, change in before["dates"].items():
        service.change_occurrence(
            session, duty, date.fromisoformat(on), before_change.read(change), at=at, by=by
        )
    audit.note(session, "duty.changed", "duty", duty.id, by=by, at=at, centre_id=duty.centre_id)


def _date_back(session: Session, disruption: Disruption, *, at: datetime, by: int) -> None:
    duty, before, on = _duty_of(session, disruption), disruption.before, disruption.on
    if (
        on is None
        or before_change.written(service.change_on(session, duty.id, on)) != before["now"]
    ):
        raise rules.TooLateToUndo()
    was = before_change.read(before["change"])
    service.change_occurrence(session, duty, on, was, at=at, by=by)


def _duty_of(session: Session, disruption: Disruption) -> Duty:
    duty = session.scalar(select(Duty).where(Duty.id == disruption.duty_id).with_for_update())
    if duty is None:
        raise rules.TooLateToUndo()
    return duty


def _restore(session: Session, one: Displaced, *, at: datetime, by: int) -> None:
    booking = session.get_one(Booking, one.booking_id)
    claims = _claims(session, booking)
    steps.stand_still(session, booking, *(claim.resource_id for claim in claims))
    if booking.status is not Status.NEEDS_REBOOKING:
        raise rules.TooLateToUndo()
    booking.status = Status.BOOKED
    booking.version += 1
    settle(session, one, Outcome.UNDONE, at=at, by=by)
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
