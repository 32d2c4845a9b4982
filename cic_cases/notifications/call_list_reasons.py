"""Why somebody is on the call list: each reason as a statement, all of them as one."""

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    exists,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased

from cic_cases.bookings import queries as bookings
from cic_cases.bookings.displaced_queries import unanswered
from cic_cases.bookings.models import Booking, Displaced, Disruption, Told
from cic_cases.bookings.statuses import HeldFor, Status
from cic_cases.cases.models import Contact
from cic_cases.centres.models import Centre
from cic_cases.foundation.db import UtcDateTime
from cic_cases.notifications.call_list_rules import CALLED_FOR, CALLED_IF_UNKNOWN, What, Why
from cic_cases.notifications.kinds import Kind, State
from cic_cases.notifications.models import Answer, Call, CallOutcome, Message, Reply
from cic_cases.privacy.actor import Scope
from cic_cases.visits import external_queries as elsewhere
from cic_cases.visits.models import ExternalAppointment
from cic_cases.visits.statuses import ExternalStatus

Rows = Select[Any]
ON_THE_WAY = (State.SENT, State.PENDING)
AT: Any = bindparam("at", type_=UtcDateTime())
NEVER = cast(null(), UtcDateTime())


@lru_cache(maxsize=256)
def everybody(scope: Scope) -> Rows:
    """The statement of a scope, made once: the badge is on every page, and only says when."""
    return select(
        union_all(
            _lost(scope), _unsent(scope), _offered(scope), _asked(scope), _outside(scope)
        ).subquery()
    )


def _row(
    what: What,
    why: Why,
    row: type[Booking] | type[ExternalAppointment],
    *,
    kind: InstrumentedAttribute[Kind] | None = None,
    unreached: ColumnElement[bool] | None = None,
    held: tuple[Any, Any] = (NEVER, NEVER),
) -> Rows:
    """One of the reasons, in the columns all of them share; with a phone.

    Of those who want no message no phone is kept: the table of contacts sees to it.
    """
    return (
        select(
            literal(what.value).label("what"),
            row.id.label("id"),
            row.version.label("version"),
            literal(why.value).label("why"),
            cast(null() if kind is None else kind, String(32)).label("kind"),
            (true() if unreached is None else unreached).label("unreached"),
            row.starts_at.label("starts_at"),
            held[0].label("held_starts_at"),
            held[1].label("held_until"),
            Centre.timezone.label("timezone"),
        )
        .join(Centre, Centre.id == row.centre_id)
        .join(Contact, Contact.case_id == row.case_id)
        .where(Contact.phone_sealed.is_not(None))
    )


def _untold(row: type[Booking] | type[ExternalAppointment]) -> ColumnElement[bool]:
    """Whether nobody has told the person by telephone about the row as it stands."""
    ours = Call.booking_id if row is Booking else Call.external_id
    return ~exists().where(
        ours == row.id, Call.version == row.version, Call.outcome == CallOutcome.TOLD
    )


def _lost(scope: Scope) -> Rows:
    """Those who lost their time, may no longer get it back, and have not answered."""
    proposal = aliased(Booking)
    until = case((proposal.status == Status.HELD, proposal.expires_at))
    held = (proposal.starts_at, until)
    return (
        _row(
            What.APPOINTMENT,
            Why.LOST,
            Booking,
            unreached=or_(Displaced.told == Told.CALL, ~_on_the_way(Booking.version)),
            held=held,
        )
        .join(Displaced, Displaced.booking_id == Booking.id)
        .join(Disruption, Disruption.id == Displaced.disruption_id)
        .outerjoin(proposal, proposal.id == Displaced.proposal_id)
        .where(
            bookings.within(scope),
            unanswered(AT),
            Booking.status == Status.NEEDS_REBOOKING,
            Displaced.told_at.is_(None),
            Displaced.told != Told.RECEPTION,
            _untold(Booking),
        )
    )


def _unsent(scope: Scope) -> Rows:
    """Appointments ahead, or lost, of which a message failed, or may have, on every way."""
    settled = exists().where(
        Displaced.booking_id == Booking.id,
        or_(Displaced.outcome.is_(None), Displaced.told_at.is_not(None)),
    )
    worth = [and_(Message.kind == k, Booking.status.in_(s)) for k, s in CALLED_FOR.items()]
    return (
        _row(What.APPOINTMENT, Why.UNSENT, Booking, kind=Message.kind)
        .join(Message, _failed(Message.booking_id, Booking))
        .where(
            bookings.within(scope),
            Booking.starts_at > AT,
            or_(*worth),
            or_(Booking.status != Status.NEEDS_REBOOKING, ~settled),
            _untold(Booking),
        )
    )


def _offered(scope: Scope) -> Rows:
    """Times offered to people of the waiting list whom no message has told or will tell."""
    held = (Booking.starts_at, Booking.expires_at)
    return _row(What.APPOINTMENT, Why.OFFERED, Booking, held=held).where(
        bookings.within(scope),
        Booking.status == Status.HELD,
        Booking.held_for == HeldFor.OFFER,
        Booking.expires_at > AT,
        ~_on_the_way(Booking.version),
        _untold(Booking),
    )


def _asked(scope: Scope) -> Rows:
    """Who asked through the link in a mail to be called about another date.

    A call of before they asked does not answer them: their request itself is settled by one.
    """
    return (
        _row(What.APPOINTMENT, Why.ASKED, Booking)
        .join(Reply, Reply.booking_id == Booking.id)
        .where(
            bookings.within(scope),
            Reply.answer == Answer.CALL_ME,
            Reply.booking_version == Booking.version,
            Reply.settled_at.is_(None),
            Booking.status == Status.BOOKED,
            Booking.starts_at > AT,
        )
    )


def _outside(scope: Scope) -> Rows:
    """Appointments elsewhere to come, of which the reminder failed on every way."""
    row = ExternalAppointment
    return (
        _row(What.OUTSIDE, Why.UNSENT, row, kind=Message.kind)
        .join(Message, _failed(Message.external_id, row))
        .where(
            elsewhere.within(scope),
            row.status == ExternalStatus.NOTED,
            row.starts_at > AT,
            _untold(row),
        )
    )


def _on_the_way(version: InstrumentedAttribute[int]) -> ColumnElement[bool]:
    """Whether any message about the booking as it stands left, or waits to leave."""
    return exists().where(
        Message.booking_id == Booking.id,
        Message.booking_version == version,
        Message.state.in_(ON_THE_WAY),
    )


def _failed(
    about: InstrumentedAttribute[int | None], row: type[Booking] | type[ExternalAppointment]
) -> ColumnElement[bool]:
    """A message about the row as it stands that failed, and no other way of it may still tell.

    Of what would harm, one that nobody can say of whether it arrived counts as failed.
    """
    other = aliased(Message)
    same = other.booking_id if row is Booking else other.external_id
    told = exists().where(
        same == row.id,
        other.booking_version == row.version,
        other.kind == Message.kind,
        other.state.in_(ON_THE_WAY),
    )
    harms = and_(Message.state == State.UNKNOWN, Message.kind.in_(CALLED_IF_UNKNOWN))
    return and_(
        about == row.id,
        Message.booking_version == row.version,
        or_(Message.state == State.FAILED, harms),
        ~told,
    )
