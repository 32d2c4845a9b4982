"""The waiting list as staff see it: each entry with its place, its centres and what is held."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.bookings.models import (
    Booking,
    Waiting,
    WaitingCentre,
    WaitingOffer,
)
from cic_cases.bookings.waiting_queries import IN_ORDER, STANDING, as_in_line, history, within
from cic_cases.privacy.actor import Scope


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


def place_of(session: Session, row: Waiting) -> int:
    """The place in line, from 1, among those who wait for the same in one of the same centres."""
    return _entries(session, [row])[0].place


def entries(session: Session, scope: Scope, *, centre_id: int | None = None) -> list[Entry]:
    """Everybody who stands in line within `scope`, of one centre or all: four statements.

    Those ahead first, then in the order of joining.
    """
    wanted = select(Waiting).where(within(scope), Waiting.state.in_(STANDING))
    if centre_id is not None:
        here = select(WaitingCentre.waiting_id).where(WaitingCentre.centre_id == centre_id)
        wanted = wanted.where(Waiting.id.in_(here))
    rows = session.scalars(wanted.order_by(*IN_ORDER)).all()
    return _entries(session, rows)


def entries_of_case(session: Session, case_id: int, scope: Scope) -> list[Entry]:
    """Where a person stands in line, as far as `scope` reaches."""
    wanted = select(Waiting).where(
        within(scope), Waiting.case_id == case_id, Waiting.state.in_(STANDING)
    )
    rows = session.scalars(wanted.order_by(*IN_ORDER)).all()
    return _entries(session, rows)


def entries_by_id(session: Session, waiting_ids: Iterable[int]) -> dict[int, Entry]:
    """Those of these entries that stand in line, by their id."""
    wanted = select(Waiting).where(Waiting.id.in_(list(waiting_ids)), Waiting.state.in_(STANDING))
    return {one.row.id: one for one in _entries(session, session.scalars(wanted).all())}


def _entries(session: Session, rows: Sequence[Waiting]) -> list[Entry]:
    if not rows:
        return []
    services = {row.service_id for row in rows}
    everybody = session.execute(
        select(Waiting, WaitingCentre.centre_id)
        .join(WaitingCentre, WaitingCentre.waiting_id == Waiting.id)
        .where(Waiting.service_id.in_(services), Waiting.state.in_(STANDING))
    ).all()
    centres: dict[int, set[int]] = defaultdict(set)
    lines: dict[int, dict[int, tuple[bool, datetime, int]]] = defaultdict(dict)
    for one, centre_id in everybody:
        centres[one.id].add(centre_id)
        lines[one.service_id][one.id] = _order(one)
    had = history(session, {row.case_id for row in rows})
    holds = _holds(session, [row.id for row in rows])
    return [
        Entry(
            row=row,
            centre_ids=frozenset(centres[row.id]),
            place=1
            + sum(
                order < _order(row) and bool(centres[other] & centres[row.id])
                for other, order in lines[row.service_id].items()
            ),
            missed=as_in_line(row, had.get(row.case_id, ())).missed,
            hold=holds.get(row.id),
        )
        for row in rows
    ]


def _order(row: Waiting) -> tuple[bool, datetime, int]:
    """`IN_ORDER` of one entry."""
    return (not row.ahead, row.joined_at, row.id)


def _holds(session: Session, waiting_ids: list[int]) -> dict[int, Booking]:
    rows = session.execute(
        select(WaitingOffer.waiting_id, Booking)
        .join(Booking, Booking.id == WaitingOffer.booking_id)
        .where(WaitingOffer.waiting_id.in_(waiting_ids), WaitingOffer.outcome.is_(None))
    )
    return {row.waiting_id: row.Booking for row in rows}
