"""That a named way around the walls was used is a line of the audit trail, sealed like any other.

What nobody in particular asks for would flood it: the worker passes the walls every few seconds
and writes one line a day; a report or a run of the periods writes one each time. The other ways
lead to a single person's appointment or to nobody's, and what is done there has lines of its own.
"""

from datetime import datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.privacy import audit
from cic_cases.privacy.models import AuditEntry

WAY = "way"  # a line's subject: not a row, so its number is 0
NO_ROW = 0
WORKER, REPORT, RETENTION = "walls.worker", "walls.report", "walls.retention"


def worker_unnoted(session: Session, at: datetime) -> bool:
    """Whether the worker has no line yet for the day (UTC) of `at`. One statement."""
    today = datetime.combine(at.date(), time(), tzinfo=at.tzinfo)
    line = select(AuditEntry.id).where(
        AuditEntry.subject_type == WAY,
        AuditEntry.subject_id == NO_ROW,
        AuditEntry.action == WORKER,
        AuditEntry.at >= today,
    )
    return session.scalar(line.limit(1)) is None


def worker_passed(session: Session, at: datetime) -> None:
    """The worker works for everybody on this day."""
    passed(session, WORKER, at=at)


def passed(session: Session, how: str, *, at: datetime) -> None:
    """One use of a way around by somebody at a terminal, or by the program itself."""
    audit.note(session, how, WAY, NO_ROW, by=None, at=at)
