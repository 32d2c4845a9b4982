"""What operators report of messages that were taken: delivered, or not.

Reports come twice, late and in any order. Once delivered, a message stays delivered. One that was
not delivered has failed, so the person comes to the call list. Only the last try decides: a report
of an earlier one may be about a number that was corrected since. A report may even come before
our own commit that the message was taken: it is kept, and told as soon as there is such a try.
"""

from datetime import datetime, timedelta

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from cic_cases.foundation.db import lock_row
from cic_cases.notifications.kinds import Means, State
from cic_cases.notifications.models import Attempt, EarlyReport, Message, Report

UNDELIVERED = "reported as undelivered"
KEPT_EARLY = timedelta(hours=1)  # a try is over long before that; its report is nobody's
_THEIRS = and_(
    Attempt.channel == EarlyReport.channel, Attempt.provider_ref == EarlyReport.provider_ref
)
_FOUND = select(EarlyReport).join(Attempt, _THEIRS).order_by(EarlyReport.at)


def take(
    session: Session, channel: Means, provider_ref: str, report: Report, *, at: datetime
) -> bool:
    """Keep a report of the message the other side calls `provider_ref`; False when there is none.

    `at` is when the report came (UTC). The try it is kept with is the record: no address, no code.
    One of a message that nobody knows yet waits for `tell_early`.
    """
    if _told(session, channel, provider_ref, report, at):
        return True
    name = (channel, provider_ref, report)
    if session.get(EarlyReport, name) is None:
        session.add(EarlyReport(channel=channel, provider_ref=provider_ref, report=report, at=at))
    return False


def any_early(session: Session, at: datetime) -> bool:
    """Whether `tell_early` would do anything: nobody waits for a turn to write for nothing."""
    return any(session.scalar(todo.limit(1)) is not None for todo in (_FOUND, _old(at)))


def tell_early(session: Session, at: datetime) -> None:
    """Keep the reports whose tries have been written since; those of nobody go after an hour."""
    for early in session.scalars(_FOUND).all():
        _told(session, early.channel, early.provider_ref, early.report, early.at)
        session.delete(early)
    for nobodys in session.scalars(_old(at)).all():
        session.delete(nobodys)


def _old(at: datetime) -> Select[EarlyReport]:
    return select(EarlyReport).where(EarlyReport.at <= at - KEPT_EARLY)


def _told(
    session: Session, channel: Means, provider_ref: str, report: Report, at: datetime
) -> bool:
    """Keep a report with its try, and say in the message what it means; False without such one."""
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
