"""Questions about bookings. They read; they never write; the scope is part of the question."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from cic_cases.bookings.models import Booking, BookingTrace
from cic_cases.bookings.statuses import Happening, Status
from cic_cases.cases.models import Card
from cic_cases.centres.models import Room
from cic_cases.foundation.errors import NotFound
from cic_cases.foundation.intervals import Interval
from cic_cases.people.models import Staff
from cic_cases.privacy import reads
from cic_cases.privacy.actor import Scope

NO_HOLD = Booking.held_for.is_(None)  # an appointment, not a time that is or was only held
SHOWN_ON_BOARD = tuple(s for s in Status if s not in (Status.HELD, Status.NEEDS_REBOOKING))


@dataclass(frozen=True, slots=True)
class Line:
    """One booking on a board or in a day: never the kind of help.

    `staff_id` receives the person; a second specialist or an interpreter may take part.
    """

    id: int
    reference: str
    case_id: int
    code: str | None
    starts_at: datetime
    ends_at: datetime
    room: str | None
    initials: str
    staff_id: int
    language: str
    interpreter: bool
    status: Status
    version: int
    since: datetime | None
    second_staff_id: int | None = None
    interpreter_id: int | None = None

    def interprets(self, staff_id: int) -> bool:
        """Whether this member of staff is here for the languages, and for nothing else."""
        return self.interpreter_id == staff_id not in (self.staff_id, self.second_staff_id)


def within(scope: Scope, *, seeing: bool = False) -> ColumnElement[bool]:
    """The bookings a scope reaches: of the serving or the booking centre, or one's own.

    A second specialist sees what they take part in (`seeing`), and changes nothing. Interpreters
    see their assignments in My day alone: time, room, language and code.
    """
    own = scope.own or 0
    return or_(
        Booking.centre_id.in_(scope.centres),
        Booking.booked_centre_id.in_(scope.centres),
        Booking.staff_id == own,
        *([Booking.second_staff_id == own] if seeing else []),
    )


def by_reference(
    session: Session, reference: str, scope: Scope, *, seeing: bool = False
) -> Booking:
    """The booking, or `NotFound`: out of scope and missing are the same."""
    wanted = select(Booking).where(Booking.reference == reference, within(scope, seeing=seeing))
    booking = session.scalar(wanted)
    if booking is None:
        raise NotFound()
    reads.saw(session, booking.case_id)
    return booking


def _lines() -> Select[Booking, str, str, str, datetime]:
    current = (
        select(func.max(Card.code))
        .where(Card.case_id == Booking.case_id, Card.revoked_at.is_(None))
        .scalar_subquery()
    )
    since = (
        select(func.max(BookingTrace.at))
        .where(BookingTrace.booking_id == Booking.id, BookingTrace.status == Booking.status)
        .scalar_subquery()
    )
    return (
        select(Booking, Room.label, Staff.initials, current, since)
        .join(Staff, Staff.id == Booking.staff_id)
        .outerjoin(Room, Room.id == Booking.room_id)
        .order_by(Booking.starts_at, Booking.id)
    )


def _read(session: Session, wanted: Select[Booking, str, str, str, datetime]) -> list[Line]:
    return [
        Line(
            id=booking.id,
            reference=booking.reference,
            case_id=booking.case_id,
            code=code,
            starts_at=booking.starts_at,
            ends_at=booking.ends_at,
            room=room,
            initials=initials,
            staff_id=booking.staff_id,
            language=booking.language,
            interpreter=booking.interpreter,
            status=booking.status,
            version=booking.version,
            since=since,
            second_staff_id=booking.second_staff_id,
            interpreter_id=booking.interpreter_id,
        )
        for booking, room, initials, code, since in session.execute(wanted)
    ]


def board(session: Session, centre_id: int, day: Interval) -> list[Line]:
    """Everything booked in a centre on a day, in order of time. One statement."""
    wanted = _lines().where(
        Booking.centre_id == centre_id,
        Booking.starts_at >= day.start,
        Booking.starts_at < day.end,
        Booking.status.in_(SHOWN_ON_BOARD),
        NO_HOLD,
    )
    return _read(session, wanted)


def day_of(session: Session, staff_id: int, day: Interval) -> list[Line]:
    """A member of staff's own day, cancelled appointments left out. One statement.

    It holds what they receive people in, and what they are second specialist or interpreter of.
    """
    wanted = _lines().where(
        taking_part(staff_id),
        Booking.starts_at >= day.start,
        Booking.starts_at < day.end,
        Booking.status.in_([s for s in SHOWN_ON_BOARD if s is not Status.CANCELLED]),
    )
    return _read(session, wanted)


def taking_part(staff_id: int) -> ColumnElement[bool]:
    """The bookings in which somebody is the specialist, the second one, or the interpreter."""
    return or_(
        Booking.staff_id == staff_id,
        Booking.second_staff_id == staff_id,
        Booking.interpreter_id == staff_id,
    )


def of_case(session: Session, case_id: int) -> list[Booking]:
    """Every booking of a case, latest first."""
    wanted = select(Booking).where(Booking.case_id == case_id, NO_HOLD)
    return list(session.scalars(wanted.order_by(Booking.starts_at.desc())))


def coming_of(session: Session, staff_id: int, at: datetime) -> list[Booking]:
    """What a member of staff has still promised after `at`, earliest first."""
    wanted = select(Booking).where(
        Booking.staff_id == staff_id, Booking.starts_at >= at, Booking.status == Status.BOOKED
    )
    return list(session.scalars(wanted.order_by(Booking.starts_at)))


def coming_of_case(session: Session, case_id: int, at: datetime) -> list[Booking]:
    """What a person still has ahead at `at`, earliest first."""
    wanted = select(Booking).where(
        Booking.case_id == case_id, Booking.ends_at >= at, Booking.status.in_(SHOWN_ON_BOARD[:3])
    )
    return list(session.scalars(wanted.order_by(Booking.starts_at)))


def trace(session: Session, booking_id: int) -> Sequence[BookingTrace]:
    """A booking's life, step by step, earliest first."""
    wanted = select(BookingTrace).where(BookingTrace.booking_id == booking_id)
    return session.scalars(wanted.order_by(BookingTrace.id)).all()


