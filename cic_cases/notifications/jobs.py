"""Delivery: claim, check again, deliver outside any transaction, settle; a commit per message.

The table remembers what is due, so a restart forgets nothing and any number of workers may run:
a claim is a lease by the database's clock, and only its holder may settle. Delivery is
at-least-once: a worker killed after the server took a message and before that was committed
leads to the same message again, with the same Message-ID. Nobody can promise exactly-once.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from cic_cases.foundation.db import db, in_transaction
from cic_cases.notifications import backoff, occasions, rules, staff_letters
from cic_cases.notifications.channels import (
    PermanentFailure,
    Post,
    TemporaryFailure,
    TextMessage,
    UnknownOutcome,
    offered,
    post_settings,
)
from cic_cases.notifications.claims import Claim, claim, give_back
from cic_cases.notifications.in_hand import InHand, Now
from cic_cases.notifications.kinds import State
from cic_cases.notifications.letters import Letter
from cic_cases.notifications.models import Attempt, Message
from cic_cases.notifications.resting import Resting
from cic_cases.notifications.settling import Outcome, settle_and_look
from cic_cases.notifications.writing import finished

log = logging.getLogger(__name__)
LEASE = timedelta(minutes=5)
MARGIN = 0.25  # of a lease must be left to begin a try: more than all its time-outs together
SLOW_SECONDS = 5  # a failure that took longer is one of the channel, not of one message
LOOK_SECONDS = 25  # from the last look at an appointment to the first word to a server, at most
SURPRISE = "unexpected"
MOST_SURPRISES = 5  # tries of a message that fails in a way nobody foresaw

Ready = Letter | TextMessage | State | datetime
"""A message that may leave, or the state that it has instead, or the moment it has to wait for."""


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
        hand, ahead = InHand(claims), None
        for place, each in enumerate(claims):
            if stopping() or monotonic() > until:
                in_transaction(give_back, claims[place:])
                break
            if each.channel in resting:
                in_transaction(give_back, [each])
                continue
            moment = at + timedelta(seconds=monotonic() - began)
            outcome = _try(each, partial(hand.now, each, ahead), moment, post, until)
            if outcome is not None:
                following = next(iter(claims[place + 1 :]), None)
                ours, ahead = in_transaction(settle_and_look, each, outcome, moment, following)
                sent += ours and outcome.state is State.SENT
                if outcome.rests:
                    resting.rest(each.channel, outcome.until)
    return sent


def _try(
    claim: Claim, read: Callable[[], Now | None], at: datetime, post: Post, until: float
) -> Outcome | None:
    """One try; None when the message is not ours any more. Never raises for one bad message.

    From the monotonic moment `until` on nothing leaves: a worker that slept has lost its lease.
    """
    began = monotonic()
    try:
        letter = _letter(claim, read, at)
        if letter is None or isinstance(letter, State):
            return Outcome(letter) if letter else None
        if isinstance(letter, datetime):
            return Outcome(State.PENDING, next_try_at=letter)
        if (began := monotonic()) > until:
            return None
        receipt = post.deliver(replace(letter, leave_by=min(until, letter.leave_by)))
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


def _letter(claim: Claim, read: Callable[[], Now | None], at: datetime) -> Ready | None:
    """The finished message, what keeps it from leaving, or None when the lease is lost."""
    letter: Ready | None
    looked = monotonic()
    if claim.of_staff:
        letter = staff_letters.of(claim, at)
    elif (now := read()) is None:
        return None
    else:
        letter, looked = _checked(now.message, now.facts, at), now.since
    if isinstance(letter, Letter | TextMessage):
        return replace(letter, leave_by=looked + LOOK_SECONDS)
    return letter


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
