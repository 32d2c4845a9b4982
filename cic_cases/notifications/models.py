"""The outbox, and calls. A message's row is written with the fact it tells of.

The table, not a timer, is the truth.
"""

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cic_cases.foundation.db import Base
from cic_cases.notifications.kinds import Kind, Means, Mode, State

__all__ = ["Call", "CallOutcome", "Kind", "Means", "Message", "Mode", "State"]


class Message(Base):
    """One message about one version of a booking, or of an appointment elsewhere.

    It holds a contact's id, never an address.
    """

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("booking_id", "kind", "channel", "booking_version"),
        UniqueConstraint("external_id", "kind", "channel", "booking_version"),
        CheckConstraint("(booking_id IS NULL) <> (external_id IS NULL)", name="about_one_thing"),
        Index(None, "state", "next_try_at"),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"))
    external_id: Mapped[int | None] = mapped_column(ForeignKey("external_appointment.id"))
    booking_version: Mapped[int]
    kind: Mapped[Kind]
    channel: Mapped[Means]
    mode: Mapped[Mode]
    contact_id: Mapped[str] = mapped_column(ForeignKey("contact.id"))
    language: Mapped[str] = mapped_column(String(3))
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    state: Mapped[State] = mapped_column(default=State.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    lease_token: Mapped[str | None] = mapped_column(String(36))
    sent_at: Mapped[datetime | None]
    failure: Mapped[str | None] = mapped_column(String(120))


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
