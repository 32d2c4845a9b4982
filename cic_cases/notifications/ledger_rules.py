"""What became of one message, from its row and its tries: pure, no session, no clock."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cic_cases.notifications.kinds import State
from cic_cases.notifications.models import Attempt, Message, Report, TryOutcome, WhyAgain
from cic_cases.notifications.troubles import Trouble, trouble, waits_too_long


class Fate(enum.StrEnum):
    """Where a message stands, as reception has to know it."""

    PLANNED = "planned"
    LEAVING = "leaving"
    LATE = "late"
    TRYING = "trying"
    SENT = "sent"
    DELIVERED = "delivered"
    NOT_DELIVERED = "not_delivered"
    FAILED = "failed"
    SET_ASIDE = "set_aside"
    TO_CALL = "to_call"
    UNKNOWN = "unknown"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


BAD = frozenset({Fate.NOT_DELIVERED, Fate.FAILED, Fate.SET_ASIDE, Fate.TO_CALL, Fate.UNKNOWN})
"""The person has not been told this way, or nobody can say."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Again:
    """Somebody sent the message again, or another way: who (initials), when (UTC) and why."""

    why: WhyAgain
    at: datetime
    by: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One message of the ledger with all that was tried, the earliest try first."""

    message: Message
    attempts: Sequence[Attempt]
    again: Sequence[Again]
    at: datetime

    @property
    def undelivered(self) -> bool:
        """Whether the operator reported of the last try that it did not arrive."""
        return bool(self.attempts) and self.attempts[-1].report is Report.UNDELIVERED

    @property
    def trouble(self) -> Trouble | None:
        """What is wrong; None where nothing is."""
        if self.fate in BAD | {Fate.TRYING, Fate.LATE}:
            one = self.message
            return trouble(one.state, one.failure, undelivered=self.undelivered)
        return None

    @property
    def fate(self) -> Fate:
        """Where it stands at the moment the ledger was read."""
        one = self.message
        if one.state is State.PENDING:
            return _pending(one, self.at)
        if one.state is State.SENT:
            return Fate.DELIVERED if one.delivered_at else Fate.SENT
        if one.state is State.FAILED:
            return _failed(one, undelivered=self.undelivered)
        return _ENDED[one.state]

    @property
    def sent_at(self) -> datetime | None:
        """When it last left the house (UTC); what left while no tries were kept counts too."""
        left = [try_.at for try_ in self.attempts if try_.outcome is TryOutcome.SENT]
        return max(left, default=self.message.sent_at)


_ENDED = {
    State.UNKNOWN: Fate.UNKNOWN,
    State.SUPERSEDED: Fate.WITHDRAWN,
    State.EXPIRED: Fate.EXPIRED,
}


def _pending(one: Message, at: datetime) -> Fate:
    if one.failure is not None:
        return Fate.TRYING
    if one.due_at > at:
        return Fate.PLANNED
    return Fate.LATE if waits_too_long(one.due_at, at) else Fate.LEAVING


def _failed(one: Message, *, undelivered: bool) -> Fate:
    what = trouble(one.state, one.failure, undelivered=undelivered)
    special = {
        Trouble.TO_CALL: Fate.TO_CALL,
        Trouble.NOT_DELIVERED: Fate.NOT_DELIVERED,
        Trouble.SET_ASIDE: Fate.SET_ASIDE,
    }
    return special.get(what, Fate.FAILED)
