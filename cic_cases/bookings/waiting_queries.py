"""Questions about the waiting list. They read; they never write; the scope is in the question."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, literal, null, or_, select
from sqlalchemy.orm import Session

from cic_cases.bookings import rules
from cic_cases.bookings.models import (
    Booking,
    Displaced,
    Disruption,
    OfferOutcome,
    Waiting,
    WaitingCentre,
    WaitingOffer,
    WaitingState,
)
from cic_cases.bookings.waiting_rules import InLine, Limits
from cic_cases.foundation.errors import NotFound
from cic_cases.privacy.actor import Scope

STANDING = (WaitingState.WAITING, WaitingState.OFFERED)
IN_ORDER = (Waiting.ahead.desc(), Waiting.joined_at, Waiting.id)


def limits_of(row: Waiting) -> Limits:
    """The person's days and hours as the rules take them."""
    return Limits(
        first_day=row.first_day,
        last_day=row.last_day,
        from_time=row.from_time,
        until_time=row.until_time,
        weekdays=row.weekdays,
        notice=timedelta(minutes=row.notice_minutes),
    )


def in_line(session: Session, service_id: int, centre_id: int, at: datetime) -> list[InLine]:
    """Those who wait for the service and would come to the centre. Two statements, or one.

    Without those who joined by a cancellation that can still be undone at `at`.
    """
    waiting = select(Waiting).where(
        Waiting.service_id == service_id,
        Waiting.state == WaitingState.WAITING,
        ~by_what_can_be_undone(at),
        Waiting.id.in_(
            select(WaitingCentre.waiting_id).where(WaitingCentre.centre_id == centre_id)
        ),
    )
    rows = session.scalars(waiting).all()
    had = history(session, {row.case_id for row in rows}) if rows else {}
    return [as_in_line(row, had.get(row.case_id, ())) for row in rows]


def by_what_can_be_undone(at: datetime) -> ColumnElement[bool]:
    """Whether an entry is ahead by a cancellation that can still be undone at `at`.

    Nothing is offered to them before: an offer could not be undone.
    """
    return exists().where(
        Displaced.waiting_id == Waiting.id,
        Displaced.outcome.is_(None),
        Disruption.id == Displaced.disruption_id,
        Disruption.undo_until > at,
    )


def must_wait(session: Session, row: Waiting, at: datetime) -> bool:
    """`by_what_can_be_undone` for one entry."""
    wanted = select(Waiting.id).where(Waiting.id == row.id, by_what_can_be_undone(at))
    return session.scalar(wanted) is not None


def in_line_one(session: Session, row: Waiting) -> InLine:
    """One person of the list as the rules take them."""
    return as_in_line(row, history(session, {row.case_id}).get(row.case_id, ()))


@dataclass(frozen=True, slots=True)
class Had:
    """An offer somebody had, and what became of it."""

    waiting_id: int
    outcome: OfferOutcome | None
    staff_id: int
    starts_at: datetime


def as_in_line(row: Waiting, had: Sequence[Had]) -> InLine:
    """The row with what the person was offered before, in this line or another."""
    return InLine(
        id=row.id,
        case_id=row.case_id,
        joined_at=row.joined_at,
        ahead=row.ahead,
        language=row.language,
        interpreter=row.interpreter,
        limits=limits_of(row),
        missed=_missed([one for one in had if one.waiting_id == row.id]),
        offered=frozenset((one.staff_id, one.starts_at) for one in had),
    )


def _missed(had: Iterable[Had]) -> int:
    """How many offers in a row, up to the last, ran out without an answer."""
    count = 0
    for one in had:
        if one.outcome is OfferOutcome.EXPIRED:
            count += 1
        elif one.outcome is OfferOutcome.DECLINED:
            count = 0
    return count


def history(session: Session, case_ids: set[int]) -> dict[int, list[Had]]:
    """What these people were offered, in order; times held for what they lost are among it."""
    offers = (
        select(
            Waiting.case_id,
            Waiting.id.label("waiting_id"),
            WaitingOffer.outcome,
            Booking.staff_id,
            Booking.starts_at,
            WaitingOffer.id.label("number"),
        )
        .join(WaitingOffer, WaitingOffer.waiting_id == Waiting.id)
        .join(Booking, Booking.id == WaitingOffer.booking_id)
        .where(Waiting.case_id.in_(case_ids))
    )
    proposals = (
        select(
            Booking.case_id,
            literal(0),
            null(),
            Booking.staff_id,
            Booking.starts_at,
            literal(0),
        )
        .join(Displaced, Displaced.proposal_id == Booking.id)
        .where(Booking.case_id.in_(case_ids))
    )
    had: dict[int, list[Had]] = defaultdict(list)
    for row in session.execute(offers.union_all(proposals).order_by("number")):
        had[row.case_id].append(Had(row.waiting_id, row.outcome, row.staff_id, row.starts_at))
    return had


def within(scope: Scope) -> ColumnElement[bool]:
    """The entries a scope reaches: of its centres, or put on the list by the specialist."""
    wanted = select(WaitingCentre.waiting_id).where(WaitingCentre.centre_id.in_(scope.centres))
    return or_(
        Waiting.joined_centre_id.in_(scope.centres),
        Waiting.id.in_(wanted),
        Waiting.joined_by == (scope.own or 0),
    )


def by_id(session: Session, waiting_id: int, scope: Scope) -> Waiting:
    """The entry, or `NotFound`: out of scope and missing are the same."""
    row = session.scalar(select(Waiting).where(Waiting.id == waiting_id, within(scope)))
    if row is None:
        raise NotFound()
    return row


def centres_of(session: Session, waiting_id: int) -> frozenset[int]:
    """The centres that a person of the list would come to."""
    chosen = select(WaitingCentre.centre_id).where(WaitingCentre.waiting_id == waiting_id)
    return frozenset(session.scalars(chosen))


def standing(session: Session, case_id: int, service_id: int) -> Sequence[Waiting]:
    """Where a person stands in line for a service now: one entry, or none."""
    return session.scalars(
        select(Waiting).where(
            Waiting.case_id == case_id,
            Waiting.service_id == service_id,
            Waiting.state.in_(STANDING),
        )
    ).all()


def waits(case_id: int, service_id: int) -> ColumnElement[bool]:
    """Whether `standing` would find an entry, as a value within another statement."""
    return exists().where(
        Waiting.case_id == case_id,
        Waiting.service_id == service_id,
        Waiting.state.in_(STANDING),
    )


def open_offer(session: Session, waiting_id: int) -> WaitingOffer | None:
    """The offer that stands for an entry, if one does."""
    return session.scalar(
        select(WaitingOffer).where(
            WaitingOffer.waiting_id == waiting_id, WaitingOffer.outcome.is_(None)
        )
    )


def offer_of(session: Session, booking_id: int) -> WaitingOffer | None:
    """The offer that stands and holds this time, if it is one."""
    return session.scalar(
        select(WaitingOffer).where(
            WaitingOffer.booking_id == booking_id, WaitingOffer.outcome.is_(None)
        )
    )


def booked_since(
    session: Session, case_id: int, service_id: int, since: datetime, at: datetime
) -> bool:
    """Whether the person got an appointment for the service after `since` that is still ahead."""
    booked = select(Booking.id).where(
        Booking.case_id == case_id,
        Booking.service_id == service_id,
        Booking.status.in_(rules.LIVE),
        Booking.made_at >= since,
        Booking.starts_at > at,
    )
    return session.scalar(booked.limit(1)) is not None
