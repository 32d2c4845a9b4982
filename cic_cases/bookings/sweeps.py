"""What time alone brings about: holds run out, and their times go to the next in line.

Whoever lost an appointment and did not answer in time joins the head of the line.

The tables are the truth: a sweep that comes late, twice, or from several workers at once does no
harm, and one that is killed is healed by the next.
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from cic_cases.bookings import ahead, editions, holds, next_in_line
from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Status
from cic_cases.foundation.db import db, in_transaction

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
    if not stopping() and _read(editions.too_many, at):
        in_transaction(editions.forget_old)
    return ended


def _some_ran_out(session: Session, at: datetime) -> bool:
    ran_out = exists().where(Booking.status == Status.HELD, Booking.expires_at <= at)
    return bool(session.scalar(select(ran_out)))


def _read(question: Callable[[Session, datetime], bool], at: datetime) -> bool:
    """Ask without a turn to write: most of the time there is nothing to do."""
    session = db.session()
    try:
        return question(session, at)
    finally:
        session.rollback()
