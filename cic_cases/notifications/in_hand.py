"""What a worker has in hand: read once for a whole batch, and looked at again before it leaves.

One small look for each message tells whether it is still ours, and whether anything it is written
from has changed since the batch was read. What has changed is read anew: a cancellation of this
very second counts. The look at the next message is made while the one before it is settled: it is
as young as that commit, and costs no transaction of its own.
"""

import logging
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from math import inf
from time import monotonic
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, with_expression

from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Status
from cic_cases.cases.models import Contact
from cic_cases.foundation.db import db, end_reading, reading_apart
from cic_cases.foundation.leases import DATABASE_CLOCK
from cic_cases.notifications import own_texts, queries
from cic_cases.notifications.claims import Claim
from cic_cases.notifications.kinds import State
from cic_cases.notifications.models import Attempt, Message, TryOutcome
from cic_cases.notifications.occasions import Facts
from cic_cases.visits.models import ExternalAppointment

log = logging.getLogger(__name__)
FRESH_SECONDS = 20  # then a batch is read anew: no look sees a centre's address change
AHEAD_SECONDS = 1  # then a look that was made ahead is made again
HELD = (Status.HELD, Status.NEEDS_REBOOKING)  # what rests on a held time, which no look sees
Look = tuple[Any, ...]
"""All that a message is written from and that may change while it waits, as it is now."""

_TABLES: tuple[Any, ...] = tuple(
    entity.__table__.c for entity in (Message, Booking, ExternalAppointment, Contact, Attempt)
)
_M, _B, _E, _C, _A = _TABLES  # columns: asking for objects would cost more than the question
_LEFT_BEFORE = (
    select(func.count())
    .select_from(Attempt.__table__)
    .where(_A.message_id == _M.id, _A.outcome == TryOutcome.SENT)
    .correlate(Message.__table__)
    .scalar_subquery()
)
_THESE = _M.id.in_(bindparam("ids", expanding=True))
_OURS = (
    _M.state == State.PENDING,
    _M.lease_token == bindparam("token"),
    _M.lease_until > DATABASE_CLOCK,
)
_LOOK = (
    select(
        _M.id,
        _B.version,
        _B.status,
        _B.starts_at,
        _E.version,
        _E.status,
        _E.starts_at,
        _C.changed_at,
        _LEFT_BEFORE,
    )
    .select_from(Message.__table__)
    .outerjoin(Booking.__table__, _B.id == _M.booking_id)
    .outerjoin(ExternalAppointment.__table__, _E.id == _M.external_id)
    .outerjoin(Contact.__table__, _C.id == _M.contact_id)
    .where(*_OURS)
)
_LOOK_AT_ONE = _LOOK.where(_M.id == bindparam("one"))
_LOOKS = _LOOK.where(_THESE)
_MESSAGES = (
    select(Message)
    .options(with_expression(Message.left_before, _LEFT_BEFORE))
    .where(_THESE, *_OURS)
)


@dataclass(frozen=True, slots=True)
class _Read:
    look: Look
    message: Message
    facts: Facts


@dataclass(frozen=True, slots=True)
class Ahead:
    """A look at a message that comes next, and the monotonic moment before which it was made.

    `look` is None when the message is not ours any more.
    """

    message_id: str
    look: Look | None
    since: float


@dataclass(frozen=True, slots=True)
class Now:
    """A message with its facts, as both were at the monotonic moment `since` or later."""

    message: Message
    facts: Facts
    since: float


def look_ahead(session: Session, claim: Claim) -> Ahead:
    """Look at a message that leaves next, in a transaction that is open for another reason."""
    since = monotonic()
    return Ahead(claim.message_id, _look(session, claim), since)


class InHand:
    """A batch of messages to people with their facts; no transaction is open over them."""

    def __init__(self, claims: Collection[Claim]) -> None:
        self._ids = [claim.message_id for claim in claims if not claim.of_staff]
        self._read: dict[str, _Read] = {}
        self._since = -inf

    def now(self, claim: Claim, ahead: Ahead | None = None) -> Now | None:
        """The message and its facts as they are at this moment; None when the lease is lost.

        `ahead` is a look that was made a moment ago; one of another message is none.
        """
        if monotonic() - self._since > FRESH_SECONDS:
            self._since, self._read = monotonic(), self._all(claim.token)
        if ahead is None or not _serves(ahead, claim):
            ahead = _looked(claim)
        if ahead.look is None:
            return None
        read = self._read.get(claim.message_id)
        if read is None or read.look != ahead.look or _rests_on_a_held_time(read.facts):
            read = _read([claim.message_id], claim.token).get(claim.message_id)
        return Now(read.message, read.facts, ahead.since) if read else None

    def _all(self, token: str) -> dict[str, _Read]:
        """All of them, or none when one cannot be read: then each is read by itself."""
        try:
            return _read(self._ids, token)
        except SQLAlchemyError:
            raise
        except Exception as surprise:  # e.g. a kind of message that only a newer version knows
            log.warning("a batch cannot be read at once: %s", type(surprise).__name__)
            return {}


def _rests_on_a_held_time(facts: Facts) -> bool:
    return facts.held is not None or facts.occasion.status in HELD


def _serves(ahead: Ahead, claim: Claim) -> bool:
    return ahead.message_id == claim.message_id and monotonic() - ahead.since < AHEAD_SECONDS


def _looked(claim: Claim) -> Ahead:
    """A look in a transaction of its own."""
    session = db.session()
    try:
        return look_ahead(session, claim)
    finally:
        end_reading(session)


def _look(session: Session, claim: Claim) -> Look | None:
    row = session.execute(_LOOK_AT_ONE, {"one": claim.message_id, "token": claim.token}).first()
    return None if row is None else tuple(row)


def _looks(ids: Collection[str], token: str) -> dict[str, Look]:
    session = db.session()
    try:
        rows = session.execute(_LOOKS, {"ids": list(ids), "token": token})
        return {row[0]: tuple(row) for row in rows}
    finally:
        end_reading(session)


def _read(ids: Collection[str], token: str) -> dict[str, _Read]:
    """Those that are still ours. The look comes first: what changes meanwhile differs from it."""
    looks = _looks(ids, token)
    with reading_apart() as session:
        rows = session.scalars(_MESSAGES, {"ids": list(looks), "token": token}).all()
        facts = _facts(session, rows)
    return {row.id: _Read(looks[row.id], row, facts[row.id]) for row in rows if row.id in facts}


def _facts(session: Session, rows: Collection[Message]) -> Mapping[str, Facts]:
    """What each of the messages is about, with the own words of its region."""
    booked = queries.facts_of_many(session, {row.booking_id for row in rows if row.booking_id})
    outside = queries.outside_of_many(session, {row.external_id for row in rows if row.external_id})
    words = _own_words(session, (*booked.values(), *outside.values()))
    found: dict[str, Facts] = {}
    for row in rows:
        facts = booked.get(row.booking_id or 0) or outside.get(row.external_id or 0)
        if facts is not None:
            found[row.id] = replace(facts, own_words=words[facts.centre.region_id])
    return found


def _own_words(session: Session, facts: Iterable[Facts]) -> dict[int, own_texts.Words]:
    regions = {one.centre.region_id for one in facts}
    return {region_id: own_texts.all_of(session, region_id) for region_id in regions}
