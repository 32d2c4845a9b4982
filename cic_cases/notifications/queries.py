"""What planning, preview and delivery need to know about a booking, each in one read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, type_coerce
from sqlalchemy.orm import Session

from cic_cases.bookings.models import Booking
from cic_cases.cases.attributes import ContactMode
from cic_cases.cases.models import Case, Contact
from cic_cases.centres.models import Centre
from cic_cases.foundation.clock import zone
from cic_cases.foundation.db import UtcDateTime
from cic_cases.foundation.i18n import PERSON_LOCALES
from cic_cases.notifications.kinds import Mode, State
from cic_cases.notifications.models import Message
from cic_cases.notifications.rules import Appointment, Reach

OTHERWISE = "en"
DATABASE_CLOCK = type_coerce(func.current_timestamp(), UtcDateTime)


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A booking, where it is, and how its person wishes to be told. Addresses stay sealed."""

    booking: Booking
    centre: Centre
    contact: Contact | None
    contact_language: str

    @property
    def appointment(self) -> Appointment:
        """The times of the visit, as the rules take them."""
        return appointment_at(self.centre, self.booking.starts_at)

    @property
    def language(self) -> str:
        """The language to write in: the visit's, else the person's, else English."""
        return language_of(self.booking.language, self.contact_language)


def appointment_at(centre: Centre, starts_at: datetime) -> Appointment:
    """A visit to `centre` that starts at `starts_at`."""
    place = zone(centre.timezone)
    return Appointment(starts_at=starts_at, place=place, reminder_at=centre.reminder_at)


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
    return Facts(booking=row[0], centre=row[1], contact=row[2], contact_language=row[3])


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
