"""What time alone brings about: holds run out, and their times go to the next in line.

Whoever lost an appointment and did not answer in time joins the head of the line. Those who wait
are offered what became free by a change of a roster.

The tables are the truth: a sweep that comes late, twice, or from several workers at once does no
harm, and one that is killed is healed by the next.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import TypeVar

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from cic_cases.bookings import ahead, editions, holds, new_time, next_in_line
from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Status
from cic_cases.foundation.db import db, in_transaction

T = TypeVar("T")
AT_ONCE = 20  # holds ended in one transaction, so that people at the desk wait for none of it


def sweep(at: datetime, stopping: Callable[[], bool] = lambda: False) -> int:
    """End every hold that ran out by `at`, and offer on what was passed over.

    Returns how many holds ended here; those that another worker is ending are left to it.
    """
    ended = 0
    while not stopping() and _read(_some_ran_out, at):
        done = in_transaction(holds.lapse, at, limit=AT_ONCE)
        if not done:
            break
        ended += done
    if not stopping() and _read(ahead.anybody_left, at):
        in_transaction(ahead.line_up_unanswered, at)
    if not stopping() and _read(next_in_line.passed_over, at):
        in_transaction(next_in_line.offer_again, at)
    if not stopping() and (changes := _read(new_time.unseen, at)):
        _look_over(changes, at, stopping)
    if not stopping() and _read(editions.too_many, at):
        in_transaction(editions.forget_old)
    return ended


def _look_over(changes: Sequence[int], at: datetime, stopping: Callable[[], bool]) -> None:
    """Offer what became free by changes of rosters; one that is stopped is done again."""
    for waiting_id in _read(new_time.line, at):
        if stopping():
            return
        if _read(partial(_suits, waiting_id), at):
            in_transaction(new_time.offer, waiting_id, at=at)
    in_transaction(new_time.seen, changes)


def _suits(waiting_id: int, session: Session, at: datetime) -> bool:
    return new_time.suits(session, waiting_id, at)


def _some_ran_out(session: Session, at: datetime) -> bool:
    ran_out = exists().where(Booking.status == Status.HELD, Booking.expires_at <= at)
    return bool(session.scalar(select(ran_out)))


def _read(question: Callable[[Session, datetime], T], at: datetime) -> T:
    """Ask without a turn to write: most of the time there is nothing to do."""
    session = db.session()
    try:
        return question(session, at)
    finally:
        session.rollback()
