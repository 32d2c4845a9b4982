"""What is kept longer than it may be. Questions only; each names rows, none opens anything."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from cic_cases.bookings.models import Booking, Waiting, WaitingState
from cic_cases.bookings.statuses import Status
from cic_cases.cases.models import Card, Case, Contact
from cic_cases.centres.models import Centre, Region
from cic_cases.notes.models import Note, NoteDraft, NoteVersion
from cic_cases.notes.rules import DRAFT_KEPT
from cic_cases.retention import rules
from cic_cases.retention.rules import Limits
from cic_cases.visits.models import ExternalAppointment, Visit
from cic_cases.visits.statuses import ExternalStatus

NOT_COMING = (Status.CANCELLED, Status.DONE, Status.NO_SHOW)
IN_LINE = (WaitingState.WAITING, WaitingState.OFFERED)


def regions(session: Session) -> list[Region]:
    """Every region, in order."""
    return list(session.scalars(select(Region).order_by(Region.id)))


def limits_of(region: Region, at: datetime) -> Limits:
    """What the region's periods mean at `at`."""
    return rules.limits(
        at,
        contact_months=region.contact_months,
        note_months=region.note_months,
        audit_months=region.audit_months,
        record_years=region.record_years,
        last_payment_year=region.last_payment_year,
    )


def idle_contacts(session: Session, region_id: int, before: datetime) -> Sequence[int]:
    """Cases of a region with an address and nothing since `before`: no visit, nothing ahead."""
    wanted = (
        select(Contact.case_id)
        .join(Case, Case.id == Contact.case_id)
        .where(
            _of(region_id),
            or_(Contact.phone_sealed.is_not(None), Contact.email_sealed.is_not(None)),
            Contact.changed_at < before,
            Case.opened_at < before,
            ~_active(Case.id, before),
        )
    )
    return session.scalars(wanted.order_by(Contact.case_id)).all()


def old_notes(session: Session, region_id: int, before: datetime) -> Sequence[int]:
    """Notes of a region whose newest version is from before `before`."""
    newest = select(func.max(NoteVersion.written_at)).where(NoteVersion.note_id == Note.id)
    wanted = (
        select(Note.id)
        .join(Centre, Centre.id == Note.centre_id)
        .where(Centre.region_id == region_id, newest.scalar_subquery() < before)
    )
    return session.scalars(wanted.order_by(Note.id)).all()


def old_drafts(session: Session, at: datetime) -> Sequence[int]:
    """Drafts nobody went on with for a week."""
    wanted = select(NoteDraft.id).where(NoteDraft.saved_at < at - DRAFT_KEPT)
    return session.scalars(wanted.order_by(NoteDraft.id)).all()


def people_over(session: Session, region_id: int, limits: Limits, at: datetime) -> Sequence[int]:
    """Cases with a card whose records nobody may keep any more, now that the project is over."""
    if not limits.records_over(at):
        return []
    wanted = (
        select(Case.id)
        .where(
            _of(region_id),
            exists().where(Card.case_id == Case.id),
            Case.opened_at < limits.contact,
            ~_active(Case.id, limits.contact),
        )
        .order_by(Case.id)
    )
    return session.scalars(wanted).all()


def trail_before(session: Session, at: datetime) -> datetime:
    """Before when lines of the audit trail are older than any region keeps them."""
    return min((limits_of(region, at).audit for region in regions(session)), default=at)


def expected(session: Session, case_id: int, at: datetime) -> bool:
    """Whether the person has an appointment ahead, or waits for one."""
    wanted = select(Case.id).where(Case.id == case_id, _ahead(Case.id, at))
    return session.scalar(wanted) is not None


def _of(region_id: int) -> ColumnElement[bool]:
    here = select(Centre.id).where(Centre.region_id == region_id)
    return Case.opened_centre_id.in_(here)


def _ahead(case_id: InstrumentedAttribute[int], at: datetime) -> ColumnElement[bool]:
    return or_(
        exists().where(
            Booking.case_id == case_id,
            Booking.ends_at > at,
            Booking.status.not_in(NOT_COMING),
        ),
        exists().where(
            ExternalAppointment.case_id == case_id,
            ExternalAppointment.ends_at > at,
            ExternalAppointment.status != ExternalStatus.CANCELLED,
        ),
        exists().where(Waiting.case_id == case_id, Waiting.state.in_(IN_LINE)),
    )


def _active(case_id: InstrumentedAttribute[int], since: datetime) -> ColumnElement[bool]:
    """That something happened, or will, since then: a visit, an appointment, a place in a line."""
    return or_(
        _ahead(case_id, since),
        exists().where(
            Visit.case_id == case_id, Visit.occurred_at >= since, Visit.voided_at.is_(None)
        ),
        exists().where(
            and_(
                Booking.case_id == case_id,
                Booking.ends_at >= since,
                Booking.status != Status.CANCELLED,
            )
        ),
    )
