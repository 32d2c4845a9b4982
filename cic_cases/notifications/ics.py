"""The calendar entry that travels with a mail: when, and for people reached in full, where.

Its title is "Visit" in the person's language and nothing more: calendars are shown on shared
screens. Times are UTC, so no time zone table is needed. The UID stays and the sequence number
grows with every move, so that the entry in the person's calendar moves with it.
"""

import enum
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parseaddr

from icalendar import Calendar, Event, vCalAddress

from cic_cases.foundation.i18n import pgettext
from cic_cases.notifications.kinds import Kind


class Method(enum.StrEnum):
    """What the calendar should do with the entry."""

    PUBLISH = "PUBLISH"
    CANCEL = "CANCEL"


_CANCELLING = frozenset(
    {Kind.CANCELLED_BY_CENTRE, Kind.CANCELLED_ON_REQUEST, Kind.CANCELLED_WITH_PROPOSAL}
)
# an offer is no appointment yet, a missed one no more; of one elsewhere no later mail would take
# the entry out again
_NO_ENTRY = frozenset(
    {
        Kind.WAITING_LIST_OFFER,
        Kind.MISSED_VISIT,
        Kind.REMINDER_EXTERNAL,
        Kind.REMINDER_EXTERNAL_ON_DATE,
    }
)


@dataclass(frozen=True, kw_only=True)
class CalendarEntry:
    """One version of a booking as a calendar may know it.

    `uid` is the booking's own, `version` counts from 1, `sender` is the From address of the
    mail (its domain completes the UID), `address` is None for people reached discreetly.
    """

    uid: str
    version: int
    starts_at: datetime
    ends_at: datetime
    sender: str
    address: str | None = None


def method(kind: Kind) -> Method:
    """What a message of this kind does to the entry in the person's calendar."""
    return Method.CANCEL if kind in _CANCELLING else Method.PUBLISH


def has_entry(kind: Kind) -> bool:
    """Whether a mail of this kind carries a calendar entry."""
    return kind not in _NO_ENTRY


def domain_of(sender: str) -> str:
    """The domain of a From address; raises ValueError when there is none."""
    _, at, domain = parseaddr(sender)[1].rpartition("@")
    if not (at and domain):
        raise ValueError("the sender has no domain")
    return domain


def calendar(entry: CalendarEntry, what: Method, *, stamp: datetime) -> bytes:
    """The iCalendar file (RFC 5545, 5546) in the current language, made at `stamp`."""
    domain = domain_of(entry.sender)
    event = Event()
    event.add("uid", f"{entry.uid}@{domain}")
    event.add("sequence", entry.version - 1)
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("dtstart", entry.starts_at.astimezone(UTC))
    event.add("dtend", entry.ends_at.astimezone(UTC))
    event.add("summary", pgettext("calendar entry", "Visit"))
    event.add("organizer", vCalAddress(f"mailto:{parseaddr(entry.sender)[1]}"))
    event.add("status", "CANCELLED" if what is Method.CANCEL else "CONFIRMED")
    event.add("class", "PRIVATE")
    if entry.address is not None:
        event.add("location", entry.address)
    file = Calendar()
    file.add("prodid", f"-//{domain}//Visit//EN")
    file.add("version", "2.0")
    file.add("method", what.value)
    file.add_component(event)
    content: bytes = file.to_ical()
    return content
