"""What a worker has in hand: read once for a whole batch, and looked at again before it leaves.

One small look for each message tells whether it is still ours, and whether anything it is written
from has changed since the batch was read. What has changed is read anew: a cancellation of this
very second counts.
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
HELD = (Status.HELD, Status.NEEDS_REBOOKING)  # what rests on a held time, which no look sees
Look = tuple[Any, ...]
"""All that a message is written from and that may change while it waits, as it is now."""

_LEFT_BEFORE = (
    select(func.count())
    .where(Attempt.message_id == Message.id, Attempt.outcome == TryOutcome.SENT)
    .scalar_subquery()
)
_OURS = (
    Message.id.in_(bindparam("ids", expanding=True)),
    Message.state == State.PENDING,
    Message.lease_token == bindparam("token"),
    Message.lease_until > DATABASE_CLOCK,
)
_LOOK = (
    select(
        Message.id,
        Booking.version,
        Booking.status,
        Booking.starts_at,
        ExternalAppointment.version,
        ExternalAppointment.status,
        ExternalAppointment.starts_at,
        Contact.changed_at,
        _LEFT_BEFORE,
    )
    .select_from(Message)
    .outerjoin(Booking, Booking.id == Message.booking_id)
    .outerjoin(ExternalAppointment, ExternalAppointment.id == Message.external_id)
    .outerjoin(Contact, Contact.id == Message.contact_id)
    .where(*_OURS)
)
_MESSAGES = (
    select(Message).options(with_expression(Message.left_before, _LEFT_BEFORE)).where(*_OURS)
)


@dataclass(frozen=True, slots=True)
class _Read:
    look: Look
    message: Message
    facts: Facts


class InHand:
    """A batch of messages to people with their facts; no transaction is open over them."""

    def __init__(self, claims: Collection[Claim]) -> None:
        self._ids = [claim.message_id for claim in claims if not claim.of_staff]
        self._read: dict[str, _Read] = {}
        self._since = -inf

    def now(self, claim: Claim) -> tuple[Message, Facts] | None:
        """The message and its facts as they are at this moment; None when the lease is lost."""
        if monotonic() - self._since > FRESH_SECONDS:
            self._since, self._read = monotonic(), self._all(claim.token)
        look = _looks([claim.message_id], claim.token).get(claim.message_id)
        if look is None:
            return None
        read = self._read.get(claim.message_id)
        if read is None or read.look != look or _rests_on_a_held_time(read.facts):
            read = _read([claim.message_id], claim.token).get(claim.message_id)
        return (read.message, read.facts) if read else None

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


def _looks(ids: Collection[str], token: str) -> dict[str, Look]:
    session = db.session()
    try:
        rows = session.execute(_LOOK, {"ids": list(ids), "token": token})
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
