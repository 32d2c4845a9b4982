"""Claiming and releasing time: the one guard over specialist, room, interpreter and person.

Nothing here decides by looking first: the database takes a row or leaves it out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Integer, TextClause, bindparam, delete, select, text, update
from sqlalchemy.orm import Session
from sqlalchemy.types import TypeEngine

from cic_cases.calendar.models import Occupancy, Resource, ResourceKind
from cic_cases.foundation.db import UtcDateTime
from cic_cases.foundation.intervals import Interval

LONGEST = timedelta(days=1)  # of one claim: readers need not look further back


@dataclass(frozen=True, slots=True)
class Claim:
    """One resource for one stretch of time (UTC); a room may be taken longer than a person.

    `version` is that of the roster by which its time was found free; None: not found by one.
    """

    resource_id: int
    time: Interval
    version: int | None = None


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


def try_lock(session: Session, resource_ids: Iterable[int]) -> bool:
    """Take these resources without waiting; False when somebody else has one of them now."""
    wanted = set(resource_ids)
    if session.get_bind().dialect.name == "sqlite":
        return True
    ordered = select(Resource.id).where(Resource.id.in_(wanted)).order_by(Resource.id)
    return set(session.scalars(ordered.with_for_update(skip_locked=True))) == wanted


def outdate(session: Session, resource_ids: Iterable[int]) -> None:
    """Nothing that was read of these resources' rosters can be claimed any more. Lock them first.

    Whoever has read one before this transaction and claims after it gets nothing.
    """
    changed = update(Resource).where(Resource.id.in_(set(resource_ids)))
    session.execute(changed.values(version=Resource.version + 1))


def claim(
    session: Session, holder: Holder, claims: Sequence[Claim], *, at: datetime
) -> frozenset[int]:
    """Occupy every resource for its time; the ids of those that were NOT free are returned.

    Neither is one whose roster has another version than its claim. A hold that has expired by
    `at` gives way. When any id is returned the caller must undo the
    transaction (or its savepoint): the other resources have been taken. Raises ValueError for
    more than `LONGEST`.
    """
    if any(claim.time.end - claim.time.start > LONGEST for claim in claims):
        raise ValueError("nothing is taken for more than a day at once")
    lost = _insert(session, holder, claims)
    if lost:  # even if no hold was found: another claim may have removed it since
        _drop_expired(session, {claim.resource_id for claim in lost}, at)
        lost = _insert(session, holder, lost)
    return frozenset(claim.resource_id for claim in lost)


def _insert(session: Session, holder: Holder, claims: Sequence[Claim]) -> list[Claim]:
    """Try to take them all in one statement; the ones that are somebody else's come back."""
    values: dict[str, object] = {
        "booking_id": holder.booking_id,
        "external_id": holder.external_id,
        "expires_at": holder.expires_at,
    }
    for number, claim in enumerate(claims):
        values[f"resource_{number}"] = claim.resource_id
        values[f"version_{number}"] = claim.version
        values[f"start_{number}"], values[f"end_{number}"] = claim.time.start, claim.time.end
    statement = _taking(session.get_bind().dialect.name, len(claims))
    won = set(session.scalars(statement, values))
    return [claim for claim in claims if claim.resource_id not in won]


@lru_cache(maxsize=32)
def _taking(dialect: str, number: int) -> TextClause:
    """The statement that takes `number` resources; the ids of those that were free come back.

    PostgreSQL first locks them all, in the order of `lock`, and leaves out what is taken and what
    belongs to a roster of another version, as it is once locked. SQLite's writers take turns, so
    that a roster they have read is the roster still; triggers leave out what is taken.
    """
    taken = "resource_id, booking_id, external_id, starts_at, ends_at, expires_at"
    if dialect == "sqlite":
        rows = ", ".join(f"({_row(n)})" for n in range(number))
        sql = f"INSERT INTO occupancy ({taken}) VALUES {rows} RETURNING resource_id"  # noqa: S608
    else:
        ids = ", ".join(f":resource_{n}" for n in range(number))
        rows = ", ".join(f"({_row(n)}, CAST(:version_{n} AS integer))" for n in range(number))
        sql = (
            f"WITH locked AS MATERIALIZED (SELECT id, version FROM resource WHERE id IN ({ids})"  # noqa: S608
            " ORDER BY kind = 'case', id FOR UPDATE)"
            f" INSERT INTO occupancy ({taken}) SELECT {taken}"
            f" FROM (VALUES {rows}) AS wanted ({taken}, version)"
            " WHERE (SELECT count(*) FROM locked) > 0 AND (version IS NULL"
            " OR version = (SELECT version FROM locked WHERE id = resource_id))"
            " ON CONFLICT DO NOTHING RETURNING resource_id"
        )  # (only numbers and names of values are put in)
    types: dict[str, type[TypeEngine[Any]]] = {
        "booking_id": Integer,
        "external_id": Integer,
        "expires_at": UtcDateTime,
    }
    for n in range(number):
        types |= {f"resource_{n}": Integer, f"start_{n}": UtcDateTime, f"end_{n}": UtcDateTime}
        if dialect != "sqlite":
            types[f"version_{n}"] = Integer
    return text(sql).bindparams(*(bindparam(name, type_=type_) for name, type_ in types.items()))


def _row(n: int) -> str:
    return f":resource_{n}, :booking_id, :external_id, :start_{n}, :end_{n}, :expires_at"


def _drop_expired(session: Session, resource_ids: set[int], at: datetime) -> None:
    """Remove holds of these resources that have expired by `at`.

    A hold loses all that it occupies, so that nothing is left of it to be confirmed.
    """
    over = select(Occupancy.booking_id).where(
        Occupancy.resource_id.in_(resource_ids), Occupancy.expires_at <= at
    )
    expired = delete(Occupancy).where(Occupancy.booking_id.in_(over), Occupancy.expires_at <= at)
    session.execute(expired)


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


def expire(session: Session, booking_id: int, at: datetime) -> None:
    """End a hold at `at`: from then on everybody sees its time as free."""
    held = update(Occupancy).where(Occupancy.booking_id == booking_id)
    session.execute(held.values(expires_at=at))


def held_by(session: Session, *booking_ids: int) -> list[int]:
    """The ids of the resources that these bookings occupy now."""
    held = select(Occupancy.resource_id).where(Occupancy.booking_id.in_(booking_ids))
    return list(session.scalars(held))


def held_by_external(session: Session, external_id: int) -> list[int]:
    """The ids of the resources that an appointment elsewhere occupies now."""
    held = select(Occupancy.resource_id).where(Occupancy.external_id == external_id)
    return list(session.scalars(held))
