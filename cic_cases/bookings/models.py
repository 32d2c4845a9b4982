"""Time of a specialist, a room and a person, promised once; and who waits or must be told."""

import enum
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from cic_cases.bookings.statuses import Happening, HeldFor, Status
from cic_cases.foundation.db import Base


class Booking(Base):
    """`version` rises with every move and cancellation; messages belong to one version.

    A hold is a booking of status `held` until `expires_at`; `held_for` says why, and stays on one
    that lapsed (status `cancelled`), so that lists of appointments leave it out.
    """

    __tablename__ = "booking"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        Index(None, "centre_id", "starts_at"),
        Index(None, "staff_id", "starts_at"),
        Index(None, "case_id", "starts_at"),
        Index(None, "interpreter_id", "starts_at"),
        Index(None, "second_staff_id", "starts_at"),
        Index(None, "status", "expires_at"),
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
    interpreter_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    second_staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    before_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    after_minutes: Mapped[int] = mapped_column(default=0, server_default="0")
    status: Mapped[Status]
    version: Mapped[int] = mapped_column(default=1)
    calendar_uid: Mapped[str] = mapped_column(String(36))
    made_at: Mapped[datetime]
    made_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    expires_at: Mapped[datetime | None]
    held_for: Mapped[HeldFor | None]


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


class WaitingState(enum.StrEnum):
    """Where somebody on the waiting list stands; `offered` while a time is held for them."""

    WAITING = "waiting"
    OFFERED = "offered"
    SERVED = "served"
    LEFT = "left"


class Waiting(Base):
    """Somebody waits for a service; first come, first served among those who can attend.

    Whoever lost an appointment by us is `ahead` of those who did not.

    What a person can attend: local days and hours of the centres they named, `weekdays` as digits
    («0» is Monday), and `notice_minutes` to get there.
    """

    __tablename__ = "waiting"
    __table_args__ = (Index("ix_waiting_queue", "service_id", "state", "joined_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"))
    language: Mapped[str | None] = mapped_column(String(3))
    interpreter: Mapped[bool] = mapped_column(default=False)
    first_day: Mapped[date]
    last_day: Mapped[date | None]
    from_time: Mapped[time | None]
    until_time: Mapped[time | None]
    weekdays: Mapped[str] = mapped_column(String(7), default="0123456")
    notice_minutes: Mapped[int] = mapped_column(default=120)
    state: Mapped[WaitingState] = mapped_column(default=WaitingState.WAITING)
    ahead: Mapped[bool] = mapped_column(default=False, server_default=false())
    joined_at: Mapped[datetime]
    joined_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    joined_centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"), index=True)


class WaitingCentre(Base):
    """A centre somebody on the waiting list would come to."""

    __tablename__ = "waiting_centre"

    waiting_id: Mapped[int] = mapped_column(ForeignKey("waiting.id"), primary_key=True)
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"), primary_key=True, index=True)


class OfferOutcome(enum.StrEnum):
    """What became of an offer; none of these while it stands."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class WaitingOffer(Base):
    """A freed time, held for one person of the waiting list until the hold expires."""

    __tablename__ = "waiting_offer"
    __table_args__ = (Index("ix_waiting_offer_last", "waiting_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    waiting_id: Mapped[int] = mapped_column(ForeignKey("waiting.id"))
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), unique=True)
    offered_at: Mapped[datetime]
    offered_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    outcome: Mapped[OfferOutcome | None]
    settled_at: Mapped[datetime | None]


class Cause(enum.StrEnum):
    """Which change of the rosters put appointments out of place."""

    DUTY_CANCELLED = "duty_cancelled"
    DUTY_CHANGED = "duty_changed"
    DUTY_ENDED = "duty_ended"
    CLOSURE = "closure"
    HOURS_CHANGED = "hours_changed"


class Disruption(Base):
    """One change of the rosters under appointments, made once, and undone at most once.

    `before` is what the change replaced (no personal data); `reason` is for the team only;
    proposals are held until `hold_until`; messages leave after `undo_until`.
    """

    __tablename__ = "disruption"
    __table_args__ = (Index(None, "centre_id", "made_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    cause: Mapped[Cause]
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"))
    duty_id: Mapped[int | None] = mapped_column(ForeignKey("duty.id"))
    closure_id: Mapped[int | None] = mapped_column(ForeignKey("closure.id"))
    on: Mapped[date | None]
    reason: Mapped[str] = mapped_column(String(20))
    before: Mapped[dict[str, Any]]
    made_at: Mapped[datetime]
    made_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    undo_until: Mapped[datetime]
    hold_until: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class Told(enum.StrEnum):
    """By which way a person whose appointment was displaced is told."""

    MESSAGE = "message"
    CALL = "call"
    RECEPTION = "reception"


class Outcome(enum.StrEnum):
    """How a displaced appointment ended; none of these while somebody must still act."""

    ACCEPTED = "accepted"
    OTHER_TIME = "other_time"
    WAITING_LIST = "waiting_list"
    DECLINED = "declined"
    UNDONE = "undone"


class Displaced(Base):
    """An appointment that lost its time, and what was found instead: a held booking, or a line."""

    __tablename__ = "displaced"
    __table_args__ = (
        UniqueConstraint("disruption_id", "booking_id"),
        Index("ix_displaced_open", "outcome", "told"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    disruption_id: Mapped[int] = mapped_column(ForeignKey("disruption.id"))
    booking_id: Mapped[int] = mapped_column(ForeignKey("booking.id"), index=True)
    proposal_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"), unique=True)
    waiting_id: Mapped[int | None] = mapped_column(ForeignKey("waiting.id"), unique=True)
    told: Mapped[Told]
    told_at: Mapped[datetime | None]
    outcome: Mapped[Outcome | None]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class RosterChange(Base):
    """Something that free time rests on was changed; the number is random (`bookings.editions`).

    `looked_over`: whether those who wait have been offered what became free by it.
    """

    __tablename__ = "roster_change"

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    looked_over: Mapped[bool] = mapped_column(default=False)
