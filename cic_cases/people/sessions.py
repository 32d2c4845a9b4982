"""From what a browser or a program carries to the person who acts, with today's rights.

Rights are read at every request, so what is granted, taken away or disabled counts at the next.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from flask import current_app
from sqlalchemy import Row
from sqlalchemy.orm import Session

from cic_cases.foundation import clock
from cic_cases.foundation.db import db
from cic_cases.people import queries
from cic_cases.people.session_rules import Moments, Standing, WaitingFor, standing
from cic_cases.privacy.actor import Actor, Browser, Grant
from cic_cases.privacy.roles import Role

OfficerDays = Callable[[Session, Actor, datetime], bool]
OFFICER_DAYS = "officer_days"


@dataclass(frozen=True)
class Found:
    """A session, whose it is, and what it opens now."""

    actor: Actor
    standing: Standing
    waiting_for: WaitingFor | None


def load_actor(token: str) -> Actor | None:
    """Whose session this is; None when it is locked, over, or a step is missing. One statement."""
    found = find(db.session(), token, clock.now())
    return found.actor if found and found.standing is Standing.OPEN else None


def find(session: Session, token: str, at: datetime) -> Found | None:
    """The session with this token, as it stands at `at`; None when it was ended.

    One statement, for an officer those of their duties too.
    """
    rows = queries.acting_by_session(session, token)
    actor = _actor(rows)
    if actor is None:
        return None
    row = rows[0]
    moments = Moments(row.begun_at, row.active_at, row.locked_at, row.waiting_for)
    browser = Browser(row.session_id, token, row.active_at, row.proven_at)
    waiting = WaitingFor(row.waiting_for) if row.waiting_for else None
    acting = today(session, replace(actor, browser=browser), at)
    return Found(acting, standing(moments, at), waiting)


def actor_of(session: Session, staff_id: int) -> Actor | None:
    """The staff member as an actor; None when disabled or missing. One statement."""
    return _actor(queries.acting(session, staff_id))


def actor_of_token(session: Session, token: str, at: datetime) -> Actor | None:
    """Whose API token this is at `at`; None when revoked, too old, unknown or of a disabled one.

    One statement.
    """
    actor = _actor(queries.acting_by_token(session, token, at))
    return today(session, actor, at) if actor else None


def today(session: Session, actor: Actor, at: datetime) -> Actor:
    """The same person with the roles that open something at `at`.

    An officer's rests on days without a duty; whether today is one is told upstairs, where duties
    are known, by what `application` hands over as `OFFICER_DAYS`.
    """
    if not actor.officer_grants:
        return actor
    is_valid: OfficerDays = current_app.extensions[OFFICER_DAYS]
    return actor if is_valid(session, actor, at) else actor.without_officer()


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
        places=tuple(places),
    )
