"""Questions about people who lost their time. They read; the scope is part of the question."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, aliased

from cic_cases.bookings import queries
from cic_cases.bookings.models import Booking, Displaced, Disruption, Waiting
from cic_cases.bookings.statuses import Status
from cic_cases.bookings.waiting_queries import STANDING
from cic_cases.foundation.errors import NotFound
from cic_cases.privacy.actor import Scope


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Somebody who lost `booking` and has not answered; `held` is what can still be accepted.

    `ran_out` when another time was held, and is no longer.
    """

    one: Displaced
    booking: Booking
    held: Booking | None
    ran_out: bool


def by_id(session: Session, displaced_id: int, scope: Scope) -> Displaced:
    """The row, or `NotFound`: out of scope and missing are the same."""
    lost = select(Booking.id).where(queries.within(scope))
    found = session.scalar(
        select(Displaced).where(Displaced.id == displaced_id, Displaced.booking_id.in_(lost))
    )
    if found is None:
        raise NotFound()
    return found


def unanswered(at: datetime) -> ColumnElement[bool]:
    """Who has not answered although they may be told; for a minute it could be undone instead.

    A condition on `Displaced` joined with `Disruption`.
    """
    return and_(
        Displaced.outcome.is_(None), Disruption.undone_at.is_(None), Disruption.undo_until <= at
    )


def of_case(session: Session, case_id: int, scope: Scope, at: datetime) -> list[Unanswered]:
    """What a person has lost within `scope` and not answered, the earliest first. One statement."""
    return _read(session, scope, at, Booking.case_id == case_id)


def of_booking(session: Session, booking_id: int, scope: Scope, at: datetime) -> list[Unanswered]:
    """`of_case` for one appointment: one, or none. One statement."""
    return _read(session, scope, at, Booking.id == booking_id)


def _read(
    session: Session, scope: Scope, at: datetime, whose: ColumnElement[bool]
) -> list[Unanswered]:
    other = aliased(Booking)
    rows = session.execute(
        select(Displaced, Booking, other)
        .join(Disruption, Disruption.id == Displaced.disruption_id)
        .join(Booking, Booking.id == Displaced.booking_id)
        .outerjoin(other, other.id == Displaced.proposal_id)
        .where(whose, queries.within(scope), unanswered(at))
        .where(Booking.status == Status.NEEDS_REBOOKING)
        .order_by(Booking.starts_at, Displaced.id)
    )
    return [unanswered_of(one, booking, held, at) for one, booking, held in rows]


def unanswered_of(
    one: Displaced, booking: Booking, held: Booking | None, at: datetime
) -> Unanswered:
    """The row with what is held at `at`; a time whose deadline has come is no longer."""
    stands = held if held is not None and is_held(held, at) else None
    return Unanswered(one, booking, stands, ran_out=held is not None and stands is None)


def is_held(booking: Booking, at: datetime) -> bool:
    """Whether this time is held for somebody at `at`, the sweep having run or not."""
    ends = booking.expires_at
    return booking.status is Status.HELD and ends is not None and ends > at


def open_of(session: Session, booking_id: int) -> Sequence[Displaced]:
    """Where an appointment lost its time and nothing has become of it yet."""
    wanted = select(Displaced).where(
        Displaced.booking_id == booking_id, Displaced.outcome.is_(None)
    )
    return session.scalars(wanted.order_by(Displaced.id)).all()


def in_line(session: Session, case_id: int, service_id: int) -> Sequence[Displaced]:
    """The appointments a person lost and for which they stand in the line of this service."""
    wanted = (
        select(Displaced)
        .join(Waiting, Waiting.id == Displaced.waiting_id)
        .where(
            Waiting.case_id == case_id,
            Waiting.service_id == service_id,
            Waiting.state.in_(STANDING),
            Displaced.outcome.is_(None),
        )
    )
    return session.scalars(wanted).all()


def standing(session: Session, people: Iterable[Displaced]) -> frozenset[int]:
    """The ids of those of these people who stand in the line of what they lost. One statement."""
    entries = {one.waiting_id: one.id for one in people if one.waiting_id is not None}
    wanted = select(Waiting.id).where(Waiting.id.in_(entries), Waiting.state.in_(STANDING))
    return frozenset(entries[one] for one in session.scalars(wanted)) if entries else frozenset()


def lost_by(session: Session, waiting_id: int) -> Booking | None:
    """The appointment whose loss put this entry into the line, while nothing has become of it."""
    wanted = (
        select(Booking)
        .join(Displaced, Displaced.booking_id == Booking.id)
        .where(Displaced.waiting_id == waiting_id, Displaced.outcome.is_(None))
    )
    return session.scalar(wanted)


def without_place(
    session: Session, case_id: int, service_id: int, at: datetime
) -> Displaced | None:
    """The first appointment that a person lost and for which they stand in no line."""
    wanted = (
        select(Displaced)
        .join(Disruption, Disruption.id == Displaced.disruption_id)
        .join(Booking, Booking.id == Displaced.booking_id)
        .outerjoin(Waiting, Waiting.id == Displaced.waiting_id)
        .where(
            unanswered(at),
            Booking.status == Status.NEEDS_REBOOKING,
            Booking.case_id == case_id,
            Booking.service_id == service_id,
            or_(Waiting.id.is_(None), Waiting.state.not_in(STANDING)),
        )
    )
    return session.scalar(wanted.order_by(Displaced.id).limit(1))


def to_line_up(session: Session, at: datetime, limit: int) -> Sequence[Displaced]:
    """Whose held time has ended without an answer, and who stands in no line for it; in order.

    One person stands in one line once: for a second appointment of the same kind they join when
    the first is settled.
    """
    held, theirs, another = aliased(Booking), aliased(Waiting), aliased(Displaced)
    stands_for_another = (
        exists()
        .where(theirs.case_id == Booking.case_id, theirs.service_id == Booking.service_id)
        .where(theirs.state.in_(STANDING), another.waiting_id == theirs.id)
    )
    wanted = (
        select(Displaced)
        .join(Disruption, Disruption.id == Displaced.disruption_id)
        .join(Booking, Booking.id == Displaced.booking_id)
        .outerjoin(held, held.id == Displaced.proposal_id)
        .where(
            unanswered(at),
            Displaced.waiting_id.is_(None),
            Booking.status == Status.NEEDS_REBOOKING,
            or_(held.id.is_(None), held.status == Status.CANCELLED),
            ~stands_for_another,
        )
    )
    return session.scalars(wanted.order_by(Displaced.id).limit(limit)).all()
