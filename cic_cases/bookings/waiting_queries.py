"""Questions about the waiting list. They read; they never write; the scope is in the question."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from cic_cases.bookings import rules
from cic_cases.bookings.models import (
    Booking,
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


@dataclass(frozen=True, slots=True)
class Entry:
    """One person of the list with all that a page or an answer tells of them.

    `place` counts those who wait for the same service in one of the same centres, from 1; `hold`
    is the time that is offered to them now.
    """

    row: Waiting
    centre_ids: frozenset[int]
    place: int
    missed: int
    hold: Booking | None


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


def in_line(session: Session, service_id: int, centre_id: int) -> list[InLine]:
    """Those who wait for the service and would come to the centre. Two statements, or one."""
    waiting = select(Waiting).where(
        Waiting.service_id == service_id,
        Waiting.state == WaitingState.WAITING,
        Waiting.id.in_(
            select(WaitingCentre.waiting_id).where(WaitingCentre.centre_id == centre_id)
        ),
    )
    rows = session.scalars(waiting).all()
    had = _history(session, {row.case_id for row in rows}) if rows else {}
    return [as_in_line(row, had.get(row.case_id, ())) for row in rows]


def in_line_one(session: Session, row: Waiting) -> InLine:
    """One person of the list as the rules take them."""
    return as_in_line(row, _history(session, {row.case_id}).get(row.case_id, ()))


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


def _history(session: Session, case_ids: set[int]) -> dict[int, list[Had]]:
    rows = session.execute(
        select(
            Waiting.case_id,
            Waiting.id,
            WaitingOffer.outcome,
            Booking.staff_id,
            Booking.starts_at,
        )
        .join(WaitingOffer, WaitingOffer.waiting_id == Waiting.id)
        .join(Booking, Booking.id == WaitingOffer.booking_id)
        .where(Waiting.case_id.in_(case_ids))
        .order_by(WaitingOffer.id)
    )
    had: dict[int, list[Had]] = defaultdict(list)
    for case_id, waiting_id, outcome, staff_id, starts_at in rows:
        had[case_id].append(Had(waiting_id, outcome, staff_id, starts_at))
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


def place_of(session: Session, row: Waiting) -> int:
    """The place in line, from 1, among those who wait for the same in one of the same centres."""
    theirs, own = aliased(WaitingCentre), aliased(WaitingCentre)
    shared = (
        select(theirs.waiting_id)
        .join(own, own.centre_id == theirs.centre_id)
        .where(own.waiting_id == row.id)
    )
    before = select(func.count()).where(
        Waiting.service_id == row.service_id,
        Waiting.state.in_(STANDING),
        Waiting.id.in_(shared),
        or_(
            Waiting.joined_at < row.joined_at,
            and_(Waiting.joined_at == row.joined_at, Waiting.id < row.id),
        ),
    )
    return session.execute(before).scalar_one() + 1


def entries(session: Session, scope: Scope, *, centre_id: int | None = None) -> list[Entry]:
    """Everybody who stands in line within `scope`, of one centre or all: four statements.

    In the order of joining.
    """
    wanted = select(Waiting).where(within(scope), Waiting.state.in_(STANDING))
    if centre_id is not None:
        here = select(WaitingCentre.waiting_id).where(WaitingCentre.centre_id == centre_id)
        wanted = wanted.where(Waiting.id.in_(here))
    rows = session.scalars(wanted.order_by(Waiting.joined_at, Waiting.id)).all()
    return _entries(session, rows)


def entries_of_case(session: Session, case_id: int, scope: Scope) -> list[Entry]:
    """Where a person stands in line, as far as `scope` reaches."""
    wanted = select(Waiting).where(
        within(scope), Waiting.case_id == case_id, Waiting.state.in_(STANDING)
    )
    rows = session.scalars(wanted.order_by(Waiting.joined_at, Waiting.id)).all()
    return _entries(session, rows)


def _entries(session: Session, rows: Sequence[Waiting]) -> list[Entry]:
    if not rows:
        return []
    services = {row.service_id for row in rows}
    everybody = session.execute(
        select(Waiting.id, Waiting.service_id, Waiting.joined_at, WaitingCentre.centre_id)
        .join(WaitingCentre, WaitingCentre.waiting_id == Waiting.id)
        .where(Waiting.service_id.in_(services), Waiting.state.in_(STANDING))
    ).all()
    centres: dict[int, set[int]] = defaultdict(set)
    for one in everybody:
        centres[one.id].add(one.centre_id)
    lines: dict[int, dict[int, tuple[datetime, int]]] = defaultdict(dict)
    for one in everybody:
        lines[one.service_id][one.id] = (one.joined_at, one.id)
    had = _history(session, {row.case_id for row in rows})
    holds = _holds(session, [row.id for row in rows])
    return [
        Entry(
            row=row,
            centre_ids=frozenset(centres[row.id]),
            place=1
            + sum(
                since < (row.joined_at, row.id) and bool(centres[other] & centres[row.id])
                for other, since in lines[row.service_id].items()
            ),
            missed=as_in_line(row, had.get(row.case_id, ())).missed,
            hold=holds.get(row.id),
        )
        for row in rows
    ]


def _holds(session: Session, waiting_ids: list[int]) -> dict[int, Booking]:
    rows = session.execute(
        select(WaitingOffer.waiting_id, Booking)
        .join(Booking, Booking.id == WaitingOffer.booking_id)
        .where(WaitingOffer.waiting_id.in_(waiting_ids), WaitingOffer.outcome.is_(None))
    )
    return {row.waiting_id: row.Booking for row in rows}


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
