"""Sending a message again, by another way, or calling the person instead: staff ask, with a reason.

Only what still makes sense leaves: a message about the appointment as it stands, to a person who
wants to be told that way, and never while the same message waits anyhow. What nobody knows the
end of is sent again only by somebody who knows that it may arrive twice.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cic_cases.bookings.models import Booking
from cic_cases.foundation.clock import zone
from cic_cases.foundation.db import lock_row
from cic_cases.notifications import (
    call_list_queries,
    call_list_rules,
    ledger,
    occasions,
    planning,
    queries,
    rules,
)
from cic_cases.notifications.call_list_rules import What
from cic_cases.notifications.channels import offered, post_settings
from cic_cases.notifications.kinds import Kind, State
from cic_cases.notifications.models import Message, Resending, WhyAgain
from cic_cases.notifications.occasions import Facts
from cic_cases.notifications.resending_rules import (
    ON_THE_WAY,
    Choices,
    MayArriveTwice,
    NotOnTheList,
    NoWay,
    StillWaits,
    not_again,
    others,
    outdated,
    stuck,
    way_of,
)
from cic_cases.notifications.rules import Planned, Way
from cic_cases.notifications.troubles import ASKED_TO_CALL
from cic_cases.privacy import audit
from cic_cases.privacy.actor import Actor, Scope
from cic_cases.visits.models import ExternalAppointment

ONE_DAY = timedelta(days=1)
CALLED_ABOUT = call_list_rules.CALLED_FOR.keys() | {Kind.WAITING_LIST_OFFER}


def choices(
    session: Session, message: Message, facts: Facts, scope: Scope, at: datetime
) -> Choices:
    """What can be done with a message whose facts were read. Three statements at most."""
    ways = _ways(facts)
    waiting = {one.channel for one in _same(session, message) if one.state is State.PENDING}
    free = [way.channel for way in others(message, ways) if way.channel not in waiting]
    listed = _is_listed(session, message, scope, at)
    movable = stuck(message, at) and outdated(message, facts, at) is None
    phone = facts.contact is not None and facts.contact.phone_sealed is not None
    return Choices(
        refused=not_again(message, facts, ways, _times(session, message, at), at),
        other=free[0] if movable and free else None,
        call=movable and phone and not listed and message.kind in CALLED_ABOUT,
        listed=listed,
    )


def again(
    session: Session,
    message_id: str,
    why: WhyAgain,
    *,
    twice: bool = False,
    scope: Scope,
    at: datetime,
    by: Actor,
) -> Message:
    """Let the message leave again, at once; `twice`: whoever asks knows that it may arrive twice.

    Raises `NotFound` and the refusals of this module.
    """
    message, facts = _locked(session, message_id, scope)
    _leave(session, message, facts, twice=twice, at=at)
    return _noted(session, message, facts, why, "message.again", at=at, by=by)


def by_other_channel(
    session: Session,
    message_id: str,
    why: WhyAgain,
    *,
    twice: bool = False,
    scope: Scope,
    at: datetime,
    by: Actor,
) -> Message:
    """Tell the same by the person's other address, at once; what waits by this way is withdrawn.

    Returns the message that leaves. Raises `NotFound` and the refusals of this module.
    """
    message, facts = _movable(session, message_id, scope, at)
    way = next(iter(others(message, _ways(facts))), None)
    if way is None:
        raise NoWay()
    other = next((one for one in _same(session, message) if one.channel is way.channel), None)
    if other is None:
        planned = Planned(message.kind, way.channel, way.mode, at, message.expires_at)
        other = planning.write(session, planned, facts)
    else:
        _leave(session, other, facts, twice=twice, at=at)
    if message.state is State.PENDING:
        message.state = State.SUPERSEDED
    return _noted(session, other, facts, why, "message.other_way", at=at, by=by)


def to_call(
    session: Session, message_id: str, why: WhyAgain, *, scope: Scope, at: datetime, by: Actor
) -> Message:
    """Put the person on the call list: the message counts as failed, by every way it went.

    Raises `NotFound` and the refusals of this module.
    """
    message, facts = _movable(session, message_id, scope, at)
    for one in (message, *_same(session, message)):
        if one is message or one.state in ON_THE_WAY:
            one.state, one.failure = State.FAILED, ASKED_TO_CALL
    session.flush()
    if not _is_listed(session, message, scope, at):
        raise NotOnTheList()
    return _noted(session, message, facts, why, "message.call", at=at, by=by)


def _locked(session: Session, message_id: str, scope: Scope) -> tuple[Message, Facts]:
    """The message and what it is about, both held until the transaction ends."""
    message = ledger.by_id(session, message_id, scope)
    if message.booking_id is not None:
        lock_row(session, session.get_one(Booking, message.booking_id))
    if message.external_id is not None:
        lock_row(session, session.get_one(ExternalAppointment, message.external_id))
    lock_row(session, message)
    return message, facts_of(session, message)


def _movable(
    session: Session, message_id: str, scope: Scope, at: datetime
) -> tuple[Message, Facts]:
    """A message, locked, that the person may be told another way."""
    message, facts = _locked(session, message_id, scope)
    if not stuck(message, at):
        raise StillWaits()
    if refused := outdated(message, facts, at):
        raise refused
    return message, facts


def facts_of(session: Session, message: Message) -> Facts:
    """What the message is about; raises LookupError for a message to the staff."""
    if message.booking_id is not None:
        return queries.facts(session, message.booking_id)
    if message.external_id is not None:
        return queries.facts_outside(session, message.external_id)
    raise LookupError("a message to the staff is about no appointment")


def _ways(facts: Facts) -> Sequence[Way]:
    return rules.ways(occasions.reach_of(facts.contact), offered(post_settings()))


def _same(session: Session, message: Message) -> Sequence[Message]:
    """The same news by every other way, locked."""
    wanted = select(Message).where(
        Message.booking_id == message.booking_id
        if message.booking_id is not None
        else Message.external_id == message.external_id,
        Message.booking_version == message.booking_version,
        Message.kind == message.kind,
        Message.id != message.id,
    )
    return session.scalars(wanted.with_for_update()).all()


def _leave(session: Session, message: Message, facts: Facts, *, twice: bool, at: datetime) -> None:
    """Pending again, as if it had never been tried; the tries stay on record."""
    ways = _ways(facts)
    if refused := not_again(message, facts, ways, _times(session, message, at), at):
        raise refused
    way = way_of(message, ways)
    if way is None:
        raise NoWay()
    if message.state is State.UNKNOWN and not twice:
        raise MayArriveTwice()
    message.state, message.mode, message.attempts = State.PENDING, way.mode, 0
    message.due_at = message.next_try_at = at
    message.failure = message.delivered_at = None
    message.lease_token = message.lease_until = None


def _noted(
    session: Session,
    message: Message,
    facts: Facts,
    why: WhyAgain,
    action: str,
    *,
    at: datetime,
    by: Actor,
) -> Message:
    session.add(Resending(message_id=message.id, why=why, at=at, by_id=by.id))
    about = "booking" if message.booking_id is not None else "external"
    centre = facts.centre.id
    audit.note(session, action, about, facts.occasion.id, by=by.id, at=at, centre_id=centre)
    session.flush()
    return message


def _times(session: Session, message: Message, at: datetime) -> int:
    """How often it was sent again in the day before `at`."""
    wanted = select(func.count()).where(
        Resending.message_id == message.id, Resending.at > at - ONE_DAY
    )
    return session.execute(wanted).scalar_one()


def _is_listed(session: Session, message: Message, scope: Scope, at: datetime) -> bool:
    """Whether the person has to be called about this appointment anyhow."""
    if message.booking_id is not None:
        subject = What.APPOINTMENT, message.booking_id
    else:
        subject = What.OUTSIDE, message.external_id or 0
    found = call_list_queries.found(session, scope, at, subject)
    return any(call_list_rules.due(one, at, zone(one.timezone)) for one in found)
