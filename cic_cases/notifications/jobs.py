"""Delivery: claim, check again, deliver outside any transaction, settle; a commit per message.

The table remembers what is due, so a restart forgets nothing and any number of workers may run:
a claim is a lease by the database's clock, and only its holder may settle. Delivery is
at-least-once: a worker killed after the server took a message and before that was committed
leads to the same message again, with the same Message-ID. Nobody can promise exactly-once.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from time import monotonic
from typing import cast

from sqlalchemy import Table, bindparam, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from cic_cases.foundation.db import UtcDateTime, db, in_transaction
from cic_cases.notifications import backoff, occasions, rules, staff_letters
from cic_cases.notifications.channels import (
    TAKEN,
    PermanentFailure,
    Post,
    Receipt,
    TemporaryFailure,
    TextMessage,
    UnknownOutcome,
    offered,
    post_settings,
)
from cic_cases.notifications.claims import Claim, claim, give_back
from cic_cases.notifications.in_hand import InHand
from cic_cases.notifications.kinds import State
from cic_cases.notifications.letters import Letter
from cic_cases.notifications.models import Attempt, Message, TryOutcome
from cic_cases.notifications.resting import Resting
from cic_cases.notifications.writing import finished

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=5)
MARGIN = 0.25  # of a lease must be left to begin a try: more than all its time-outs together
SLOW_SECONDS = 5  # a failure that took longer is one of the channel, not of one message
LOOK_SECONDS = 25  # from the last look at an appointment to the first word to a server, at most
SURPRISE = "unexpected"
MOST_SURPRISES = 5  # tries of a message that fails in a way nobody foresaw

_MESSAGE = cast(Table, Message.__table__)
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
_TRIED = insert(cast(Table, Attempt.__table__))


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
    def waits(self) -> bool:
        """Whether nothing was tried: the message waits for the morning."""
        return self.state is State.PENDING and self.failure is None


Ready = Letter | TextMessage | State | datetime
"""A message that may leave, or the state that it has instead, or the moment it has to wait for."""
TRIED: Mapping[State, TryOutcome] = {
    State.SENT: TryOutcome.SENT,
    State.PENDING: TryOutcome.LATER,
    State.FAILED: TryOutcome.FAILED,
    State.UNKNOWN: TryOutcome.UNKNOWN,
}
"""What the ledger calls each; a message that was withdrawn or came too late was not tried."""


def send_due(
    at: datetime,
    post: Post,
    *,
    stopping: Callable[[], bool] = lambda: False,
    lease: timedelta = LEASE,
    resting: Resting | None = None,
) -> int:
    """Deliver everything that is due at `at`; returns how many messages left.

    Once `stopping` says so, the message in hand is finished and the other claims are given back.
    A channel that cannot be reached rests until the next run: what waits for it is not tried one
    by one, and the other channel's messages leave meanwhile. `resting` remembers from run to run
    what asked to be left alone for longer.
    """
    began, sent = monotonic(), 0
    resting = resting if resting is not None else Resting()
    resting.begin(at)
    while not stopping():
        until = monotonic() + lease.total_seconds() * (1 - MARGIN)
        claims = in_transaction(claim, at, lease, resting)
        if not claims:
            break
        hand = InHand(claims)
        for place, each in enumerate(claims):
            if stopping() or monotonic() > until:
                in_transaction(give_back, claims[place:])
                break
            if each.channel in resting:
                in_transaction(give_back, [each])
                continue
            moment = at + timedelta(seconds=monotonic() - began)
            outcome = _try(each, hand, moment, post, until)
            if outcome is not None:
                ours = in_transaction(settle, each, outcome, moment)
                sent += ours and outcome.state is State.SENT
                if outcome.rests:
                    resting.rest(each.channel, outcome.until)
    return sent


def settle(session: Session, claim: Claim, outcome: Outcome, at: datetime) -> bool:
    """Write what became of the message, and the try; False when another worker has the lease.

    A message that left is sent, even when it was withdrawn meanwhile: the row tells the truth.
    """
    left = outcome.state in (State.SENT, State.UNKNOWN)  # it left, or may have left
    told = {
        "mine": claim.message_id,
        "token": claim.token,
        "now": outcome.state,
        "why": outcome.failure,
        "later": outcome.next_try_at,
        "left_at": at if outcome.state is State.SENT else None,
    }
    done = bool(session.execute(_IT_LEFT if left else _IT_STAYED, told).all())
    if done and outcome.state in TRIED and not outcome.waits:
        session.execute(_TRIED, _attempt(claim, outcome, at))
    return done


def _attempt(claim: Claim, outcome: Outcome, at: datetime) -> dict[str, object]:
    return {
        "message_id": claim.message_id,
        "channel": claim.channel,
        "at": at,
        "outcome": TRIED[outcome.state],
        "reason": outcome.failure,
        "parts": outcome.receipt.parts,
        "provider_ref": outcome.receipt.provider_ref,
    }


def _try(claim: Claim, hand: InHand, at: datetime, post: Post, until: float) -> Outcome | None:
    """One try; None when the message is not ours any more. Never raises for one bad message.

    From the monotonic moment `until` on nothing leaves: a worker that slept has lost its lease.
    """
    began = looked = monotonic()
    try:
        letter = staff_letters.of(claim, at) if claim.of_staff else _letter(claim, hand, at)
        if letter is None or isinstance(letter, State):
            return Outcome(letter) if letter else None
        if isinstance(letter, datetime):
            return Outcome(State.PENDING, next_try_at=letter)
        if (began := monotonic()) > until:
            return None
        receipt = post.deliver(replace(letter, leave_by=min(until, looked + LOOK_SECONDS)))
    except SQLAlchemyError:
        raise
    except UnknownOutcome as unknown:
        log.error("message %s may have been taken: %s", claim.message_id, unknown)
        return Outcome(State.UNKNOWN, str(unknown), rests=_slow(began))
    except TemporaryFailure as failure:
        return _later(claim, failure, at, slow=_slow(began))
    except PermanentFailure as failure:
        return _failed(claim, str(failure))
    except Exception as surprise:  # a poison message must not stop the others
        return _surprised(claim, surprise, at)
    log.info("message %s sent", claim.message_id)
    return Outcome(State.SENT, receipt=receipt)


def _letter(claim: Claim, hand: InHand, at: datetime) -> Ready | None:
    """The finished message, what keeps it from leaving, or None when the lease is lost."""
    found = hand.now(claim)
    return found and _checked(*found, at)


def _checked(message: Message, facts: occasions.Facts, at: datetime) -> Ready:
    """The message as it may leave now; the person's wishes are those of this moment."""
    occasion = facts.occasion
    why_not = rules.outdated(
        message.kind,
        message.booking_version,
        message.expires_at,
        now_version=occasion.version,
        status=occasion.status,
        at=at,
        held=facts.held,
    )
    if why_not is not None:
        return why_not
    by_day = rules.may_leave_at(message.kind, at, facts.appointment.place)
    if by_day > at:
        return by_day
    settings = post_settings()
    by = rules.ways(occasions.reach_of(facts.contact), offered(settings))
    mode = next((way.mode for way in by if way.channel is message.channel), None)
    if mode is None:
        return State.SUPERSEDED
    return finished(message, facts, mode, settings, at) or State.SUPERSEDED


