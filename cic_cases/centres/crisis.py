"""Lines for people in crisis: which there are, whether they were checked lately, and checking."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.centres.crisis_models import CrisisLine
from cic_cases.foundation.errors import NotFound
from cic_cases.privacy import audit
from cic_cases.privacy.actor import Actor

GOOD_FOR = timedelta(days=180)
"""Half a year after it was checked a line is shown with a warning; longer ago it is still shown,
because an old number is better than none."""


def lines_of(session: Session, region_id: int) -> Sequence[CrisisLine]:
    """The lines of a region in the file's order."""
    used = select(CrisisLine).where(CrisisLine.region_id == region_id, CrisisLine.active)
    return session.scalars(used.order_by(CrisisLine.position, CrisisLine.id)).all()


def to_check(line: CrisisLine, today: date) -> bool:
    """Whether nobody has checked the line for half a year, or ever; the law's need no checking."""
    if line.by_law:
        return False
    return line.checked_on is None or line.checked_on + GOOD_FOR < today


def check(
    session: Session,
    key: str,
    *,
    region_id: int,
    today: date,
    centre_id: int,
    at: datetime,
    by: Actor,
) -> CrisisLine:
    """Somebody has dialled the number and it is right as of `today`. Raises `NotFound`."""
    wanted = select(CrisisLine).where(
        CrisisLine.region_id == region_id, CrisisLine.key == key, CrisisLine.active
    )
    line = session.scalar(wanted)
    if line is None:
        raise NotFound()
    line.checked_on = today
    audit.note(
        session,
        "crisis_line.checked",
        "crisis_line",
        line.id,
        by=by.id,
        at=at,
        centre_id=centre_id,
    )
    return line
