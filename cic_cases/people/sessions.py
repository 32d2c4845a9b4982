"""From what a browser or a program carries to the person who acts, with today's rights.

Rights are read at every request, so what is granted, taken away or disabled counts at the next.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.orm import Session

from cic_cases.foundation.db import db
from cic_cases.people import queries
from cic_cases.privacy.actor import Actor, Grant
from cic_cases.privacy.roles import Role


def load_actor(key: str) -> Actor | None:
    """Whose session this is: `key` is «id:version». None when it has ended. One statement."""
    staff_id, _, version = key.partition(":")
    if not (staff_id.isdecimal() and version.isdecimal()):
        return None
    actor = actor_of(db.session(), int(staff_id))
    return actor if actor and actor.session_version == int(version) else None


def actor_of(session: Session, staff_id: int) -> Actor | None:
    """The staff member as an actor; None when disabled or missing. One statement."""
    return _actor(queries.acting(session, staff_id))


def actor_of_token(session: Session, token: str, at: datetime) -> Actor | None:
    """Whose API token this is at `at`; None when revoked, too old, unknown or of a disabled one.

    One statement.
    """
    return _actor(queries.acting_by_token(session, token, at))


def _actor(rows: Sequence[Row[Any]]) -> Actor | None:
    """The account of these rows, its grants in order, and the centres they reach by slug."""
    if not rows:
        return None
    reach: dict[tuple[int, Role], set[int]] = {}
    places: dict[tuple[str, int], None] = {}  # a set that keeps the order
    for row in rows:
        if row.grant_id is not None:
            reach.setdefault((row.grant_id, row.role), set())
        if row.centre_id is not None:
            reach[row.grant_id, row.role].add(row.centre_id)
            places[row.slug, row.centre_id] = None
    person = rows[0]
    return Actor(
        id=person.id,
        key=person.key,
        email=person.email,
        initials=person.initials,
        language=person.language,
        grants=tuple(Grant(role, frozenset(reach[grant, role])) for grant, role in sorted(reach)),
        institution_id=person.institution_id,
        session_version=person.session_version,
        places=tuple(places),
    )
