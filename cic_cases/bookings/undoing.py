"""A disruption is undone while nobody has been told: rosters and appointments as they were."""

from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.bookings import disruption_rules as rules
from cic_cases.bookings import holds, roster_guard, steps
from cic_cases.bookings.displaced import disruption_in, people_of, settle
from cic_cases.bookings.disruptions import lock_centre, read
from cic_cases.bookings.events import BookingRestored
from cic_cases.bookings.models import Booking, Cause, Displaced, Disruption, Outcome
from cic_cases.bookings.slots import ONE_MINUTE
from cic_cases.bookings.statuses import Happening, Status
from cic_cases.calendar import guard, service
from cic_cases.calendar.models import Closure, Duty
from cic_cases.cases.models import Case
from cic_cases.centres.models import Centre, Room
from cic_cases.centres.queries import region_of
from cic_cases.foundation.clock import zone
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

    Raises `TooLateToUndo` when the minute is over, it was undone, or somebody has answered.
    """
    disruption = disruption_in(session, disruption_id, scope)
    lock_centre(session, disruption.centre_id)
    session.refresh(disruption)
    roster_guard.lock_region(session, region_of(session, disruption.centre_id).id)
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
