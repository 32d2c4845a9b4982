"""What is taken of the time of specialists, rooms, interpreters and the person: one range query.

Only of those who could still receive somebody on the days of the search, so a day that is over
costs nothing.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    Integer,
    Select,
    String,
    any_,
    bindparam,
    func,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session
from sqlalchemy.types import NullType

from cic_cases.bookings.busy import Busy, Stretch
from cic_cases.bookings.offers import Search, Sitting
from cic_cases.bookings.rota import Rota
from cic_cases.bookings.tables import occupancy
from cic_cases.calendar import guard
from cic_cases.foundation.intervals import Interval

ONE_DAY = timedelta(days=1)
WORD = len("2030-01-07 08:00:00.000000+00:00")


def of_all(session: Session, search: Search, rota: Rota, at: datetime) -> Busy:
    """What is taken of everybody and every room that a free time needs, and of the person."""
    sittings = [seat for seat in _sittings(search, rota) if seat.stretch.time.end > at]
    wanted = {sitting.offer.member.resource for sitting in sittings}
    wanted |= {sitting.room[1] for sitting in sittings if sitting.room is not None}
    if search.person is not None:
        wanted.add(search.person)
    return _of(session, search, rota, sittings, wanted, at)


def of_company(session: Session, search: Search, rota: Rota, at: datetime) -> Busy:
    """What is taken of interpreters and second specialists: they are chosen among the free."""
    sittings = list(_sittings(search, rota))
    several = {s.offer.member.resource for s in sittings if s.offer.given.specialists > 1}
    return _of(session, search, rota, sittings, several, at)


def _sittings(search: Search, rota: Rota) -> Iterator[Sitting]:
    day = search.first_day
    while day <= search.last_day:
        yield from (seat for _, seat in rota.seats(day) if isinstance(seat, Sitting))
        day += ONE_DAY


def _of(
    session: Session,
    search: Search,
    rota: Rota,
    sittings: list[Sitting],
    wanted: set[int],
    at: datetime,
) -> Busy:
    """What these resources have taken on the days of the sittings; nothing without any."""
    wanted |= {duty.member.resource for duty in rota.interpreters}
    if not (sittings and wanted):
        return Busy()
    days = [rota.bounds(day, place) for day, place in _days(sittings)]
    earliest, latest = min(d.start for d in days), max(d.end for d in days)
    return Busy(_rows(session, wanted, Interval(earliest, latest), search.moving, at))


def _days(sittings: Iterable[Sitting]) -> set[tuple[date, Any]]:
    return {(sitting.day, sitting.offer.rule.zone) for sitting in sittings}


def _rows(
    session: Session, wanted: set[int], when: Interval, moving: int | None, at: datetime
) -> Iterator[tuple[int, Iterable[Stretch]]]:
    values: dict[str, Any] = {
        "resources": list(wanted),
        "begun": when.start - guard.LONGEST,
        "earliest": when.start,
        "latest": when.end,
        "at": at,
    }
    if moving is not None:
        values["moving"] = moving
    sqlite = session.get_bind().dialect.name == "sqlite"
    for resource, *taken in session.execute(_statement(moving is not None, sqlite), values):
        starts, ends = _moments(*taken) if sqlite else taken
        yield resource, zip(starts, ends, strict=True)


def _moments(words: str) -> tuple[list[datetime], list[datetime]]:
    """Starts and ends out of SQLite's one text, in which they take turns."""
    of = datetime.fromisoformat
    moments = [of(words[place : place + WORD]) for place in range(0, len(words), WORD)]
    return moments[::2], moments[1::2]


@lru_cache(maxsize=4)
def _statement(moving: bool, sqlite: bool) -> Select[*tuple[Any, ...]]:
    """What is taken, expired holds left out; with `moving`, the time of one booking is free.

    One row for each resource, because rows cost more than what is in them: all starts and all
    ends, in the same order; on SQLite as one text. Nothing is taken for longer than
    `guard.LONGEST`, so an index finds the rows between two moments, however much came before.
    """
    resource = occupancy.c.resource_id
    of_these: Any = (
        resource.in_(bindparam("resources", expanding=True))
        if sqlite
        else resource == any_(bindparam("resources", type_=ARRAY(Integer)))
    )
    moments = (occupancy.c.starts_at, occupancy.c.ends_at)
    taken = [_one_text(*moments)] if sqlite else [_as_it_is(moment) for moment in moments]
    wanted: Select[*tuple[Any, ...]] = (
        select(resource, *taken)
        .where(
            of_these,
            occupancy.c.starts_at > bindparam("begun"),
            occupancy.c.starts_at < bindparam("latest"),
            occupancy.c.ends_at > bindparam("earliest"),
            occupancy.c.expires_at.is_(None) | (occupancy.c.expires_at > bindparam("at")),
        )
        .group_by(resource)
    )
    if moving:
        another = occupancy.c.booking_id != bindparam("moving")
        wanted = wanted.where(occupancy.c.booking_id.is_(None) | another)
    return wanted


def _as_it_is(moment: Any) -> Any:
    """PostgreSQL's moments are aware: making UTC of each would cost more than reading it."""
    return type_coerce(func.array_agg(moment), NullType())


def _one_text(*moments: Any) -> Any:
    """SQLite's moments have no zone and mean UTC; each becomes a word of the same length."""
    words = [type_coerce(moment, String()) + "+00:00" for moment in moments]
    return func.group_concat(words[0] + words[1], "")
