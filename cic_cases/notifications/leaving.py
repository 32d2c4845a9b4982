"""Do messages leave? What watchdogs ask, and what the board says to whoever must see to it."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cic_cases.foundation import leases
from cic_cases.notifications.channels import offered
from cic_cases.notifications.channels.post import PostSettings
from cic_cases.notifications.kinds import State
from cic_cases.notifications.models import Message

LONGEST_WAIT = timedelta(minutes=10)  # of a message that could be tried
LONGEST_SILENCE = timedelta(minutes=2)  # of all processes that look after what is due


def oldest_due(session: Session, at: datetime) -> datetime | None:
    """Since when the message that waits longest could have been tried at `at`; None if none is."""
    return session.scalar(
        select(func.min(Message.next_try_at)).where(
            Message.state == State.PENDING, Message.next_try_at <= at
        )
    )


def number_due(session: Session, at: datetime) -> int:
    """How many messages could be tried at `at`."""
    due = select(func.count(Message.id)).where(
        Message.state == State.PENDING, Message.next_try_at <= at
    )
    return session.execute(due).scalar_one()


def nobody_for(session: Session, settings: PostSettings) -> timedelta | None:
    """For how long no process has looked after what is due; None while one does.

    Also None where nothing is meant to be sent, and before the first process ever ran: then a
    message that waits is told of as such.
    """
    silence = leases.silence(session) if offered(settings) else None
    return silence if silence is not None and silence > LONGEST_SILENCE else None


def somebody_sends(session: Session) -> bool:
    """Whether a process has looked after what is due a moment ago."""
    silence = leases.silence(session)
    return silence is not None and silence <= LONGEST_SILENCE


def stopped_since(session: Session, settings: PostSettings, at: datetime) -> datetime | None:
    """Since when messages have not been leaving, though they should; None when all is well."""
    nobody, oldest = nobody_for(session, settings), oldest_due(session, at)
    if nobody is not None:
        return at - nobody
    return oldest if oldest is not None and at - oldest > LONGEST_WAIT else None
