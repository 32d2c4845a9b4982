"""Claiming and releasing time: the one guard over specialist, room, interpreter and person.

Nothing here decides by looking first: the database takes a row or leaves it out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.orm import Session

from cic_cases.calendar.models import Occupancy, Resource, ResourceKind
from cic_cases.foundation.intervals import Interval


@dataclass(frozen=True, slots=True)
class Claim:
    """One resource for one stretch of time (UTC); a room may be taken longer than a person."""

    resource_id: int
    time: Interval


@dataclass(frozen=True, kw_only=True, slots=True)
class Holder:
    """For what time is taken: a booking or an appointment elsewhere; a hold until `expires_at`."""

    booking_id: int | None = None
    external_id: int | None = None
    expires_at: datetime | None = None


def new_resource(session: Session, kind: ResourceKind) -> int:
    """Make a resource for a specialist, a room or a case; returns its id."""
    resource = Resource(kind=kind)
    session.add(resource)
    session.flush()
    return resource.id


def lock(session: Session, resource_ids: Iterable[int]) -> None:
    """Take these resources in one order, so that two people swapping times never deadlock.

    People come last: whoever holds a specialist's time may still ask for somebody to offer it to.
    SQLite needs no lock: its writers take turns at the gate.
    """
    if session.get_bind().dialect.name == "sqlite":
        return
    wanted = select(Resource.id).where(Resource.id.in_(set(resource_ids)))
    ordered = wanted.order_by(Resource.kind == ResourceKind.CASE, Resource.id)
    session.execute(ordered.with_for_update())


def claim(
    session: Session, holder: Holder, claims: Sequence[Claim], *, at: datetime
) -> frozenset[int]:
    """Occupy every resource for its time; the ids of those that were NOT free are returned.

    A hold that has expired by `at` gives way. When any id is returned the caller must undo the
    transaction (or its savepoint): the other resources have been taken.
    """
    lost = _insert(session, holder, claims)
    if lost and _drop_expired(session, {claim.resource_id for claim in lost}, at):
        lost = _insert(session, holder, lost)
    return frozenset(claim.resource_id for claim in lost)


def _insert(session: Session, holder: Holder, claims: Sequence[Claim]) -> list[Claim]:
    """Try to take them all in one statement; the ones that are somebody else's come back."""
    rows = [
        {
            "resource_id": claim.resource_id,
            "booking_id": holder.booking_id,
            "external_id": holder.external_id,
            "starts_at": claim.time.start,
            "ends_at": claim.time.end,
            "expires_at": holder.expires_at,
        }
        for claim in claims
    ]
    if session.get_bind().dialect.name == "postgresql":
        statement = insert_postgresql(Occupancy).on_conflict_do_nothing()
    else:
        statement = insert(Occupancy)  # type: ignore[assignment]
    won = set(session.scalars(statement.values(rows).returning(Occupancy.resource_id)))
    return [claim for claim in claims if claim.resource_id not in won]


def _drop_expired(session: Session, resource_ids: set[int], at: datetime) -> bool:
    """Remove holds of these resources that have expired by `at`; whether there were any.

    A hold loses all that it occupies, so that nothing is left of it to be confirmed.
    """
    over = select(Occupancy.booking_id).where(
        Occupancy.resource_id.in_(resource_ids), Occupancy.expires_at <= at
    )
    expired = delete(Occupancy).where(Occupancy.booking_id.in_(over), Occupancy.expires_at <= at)
    return bool(session.scalars(expired.returning(Occupancy.id)).all())


def release(session: Session, booking_ids: Iterable[int]) -> None:
    """Give back everything these bookings occupy."""
    if ids := list(booking_ids):
        session.execute(delete(Occupancy).where(Occupancy.booking_id.in_(ids)))


def release_external(session: Session, external_id: int) -> None:
    """Give back what an appointment elsewhere occupies."""
    session.execute(delete(Occupancy).where(Occupancy.external_id == external_id))


def keep(session: Session, booking_id: int) -> bool:
    """A hold becomes a booking: what it occupies no longer expires.

    False when it occupies nothing: somebody whose clock read later has taken its time already.
    """
    held = update(Occupancy).where(Occupancy.booking_id == booking_id).values(expires_at=None)
    return bool(session.scalars(held.returning(Occupancy.id)).all())


def held_by(session: Session, *booking_ids: int) -> list[int]:
    """The ids of the resources that these bookings occupy now."""
    held = select(Occupancy.resource_id).where(Occupancy.booking_id.in_(booking_ids))
    return list(session.scalars(held))
