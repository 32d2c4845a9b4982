"""What planning, preview and delivery need to know of an appointment, each in one read."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Select, exists, inspect, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from cic_cases.bookings.models import Booking, Displaced
from cic_cases.bookings.statuses import Status
from cic_cases.cases.models import Case, Contact
from cic_cases.centres.models import Centre
from cic_cases.foundation.db import Base
from cic_cases.foundation.leases import DATABASE_CLOCK
from cic_cases.notifications.kinds import Kind, State
from cic_cases.notifications.models import Message
from cic_cases.notifications.occasions import STANDING, Facts, Outside
from cic_cases.notifications.rules import Held
from cic_cases.visits.models import ExternalAppointment

Entity = TypeVar("Entity", bound=Base)


def facts(session: Session, booking_id: int) -> Facts:
    """The facts of one booking; raises NoResultFound."""
    row = session.execute(of_bookings().where(Booking.id == booking_id)).one()
    booking, centre, contact, language = row
    return Facts(
        occasion=booking,
        centre=centre,
        contact=contact,
        contact_language=language,
        held=_held_for(session, booking),
    )


def facts_of_many(session: Session, booking_ids: Collection[int]) -> dict[int, Facts]:
    """`facts` of several bookings by id, with two statements at most."""
    rows = session.execute(of_bookings().where(Booking.id.in_(booking_ids))).all()
    displaced = [row[0].id for row in rows if row[0].status is Status.NEEDS_REBOOKING]
    instead = _proposed_for(session, displaced) if displaced else {}
    return {
        booking.id: Facts(
            occasion=booking,
            centre=centre,
            contact=contact,
            contact_language=language,
            held=_held_by(instead.get(booking.id, booking)),
        )
        for booking, centre, contact, language in rows
    }


def of_bookings() -> Select[Booking, Centre, Contact, str]:
    """Bookings with the centre, the contact if there is one, and the person's language."""
    return (
        select(Booking, Centre, Contact, Case.contact_language)
        .join(Centre, Centre.id == Booking.centre_id)
        .join(Case, Case.id == Booking.case_id)
        .outerjoin(Contact, Contact.case_id == Booking.case_id)
    )


def facts_at_hand(session: Session, booking_id: int) -> Facts:
    """`facts` of an appointment just made: what its transaction has read is not read again."""
    booking = _at_hand(session, Booking, booking_id)
    centre = booking and _at_hand(session, Centre, booking.centre_id)
    case = booking and _at_hand(session, Case, booking.case_id)
    if not (booking and centre and case) or "contact" in inspect(case).unloaded:
        return facts(session, booking_id)
    return Facts(
        occasion=booking,
        centre=centre,
        contact=case.contact,
        contact_language=case.contact_language,
        held=_held_for(session, booking),
    )


def _at_hand(session: Session, entity: type[Entity], row_id: int) -> Entity | None:
    """The row, if this transaction has read or written it."""
    row: Entity | None = session.identity_map.get(identity_key(entity, row_id))
    return None if row is None or inspect(row).expired else row


def facts_outside(session: Session, external_id: int) -> Facts:
    """The facts of one appointment elsewhere; raises NoResultFound."""
    row = session.execute(of_outside().where(ExternalAppointment.id == external_id)).one()
    return facts_of_outside(*row)


def outside_of_many(session: Session, external_ids: Collection[int]) -> dict[int, Facts]:
    """`facts_outside` of several appointments by id, with one statement."""
    if not external_ids:
        return {}
    rows = session.execute(of_outside().where(ExternalAppointment.id.in_(external_ids)))
    return {row[0].id: facts_of_outside(*row) for row in rows}


def of_outside() -> Select[ExternalAppointment, Centre, Contact, str]:
    """Appointments elsewhere, as `of_bookings` has ours."""
    return (
        select(ExternalAppointment, Centre, Contact, Case.contact_language)
        .join(Centre, Centre.id == ExternalAppointment.centre_id)
        .join(Case, Case.id == ExternalAppointment.case_id)
        .outerjoin(Contact, Contact.case_id == ExternalAppointment.case_id)
    )


def facts_of_outside(
    one: ExternalAppointment, centre: Centre, contact: Contact | None, language: str
) -> Facts:
    """The facts of an appointment elsewhere that was read already; its place is left out."""
    occasion = Outside(
        id=one.id,
        reference=one.reference,
        version=one.version,
        status=STANDING[one.status],
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        language=one.language,
        calendar_uid=one.calendar_uid,
    )
    return Facts(occasion=occasion, centre=centre, contact=contact, contact_language=language)


