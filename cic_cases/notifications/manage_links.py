"""The link in a mail by which a person manages an appointment, without an account.

Its token is made, not drawn: whoever delivers the same message again writes the same mail. It is
bound to one version of the booking and to the contact as it was when it was made: whoever gave
another address, or wants to be told less, leaves no working link in the old mailbox. Only its
hash is kept. No SMS, no discreet message and no paper ever holds one.
"""

import base64
import hmac
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import current_app
from sqlalchemy import Select, delete, exists, select
from sqlalchemy.orm import Session, aliased

from cic_cases.bookings.models import Booking, BookingTrace, Displaced
from cic_cases.bookings.statuses import Happening
from cic_cases.cases.attributes import ContactMode
from cic_cases.cases.events import ContactChanged
from cic_cases.cases.models import Contact
from cic_cases.centres.models import Centre
from cic_cases.foundation.i18n import pgettext
from cic_cases.notifications.kinds import Kind, Means, Mode
from cic_cases.notifications.models import ManageLink, Message
from cic_cases.notifications.occasions import language_of
from cic_cases.people.tokens import digest

PURPOSE = b"the link by which a person manages an appointment"
LINKED = frozenset(
    {
        Kind.BOOKING_CONFIRMATION,
        Kind.REMINDER_DAY_BEFORE,
        Kind.REMINDER_ON_DATE,
        Kind.RESCHEDULED,
    }
)
"""What tells of an appointment that stands, and so carries the link."""
ANSWERED = frozenset({Kind.WAITING_LIST_OFFER, Kind.CANCELLED_WITH_PROPOSAL})
"""What tells of a time that is held until the person answers, and carries the link as well."""
KEPT = timedelta(days=30)  # what was lost may be answered after its own time has come
NOBODYS = "···"  # stands for the token wherever a mail is only shown


@dataclass(frozen=True, kw_only=True)
class Opened:
    """What a token opens: the booking as it is now, and what became of it since.

    `moved`: it has another time or place than the message told that held the link. `callable`:
    the person left a number. `proposal`: what is or was held instead of the booking, and where.
    """

    booking: Booking
    centre: Centre
    moved: bool
    callable: bool
    proposal: Booking | None = None
    proposal_centre: Centre | None = None


def carries(kind: Kind, channel: Means, mode: Mode) -> bool:
    """Whether a message of this kind, by this channel and saying so much, holds a link."""
    told = kind in LINKED or kind in ANSWERED
    return told and channel is Means.EMAIL and mode is Mode.FULL


def line(kind: Kind, address: str) -> str:
    """The sentence with the link, in the current language; the address stands on its own line."""
    if kind in ANSWERED:
        return pgettext("message", "To accept or decline, open:") + f"\n{address}"
    return pgettext("message", "To change or cancel, open:") + f"\n{address}"


def address_of(booking: Booking, contact: Contact, language: str) -> str:
    """The link to write into a mail, built on the configured address; the page's `language`.

    It opens something once `keep` or `link_for` has noted it.
    """
    return _address(_token(booking, contact), language)


def shown(language: str) -> str:
    """The link as a preview shows it: nobody but the person ever sees a token."""
    return _address(NOBODYS, language)


def link_for(session: Session, booking: Booking, *, at: datetime) -> str:
    """The link of the booking as it stands, noted at `at`; twice it is the same.

    Raises LookupError when the person has no contact to write to.
    """
    return _address(token_for(session, booking, at=at), language_of(booking.language))


def token_for(session: Session, booking: Booking, *, at: datetime) -> str:
    """`link_for`, its token alone."""
    contact = session.scalar(select(Contact).where(Contact.case_id == booking.case_id))
    if contact is None:
        raise LookupError("nobody can be sent a link without a contact")
    _note(session, [(booking, contact)], at)
    return _token(booking, contact)


