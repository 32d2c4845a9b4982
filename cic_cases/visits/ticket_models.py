"""Numbers of a waiting room, and the screens that call them."""

import enum
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from cic_cases.foundation.db import Base


class TicketState(enum.StrEnum):
    """Where the holder of a number stands; one who was skipped can still be called."""

    WAITING = "waiting"
    CALLED = "called"
    SKIPPED = "skipped"


class Ticket(Base):
    """A number for one day in one centre: nobody's name, no code, no kind of help.

    `room_id` is where its holder is called to; None is reception. `calls` counts how often: the
    screen chimes again when it grows.
    """

    __tablename__ = "ticket"
    __table_args__ = (
        UniqueConstraint("centre_id", "day", "number"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("calls >= 0", name="calls"),
        Index(
            "uq_ticket_booking",
            "booking_id",
            "day",
            unique=True,
            sqlite_where=text("booking_id IS NOT NULL"),
            postgresql_where=text("booking_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"))
    day: Mapped[date]
    number: Mapped[int]
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"))
    state: Mapped[TicketState] = mapped_column(default=TicketState.WAITING)
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"))
    calls: Mapped[int] = mapped_column(default=0)
    given_at: Mapped[datetime]
    given_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    called_at: Mapped[datetime | None]


class Display(Base):
    """The secret address of a centre's screen: kept as a hash, one at a time."""

    __tablename__ = "display"
    __table_args__ = (
        Index(
            "uq_display_live",
            "centre_id",
            unique=True,
            sqlite_where=text("revoked_at IS NULL"),
            postgresql_where=text("revoked_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"))
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime]
    made_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    revoked_at: Mapped[datetime | None]
