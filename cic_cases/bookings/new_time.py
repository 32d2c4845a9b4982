"""Rosters changed: whoever waits is offered what they can attend now, the first in line first.

Every change of a roster leaves a row (`bookings.editions`), and each is looked over once, after the
change, a person at a time: nobody at the desk waits for it, and what was not finished is done by
the next look. A time that somebody gives back goes on at once (`bookings.next_in_line`).
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cic_cases.bookings import next_in_line, waiting_queries
from cic_cases.bookings import waiting_rules as waiting
from cic_cases.bookings.models import RosterChange, Waiting, WaitingState


def unseen(session: Session, _at: datetime) -> Sequence[int]:
    """The changes of rosters that nobody in line has profited by yet."""
    return session.scalars(select(RosterChange.id).where(~RosterChange.looked_over)).all()


def line(session: Session, at: datetime) -> list[int]:
    """Everybody who waits and may be offered a time at `at`, in order. Two statements."""
    waits = select(Waiting).where(
        Waiting.state == WaitingState.WAITING, ~waiting_queries.by_what_can_be_undone(at)
    )
    rows = session.scalars(waits).all()
    had = waiting_queries.history(session, {row.case_id for row in rows}) if rows else {}
    everybody = [waiting_queries.as_in_line(row, had.get(row.case_id, ())) for row in rows]
    return [one.id for one in waiting.in_order(everybody)]


def suits(session: Session, waiting_id: int, at: datetime) -> bool:
    """Whether there is a free time that this person can attend. Writes nothing."""
    row = session.get(Waiting, waiting_id)
    return row is not None and next_in_line.has_time(session, row, at)


def offer(session: Session, waiting_id: int, *, at: datetime) -> bool:
    """Hold the first time that suits for this person, if they still wait."""
    row = session.get(Waiting, waiting_id)
    if row is None or row.state is not WaitingState.WAITING:
        return False
    if waiting_queries.must_wait(session, row, at):
        return False
    return next_in_line.hold_first(session, row, at=at, by=None) is not None


def seen(session: Session, changes: Sequence[int]) -> None:
    """These changes have been looked over."""
    these = update(RosterChange).where(RosterChange.id.in_(changes))
    session.execute(these.values(looked_over=True))