def keep(session: Session, message_ids: Collection[str], *, at: datetime) -> None:
    """Note the links of those of these messages that will hold one, before they leave."""
    if not message_ids:
        return
    wanted = (
        select(Booking, Contact)
        .join(Message, Message.booking_id == Booking.id)
        .join(Contact, Contact.case_id == Booking.case_id)
        .where(
            Message.id.in_(message_ids),
            Message.booking_version == Booking.version,
            Message.channel == Means.EMAIL,
            Message.mode == Mode.FULL,
            Message.kind.in_(LINKED | ANSWERED),
            Contact.mode == ContactMode.FULL,
        )
    )
    _note(session, [(row[0], row[1]) for row in session.execute(wanted)], at)


def on_contact_changed(session: Session, event: ContactChanged) -> None:
    """The mailbox may be given up, or somebody else's: none of the links in it works any more."""
    theirs = select(Booking.id).where(Booking.case_id == event.case_id)
    session.execute(delete(ManageLink).where(ManageLink.booking_id.in_(theirs)))


def any_old(session: Session, at: datetime) -> bool:
    """Whether `forget_old` would delete anything: nobody waits for a turn to write for nothing."""
    return session.scalar(_old(at).limit(1)) is not None


def forget_old(session: Session, at: datetime) -> None:
    """Delete the links of visits that were over `KEPT` ago: for long they have opened nothing."""
    session.execute(delete(ManageLink).where(ManageLink.token_hash.in_(_old(at))))


def _old(at: datetime) -> Select[str]:
    ended = Booking.ends_at <= at - KEPT
    return (
        select(ManageLink.token_hash)
        .join(Booking, Booking.id == ManageLink.booking_id)
        .where(ended)
    )


def opened(session: Session, token: str) -> Opened | None:
    """What this token opens now; None for a wrong one, or one whose mailbox was given up."""
    moved = exists().where(
        BookingTrace.booking_id == Booking.id,
        BookingTrace.version > ManageLink.booking_version,
        BookingTrace.happening == Happening.MOVED,
    )
    proposal, elsewhere = aliased(Booking), aliased(Centre)
    lost = (Displaced.booking_id == Booking.id) & Displaced.outcome.is_(None)
    row = session.execute(
        select(Booking, Centre, Contact, moved, proposal, elsewhere)
        .select_from(ManageLink)
        .join(Booking, Booking.id == ManageLink.booking_id)
        .join(Centre, Centre.id == Booking.centre_id)
        .join(Contact, Contact.case_id == Booking.case_id)
        .outerjoin(Displaced, lost)
        .outerjoin(proposal, proposal.id == Displaced.proposal_id)
        .outerjoin(elsewhere, elsewhere.id == proposal.centre_id)
        .where(
            ManageLink.token_hash == digest(token),
            ManageLink.made_at >= Contact.changed_at,
            Contact.mode == ContactMode.FULL,
        )
    ).first()
    if row is None:
        return None
    return Opened(
        booking=row[0],
        centre=row[1],
        callable=row[2].phone_sealed is not None,
        moved=bool(row[3]),
        proposal=row[4],
        proposal_centre=row[5],
    )


def _note(session: Session, links: Collection[tuple[Booking, Contact]], at: datetime) -> None:
    """Whoever counts from an earlier moment than the contact's last change made it after that."""
    rows = [
        ManageLink(
            token_hash=digest(_token(booking, contact)),
            booking_id=booking.id,
            booking_version=booking.version,
            made_at=max(at, contact.changed_at),
        )
        for booking, contact in links
    ]
    if rows:
        hashes = [row.token_hash for row in rows]
        known = session.scalars(
            select(ManageLink.token_hash).where(ManageLink.token_hash.in_(hashes))
        ).all()
        new = {row.token_hash: row for row in rows if row.token_hash not in known}
        session.add_all(new.values())
        session.flush()


def _token(booking: Booking, contact: Contact) -> str:
    """256 bits that nobody can make without the key of this installation."""
    secret = current_app.config["CIC"].secret_key.encode()
    key = hmac.digest(secret, PURPOSE, "sha256")
    told = f"{booking.id}|{booking.version}|{contact.id}|{contact.changed_at.isoformat()}"
    return base64.urlsafe_b64encode(hmac.digest(key, told.encode(), "sha256")).decode().rstrip("=")


def _address(token: str, language: str) -> str:
    base: str = current_app.config["CIC"].base_url
    return f"{base.rstrip('/')}/b/{token}?lang={language}"
