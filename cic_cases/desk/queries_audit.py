"""Questions to the audit trail: what was done with one case, and who read unusually many."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, or_, select
from sqlalchemy.orm import Session

from cic_cases.centres.models import Centre
from cic_cases.people import queries as people
from cic_cases.people.models import Staff, StaffGrant
from cic_cases.people.rules import HeldRole
from cic_cases.privacy.models import AuditEntry, ReadAlarm
from cic_cases.privacy.roles import Role

CASE = "case"
SHOWN = 200
ALARMS = 50


@dataclass(frozen=True, slots=True)
class Act:
    """One line about a case; `initials` are empty for the program itself."""

    at: datetime
    action: str
    initials: str | None
    staff_id: int | None
    city: str | None


@dataclass(frozen=True, slots=True)
class Alarm:
    """Unusual reading, and whether somebody has looked at it."""

    row: ReadAlarm
    initials: str
    email: str
    roles: Sequence[Role]


def acts(session: Session, case_id: int) -> list[Act]:
    """What was done with this case, the latest first, `SHOWN` lines at most. One statement."""
    wanted = (
        select(AuditEntry.at, AuditEntry.action, Staff.initials, Staff.id, Centre.city)
        .outerjoin(Staff, Staff.id == AuditEntry.actor_id)
        .outerjoin(Centre, Centre.id == AuditEntry.centre_id)
        .where(AuditEntry.subject_type == CASE, AuditEntry.subject_id == case_id)
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
        .limit(SHOWN)
    )
    return [Act(*row) for row in session.execute(wanted)]


def roles_of(session: Session, found: Sequence[Act]) -> dict[int, Sequence[Role]]:
    """The roles of whoever did it, as they are now. One statement."""
    held = people.held_roles(session, {one.staff_id for one in found if one.staff_id})
    return {who: _roles(roles) for who, roles in held.items()}


def alarms(session: Session, centre_ids: frozenset[int]) -> list[Alarm]:
    """The last alarms about staff of these centres, those nobody has looked at first."""
    wanted = (
        select(ReadAlarm, Staff.initials, Staff.email)
        .join(Staff, Staff.id == ReadAlarm.staff_id)
        .where(_about(centre_ids))
        .order_by(ReadAlarm.seen_at.is_not(None), ReadAlarm.at.desc())
        .limit(ALARMS)
    )
    rows = session.execute(wanted).all()
    held = people.held_roles(session, {row[0].staff_id for row in rows})
    return [Alarm(row[0], row[1], row[2], _roles(held[row[0].staff_id])) for row in rows]


def unseen(session: Session, centre_ids: frozenset[int]) -> int:
    """How many alarms about staff of these centres nobody has looked at. One statement."""
    wanted = select(func.count()).where(ReadAlarm.seen_at.is_(None), _about(centre_ids))
    return session.scalar(wanted) or 0


def _about(centre_ids: frozenset[int]) -> ColumnElement[bool]:
    """That the alarm is about somebody with a role in one of these centres, or in their region."""
    regions = select(Centre.region_id).where(Centre.id.in_(centre_ids))
    return exists().where(
        StaffGrant.staff_id == ReadAlarm.staff_id,
        or_(StaffGrant.centre_id.in_(centre_ids), StaffGrant.region_id.in_(regions)),
    )


def _roles(held: Sequence[HeldRole]) -> list[Role]:
    return sorted({Role(one.role) for one in held})
