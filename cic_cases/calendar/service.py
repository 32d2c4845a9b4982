"""Entering and changing duties and closures. Claiming time is the guard's (`calendar/guard.py`)."""

from datetime import date, datetime

from sqlalchemy import delete
from sqlalchemy.orm import Session

from cic_cases.calendar.models import (
    Closure,
    Duty,
    DutyException,
    DutyService,
    ExceptionKind,
)
from cic_cases.calendar.rules import Change, ClosedDays, DutyWish
from cic_cases.privacy import audit


def add_duty(session: Session, wish: DutyWish, *, at: datetime, by: int) -> Duty:
    """Make a weekly duty (or, when first and last day are one, a single extra duty).

    The caller has checked the hours against the centre's opening hours (`rules.check_hours`).
    """
    duty = Duty(
        staff_id=wish.staff_id,
        centre_id=wish.centre_id,
        room_id=wish.room_id,
        weekday=wish.weekday,
        starts=wish.hours[0],
        ends=wish.hours[1],
        valid_from=wish.valid_from,
        valid_until=wish.valid_until,
        grid_minutes=wish.grid_minutes,
    )
    session.add(duty)
    session.flush()
    session.add_all(DutyService(duty_id=duty.id, service_id=s) for s in wish.service_ids)
    audit.note(session, "duty.added", "duty", duty.id, by=by, at=at, centre_id=wish.centre_id)
    return duty


def end_duty(session: Session, duty: Duty, last_day: date, *, at: datetime, by: int) -> None:
    """Hold the duty for the last time on `last_day`; appointments already made stay."""
    duty.valid_until = max(last_day, duty.valid_from)
    audit.note(session, "duty.ended", "duty", duty.id, by=by, at=at, centre_id=duty.centre_id)


def change_occurrence(
    session: Session, duty: Duty, on: date, change: Change, *, at: datetime, by: int
) -> DutyException:
    """Cancel one date of a duty, or give it other hours or a room; said again, it replaces."""
    session.execute(
        delete(DutyException).where(DutyException.duty_id == duty.id, DutyException.on == on)
    )
    exception = DutyException(
        duty_id=duty.id,
        on=on,
        kind=ExceptionKind.CANCELLED if change.cancelled else ExceptionKind.CHANGED,
        starts=change.hours[0] if change.hours else None,
        ends=change.hours[1] if change.hours else None,
        room_id=change.room_id,
        staff_id=change.staff_id,
    )
    session.add(exception)
    audit.note(session, "duty.changed", "duty", duty.id, by=by, at=at, centre_id=duty.centre_id)
    return exception


def add_closure(
    session: Session, closed: ClosedDays, reason: str, *, at: datetime, by: int
) -> Closure:
    """Close a centre, or an institution's duties, for these days; appointments made stay."""
    closure = Closure(
        centre_id=closed.centre_id,
        institution_id=closed.institution_id,
        room_id=closed.room_id,
        first_day=closed.first_day,
        last_day=closed.last_day,
        reason=reason,
    )
    session.add(closure)
    session.flush()
    centre_id = closed.centre_id
    audit.note(session, "closure.added", "closure", closure.id, by=by, at=at, centre_id=centre_id)
    return closure
