"""The outbox, what became of it, what people answered, and calls.

A message's row is written with the fact it tells of. The table, not a timer, is the truth.
"""

import enum
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column, query_expression

from cic_cases.foundation.db import Base
from cic_cases.notifications.kinds import Kind, Means, Mode, State

__all__ = [
    "Answer",
    "Attempt",
    "Call",
    "CallOutcome",
    "EarlyReport",
    "Kind",
    "ManageLink",
    "Means",
    "Message",
    "MessageText",
    "Mode",
    "Reply",
    "Report",
    "Resending",
    "StaffNews",
    "State",
    "TryOutcome",
    "WhyAgain",
]
ABOUT_ONE_THING = (
    "(CASE WHEN booking_id IS NULL THEN 0 ELSE 1 END)"
    " + (CASE WHEN external_id IS NULL THEN 0 ELSE 1 END)"
    " + (CASE WHEN staff_id IS NULL THEN 0 ELSE 1 END) = 1"
)


class Message(Base):
    """One message about one version of a booking, of an appointment elsewhere, or of a duty.

    It holds a contact's id, never an address. One for the staff has no contact: `staff_id` is whom
    it is for, and `about` which of their duties it tells of.
    """

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("booking_id", "kind", "channel", "booking_version"),
        UniqueConstraint("external_id", "kind", "channel", "booking_version"),
        UniqueConstraint("staff_id", "kind", "channel", "about", "booking_version"),
        CheckConstraint(ABOUT_ONE_THING, name="about_one_thing"),
        CheckConstraint("(contact_id IS NULL) = (staff_id IS NOT NULL)", name="for_one_reader"),
        Index(None, "state", "next_try_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"))
    external_id: Mapped[int | None] = mapped_column(ForeignKey("external_appointment.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    about: Mapped[str | None] = mapped_column(String(80))
    booking_version: Mapped[int]
    kind: Mapped[Kind]
    channel: Mapped[Means]
    mode: Mapped[Mode]
    contact_id: Mapped[str | None] = mapped_column(ForeignKey("contact.id"))
    language: Mapped[str] = mapped_column(String(3))
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    state: Mapped[State] = mapped_column(default=State.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    lease_token: Mapped[str | None] = mapped_column(String(36))
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    failure: Mapped[str | None] = mapped_column(String(120))
    left_before: Mapped[int | None] = query_expression()  # no column: counted for a delivery only


class TryOutcome(enum.StrEnum):
    """How one try at delivering ended; `unknown`: nobody can say whether it was taken."""

    SENT = "sent"
    LATER = "later"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Report(enum.StrEnum):
    """What the operator reported of a message that was taken."""

    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"


class Attempt(Base):
    """One try at delivering a message, and what the other side reported of it since.

    `reason` never holds an address or a server's words; `parts` are an SMS's, `provider_ref` is
    the gateway's own number of it.
    """

    __tablename__ = "attempt"
    __table_args__ = (UniqueConstraint("channel", "provider_ref"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(ForeignKey("message.id"), index=True)
    channel: Mapped[Means]
    at: Mapped[datetime]
    outcome: Mapped[TryOutcome]
    reason: Mapped[str | None] = mapped_column(String(120))
    parts: Mapped[int | None]
    provider_ref: Mapped[str | None] = mapped_column(String(80))
    report: Mapped[Report | None]
    reported_at: Mapped[datetime | None]


class EarlyReport(Base):
    """A report of a message that nobody knows yet: it may be ahead of our own commit."""

    __tablename__ = "early_report"

    channel: Mapped[Means] = mapped_column(primary_key=True)
    provider_ref: Mapped[str] = mapped_column(String(80), primary_key=True)
    report: Mapped[Report] = mapped_column(primary_key=True)
    at: Mapped[datetime]


class WhyAgain(enum.StrEnum):
    """Why staff sent a message again, or another way."""

    NOT_RECEIVED = "not_received"
    ADDRESS_CORRECTED = "address_corrected"
    DELETED = "deleted"
    OTHER_CHANNEL = "other_channel"


class Resending(Base):
    """Somebody of the staff sent a message again, or by another channel."""

    __tablename__ = "resending"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(ForeignKey("message.id"), index=True)
    why: Mapped[WhyAgain]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


class StaffNews(Base):
    """What a member of staff wants to be told of their duties, and what they know of them.

    `told` is, for each day up to `told_until`, the duties they know of (`staff_duties.Shift`);
    `changed_at` is when something else was first found, `number` how many news were written.
    """

    __tablename__ = "staff_news"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    tomorrow: Mapped[bool] = mapped_column(default=True)
    changes: Mapped[bool] = mapped_column(default=True)
    referrals: Mapped[bool] = mapped_column(default=True, server_default=true())
    told: Mapped[dict[str, str]]
    told_until: Mapped[date]
    changed_at: Mapped[datetime | None]
    number: Mapped[int] = mapped_column(default=0)


class ManageLink(Base):
    """The page where a person manages one version of a booking; only its token's hash is kept."""

    __tablename__ = "manage_link"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), index=True)
    booking_version: Mapped[int]
    made_at: Mapped[datetime]


class Answer(enum.StrEnum):
    """What a person answered on that page, besides cancelling."""

    COMING = "coming"
    CALL_ME = "call_me"


class Reply(Base):
    """A person answered about one version of a booking; `settled_at`: staff have seen to it."""

    __tablename__ = "reply"
    __table_args__ = (UniqueConstraint("booking_id", "booking_version", "answer"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"))
    booking_version: Mapped[int]
    answer: Mapped[Answer]
    at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class MessageText(Base):
    """A region's own words for one message in one language, instead of the catalogue's."""

    __tablename__ = "message_text"

    region_id: Mapped[int] = mapped_column(ForeignKey("region.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    language: Mapped[str] = mapped_column(String(3), primary_key=True)
    text: Mapped[str] = mapped_column(String(600))
    changed_at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


class CallOutcome(enum.StrEnum):
    """How a call ended; nothing of what was said is kept."""

    TOLD = "told"
    NOT_REACHED = "not_reached"


class Call(Base):
    """A person of the call list was called about one version of an appointment."""

    __tablename__ = "call"
    __table_args__ = (
        CheckConstraint("(booking_id IS NULL) <> (external_id IS NULL)", name="about_one_thing"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"), index=True)
    external_id: Mapped[int | None] = mapped_column(
        ForeignKey("external_appointment.id"), index=True
    )
    version: Mapped[int]
    outcome: Mapped[CallOutcome]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