def _held_for(session: Session, booking: Booking) -> Held | None:
    """The time held for the person: the booking's own, or the last one proposed in its stead."""
    if booking.status is Status.NEEDS_REBOOKING:
        booking = proposed(session, booking.id) or booking
    return _held_by(booking)


def _held_by(booking: Booking) -> Held | None:
    if booking.status is not Status.HELD or booking.expires_at is None:
        return None
    return Held(booking.starts_at, booking.expires_at)


def proposed(session: Session, booking_id: int) -> Booking | None:
    """The last time that was proposed instead of a displaced booking, whatever became of it."""
    return session.scalar(
        select(Booking)
        .join(Displaced, Displaced.proposal_id == Booking.id)
        .where(Displaced.booking_id == booking_id)
        .order_by(Displaced.id.desc())
        .limit(1)
    )


def _proposed_for(session: Session, booking_ids: Collection[int]) -> dict[int, Booking]:
    """`proposed` for each of several displaced bookings that has one."""
    rows = session.execute(
        select(Displaced.booking_id, Booking)
        .join(Booking, Booking.id == Displaced.proposal_id)
        .where(Displaced.booking_id.in_(booking_ids))
        .order_by(Displaced.id)
    )
    return {row[0]: row[1] for row in rows}


def displaced_by(session: Session, proposal_id: int) -> int | None:
    """The id of the booking that a time was proposed for instead; None if it was no proposal."""
    return session.scalar(select(Displaced.booking_id).where(Displaced.proposal_id == proposal_id))


def ahead(session: Session, case_id: int, at: datetime) -> Sequence[int]:
    """The ids of the case's bookings, whatever their status, of which there is still news.

    They start after `at`, or a message about them has not left yet: that one was missed.
    """
    waits = exists().where(Message.booking_id == Booking.id, Message.state == State.PENDING)
    still = or_(Booking.starts_at > at, waits)
    return session.scalars(select(Booking.id).where(Booking.case_id == case_id, still)).all()


def planned(session: Session, booking_id: int, version: int) -> Sequence[Message]:
    """Every message about this version of the booking, whatever became of it."""
    return session.scalars(
        select(Message).where(Message.booking_id == booking_id, Message.booking_version == version)
    ).all()


def withdrawn(session: Session, booking_id: int, kinds: frozenset[Kind]) -> set[Kind]:
    """Of these kinds, the one last planned for the booking, if no message of it left the house."""
    last = max(
        (row for row in of_booking(session, booking_id) if row.kind in kinds),
        key=lambda row: row.booking_version,
        default=None,
    )
    if last is None:
        return set()
    same = [
        row
        for row in of_booking(session, booking_id)
        if (row.kind, row.booking_version) == (last.kind, last.booking_version)
    ]
    return {last.kind} if all(row.state is State.SUPERSEDED for row in same) else set()


def planned_about(session: Session, facts: Facts) -> Sequence[Message]:
    """Every message about the appointment as it stands, whatever became of it."""
    return session.scalars(
        select(Message).filter_by(**facts.about, booking_version=facts.occasion.version)
    ).all()


def outside_ahead(session: Session, case_id: int, at: datetime) -> Sequence[int]:
    """The ids of the case's appointments elsewhere that start after `at`, whatever their status."""
    return session.scalars(
        select(ExternalAppointment.id).where(
            ExternalAppointment.case_id == case_id, ExternalAppointment.starts_at > at
        )
    ).all()


def of_external(session: Session, external_id: int) -> Sequence[Message]:
    """Every message about an appointment elsewhere, the first due first."""
    return session.scalars(
        select(Message)
        .where(Message.external_id == external_id)
        .order_by(Message.booking_version, Message.due_at, Message.kind, Message.channel)
    ).all()


def contact_at(session: Session, case_id: int) -> tuple[Contact | None, str]:
    """A case's contact, if any, and the language the person reads; raises NoResultFound."""
    row = session.execute(
        select(Contact, Case.contact_language)
        .select_from(Case)
        .outerjoin(Contact, Contact.case_id == Case.id)
        .where(Case.id == case_id)
    ).one()
    return row[0], row[1]


def of_booking(session: Session, booking_id: int) -> Sequence[Message]:
    """Every message about the booking, the first due first, whatever became of it."""
    return session.scalars(
        select(Message)
        .where(Message.booking_id == booking_id)
        .order_by(Message.booking_version, Message.due_at, Message.kind, Message.channel)
    ).all()


def database_clock(session: Session) -> datetime:
    """What the database's own clock says: leases of several machines are compared by it."""
    now: datetime = session.execute(select(DATABASE_CLOCK)).scalar_one()
    return now
