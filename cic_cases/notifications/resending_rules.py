"""When a message may be sent again, by another way, or be replaced by a call: pure, and why not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cic_cases.foundation.errors import N_, Refusal
from cic_cases.notifications import rules
from cic_cases.notifications.kinds import Means, State
from cic_cases.notifications.models import Message
from cic_cases.notifications.occasions import Facts
from cic_cases.notifications.rules import Way
from cic_cases.notifications.troubles import waits_too_long

MOST_A_DAY = 3
ON_THE_WAY = frozenset({State.SENT, State.PENDING, State.UNKNOWN})


class _NotNow(Refusal):
    problem = "wrong-status"
    status = 409


class StillWaits(_NotNow):
    """The same message is about to leave by itself."""

    msgid = N_("This message has not left yet. It leaves by itself.")


class OutOfDate(_NotNow):
    """What the message says is not so any more, or it is too late for it."""

    msgid = N_("This message is out of date: the appointment has changed, or it is too late.")


class NoWay(_NotNow):
    """There is no address for it, the person wants no messages, or the house cannot send there."""

    msgid = N_("The person cannot be reached this way now. Tell them another way.")


class TooOften(_NotNow):
    """Three times a day is enough for anybody's phone."""

    msgid = N_("This message was sent again %(num)s times since yesterday. Call the person.")
    problem = "too-many"


class MayArriveTwice(_NotNow):
    """Nobody knows whether it arrived, and whoever sends it again has to say that they know."""

    msgid = N_("It may arrive twice. Say that you know it, and send it again.")


class NotOnTheList(_NotNow):
    """The call list takes those with a phone whom a call can still help."""

    msgid = N_("The person cannot be called: no phone is kept, they know it, or it is too late.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Choices:
    """What staff can do with a message now.

    `refused` says why it cannot be sent again as it is; `other` is another way there is; `call`
    says whether a call can be asked for, `listed` that the person is on the call list already.
    """

    refused: Refusal | None
    other: Means | None
    call: bool
    listed: bool


def not_again(
    message: Message, facts: Facts, ways: Sequence[Way], times: int, at: datetime
) -> Refusal | None:
    """Why the message cannot be sent again at `at`; None when it can.

    `ways` are those by which the person can be told now, `times` counts how often it was sent
    again in the day before.
    """
    if message.state is State.PENDING:
        return StillWaits()
    if refused := outdated(message, facts, at):
        return refused
    if way_of(message, ways) is None:
        return NoWay()
    return TooOften(num=MOST_A_DAY) if times >= MOST_A_DAY else None


def stuck(message: Message, at: datetime) -> bool:
    """Whether another way may be tried: it has left or ended, or was tried in vain, or is late."""
    late = message.failure is not None or waits_too_long(message.due_at, at)
    return late or message.state is not State.PENDING


def outdated(message: Message, facts: Facts, at: datetime) -> OutOfDate | None:
    """Whether the message is no longer, or not yet, what the person should read."""
    occasion = facts.occasion
    gone = rules.outdated(
        message.kind,
        message.booking_version,
        message.expires_at,
        now_version=occasion.version,
        status=occasion.status,
        at=at,
        held=facts.held,
    )
    return OutOfDate() if gone or message.due_at > at else None


def way_of(message: Message, ways: Sequence[Way]) -> Way | None:
    """The message's own way, saying as much as the person wishes today."""
    return next((way for way in _fit(message, ways) if way.channel is message.channel), None)


def others(message: Message, ways: Sequence[Way]) -> Sequence[Way]:
    """The other ways by which the same may be told."""
    return [way for way in _fit(message, ways) if way.channel is not message.channel]


def _fit(message: Message, ways: Sequence[Way]) -> list[Way]:
    return [way for way in ways if (message.kind, way.mode) not in rules.SILENT]
