"""A visit is one person, one day, one or more services; a quick contact is a counter."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from cic_cases.foundation.db import Base
from cic_cases.visits.channels import Channel
from cic_cases.visits.statuses import ExternalStatus


class Visit(Base):
    """A recorded contact. One that was undone is voided, never deleted."""

    __tablename__ = "visit"
    __table_args__ = (
        CheckConstraint("minutes IS NULL OR minutes BETWEEN 1 AND 720", name="minutes"),
        Index(None, "centre_id", "occurred_at"),
        Index(None, "case_id", "occurred_at"),
        Index(
            "uq_visit_live_booking",
            "booking_id",
            unique=True,
            sqlite_where=text("voided_at IS NULL AND booking_id IS NOT NULL"),
            postgresql_where=text("voided_at IS NULL AND booking_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(36), unique=True)
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case_file.id"))
    channel: Mapped[Channel]
    language: Mapped[str] = mapped_column(String(3))
    minutes: Mapped[int | None]
    occurred_at: Mapped[datetime]
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"))
    recorded_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    recorded_at: Mapped[datetime]
    voided_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(40))  # a code of the kind of help


class VisitService(Base):
    """A kind of help given during a visit."""

    __tablename__ = "visit_service"

    visit_id: Mapped[int] = mapped_column(ForeignKey("visit.id"), primary_key=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"), primary_key=True)


class QuickContact(Base):
    """A one-minute question: counted, without a case; it never mixes with people."""

    __tablename__ = "quick_contact"
    __table_args__ = (Index(None, "centre_id", "occurred_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(36), unique=True)
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"))
    channel: Mapped[Channel]
    occurred_at: Mapped[datetime]
    recorded_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    voided_at: Mapped[datetime | None]


class ExternalAppointment(Base):
    """An appointment in another institution's own system, noted so that nothing collides with it.

    It occupies the person, and the assistant who goes along, with the way there and back.
    """

    __tablename__ = "external_appointment"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("travel_minutes BETWEEN 0 AND 240", name="travel"),
        Index("ix_external_appointment_centre", "centre_id", "starts_at"),
        Index("ix_external_appointment_case", "case_id", "starts_at"),
        Index("ix_external_appointment_assistant", "assistant_id", "starts_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    reference: Mapped[str] = mapped_column(String(6), unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"))
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    travel_minutes: Mapped[int] = mapped_column(default=0)
    company: Mapped[bool] = mapped_column(default=False)
    assistant_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    language: Mapped[str] = mapped_column(String(3))
    status: Mapped[ExternalStatus] = mapped_column(default=ExternalStatus.NOTED)
    version: Mapped[int] = mapped_column(default=1)
    calendar_uid: Mapped[str] = mapped_column(String(36))
    made_at: Mapped[datetime]
    made_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))


class ExternalFormerAssistant(Base):
    """Somebody who was to go along, and when; in their calendar it stays as cancelled."""

    __tablename__ = "external_former_assistant"
    __table_args__ = (Index("ix_external_former_assistant_staff", "staff_id", "starts_at"),)

    external_id: Mapped[int] = mapped_column(
        ForeignKey("external_appointment.id"), primary_key=True
    )
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    travel_minutes: Mapped[int]
    version: Mapped[int]
    at: Mapped[datetime]
