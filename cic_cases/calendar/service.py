"""Entering and changing duties and closures. Claiming time is the guard's (`calendar/guard.py`).

The checks that need centres and people are `bookings.roster_changes`: go through it.
"""

from datetime import date, datetime, timedelta

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from cic_cases.calendar.duties import AlreadyOver, DutyWish, WouldExtend
from cic_cases.calendar.models import (
    Closure,
    Duty,
    DutyException,
    DutyLanguage,
    DutyService,
    ExceptionKind,
)
from cic_cases.calendar.rules import Change, ClosedDays
from cic_cases.privacy import audit

ONE_DAY = timedelta(days=1)


def add_duty(session: Session, wish: DutyWish, *, at: datetime, by: int) -> Duty:
    """Make a weekly duty (or, when first and last day are one, a single extra duty)."""
    duty = Duty(centre_id=wish.centre_id)
    _put(duty, wish)
    session.add(duty)
    session.flush()
    _put_services(session, duty.id, wish)
    audit.note(session, "duty.added", "duty", duty.id, by=by, at=at, centre_id=wish.centre_id)
    return duty


def change_duty(session: Session, duty: Duty, wish: DutyWish, *, at: datetime, by: int) -> None:
    """Make the whole rule another, from its first day; changes of dates it loses are dropped."""
    moved = wish.weekday != duty.weekday or wish.every_weeks != duty.every_weeks
    _put(duty, wish)
    for row in (DutyService, DutyLanguage):
        session.execute(delete(row).where(row.duty_id == duty.id))
    _put_services(session, duty.id, wish)
    lost = DutyException.on < wish.valid_from
    if wish.valid_until is not None:
        lost = lost | (DutyException.on > wish.valid_until)
    dropped = delete(DutyException).where(DutyException.duty_id == duty.id)
    session.execute(dropped if moved else dropped.where(lost))
    audit.note(session, "duty.edited", "duty", duty.id, by=by, at=at, centre_id=duty.centre_id)


def split_duty(
    session: Session, duty: Duty, first_day: date, wish: DutyWish, *, at: datetime, by: int
) -> Duty:
    """End the rule the day before `first_day` and begin another as wished.

    Changes of single dates from then on go over to the new rule when it keeps those dates.
    """
    kept = wish.weekday == duty.weekday and wish.every_weeks == duty.every_weeks
    later = DutyException.duty_id == duty.id, DutyException.on >= first_day
    duty.valid_until = first_day - ONE_DAY
    audit.note(session, "duty.ended", "duty", duty.id, by=by, at=at, centre_id=duty.centre_id)
    new = add_duty(session, wish, at=at, by=by)
    if kept:
        carried = update(DutyException).where(*later, DutyException.on >= wish.valid_from)
        if wish.valid_until is not None:
            carried = carried.where(DutyException.on <= wish.valid_until)
        session.execute(carried.values(duty_id=new.id))
    session.execute(delete(DutyException).where(*later))
    return new


def _put(duty: Duty, wish: DutyWish) -> None:
    duty.staff_id = wish.staff_id
    duty.room_id = wish.room_id
    duty.weekday = wish.weekday
    duty.starts, duty.ends = wish.hours
    duty.valid_from, duty.valid_until = wish.valid_from, wish.valid_until
    duty.grid_minutes = wish.grid_minutes
    duty.every_weeks = wish.every_weeks
    duty.kind = wish.kind
    duty.remote = wish.remote


def _put_services(session: Session, duty_id: int, wish: DutyWish) -> None:
    session.add_all(
        DutyService(
            duty_id=duty_id,
            service_id=one.service_id,
            minutes=one.minutes,
            before_minutes=one.before_minutes,
            after_minutes=one.after_minutes,
        )
        for one in wish.services
    )
    session.add_all(DutyLanguage(duty_id=duty_id, language=code) for code in wish.languages)
    session.flush()


def end_duty(session: Session, duty: Duty, last_day: date, *, at: datetime, by: int) -> None:
    """Hold the duty for the last time on `last_day`, not before its first day.

    Raises `WouldExtend`: an end never makes a duty longer.
    """
    if duty.valid_until is not None and last_day > duty.valid_until:
        raise WouldExtend(day=f"{duty.valid_until:%d.%m.%Y}")
    duty.valid_until = last_day
    later = delete(DutyException).where(DutyException.duty_id == duty.id)
    session.execute(later.where(DutyException.on > last_day))
    audit.note(session, "duty.ended", "duty", duty.id, by=by, at=at, centre_id=duty.centre_id)


def remove_duty(session: Session, duty: Duty, *, at: datetime, by: int) -> None:
    """Take back a rule none of whose dates has come."""
    audit.note(session, "duty.removed", "duty", duty.id, by=by, at=at, centre_id=duty.centre_id)
    for row in (DutyService, DutyLanguage, DutyException):
        session.execute(delete(row).where(row.duty_id == duty.id))
    session.delete(duty)
    session.flush()


def change_occurrence(
    session: Session, duty: Duty, on: date, change: Change | None, *, at: datetime, by: int
) -> DutyException | None:
    """Cancel one date of a duty, or give it other hours, room or person; None: as the rule says.

    Said again, it replaces what was said before.
    """
    session.execute(
        delete(DutyException).where(DutyException.duty_id == duty.id, DutyException.on == on)
    )
    exception = None
    if change is not None:
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
    session.flush()
    audit.note(session, "duty.changed", "duty", duty.id, by=by, at=at, centre_id=duty.centre_id)
    return exception


def change_on(session: Session, duty_id: int, on: date) -> Change | None:
    """What is other on that date of the duty, None when nothing is."""
    wanted = select(DutyException).where(DutyException.duty_id == duty_id, DutyException.on == on)
    row = session.scalar(wanted)
    return None if row is None else change_of(row)


def change_of(row: DutyException) -> Change:
    """The row as a value for the rules."""
    return Change(
        cancelled=row.kind is ExceptionKind.CANCELLED,
        hours=(row.starts, row.ends) if row.starts and row.ends else None,
        room_id=row.room_id,
        staff_id=row.staff_id,
    )


def add_closure(
    session: Session, closed: ClosedDays, reason: str, *, at: datetime, by: int
) -> Closure:
    """Close a centre, a room, or an institution's duties, for these days."""
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


def remove_closure(
    session: Session, closure: Closure, today: date, *, at: datetime, by: int
) -> None:
    """Open again: days to come are no longer closed, days that were stay. `AlreadyOver`."""
    if closure.last_day < today:
        raise AlreadyOver()
    centre_id = closure.centre_id
    audit.note(session, "closure.removed", "closure", closure.id, by=by, at=at, centre_id=centre_id)
    if closure.first_day < today:
        closure.last_day = today - ONE_DAY
    else:
        session.delete(closure)
    session.flush()
