"""What became of a try, written at once with the try itself: one commit for each message."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, Update, bindparam, func, insert, select, update
from sqlalchemy.orm import Session

from cic_cases.foundation.db import UtcDateTime
from cic_cases.notifications.channels.post import TAKEN, Receipt
from cic_cases.notifications.claims import Claim
from cic_cases.notifications.in_hand import Ahead, look_ahead
from cic_cases.notifications.kinds import State
from cic_cases.notifications.models import Attempt, Message, TryOutcome

_MESSAGE, _ATTEMPT = (cast(Table, entity.__table__) for entity in (Message, Attempt))
_MINE = (
    update(_MESSAGE)
    .where(_MESSAGE.c.id == bindparam("mine"), _MESSAGE.c.lease_token == bindparam("token"))
    .values(lease_token=None, lease_until=None, state=bindparam("now"), failure=bindparam("why"))
    .returning(_MESSAGE.c.id)
)
_LATER = bindparam("later", type_=UtcDateTime())
_IT_LEFT = _MINE.values(sent_at=bindparam("left_at"))
_IT_STAYED = _MINE.where(_MESSAGE.c.state == State.PENDING).values(
    next_try_at=func.coalesce(_LATER, _MESSAGE.c.next_try_at)
)
_TRIED = {
    name: bindparam(f"tried_{name}", type_=_ATTEMPT.c[name].type)
    for name in ("channel", "at", "outcome", "reason", "parts", "provider_ref")
}


def _with_its_try(settled: Update) -> Any:
    """PostgreSQL: the message and its try by one statement, which costs one round trip."""
    ours = settled.cte("settled")
    return (
        insert(_ATTEMPT)
        .from_select(["message_id", *_TRIED], select(ours.c.id, *_TRIED.values()))
        .returning(_ATTEMPT.c.message_id)
    )


_IT_LEFT_AND_TRIED, _IT_STAYED_AND_TRIED = _with_its_try(_IT_LEFT), _with_its_try(_IT_STAYED)
_ITS_TRY = insert(_ATTEMPT).values(message_id=bindparam("mine"), **_TRIED)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a try; `next_try_at` only while the message stays pending.

    `rests`: it was the channel that failed, so the next message would fare no better; `until`: it
    asked to be left alone till then.
    """

    state: State
    failure: str | None = None
    next_try_at: datetime | None = None
    receipt: Receipt = TAKEN
    rests: bool = False
    until: datetime | None = None

    @property
    def left(self) -> bool:
        """Whether the message left, or may have left."""
        return self.state in (State.SENT, State.UNKNOWN)

    @property
    def tried(self) -> bool:
        """Whether anything was tried: what waits for the morning or came too late was not."""
        waits = self.state is State.PENDING and self.failure is None
        return self.state in TRIED and not waits


TRIED: Mapping[State, TryOutcome] = {
    State.SENT: TryOutcome.SENT,
    State.PENDING: TryOutcome.LATER,
    State.FAILED: TryOutcome.FAILED,
    State.UNKNOWN: TryOutcome.UNKNOWN,
}
"""What the ledger calls each; a message that was withdrawn or came too late was not tried."""


def settle_and_look(
    session: Session, claim: Claim, outcome: Outcome, at: datetime, following: Claim | None
) -> tuple[bool, Ahead | None]:
    """`settle`, and in the same transaction a look at the message that leaves next."""
    done = settle(session, claim, outcome, at)
    if following is None or following.of_staff:
        return done, None
    return done, look_ahead(session, following)


def settle(session: Session, claim: Claim, outcome: Outcome, at: datetime) -> bool:
    """Write what became of the message, and the try; False when another worker has the lease.

    A message that left is sent, even when it was withdrawn meanwhile: the row tells the truth.
    """
    told = _told(claim, outcome, at)
    connection = session.connection()
    if outcome.tried and connection.dialect.name == "postgresql":
        both = _IT_LEFT_AND_TRIED if outcome.left else _IT_STAYED_AND_TRIED
        return connection.execute(both, told).first() is not None
    alone = _IT_LEFT if outcome.left else _IT_STAYED
    done = connection.execute(alone, told).first() is not None
    if done and outcome.tried:
        connection.execute(_ITS_TRY, told)
    return done


def _told(claim: Claim, outcome: Outcome, at: datetime) -> dict[str, object]:
    return {
        "mine": claim.message_id,
        "token": claim.token,
        "now": outcome.state,
        "why": outcome.failure,
        "later": outcome.next_try_at,
        "left_at": at if outcome.state is State.SENT else None,
        "tried_channel": claim.channel,
        "tried_at": at,
        "tried_outcome": TRIED.get(outcome.state),
        "tried_reason": outcome.failure,
        "tried_parts": outcome.receipt.parts,
        "tried_provider_ref": outcome.receipt.provider_ref,
    }
