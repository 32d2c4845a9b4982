"""What planning, preview and delivery need to know about a booking, each in one read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, type_coerce
from sqlalchemy.orm import Session

from cic_cases.bookings.models import Booking, Displaced
from cic_cases.bookings.statuses import Status
from cic_cases.cases.attributes import ContactMode
from cic_cases.cases.models import Case, Contact
from cic_cases.centres.models import Centre
from cic_cases.foundation.clock import zone
from cic_cases.foundation.db import UtcDateTime
from cic_cases.foundation.i18n import PERSON_LOCALES
from cic_cases.notifications.kinds import Kind, Mode, State
from cic_cases.notifications.models import Message
from cic_cases.notifications.rules import Appointment, Held, Reach

OTHERWISE = "en"
DATABASE_CLOCK = type_coerce(func.current_timestamp(), UtcDateTime)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A booking, where it is, and how its person wishes to be told. Addresses stay sealed.

    `held` is the time held for the person, when the booking is an offer or was displaced.
    """

    booking: Booking
    centre: Centre
    contact: Contact | None
    contact_language: str
    held: Held | None = None

    @property
    def appointment(self) -> Appointment:
        """The times of the visit, as the rules take them."""
        return appointment_at(self.centre, self.booking.starts_at, self.held)

    @property
    def language(self) -> str:
        """The language to write in: the visit's, else the person's, else English."""
        return language_of(self.booking.language, self.contact_language)


def appointment_at(centre: Centre, starts_at: datetime, held: Held | None = None) -> Appointment:
    """A visit to `centre` that starts at `starts_at`, with the time held for the person."""
    place = zone(centre.timezone)
    return Appointment(starts_at=starts_at, place=place, reminder_at=centre.reminder_at, held=held)


def reach_of(contact: Contact | None) -> Reach | None:
    """How the contact may be used; None when there is none."""
    if contact is None:
        return None
    return Reach(
        mode=None if contact.mode is ContactMode.NONE else Mode(contact.mode.value),
        email=contact.email_sealed is not None,
        phone=contact.phone_sealed is not None,
    )


def facts(session: Session, booking_id: int) -> Facts:
    """The facts of one booking; raises NoResultFound."""
    row = session.execute(
        select(Booking, Centre, Contact, Case.contact_language)
        .join(Centre, Centre.id == Booking.centre_id)
        .join(Case, Case.id == Booking.case_id)
        .outerjoin(Contact, Contact.case_id == Booking.case_id)
        .where(Booking.id == booking_id)
    ).one()
    booking, centre, contact, language = row
    return Facts(
        booking=booking,
        centre=centre,
        contact=contact,
        contact_language=language,
        held=_held_for(session, booking),
    )


def _held_for(session: Session, booking: Booking) -> Held | None:
    """The time held for the person: the booking's own, or the last one proposed in its stead."""
    if booking.status is Status.NEEDS_REBOOKING:
        booking = proposed(session, booking.id) or booking
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


def displaced_by(session: Session, proposal_id: int) -> int | None:
    """The id of the booking that a time was proposed for instead; None if it was no proposal."""
    return session.scalar(select(Displaced.booking_id).where(Displaced.proposal_id == proposal_id))


def ahead(session: Session, case_id: int, at: datetime) -> Sequence[int]:
    """The ids of the case's bookings that start after `at`, whatever their status."""
    return session.scalars(
        select(Booking.id).where(Booking.case_id == case_id, Booking.starts_at > at)
    ).all()


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


def contact_at(session: Session, case_id: int) -> tuple[Contact | None, str]:
    """A case's contact, if any, and the language the person reads; raises NoResultFound."""
    row = session.execute(
        select(Contact, Case.contact_language)
        .select_from(Case)
        .outerjoin(Contact, Contact.case_id == Case.id)
        .where(Case.id == case_id)
    ).one()
    return row[0], row[1]


def leased(session: Session, message_id: str, token: str) -> tuple[Message, Facts] | None:
    """A message that is still ours to deliver, with its facts; None when the lease is lost."""
    message = session.scalar(
        select(Message)
        .where(
            Message.id == message_id,
            Message.state == State.PENDING,
            Message.lease_token == token,
            Message.lease_until > DATABASE_CLOCK,
        )
        .execution_options(populate_existing=True)
    )
    if message is None or message.booking_id is None:
        return None
    return message, facts(session, message.booking_id)


def of_booking(session: Session, booking_id: int) -> Sequence[Message]:
    """Every message about the booking, the first due first, whatever became of it."""
    return session.scalars(
        select(Message)
        .where(Message.booking_id == booking_id)
        .order_by(Message.booking_version, Message.due_at, Message.kind, Message.channel)
    ).all()


def language_of(*preferred: str | None) -> str:
    """The first of these languages that the messages are written in, else English."""
    return next((code for code in preferred if code in PERSON_LOCALES), OTHERWISE) or OTHERWISE


def database_clock(session: Session) -> datetime:
    """What the database's own clock says: leases of several machines are compared by it."""
    now: datetime = session.execute(select(DATABASE_CLOCK)).scalar_one()
    return now
