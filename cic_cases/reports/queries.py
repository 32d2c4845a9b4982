"""Aggregates: one statement a figure, exact numbers, only live rows of the centres asked for.

Every statement joins the same small table of windows (centre, month, from, until), so no
database ever converts a time zone and both count the same. Nothing here is fit to publish:
small numbers can point to a person.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Select,
    and_,
    column,
    distinct,
    func,
    literal,
    select,
    union_all,
    values,
)
from sqlalchemy.orm import Session

from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Status
from cic_cases.cases.attributes import Gender
from cic_cases.cases.models import Case
from cic_cases.centres.models import Centre, Service
from cic_cases.foundation.clock import zone
from cic_cases.foundation.db import UtcDateTime
from cic_cases.reports.rules import ByGender, Place, Window
from cic_cases.visits.models import QuickContact, Visit, VisitService

ALL = 0  # in place of a centre's id or of a month: all of them together
KEPT = (Status.ARRIVED, Status.IN_PROGRESS, Status.DONE)
COUNTED = (*KEPT, Status.BOOKED, Status.NO_SHOW)
_CODES = func.count(distinct(Visit.case_id))
_BY_GENDER = (
    _CODES.filter(Case.gender == Gender.WOMAN),
    _CODES.filter(Case.gender == Gender.MAN),
    _CODES.filter(Case.gender.in_((Gender.OTHER, Gender.UNSTATED))),
    _CODES,
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What was counted in one centre (or all) in one month (or the whole period).

    `codes`: cases with a visit, each once. `quick`: quick contacts, never part of the others.
    `booked`: appointments whose time has come, without cancelled ones; `kept` of them.
    """

    codes: int = 0
    visits: int = 0
    quick: int = 0
    booked: int = 0
    kept: int = 0

    def __bool__(self) -> bool:
        return bool(self.visits or self.quick or self.booked)


Cube = dict[tuple[int, int], Any]
Overview = dict[tuple[int, int], Figures]


def places(session: Session, centre_ids: Collection[int] | None = None) -> list[Place]:
    """The centres with these ids, or every centre there is, by city."""
    query = select(Centre.id, Centre.slug, Centre.city, Centre.timezone).order_by(Centre.city)
    if centre_ids is not None:
        query = query.where(Centre.id.in_(centre_ids))
    return [Place(r.id, r.slug, r.city, zone(r.timezone)) for r in session.execute(query)]


def overview(session: Session, windows: Sequence[Window], at: datetime) -> Overview:
    """(centre id or ALL, month or ALL) → figures; a key that is missing counted nothing.

    Codes are counted anew for every key: a code seen in two centres or two months is one code
    in their total. Appointments after `at` are not counted yet.
    """
    if not windows:
        return {}
    visits = _cube(
        session, windows, Visit, Visit.occurred_at, _live_visit(), (_CODES, func.count())
    )
    live_contact = QuickContact.voided_at.is_(None)
    quick = _cube(
        session, windows, QuickContact, QuickContact.occurred_at, live_contact, (func.count(),)
    )
    due = and_(Booking.status.in_(COUNTED), Booking.starts_at < at)
    kept = func.count().filter(Booking.status.in_(KEPT))
    booked = _cube(session, windows, Booking, Booking.starts_at, due, (func.count(), kept))
    return {
        key: Figures(*visits.get(key, (0, 0)), *quick.get(key, (0,)), *booked.get(key, (0, 0)))
        for key in visits.keys() | quick.keys() | booked.keys()
    }


def countries(session: Session, windows: Sequence[Window]) -> list[tuple[str, ByGender]]:
    """Citizenship (ISO 3166, XX, ZZ) → codes with a visit; the largest first."""
    if not windows:
        return []
    rows = session.execute(
        _of_codes(windows, Case.citizenship)
        .group_by(Case.citizenship)
        .order_by(_CODES.desc(), Case.citizenship)
    )
    return [(citizenship, ByGender(*numbers)) for citizenship, *numbers in rows]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of support: its key and its names by language."""

    key: str
    names: dict[str, str]


def support(session: Session, windows: Sequence[Window]) -> list[tuple[Kind, ByGender]]:
    """Kind of support → codes that used it; the largest first. One code may use several."""
    if not windows:
        return []
    used = (
        _of_codes(windows, func.min(Service.id).label("service_id"))
        .join(VisitService, VisitService.visit_id == Visit.id)
        .join(Service, Service.id == VisitService.service_id)
        .group_by(Service.key)
        .subquery()
    )
    numbers = tuple(used.c)[1:]
    rows = session.execute(
        select(Service.key, Service.names, *numbers)
        .join(used, used.c.service_id == Service.id)
        .order_by(numbers[-1].desc(), Service.position, Service.key)
    )
    return [(Kind(key, names), ByGender(*counted)) for key, names, *counted in rows]


def everyone(session: Session, windows: Sequence[Window]) -> ByGender:
    """All codes with a visit, each once: the total under the other two."""
    if not windows:
        return ByGender()
    return ByGender(*session.execute(_of_codes(windows)).one())


def _live_visit() -> ColumnElement[bool]:
    return Visit.voided_at.is_(None)


def _table(windows: Sequence[Window]) -> CTE:
    """The windows as a table that statements can join."""
    return (
        values(
            column("centre_id", Integer),
            column("month", Integer),
            column("starts_at", UtcDateTime),
            column("ends_at", UtcDateTime),
            name="window_values",
        )
        .data([(w.centre_id, w.month, w.time.start, w.time.end) for w in windows])
        .cte("windows")
    )


def _within(table: CTE, centre_id: Any, moment: Any) -> ColumnElement[bool]:
    return and_(
        centre_id == table.c.centre_id, moment >= table.c.starts_at, moment < table.c.ends_at
    )


def _of_codes(windows: Sequence[Window], *by: Any) -> Select[Any]:
    table = _table(windows)
    counts = (
        count.label(name)
        for count, name in zip(_BY_GENDER, ("women", "men", "other", "codes"), strict=True)
    )
    return (
        select(*by, *counts)
        .select_from(Visit)
        .join(table, _within(table, Visit.centre_id, Visit.occurred_at))
        .join(Case, Case.id == Visit.case_id)
        .where(_live_visit())
    )


def _cube(
    session: Session,
    windows: Sequence[Window],
    rows_of: type[Visit] | type[QuickContact] | type[Booking],
    moment: Any,
    live: ColumnElement[bool],
    counts: Sequence[ColumnElement[int]],
) -> Cube:
    """`counts` by centre and month, by centre, by month, and in all, in one statement."""
    table = _table(windows)
    keys = (table.c.centre_id, table.c.month)
    parts = []
    for asked in ((True, True), (True, False), (False, True), (False, False)):
        columns = [k if wanted else literal(ALL) for k, wanted in zip(keys, asked, strict=True)]
        by = [key for key, wanted in zip(keys, asked, strict=True) if wanted]
        parts.append(
            select(*columns, *counts)
            .select_from(rows_of)
            .join(table, _within(table, rows_of.centre_id, moment))
            .where(live)
            .group_by(*by)
        )
    return {(c, m): tuple(numbers) for c, m, *numbers in session.execute(union_all(*parts))}