def number_ahead(session: Session, case_id: int, service_id: int, at: datetime) -> int:
    """How many appointments for this service the person still has ahead, held ones included."""
    ahead = select(func.count()).where(
        Booking.case_id == case_id,
        Booking.service_id == service_id,
        Booking.starts_at > at,
        Booking.status.in_((Status.BOOKED, Status.HELD)),
        Booking.expires_at.is_(None) | (Booking.expires_at > at),
    )
    return session.execute(ahead).scalar_one()


def last_step(session: Session, booking_id: int) -> tuple[BookingTrace, BookingTrace] | None:
    """What «undo» takes back: the step before, and the last change of status; None for nothing.

    A change that was undone is gone, so that «undo» once more takes back the one before it.
    """
    standing: list[BookingTrace] = []
    for step in trace(session, booking_id):
        if step.happening is Happening.UNDONE:
            standing.pop()
        elif step.happening is Happening.STATUS:
            standing.append(step)
        else:
            standing = [step]
    return (standing[-2], standing[-1]) if len(standing) > 1 else None


def served_by(staff_id: int, since: datetime) -> Select[Any]:
    """The ids of the cases that had or have an appointment with a specialist, from `since` on.

    With a second specialist too; an interpreter opens no case.
    """
    return select(Booking.case_id).where(
        or_(Booking.staff_id == staff_id, Booking.second_staff_id == staff_id),
        Booking.starts_at >= since,
        Booking.status.not_in((Status.HELD, Status.CANCELLED)),
    )
