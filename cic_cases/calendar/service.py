"""Claiming and releasing time: the one guard over specialist, room and person."""

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, insert, select
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.orm import Session

from cic_cases.calendar.models import Occupancy, Resource, ResourceKind
from cic_cases.foundation.intervals import Interval


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
