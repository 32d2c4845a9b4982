"""Whom nobody has reached, in one statement; and all that a call needs to know, in four more."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
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
    func,
    literal,
    null,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from cic_cases.bookings import queries as bookings
from cic_cases.bookings.displaced_queries import unanswered
from cic_cases.bookings.models import Booking, Displaced, Disruption, Told
from cic_cases.bookings.statuses import HeldFor, Status
from cic_cases.cases.models import Contact
from cic_cases.centres.models import Centre, Secrecy, Service
from cic_cases.foundation.db import UtcDateTime
from cic_cases.foundation.errors import NotFound
from cic_cases.notifications import queries
from cic_cases.notifications.call_list_rules import CALLED_FOR, Due, Found, What, Why
from cic_cases.notifications.kinds import Kind, State
from cic_cases.notifications.models import Call, CallOutcome, Message
from cic_cases.notifications.occasions import Facts
from cic_cases.privacy.actor import Scope
from cic_cases.visits import external_queries as elsewhere
from cic_cases.visits.models import ExternalAppointment
from cic_cases.visits.statuses import ExternalStatus

Subject = tuple[What, int]
Rows = Select[Any]
ON_THE_WAY = (State.SENT, State.PENDING)
AT: Any = bindparam("at", type_=UtcDateTime())
NEVER = cast(null(), UtcDateTime())


@dataclass(frozen=True, slots=True)
class Tries:
    """Calls in which nobody was reached: how many, and when the last one was (UTC)."""

    number: int = 0
    last_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class About:
    """The appointment a call is about; `secret` when its list shows no codes."""

    facts: Facts
    case_id: int
    secret: bool


def found(session: Session, scope: Scope, at: datetime, only: Subject | None = None) -> list[Found]:
    """Everybody of the scope who may have to be called at `at`, or `only` one. One statement."""
    wanted = _everybody(scope)
    if only is not None:
        columns = wanted.selected_columns
        wanted = wanted.where(columns.what == only[0].value, columns.id == only[1])
    return [
        Found(
            what=What(row.what),
            id=row.id,
            version=row.version,
            why=Why(row.why),
            kind=Kind(row.kind) if row.kind else None,
            unreached=bool(row.unreached),
            starts_at=row.starts_at,
            held_starts_at=row.held_starts_at,
            held_until=row.held_until,
            timezone=row.timezone,
        )
        for row in session.execute(wanted, {"at": at})
    ]


@lru_cache(maxsize=256)
def _everybody(scope: Scope) -> Rows:
    """The statement of a scope, made once: the badge is on every page, and only says when."""
    return select(
        union_all(_lost(scope), _unsent(scope), _offered(scope), _outside(scope)).subquery()
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
    """One of the reasons, in the columns all of them share; with a phone, and not called yet.

    Of those who want no message no phone is kept: the table of contacts sees to it.
    """
    ours = Call.booking_id if what is What.APPOINTMENT else Call.external_id
    told = exists().where(
        ours == row.id, Call.version == row.version, Call.outcome == CallOutcome.TOLD
    )
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
        .where(Contact.phone_sealed.is_not(None), ~told)
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
        )
    )


def _unsent(scope: Scope) -> Rows:
    """Appointments ahead, or lost, of which a message failed on every way."""
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
    )


def _outside(scope: Scope) -> Rows:
    """Appointments elsewhere to come, of which the reminder failed on every way."""
    row = ExternalAppointment
    return (
        _row(What.OUTSIDE, Why.UNSENT, row, kind=Message.kind)
        .join(Message, _failed(Message.external_id, row))
        .where(elsewhere.within(scope), row.status == ExternalStatus.NOTED, row.starts_at > AT)
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
    """A message about the row as it stands that failed, and no other way of it may still tell."""
    other = aliased(Message)
    same = other.booking_id if row is Booking else other.external_id
    told = exists().where(
        same == row.id,
        other.booking_version == row.version,
        other.kind == Message.kind,
        other.state.in_(ON_THE_WAY),
    )
    return and_(
        about == row.id,
        Message.booking_version == row.version,
        Message.state == State.FAILED,
        ~told,
    )


def tries(session: Session, calls: Iterable[Due]) -> dict[Subject, Tries]:
    """How often each was called in vain about the appointment as it stands. One statement."""
    versions = {one.subject: one.found.version for one in calls}
    wanted = (
        select(Call.booking_id, Call.external_id, Call.version, func.count(), func.max(Call.at))
        .where(
            Call.outcome == CallOutcome.NOT_REACHED,
            or_(
                Call.booking_id.in_(_ids(versions, What.APPOINTMENT)),
                Call.external_id.in_(_ids(versions, What.OUTSIDE)),
            ),
        )
        .group_by(Call.booking_id, Call.external_id, Call.version)
    )
    known: dict[Subject, Tries] = {}
    for booking_id, external_id, version, number, last_at in session.execute(wanted):
        what = What.OUTSIDE if booking_id is None else What.APPOINTMENT
        subject = (what, booking_id or external_id or 0)
        if versions.get(subject) == version:
            known[subject] = Tries(number, last_at)
    return known


def about(session: Session, calls: Sequence[Due]) -> dict[Subject, About]:
    """The appointments, their centres and how their people are told. Two statements."""
    held = {one.subject: one.held for one in calls}
    secrecy = queries.of_bookings().add_columns(Service.secrecy)
    ours = secrecy.join(Service, Service.id == Booking.service_id).where(
        Booking.id.in_(_ids(held, What.APPOINTMENT))
    )
    known: dict[Subject, About] = {}
    for booking, centre, contact, language, secret in session.execute(ours):
        subject = (What.APPOINTMENT, booking.id)
        facts = Facts(
            occasion=booking,
            centre=centre,
            contact=contact,
            contact_language=language,
            held=held[subject],
        )
        known[subject] = About(facts, booking.case_id, secret is Secrecy.AUTHOR)
    theirs = queries.of_outside().where(ExternalAppointment.id.in_(_ids(held, What.OUTSIDE)))
    for one, centre, contact, language in session.execute(theirs):
        facts = queries.facts_of_outside(one, centre, contact, language)
        known[What.OUTSIDE, one.id] = About(facts, one.case_id, secret=False)
    return known


def _ids(subjects: Mapping[Subject, object], what: What) -> list[int]:
    return [row_id for kind, row_id in subjects if kind is what]


def by_reference(
    session: Session, what: What, reference: str, scope: Scope
) -> Booking | ExternalAppointment:
    """What the call is about, or `NotFound`: out of scope and missing are the same."""
    if not scope:
        raise NotFound()
    if what is What.OUTSIDE:
        return elsewhere.by_reference(session, reference, scope)
    return bookings.by_reference(session, reference, scope)
