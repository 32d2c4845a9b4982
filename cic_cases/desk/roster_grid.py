"""The week of a centre as rows and cells: who, when, how full, what is not as every week."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.bookings import duty_plan
from cic_cases.calendar.models import DutyKind
from cic_cases.calendar.rules import Change, DutyRule, Hours, NotHeld, Stretch
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre, Institution
from cic_cases.foundation.clock import zone
from cic_cases.foundation.intervals import Interval
from cic_cases.foundation.localtime import day_bounds
from cic_cases.people.models import Staff, StaffGrant, StaffLanguage
from cic_cases.privacy.actor import Scope
from cic_cases.privacy.roles import SPECIALISTS, Role

DAYS, WORKDAYS = 7, 5
SHOWN = ("all", "specialists", "institutions", "interpreters")
SILENT = (NotHeld.OTHER_DAY, NotHeld.SUBSTITUTED, NotHeld.NOT_OPEN, NotHeld.OUTSIDE_OPENING)


@dataclass(frozen=True)
class Cell:
    """One duty on one day. `why` is set when it is not held, `changed` when one date is other.

    `taken` are its appointments (those of a duty that is not held still stand there), `possible`
    how many there can be; `link` when the duty is of the centre that is looked at.
    """

    duty_id: int
    day: date
    hours: Hours
    room: str | None
    remote: bool
    taken: int
    possible: int
    why: NotHeld | None
    changed: bool
    stands_in: bool
    link: bool
    every_weeks: int


@dataclass(frozen=True)
class Row:
    """Everything one person does in the week."""

    staff_id: int
    initials: str
    office: str | None
    role: Role | None
    languages: tuple[str, ...]
    rooms: tuple[str, ...]
    cells: Mapping[date, Sequence[Cell]]


@dataclass(frozen=True)
class Week:
    """The grid: the days that are shown, and who is on duty on them."""

    first: date
    days: tuple[date, ...]
    rows: tuple[Row, ...]
    today: date

    @property
    def earlier(self) -> date:
        """The Monday before."""
        return self.first - timedelta(days=DAYS)

    @property
    def later(self) -> date:
        """The Monday after."""
        return self.first + timedelta(days=DAYS)


@dataclass
class _Names:
    """What the rows show beside the duties."""

    centre_id: int
    staff: dict[int, Any] = field(default_factory=dict)
    roles: dict[int, Role] = field(default_factory=dict)
    rooms: dict[int, str] = field(default_factory=dict)
    minutes: dict[int, int | None] = field(default_factory=dict)  # of each service
    languages: dict[int, list[str]] = field(default_factory=dict)


def week(
    session: Session, centre: Centre, scope: Scope, first: date, show: str, at: datetime
) -> Week:
    """The grid of the week that begins on the Monday `first`, in a constant number of statements.

    Remote interpreters of the whole region are in every centre's. Whoever sees only their own
    sees their own row.
    """
    places = [one.id for one in centres.all_centres(session, region_id=centre.region_id)]
    plan = duty_plan.read(session, places, first, first + timedelta(days=DAYS - 1))
    local = zone(centre.timezone)
    bounds = Interval(
        day_bounds(first, local).start, day_bounds(first + timedelta(days=DAYS - 1), local).end
    )
    taken = duty_plan.taken(session, plan.staff_ids, bounds)
    days = tuple(first + timedelta(days=n) for n in range(DAYS))
    cells: dict[int, dict[date, list[Cell]]] = {}
    entries: dict[int, duty_plan.Entry] = {}
    names = _names(session, plan, centre)
    for day in days:
        for entry, rule, held in plan.held(day):
            if rule.centre_id != centre.id and not entry.remote:
                continue
            if centre.id not in scope.centres and rule.staff_id != scope.own:
                continue
            if (cell := _cell(entry, rule, held, day, taken, names)) is not None:
                cells.setdefault(rule.staff_id, {}).setdefault(day, []).append(cell)
                entries.setdefault(rule.staff_id, entry)
    rows = [
        _row(staff_id, entries[staff_id], names, by_day)
        for staff_id, by_day in cells.items()
        if staff_id in names.staff
    ]
    rows = [row for row in rows if _is_shown(row, entries[row.staff_id], show)]
    used = {day for row in rows for day in row.cells}
    open_days = {day for day in days if plan.hours.on(centre.id, day)}
    shown = tuple(d for n, d in enumerate(days) if n < WORKDAYS or d in used or d in open_days)
    today = at.astimezone(local).date()
    return Week(first, shown, tuple(sorted(rows, key=_order)), today)


def _order(row: Row) -> tuple[Any, ...]:
    interprets = row.role is Role.INTERPRETER
    return (interprets, row.office is None, row.office or "", row.role or "", row.initials)


def _is_shown(row: Row, entry: duty_plan.Entry, show: str) -> bool:
    interprets = entry.kind is DutyKind.INTERPRETS
    return {
        "specialists": not interprets and row.office is None,
        "institutions": not interprets and row.office is not None,
        "interpreters": interprets,
    }.get(show, True)


def _names(session: Session, plan: duty_plan.Plan, centre: Centre) -> _Names:
    ids = plan.staff_ids
    staff = select(Staff.id, Staff.initials, Institution.key).outerjoin(
        Institution, Institution.id == Staff.institution_id
    )
    names = _Names(
        centre.id, staff={r.id: r for r in session.execute(staff.where(Staff.id.in_(ids)))}
    )
    grants = select(StaffGrant.staff_id, StaffGrant.role).where(
        StaffGrant.staff_id.in_(ids), StaffGrant.role.in_({*SPECIALISTS, Role.INTERPRETER})
    )
    for staff_id, role in session.execute(grants.order_by(StaffGrant.id)):
        names.roles.setdefault(staff_id, role)
    names.rooms = {room.id: room.label for room in centres.rooms_of(session, centre.id)}
    services = centres.services_of(session, centre.region_id)
    spoken = select(StaffLanguage).where(StaffLanguage.staff_id.in_(ids))
    for row in session.scalars(spoken.order_by(StaffLanguage.language)):
        names.languages.setdefault(row.staff_id, []).append(row.language)
    names.minutes = {service.id: service.minutes for service in services}
    return names


def _cell(
    entry: duty_plan.Entry,
    rule: DutyRule,
    held: Stretch | NotHeld,
    day: date,
    taken: Mapping[int, Sequence[datetime]],
    names: _Names,
) -> Cell | None:
    if held in SILENT:
        return None
    change = rule.changes.get(day, Change())
    hours = change.hours or rule.hours
    room_id = change.room_id or rule.room_id
    starts = taken.get(rule.staff_id, ())
    if isinstance(held, Stretch):
        mine = sum(held.time.start <= one < held.time.end for one in starts)
    else:
        local = [one.astimezone(rule.zone) for one in starts]
        mine = sum(one.date() == day and hours[0] <= one.time() < hours[1] for one in local)
    return Cell(
        duty_id=rule.id,
        day=day,
        hours=hours,
        room=names.rooms.get(room_id or 0),
        remote=entry.remote,
        taken=mine,
        possible=possible(entry, held, names.minutes) if isinstance(held, Stretch) else 0,
        why=None if isinstance(held, Stretch) else held,
        changed=day in rule.changes or rule.valid_from == rule.valid_until,
        stands_in=rule.staff_id != entry.rule.staff_id,
        link=rule.centre_id == names.centre_id,
        every_weeks=entry.rule.every_weeks,
    )


def possible(entry: duty_plan.Entry, held: Stretch, usual: Mapping[int, int | None]) -> int:
    """How many appointments fit one after the other on the grid, of the shortest help given.

    `usual` are the services' own minutes.
    """
    grid = held.rule.grid_minutes
    lengths = [
        (own or usual.get(service_id) or grid, before + after)
        for service_id, (own, before, after) in entry.services.items()
    ]
    if not lengths:
        return 0
    length, buffers = min(lengths, key=sum)
    room = (held.time.end - held.time.start) // timedelta(minutes=1)
    step = -(-(length + buffers) // grid) * grid
    return 0 if room < length else (room - length) // step + 1


def _row(
    staff_id: int, entry: duty_plan.Entry, names: _Names, by_day: Mapping[date, list[Cell]]
) -> Row:
    person, interprets = names.staff[staff_id], entry.kind is DutyKind.INTERPRETS
    rooms = {cell.room for cells in by_day.values() for cell in cells if cell.room}
    for cells in by_day.values():
        cells.sort(key=_begins)
    return Row(
        staff_id=staff_id,
        initials=person.initials,
        office=person.key,
        role=names.roles.get(staff_id),
        languages=tuple(names.languages.get(staff_id, ())) if interprets else (),
        rooms=tuple(sorted(rooms, key=lambda label: (len(label), label))),
        cells=by_day,
    )


def _begins(cell: Cell) -> time:
    return cell.hours[0]
