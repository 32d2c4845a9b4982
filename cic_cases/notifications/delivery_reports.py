"""What operators report of messages that were taken: delivered, or not.

Reports come twice, late and in any order. Once delivered, a message stays delivered. One that was
not delivered has failed, so the person comes to the call list. Only the last try decides: a report
of an earlier one may be about a number that was corrected since.
"""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.foundation.db import lock_row
from cic_cases.notifications.kinds import Means, State
from cic_cases.notifications.models import Attempt, Message, Report

UNDELIVERED = "reported as undelivered"


def take(
    session: Session, channel: Means, provider_ref: str, report: Report, *, at: datetime
) -> bool:
    """Keep a report of the message the other side calls `provider_ref`; False when there is none.

    `at` is when the report came (UTC). The try it is kept with is the record: no address, no code.
    """
    wanted = select(Attempt).where(Attempt.channel == channel, Attempt.provider_ref == provider_ref)
    attempt = session.scalars(wanted).one_or_none()
    if attempt is None:
        return False
    message = session.get_one(Message, attempt.message_id)
    lock_row(session, message)
    session.refresh(attempt)
    if attempt.report in (report, Report.DELIVERED):
        return True
    attempt.report, attempt.reported_at = report, at
    if attempt.id == _last(session, message.id):
        _tell(message, report, at)
    return True


def _last(session: Session, message_id: str) -> int | None:
    """The message's last try."""
    tries = select(Attempt.id).where(Attempt.message_id == message_id)
    return session.scalars(tries.order_by(Attempt.id.desc()).limit(1)).first()


def _tell(message: Message, report: Report, at: datetime) -> None:
    """What the report means for the message; one that leaves again meanwhile still does."""
    if report is Report.DELIVERED:
        if message.state is State.FAILED and message.failure == UNDELIVERED:
            message.state, message.failure = State.SENT, None
        if message.state is not State.PENDING:
            message.delivered_at = at
    elif message.state is State.SENT:
        message.state, message.failure = State.FAILED, UNDELIVERED
