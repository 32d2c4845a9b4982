"""From what a browser or a program carries to the person who acts, with today's rights.

Rights are read at every request, so what is granted, taken away or disabled counts at the next.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.foundation.db import db
from cic_cases.people import queries
from cic_cases.people.models import Staff
from cic_cases.privacy.actor import Actor, Grant


def load_actor(key: str) -> Actor | None:
    """Whose session this is: `key` is «id:version». None when it has ended. Two statements."""
    staff_id, _, version = key.partition(":")
    if not (staff_id.isdecimal() and version.isdecimal()):
        return None
    actor = actor_of(db.session(), int(staff_id))
    return actor if actor and actor.session_version == int(version) else None


def actor_of(session: Session, staff_id: int) -> Actor | None:
    """The staff member as an actor; None when disabled or missing. Two statements."""
    person = session.execute(
        select(
            Staff.id,
            Staff.key,
            Staff.email,
            Staff.initials,
            Staff.language,
            Staff.institution_id,
            Staff.session_version,
        ).where(Staff.id == staff_id, Staff.disabled_at.is_(None))
    ).first()
    if person is None:
        return None
    held = queries.held_roles(session, [staff_id]).get(staff_id, ())
    grants = tuple(Grant(one.role, one.centre_ids) for one in held)
    return Actor(grants=grants, **person._asdict())


def actor_of_token(session: Session, token: str, at: datetime) -> Actor | None:
    """Whose API token this is at `at`; None when revoked, too old, unknown or of a disabled one."""
    staff_id = queries.token_owner(session, token, at)
    return None if staff_id is None else actor_of(session, staff_id)
