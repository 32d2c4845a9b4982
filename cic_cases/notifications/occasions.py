"""What messages are about: a booking or an appointment elsewhere, its centre, and its person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Status
from cic_cases.cases.attributes import ContactMode
from cic_cases.cases.models import Contact
from cic_cases.centres.models import Centre
from cic_cases.foundation.clock import zone
from cic_cases.foundation.i18n import PERSON_LOCALES
from cic_cases.notifications import reminders
from cic_cases.notifications.channels import post_settings, sms_service
from cic_cases.notifications.kinds import Mode
from cic_cases.notifications.rules import Appointment, Held, Reach
from cic_cases.visits.statuses import ExternalStatus

OTHERWISE = "en"
STANDING = {
    ExternalStatus.NOTED: Status.BOOKED,
    ExternalStatus.DONE: Status.DONE,
    ExternalStatus.NO_SHOW: Status.NO_SHOW,
    ExternalStatus.CANCELLED: Status.CANCELLED,
}
"""Where an appointment elsewhere stands, in the words that the rules of messages know."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outside:
    """An appointment elsewhere as messages may know it: when it is, never where or what for."""

    id: int
    reference: str
    version: int
    status: Status
    starts_at: datetime
    ends_at: datetime
    language: str
    calendar_uid: str


@dataclass(frozen=True, kw_only=True)
class Facts:
    """An appointment, its centre, and how its person wishes to be told. Addresses stay sealed.

    `held` is the time held for the person, when the booking is an offer or was displaced;
    `own_words` are the region's, if they have been read already.
    """

    occasion: Booking | Outside
    centre: Centre
    contact: Contact | None
    contact_language: str
    held: Held | None = None
    own_words: Mapping[tuple[str, str], str] | None = None

    @property
    def booking(self) -> Booking:
        """The booking it is; raises LookupError for an appointment elsewhere."""
        if not isinstance(self.occasion, Booking):
            raise LookupError("an appointment elsewhere is no booking")
        return self.occasion

    @property
    def about(self) -> dict[str, int]:
        """What the message's row refers to."""
        name = "booking_id" if isinstance(self.occasion, Booking) else "external_id"
        return {name: self.occasion.id}

    @property
    def appointment(self) -> Appointment:
        """The times of the visit, as the rules take them."""
        return appointment_at(self.centre, self.occasion.starts_at, self.held)

    @property
    def language(self) -> str:
        """The language to write in: the visit's, else the person's, else English."""
        return language_of(self.occasion.language, self.contact_language)


def appointment_at(centre: Centre, starts_at: datetime, held: Held | None = None) -> Appointment:
    """A visit to `centre` that starts at `starts_at`, with the time held for the person."""
    days = reminders.days_of(centre.reminder_days)
    reminding = reminders.Policy(centre.reminder_at, days, centre.country)
    return Appointment(
        starts_at=starts_at,
        place=zone(centre.timezone),
        reminding=reminding,
        held=held,
    )


def reach_of(contact: Contact | None) -> Reach | None:
    """How the contact may be used; None when there is none."""
    if contact is None:
        return None
    return Reach(
        mode=None if contact.mode is ContactMode.NONE else Mode(contact.mode.value),
        email=contact.email_sealed is not None,
        phone=contact.phone_sealed is not None,
        sms=sms_service(post_settings()).reaches(contact.calling_code),
    )


def language_of(*preferred: str | None) -> str:
    """The first of these languages that the messages are written in, else English."""
    return next((code for code in preferred if code in PERSON_LOCALES), OTHERWISE) or OTHERWISE
