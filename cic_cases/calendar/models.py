"""What can be occupied, by which booking, and the rules that make time available."""

import enum
from datetime import date, datetime, time

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cic_cases.foundation.db import Base


class ResourceKind(enum.StrEnum):
    """What a resource is; the kind tells a refused person from a refused room."""

    SPECIALIST = "specialist"
    ROOM = "room"
    CASE = "case"


class Resource(Base):
    """Something of which there is one: it can be in one booking at a time.

    `version` rises with every change of the rosters that may end time it was offered for.
    """

    __tablename__ = "resource"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[ResourceKind]
    version: Mapped[int] = mapped_column(default=0, server_default="0")


class Occupancy(Base):
    """A resource is taken by a booking, or an appointment elsewhere, while the row exists.

    The database decides: two rows of one resource can never overlap (an exclusion constraint on
    PostgreSQL, triggers on SQLite; both in the migrations). A row of a hold has `expires_at`:
    from then on readers leave it out, and the next claim of its resource removes it first.
    """

    __tablename__ = "occupancy"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("(booking_id IS NULL) <> (external_id IS NULL)", name="of_one_holder"),
        Index(None, "resource_id", "starts_at"),
        ExcludeConstraint(
            ("resource_id", "="),
            (text("tstzrange(starts_at, ends_at)"), "&&"),
            using="gist",
            name="ex_occupancy_overlap",
        ).ddl_if(dialect="postgresql"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"))
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"), index=True)
    external_id: Mapped[int | None] = mapped_column(
        ForeignKey("external_appointment.id"), index=True
    )
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]


class DutyKind(enum.StrEnum):
    """Whether a duty receives people, or speaks for them."""

    RECEIVES = "receives"
    INTERPRETS = "interprets"


class Duty(Base):
    """A rule: a specialist or officer receives people every such weekday, in local wall time.

    A single extra duty is a rule that is valid for one day. `every_weeks` is counted from the week
    of `valid_from`. A `remote` interpreter serves every centre of the region of `centre_id`.
    """

    __tablename__ = "duty"
    __table_args__ = (
        CheckConstraint("ends > starts", name="ends_after_start"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday"),
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="valid"),
        CheckConstraint("grid_minutes BETWEEN 5 AND 240", name="grid"),
        CheckConstraint("every_weeks BETWEEN 1 AND 8", name="every_weeks"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"), index=True)
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"))
    weekday: Mapped[int]
    starts: Mapped[time]
    ends: Mapped[time]
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    grid_minutes: Mapped[int]
    every_weeks: Mapped[int] = mapped_column(default=1, server_default="1")
    kind: Mapped[DutyKind] = mapped_column(default=DutyKind.RECEIVES, server_default="receives")
    remote: Mapped[bool] = mapped_column(default=False, server_default=false())


class DutyLanguage(Base):
    """A language spoken in this duty; without any, those of the specialist."""

    __tablename__ = "duty_language"

    duty_id: Mapped[int] = mapped_column(ForeignKey("duty.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)


class DutyService(Base):
    """A service that is given during a duty, at the service's own length or another.

    The specialist and the room are also taken for `before_minutes` and `after_minutes`.
    """

    __tablename__ = "duty_service"

    duty_id: Mapped[int] = mapped_column(ForeignKey("duty.id"), primary_key=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"), primary_key=True)
    minutes: Mapped[int | None]
    before_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    after_minutes: Mapped[int] = mapped_column(default=0, server_default="0")


class ExceptionKind(enum.StrEnum):
    """What happens to one occurrence of a duty."""

    CANCELLED = "cancelled"
    CHANGED = "changed"


class DutyException(Base):
    """One dated change of one duty: no duty, or other hours, another room, a substitute."""

    __tablename__ = "duty_exception"
    __table_args__ = (
        UniqueConstraint("duty_id", "on"),
        CheckConstraint("kind = 'cancelled' OR ends > starts", name="changed_has_hours"),
        CheckConstraint("(starts IS NULL) = (ends IS NULL)", name="hours_have_both_ends"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    duty_id: Mapped[int] = mapped_column(ForeignKey("duty.id"))
    on: Mapped[date]
    kind: Mapped[ExceptionKind]
    starts: Mapped[time | None]
    ends: Mapped[time | None]
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"))
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class Closure(Base):
    """Days on which a centre or a room is closed, or an institution sends nobody there.

    An institution's closure is for one centre (`centre_id` with it) or for all of them.
    """

    __tablename__ = "closure"
    __table_args__ = (
        CheckConstraint("last_day >= first_day", name="days"),
        CheckConstraint(
            "centre_id IS NOT NULL OR institution_id IS NOT NULL", name="of_centre_or_institution"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    centre_id: Mapped[int | None] = mapped_column(ForeignKey("centre.id"), index=True)
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"), index=True)
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"))
    first_day: Mapped[date] = mapped_column(index=True)
    last_day: Mapped[date]
    reason: Mapped[str] = mapped_column(String(120))


class Absence(enum.StrEnum):
    """What became of a request for days off."""

    ASKED = "asked"
    WITHDRAWN = "withdrawn"
    APPROVED = "approved"
    DECLINED = "declined"


class AbsenceRequest(Base):
    """A member of staff asks not to be on duty; a coordinator of the centre decides.

    Reasons are of a list: nothing tells of anybody's health or family.
    """

    __tablename__ = "absence_request"
    __table_args__ = (CheckConstraint("last_day >= first_day", name="days"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date]
    reason: Mapped[str] = mapped_column(String(20))
    state: Mapped[Absence] = mapped_column(default=Absence.ASKED)
    why_not: Mapped[str | None] = mapped_column(String(20))
    asked_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
