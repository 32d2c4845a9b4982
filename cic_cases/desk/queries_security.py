"""Questions to the audit trail about accounts and confidential reading, never about cases."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from cic_cases.centres.models import Centre
from cic_cases.people.models import Staff, StaffGrant
from cic_cases.people.service import NOBODY
from cic_cases.privacy.models import AuditEntry
from cic_cases.privacy.walls_record import WAY

SHOWN = 200
STAFF = "staff"
By, About = aliased(Staff), aliased(Staff)


@dataclass(frozen=True, slots=True)
class Event:
    """One line; `by` did it (None: the program, or nobody signed in), `about` is whose account."""

    at: datetime
    action: str
    subject_type: str
    by: str | None
    about: str | None
    city: str | None


def events(
    session: Session, centre_ids: frozenset[int], actions: Collection[str], since: datetime
) -> list[Event]:
    """The lines of these actions since then (UTC), the latest first, `SHOWN` at most."""
    whose = and_(AuditEntry.subject_type == STAFF, About.id == AuditEntry.subject_id)
    wanted = (
        select(
            AuditEntry.at,
            AuditEntry.action,
            AuditEntry.subject_type,
            By.initials,
            About.initials,
            Centre.city,
        )
        .outerjoin(By, By.id == AuditEntry.actor_id)
        .outerjoin(About, whose)
        .outerjoin(Centre, Centre.id == AuditEntry.centre_id)
        .where(AuditEntry.at >= since, AuditEntry.action.in_(actions), _within(centre_ids))
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(SHOWN)
    )
    return [Event(*row) for row in session.execute(wanted)]


def numbers(
    session: Session, centre_ids: frozenset[int], actions: Collection[str], since: datetime
) -> dict[str, int]:
    """How many lines of each action there are since then (UTC). One statement."""
    wanted = (
        select(AuditEntry.action, func.count())
        .where(AuditEntry.at >= since, AuditEntry.action.in_(actions), _within(centre_ids))
        .group_by(AuditEntry.action)
    )
    return {row[0]: row[1] for row in session.execute(wanted)}


def _within(centre_ids: frozenset[int]) -> ColumnElement[bool]:
    """By or about somebody of these centres, or by nobody: the program, an unknown address."""
    of_nobody = and_(AuditEntry.subject_type == STAFF, AuditEntry.subject_id == NOBODY)
    of_the_program = and_(AuditEntry.actor_id.is_(None), AuditEntry.subject_type == WAY)
    about_them = and_(
        AuditEntry.subject_type == STAFF, AuditEntry.subject_id.in_(_staff_of(centre_ids))
    )
    return or_(
        AuditEntry.actor_id.in_(_staff_of(centre_ids)),
        about_them,
        of_nobody,
        of_the_program,
    )


def _staff_of(centre_ids: frozenset[int]) -> Select[int]:
    """Who has, or had, a role in one of these centres or in their region."""
    regions = select(Centre.region_id).where(Centre.id.in_(centre_ids))
    return select(StaffGrant.staff_id).where(
        or_(StaffGrant.centre_id.in_(centre_ids), StaffGrant.region_id.in_(regions))
    )
