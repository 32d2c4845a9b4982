"""Who may deliver what: a claim is a lease by the database's clock, on one message each."""

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from cic_cases.notifications import manage_links, queries
from cic_cases.notifications.kinds import Means, State
from cic_cases.notifications.models import Message

BATCH = 20


@dataclass(frozen=True, slots=True)
class Claim:
    """Our right to deliver one message until its lease ends; `attempts` counts this one.

    `of_staff`: it is for a member of staff, about their duties.
    """

    message_id: str
    token: str
    attempts: int
    channel: Means
    of_staff: bool = False


def claim(
    session: Session, at: datetime, lease: timedelta, resting: Collection[Means] = ()
) -> list[Claim]:
    """Take up to `BATCH` due messages off the others' table, none of a channel that is `resting`.

    Half of them would come too late soonest, half became due last: when thousands wait after an
    outage, the person at the desk gets their confirmation at once, and no reminder waits for
    what can wait longer.
    """
    clock = queries.database_clock(session)
    due = (
        select(Message.id)
        .where(
            Message.state == State.PENDING,
            Message.next_try_at <= at,
            Message.channel.not_in(resting),
            or_(Message.lease_until.is_(None), Message.lease_until <= clock),
        )
        .limit(BATCH // 2)
        .with_for_update(skip_locked=True)
    )
    soonest = due.order_by(Message.expires_at).cte("soonest")
    newest = due.order_by(Message.due_at.desc()).cte("newest")
    token = str(uuid.uuid4())
    rows = session.execute(
        update(Message)
        .where(or_(*(Message.id.in_(select(half.c.id)) for half in (soonest, newest))))
        .values(lease_token=token, lease_until=clock + lease, attempts=Message.attempts + 1)
        .returning(Message.id, Message.attempts, Message.channel, Message.staff_id)
        .execution_options(synchronize_session=False)
    )
    claims = [
        Claim(row.id, token, row.attempts, row.channel, row.staff_id is not None) for row in rows
    ]
    manage_links.keep(session, [each.message_id for each in claims], at=at)
    return claims


def give_back(session: Session, claims: Sequence[Claim]) -> None:
    """End leases that were not used, so that another worker need not wait for them."""
    for each in claims:
        session.execute(
            update(Message)
            .where(Message.id == each.message_id, Message.lease_token == each.token)
            .values(lease_token=None, lease_until=None, attempts=Message.attempts - 1)
            .execution_options(synchronize_session=False)
        )
