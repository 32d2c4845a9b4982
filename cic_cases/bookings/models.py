"""A booking: time of a specialist, a room and a person, promised once."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from cic_cases.bookings.statuses import Happening, Status
from cic_cases.foundation.db import Base


class Booking(Base):
    """`version` rises with every move and cancellation; messages belong to one version."""

    __tablename__ = "booking"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        Index(None, "centre_id", "starts_at"),
        Index(None, "staff_id", "starts_at"),
        Index(None, "case_id", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(6), unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"))
    booked_centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"))
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    language: Mapped[str] = mapped_column(String(3))
    interpreter: Mapped[bool] = mapped_column(default=False)
    status: Mapped[Status]
    version: Mapped[int] = mapped_column(default=1)
    calendar_uid: Mapped[str] = mapped_column(String(36))
    made_at: Mapped[datetime]
    made_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    expires_at: Mapped[datetime | None]


class BookingTrace(Base):
    """One step of a booking's life, as it stood after the step; never changed."""

    __tablename__ = "booking_trace"
    __table_args__ = (Index(None, "booking_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"))
    version: Mapped[int]
    happening: Mapped[Happening]
    status: Mapped[Status]
    starts_at: Mapped[datetime]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"))
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
