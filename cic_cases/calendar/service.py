"""Claiming and releasing time, the one guard over specialist, room and person; and its rules."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.orm import Session

from cic_cases.calendar.models import (
    Closure,
    Duty,
    DutyException,
    DutyService,
    ExceptionKind,
    Occupancy,
    Resource,
    ResourceKind,
)
from cic_cases.calendar.rules import Change, ClosedDays, DutyWish
from cic_cases.foundation.intervals import Interval
from cic_cases.privacy import audit


def new_resource(session: Session, kind: ResourceKind) -> int:
    """Make a resource for a specialist, a room or a case; returns its id."""
    resource = Resource(kind=kind)
    session.add(resource)
    session.flush()
    return resource.id


def lock(session: Session, resource_ids: Iterable[int]) -> None:
    """Take these resources in one order, so that two people swapping times never deadlock.

    SQLite needs no lock: its writers take turns at the gate.
    """
    if session.get_bind().dialect.name == "sqlite":
        return
    ordered = select(Resource.id).where(Resource.id.in_(set(resource_ids))).order_by(Resource.id)
    session.execute(ordered.with_for_update())


def release(session: Session, booking_ids: Iterable[int]) -> None:
    """Give back everything these bookings occupy."""
    ids = list(booking_ids)
    if ids:
        session.execute(delete(Occupancy).where(Occupancy.booking_id.in_(ids)))


def claim(
    session: Session, booking_id: int, resource_ids: Sequence[int], time: Interval
) -> frozenset[int]:
    """Occupy every resource for `time`; the ones that were NOT free are returned.

    When any is returned the caller must undo the transaction: the others have been claimed.
    """
    rows = [
        {
            "resource_id": resource_id,
            "booking_id": booking_id,
            "starts_at": time.start,
            "ends_at": time.end,
        }
        for resource_id in resource_ids
    ]
    if session.get_bind().dialect.name == "postgresql":
        statement = insert_postgresql(Occupancy).on_conflict_do_nothing()
    else:
        statement = insert(Occupancy)  # type: ignore[assignment]
    won = session.scalars(statement.values(rows).returning(Occupancy.resource_id)).all()
    return frozenset(resource_ids) - frozenset(won)


def resources_of_booking(session: Session, booking_id: int) -> list[int]:
    """What a booking occupies now."""
    held = select(Occupancy.resource_id).where(Occupancy.booking_id == booking_id)
    return list(session.scalars(held))


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
        kind=ExceptionKind.CHANGED if change.hours else ExceptionKind.CANCELLED,
        starts=change.hours[0] if change.hours else None,
        ends=change.hours[1] if change.hours else None,
        room_id=change.room_id,
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
        first_day=closed.first_day,
        last_day=closed.last_day,
        reason=reason,
    )
    session.add(closure)
    session.flush()
    centre_id = closed.centre_id
    audit.note(session, "closure.added", "closure", closure.id, by=by, at=at, centre_id=centre_id)
    return closure
