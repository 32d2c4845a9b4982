"""What is usual for a role: in 99 of 100 hours in which its members read, they read no more cases.

Counted once a day over thirty days. An hour that raised an alarm does not count, or whoever reads
too much would teach the program that it is usual.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import Integer, cast, extract, func, select
from sqlalchemy.orm import Session

from cic_cases.people.models import StaffGrant
from cic_cases.privacy.models import AuditEntry, ReadAlarm, ReadHabit
from cic_cases.privacy.reading import READ

OVER = timedelta(days=30)
EVERY = timedelta(days=1)
PERCENT = 99
HOUR_SECONDS = 3600
Hours = dict[tuple[int | None, int], int]  # who and which hour since 1970 → cases


def due(session: Session, at: datetime) -> bool:
    """Whether it was not counted within a day."""
    last = session.scalar(select(func.max(ReadHabit.counted_at)))
    return last is None or last <= at - EVERY


def count(session: Session, at: datetime) -> None:
    """Count anew what is usual at `at` for every role that somebody holds."""
    hours = _hours(session, at)
    held = defaultdict(set)
    for staff_id, role in session.execute(select(StaffGrant.staff_id, StaffGrant.role)):
        held[role].add(staff_id)
    for role, members in held.items():
        read = [cases for (who, _hour), cases in hours.items() if who in members]
        session.merge(ReadHabit(role=role, usual=usual(read), counted_at=at))


def usual(read: Iterable[int]) -> int:
    """What 99 of 100 of these numbers do not exceed; 0 when there are none."""
    ordered = sorted(read)
    return ordered[ceil(len(ordered) * PERCENT / 100) - 1] if ordered else 0


def _hours(session: Session, at: datetime) -> Hours:
    hour = cast(extract("epoch", AuditEntry.at), Integer) // HOUR_SECONDS
    read = (
        select(AuditEntry.actor_id, hour, func.count(AuditEntry.subject_id.distinct()))
        .where(AuditEntry.action == READ, AuditEntry.at > at - OVER)
        .group_by(AuditEntry.actor_id, hour)
    )
    alarmed = set(_alarmed(session.execute(select(ReadAlarm.staff_id, ReadAlarm.at)).all()))
    return {
        (who, its_hour): cases
        for who, its_hour, cases in session.execute(read)
        if (who, its_hour) not in alarmed
    }


def _alarmed(rows: Sequence[tuple[int, datetime]]) -> Iterable[tuple[int, int]]:
    """The hour of the alarm, and the one before in which it may have begun."""
    for who, at in rows:
        its_hour = int(at.timestamp()) // HOUR_SECONDS
        yield from ((who, its_hour), (who, its_hour - 1))