def _slow(began: float) -> bool:
    return monotonic() - began > SLOW_SECONDS


def _surprised(claim: Claim, surprise: Exception, at: datetime) -> Outcome:
    """Later, or set aside when it fails so again and again."""
    reason = f"{SURPRISE} {type(surprise).__name__}"
    if _surprises(claim) + 1 < MOST_SURPRISES:
        return _later(claim, TemporaryFailure(reason), at)
    return _failed(claim, reason)


def _surprises(claim: Claim) -> int:
    """How often this message failed so before; an outage or a killed worker is none."""
    session = db.session()
    session.rollback()
    before = select(func.count()).where(
        Attempt.message_id == claim.message_id, Attempt.reason.startswith(SURPRISE)
    )
    try:
        return session.scalar(before) or 0
    finally:
        session.rollback()


def _later(claim: Claim, why: TemporaryFailure, at: datetime, *, slow: bool = False) -> Outcome:
    wait = backoff.wait_after(why.hurdle, claim.attempts, claim.message_id, why.asked)
    log.warning("message %s waits until %s: %s", claim.message_id, at + wait, why)
    rests = slow or why.hurdle in backoff.RESTS
    until = at + wait if rests and why.asked is not None else None
    return Outcome(State.PENDING, str(why), at + wait, rests=rests, until=until)


def _failed(claim: Claim, reason: str) -> Outcome:
    log.error("message %s failed: %s", claim.message_id, reason)
    return Outcome(State.FAILED, reason)
