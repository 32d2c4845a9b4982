"""What operators report of messages that were taken: delivered, or not.

Reports come twice, late and in any order. Once delivered, a message stays delivered. One that was
not delivered has failed, so the person comes to the call list. Only the last try decides: a report
of an earlier one may be about a number that was corrected since. A report may even come before
our own commit that the message was taken: it is kept, and told as soon as there is such a try. One
that names the message as we called it settles a try whose answer was lost.
"""

from datetime import datetime, timedelta

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session

from cic_cases.foundation.db import lock_row
from cic_cases.notifications.kinds import Means, State
from cic_cases.notifications.models import Attempt, EarlyReport, Message, Report, TryOutcome

UNDELIVERED = "reported as undelivered"
KEPT_EARLY = timedelta(hours=1)  # a try is over long before that; its report is nobody's
OURS = "ours:"  # before what we called a message, where another reference stands otherwise
TAKEN = (TryOutcome.SENT, TryOutcome.UNKNOWN)
ID_LENGTH = 36
_OUR_NAME = and_(
    EarlyReport.provider_ref.startswith(OURS),
    Attempt.message_id == func.substr(EarlyReport.provider_ref, len(OURS) + 1, ID_LENGTH),
    Attempt.provider_ref.is_(None),
    Attempt.outcome.in_(TAKEN),
)
_THEIRS = and_(
    Attempt.channel == EarlyReport.channel,
    or_(Attempt.provider_ref == EarlyReport.provider_ref, _OUR_NAME),
)
_FOUND = select(EarlyReport).join(Attempt, _THEIRS).order_by(EarlyReport.at)


def take(
    session: Session,
    channel: Means,
    provider_ref: str,
    report: Report,
    name: str | None = None,
    *,
    at: datetime,
) -> bool:
    """Keep a report of the message the other side calls `provider_ref`; False when there is none.

    `at` is when the report came (UTC), `name` what we called the message (`writing.outgoing_id`).
    The try it is kept with is the record: no address, no code. One of a message that nobody knows
    yet waits for `tell_early`.
    """
    if _told(session, channel, provider_ref, name, report, at):
        return True
    for reference in (provider_ref, f"{OURS}{name}" if name else None):
        if reference and session.get(EarlyReport, (channel, reference, report)) is None:
            early = EarlyReport(channel=channel, provider_ref=reference, report=report, at=at)
            session.add(early)
    return False


def any_early(session: Session, at: datetime) -> bool:
    """Whether `tell_early` would do anything: nobody waits for a turn to write for nothing."""
    return any(session.scalar(todo.limit(1)) is not None for todo in (_FOUND, _old(at)))


def tell_early(session: Session, at: datetime) -> None:
    """Keep the reports whose tries have been written since; those of nobody go after an hour."""
    for early in session.scalars(_FOUND).unique().all():
        ours = early.provider_ref.startswith(OURS)
        name = early.provider_ref.removeprefix(OURS) if ours else None
        reference = "" if ours else early.provider_ref
        if _told(session, early.channel, reference, name, early.report, early.at):
            session.delete(early)
    for nobodys in session.scalars(_old(at)).all():
        session.delete(nobodys)


def _old(at: datetime) -> Select[EarlyReport]:
    return select(EarlyReport).where(EarlyReport.at <= at - KEPT_EARLY)


def _told(
    session: Session,
    channel: Means,
    provider_ref: str,
    name: str | None,
    report: Report,
    at: datetime,
) -> bool:
    """Keep a report with its try, and say in the message what it means; False without such one."""
    wanted = select(Attempt).where(Attempt.channel == channel, Attempt.provider_ref == provider_ref)
    attempt = session.scalars(wanted).one_or_none() or _by_name(session, channel, name)
    if attempt is None:
        return False
    message = session.get_one(Message, attempt.message_id)
    lock_row(session, message)
    session.refresh(attempt)
    attempt.outcome = TryOutcome.SENT  # whoever reports of it has taken it
    attempt.provider_ref = attempt.provider_ref or provider_ref or None
    if attempt.report in (report, Report.DELIVERED):
        return True
    attempt.report, attempt.reported_at = report, at
    if attempt.id == _last(session, message.id):
        _tell(message, attempt, report, at)
    return True


def _by_name(session: Session, channel: Means, name: str | None) -> Attempt | None:
    """The last try of the message we called so, if the other side's number of it was lost."""
    message_id, _, again = (name or "").partition(".")
    tries = session.scalars(
        select(Attempt).where(Attempt.message_id == message_id).order_by(Attempt.id)
    ).all()
    if not tries or tries[-1].channel is not channel:
        return None
    left_before = sum(one.outcome is TryOutcome.SENT for one in tries[:-1])
    fits = tries[-1].outcome in TAKEN and tries[-1].provider_ref is None
    return tries[-1] if fits and left_before == int(again or 0) else None


def _last(session: Session, message_id: str) -> int | None:
    """The message's last try."""
    tries = select(Attempt.id).where(Attempt.message_id == message_id)
    return session.scalars(tries.order_by(Attempt.id.desc()).limit(1)).first()


def _tell(message: Message, attempt: Attempt, report: Report, at: datetime) -> None:
    """What the report means for the message; one that leaves again meanwhile still does."""
    if report is Report.DELIVERED:
        reported = message.state is State.FAILED and message.failure == UNDELIVERED
        if reported or message.state is State.UNKNOWN:
            message.state, message.failure = State.SENT, None
            message.sent_at = message.sent_at or attempt.at
        if message.state is not State.PENDING:
            message.delivered_at = at
    elif message.state in (State.SENT, State.UNKNOWN):
        message.state, message.failure = State.FAILED, UNDELIVERED
