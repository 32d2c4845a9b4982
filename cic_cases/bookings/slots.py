"""A slot: one start that a specialist can offer, as a value and as an opaque string."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cic_cases.bookings.offers import Free, Offer
from cic_cases.calendar.guard import Claim
from cic_cases.foundation.errors import N_, Refusal
from cic_cases.foundation.intervals import Interval

SEPARATOR = "|"
YEARS = range(2000, 2101)
ONE_MINUTE = timedelta(minutes=1)


class UnreadableSlot(Refusal):
    """The text is not one of our slots."""

    msgid = N_("Choose a time.")
    field = "slot"


@dataclass(frozen=True, slots=True)
class SlotKey:
    """What identifies a slot. Everything else about it is always computed again."""

    service_key: str
    specialist_key: str
    centre_slug: str
    starts_at: datetime

    def encode(self) -> str:
        """An opaque string for forms and the JSON."""
        minute = int(self.starts_at.timestamp()) // 60
        parts = (self.service_key, self.specialist_key, self.centre_slug, str(minute))
        return base64.urlsafe_b64encode(SEPARATOR.join(parts).encode()).decode().rstrip("=")

    @classmethod
    def decode(cls, text: str) -> "SlotKey":
        """Read `encode`'s string back; raises `UnreadableSlot` for anything else."""
        try:
            padded = text + "=" * (-len(text) % 4)
            plain = base64.urlsafe_b64decode(padded.encode("ascii")).decode("utf-8")
            service, specialist, centre, minute = plain.split(SEPARATOR)
            starts_at = datetime.fromtimestamp(int(minute) * 60, UTC)
            if not (plain.isprintable() and starts_at.year in YEARS):
                raise ValueError("no slot of ours")
        except (ValueError, binascii.Error, OverflowError, OSError) as error:
            raise UnreadableSlot() from error
        return cls(service, specialist, centre, starts_at)


@dataclass(frozen=True, slots=True)
class Slot:
    """Free time that can be booked: when, where, with whom and in which languages.

    `claims` are what a booking of it occupies, buffers included, but for the person's own time;
    `interpreter_id` and `second_staff_id` are whom else it takes; `per_person` is how many
    appointments for this service one person may have ahead (None: any number).
    """

    key: SlotKey
    time: Interval
    service_id: int
    centre_id: int
    city: str
    timezone: str
    staff_id: int
    initials: str
    room_id: int | None
    room_label: str | None
    languages: tuple[str, ...]
    claims: tuple[Claim, ...]
    before_minutes: int = 0
    after_minutes: int = 0
    interpreter_id: int | None = None
    second_staff_id: int | None = None
    per_person: int | None = None

    @property
    def resource_ids(self) -> tuple[int, ...]:
        """What it takes besides the person's own time."""
        return tuple(claim.resource_id for claim in self.claims)

    @property
    def code(self) -> str:
        """The opaque string of this slot."""
        return self.key.encode()


def key_of(offer: Offer, start: datetime) -> SlotKey:
    """What identifies a start of this offer."""
    return SlotKey(offer.given.key, offer.member.key, offer.place.slug, start)


def slot_of(free: Free) -> Slot:
    """The slot of a free start: specialists and room are taken for the minutes around it too."""
    sitting, start = free.sitting, free.start
    offer, company = sitting.offer, free.company
    given, member, place = offer.given, offer.member, offer.place
    own = Interval(start, start + sitting.length)
    whole = Interval(start - given.before, own.end + given.after)
    claims = [Claim(member.resource, whole, member.version)]
    if sitting.room is not None:
        claims.append(Claim(sitting.room[1], whole))
    if company.second is not None:
        claims.append(Claim(company.second.resource, whole, company.second.version))
    if company.interpreter is not None:
        speaker = company.interpreter
        claims.append(Claim(speaker.resource, own, speaker.version))
    return Slot(
        key=key_of(offer, start),
        time=own,
        service_id=given.id,
        centre_id=place.id,
        city=place.city,
        timezone=place.timezone,
        staff_id=member.id,
        initials=member.initials,
        room_id=sitting.stretch.room_id,
        room_label=sitting.room[0] if sitting.room is not None else None,
        languages=offer.languages,
        claims=tuple(claims),
        before_minutes=given.before // ONE_MINUTE,
        after_minutes=given.after // ONE_MINUTE,
        interpreter_id=company.interpreter.id if company.interpreter else None,
        second_staff_id=company.second.id if company.second else None,
        per_person=given.per_person,
    )
