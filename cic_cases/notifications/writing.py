"""From the facts of an appointment to finished words: the same for a preview and for a delivery."""

from dataclasses import dataclass
from datetime import datetime

from cic_cases.bookings.models import Booking
from cic_cases.cases.models import Contact
from cic_cases.centres.models import Centre
from cic_cases.foundation.clock import zone
from cic_cases.foundation.i18n import in_language
from cic_cases.notifications import ics, manage_links, own_texts, sms_text, texts
from cic_cases.notifications.channels.post import PostSettings, TextMessage
from cic_cases.notifications.kinds import Kind, Means, Mode
from cic_cases.notifications.letters import Letter
from cic_cases.notifications.models import Message
from cic_cases.notifications.occasions import Facts, Outside
from cic_cases.notifications.rules import Held, Way
from cic_cases.privacy.vault import open_sealed

ADDRESS_COLUMN = {Means.EMAIL: "email_sealed", Means.SMS: "phone_sealed"}


@dataclass(frozen=True, slots=True)
class Wording:
    """What a person reads; an SMS has no subject."""

    subject: str | None
    body: str


def wording(
    kind: Kind,
    way: Way,
    language: str,
    *,
    centre: Centre,
    starts_at: datetime,
    reference: str,
    held: Held | None = None,
    link: str | None = None,
    own_words: own_texts.Words | None = None,
) -> Wording | None:
    """The exact words in `language`; None when people in this mode get no such message.

    `link` is where the person manages the appointment; only a full mail of one that stands has it.
    `own_words`: the region's, if they have been read already.
    """
    values = texts.MessageValues.of(
        starts_at=starts_at,
        timezone=zone(centre.timezone),
        centre=centre.sms_name,
        street=centre.address,
        city=centre.city,
        reference=reference,
        phone=centre.phone,
        held=held,
    )
    with in_language(language):
        body = own_texts.body(kind, way.mode, values, centre, language, own_words)
        subject = texts.subject(kind, way.mode)
        if body and link and manage_links.carries(kind, way.channel, way.mode):
            body = f"{body}\n\n{manage_links.line(kind, link)}"
    if body is None:
        return None
    if way.channel is Means.SMS:
        return Wording(None, sms_text.fold(body, language))
    return Wording(subject, body)


def finished(
    message: Message, facts: Facts, mode: Mode, settings: PostSettings, at: datetime
) -> Letter | TextMessage | None:
    """The message with its address opened, ready to leave; None when there is nothing to say.

    `mode` is the person's wish as it is now. Raises `VaultError`.
    """
    words = wording(
        message.kind,
        Way(message.channel, mode),
        message.language,
        centre=facts.centre,
        starts_at=facts.occasion.starts_at,
        reference=facts.occasion.reference,
        held=facts.held,
        link=_link(message, facts, mode),
        own_words=facts.own_words,
    )
    if words is None or facts.contact is None:
        return None
    recipient = address(facts.contact, message.channel)
    if message.channel is Means.SMS:
        return TextMessage(
            message_id=outgoing_id(message),
            recipient=recipient,
            text=words.body,
            discreet=mode is Mode.DISCREET,
        )
    full = mode is Mode.FULL
    sender = settings.mail_from if full else settings.mail_from_neutral
    entry = None
    if ics.has_entry(message.kind):
        entry = _calendar(facts, message, sender, full=full, at=at)
    return Letter(
        message_id=outgoing_id(message),
        sender=sender,
        recipient=recipient,
        subject=words.subject or "",
        body=words.body,
        language=message.language,
        sent_at=at,
        calendar=entry,
        method=ics.method(message.kind),
    )


def outgoing_id(message: Message) -> str:
    """The name under which it leaves: the same however often it is tried, another once it left.

    What is sent again on purpose must not be taken for the mail that came before: mailboxes and
    gateways drop a second message of the same name.
    """
    return f"{message.id}.{message.left_before}" if message.left_before else message.id


def _link(message: Message, facts: Facts, mode: Mode) -> str | None:
    """The link that was noted when the message was claimed, as it was planned to be in full."""
    if facts.contact is None or not isinstance(facts.occasion, Booking):
        return None
    if mode is message.mode is Mode.FULL:
        return manage_links.address_of(facts.occasion, facts.contact, message.language)
    return None


def _calendar(facts: Facts, message: Message, sender: str, *, full: bool, at: datetime) -> bytes:
    entry = entry_of(facts.occasion, facts.centre, sender, full=full)
    with in_language(message.language):
        return ics.calendar(entry, ics.method(message.kind), stamp=at)


def entry_of(
    occasion: Booking | Outside, centre: Centre, sender: str, *, full: bool
) -> ics.CalendarEntry:
    """The appointment as the person's calendar may know it; `full`: with the centre's address."""
    return ics.CalendarEntry(
        uid=occasion.calendar_uid,
        version=occasion.version,
        starts_at=occasion.starts_at,
        ends_at=occasion.ends_at,
        sender=sender,
        address=f"{centre.address}, {centre.city}" if full else None,
    )


def address(contact: Contact, channel: Means) -> str:
    """The address itself, decrypted: to deliver one message, or for one call that is on record.

    Raises `VaultError`, and LookupError without one.
    """
    column = ADDRESS_COLUMN[channel]
    sealed = contact.email_sealed if channel is Means.EMAIL else contact.phone_sealed
    if sealed is None:
        raise LookupError("the contact has no address for this channel")
    return open_sealed(sealed, table="contact", row=contact.id, column=column)
