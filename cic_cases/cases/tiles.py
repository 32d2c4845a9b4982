"""Which languages and countries stand first on a centre's desk: those it met most of late.

What is counted ends with yesterday, so that a tile never moves under somebody's finger during the
day, and one reading a day serves every desk of a process.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from threading import Lock
from typing import Any
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from sqlalchemy import func, literal, select, union_all
from sqlalchemy.orm import Session

from cic_cases.cases.models import Case
from cic_cases.cases.rules import NOT_STATED
from cic_cases.foundation.localtime import day_bounds

OF_LATE = timedelta(days=90)
LANGUAGE, COUNTRY = "language", "country"
MOST = 256  # centres and days kept for each database


@dataclass(frozen=True)
class Met:
    """Languages and countries of those a centre registered, the most frequent first."""

    languages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()


_kept: WeakKeyDictionary[Any, dict[tuple[int, date], Met]] = WeakKeyDictionary()
_turn = Lock()


def first(met: Iterable[str], listed: Sequence[str]) -> list[str]:
    """As many tiles as the region lists: what was met most, then the region's own order."""
    return list(dict.fromkeys([*met, *listed]))[: len(listed)]


def met(session: Session, centre_id: int, today: date, local: ZoneInfo) -> Met:
    """What a centre registered in the 90 days before `today`, a local day in `local`.

    At most one statement, and one a day in each process.
    """
    with _turn:
        shelf = _kept.setdefault(session.get_bind(), {})
        known = shelf.get((centre_id, today))
    if known is None:
        known = _read(session, centre_id, today, local)
        with _turn:
            if len(shelf) >= MOST:
                shelf.clear()
            shelf[centre_id, today] = known
    return known


def _read(session: Session, centre_id: int, today: date, local: ZoneInfo) -> Met:
    end = day_bounds(today, local).start
    of_late = (
        Case.opened_centre_id == centre_id,
        Case.opened_at >= end - OF_LATE,
        Case.opened_at < end,
    )
    number = func.count().label("number")
    questions = ((LANGUAGE, Case.contact_language), (COUNTRY, Case.citizenship))
    counted = [
        select(literal(kind).label("kind"), answer.label("answer"), number)
        .where(*of_late)
        .group_by(answer)
        for kind, answer in questions
    ]
    rows = session.execute(union_all(*counted)).all()
    ranked = sorted(rows, key=lambda row: (-row.number, row.answer))
    return Met(
        tuple(row.answer for row in ranked if row.kind == LANGUAGE),
        tuple(row.answer for row in ranked if row.kind == COUNTRY and row.answer != NOT_STATED),
    )
