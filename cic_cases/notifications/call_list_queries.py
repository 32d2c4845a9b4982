"""Whom nobody has reached, in one statement; and all that a call needs to know, in four more."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from cic_cases.bookings import queries as bookings
from cic_cases.bookings.models import Booking
from cic_cases.centres.models import Secrecy, Service
from cic_cases.foundation.errors import NotFound
from cic_cases.notifications import queries
from cic_cases.notifications.call_list_reasons import everybody
from cic_cases.notifications.call_list_rules import Due, Found, What, Why
from cic_cases.notifications.kinds import Kind
from cic_cases.notifications.models import Call, CallOutcome
from cic_cases.notifications.occasions import Facts
from cic_cases.privacy.actor import Scope
from cic_cases.visits import external_queries as elsewhere
from cic_cases.visits.models import ExternalAppointment

Subject = tuple[What, int]


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
    wanted = everybody(scope)
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
