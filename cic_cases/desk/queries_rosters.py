"""Duties and closures with the names that their pages show; the checks that need several rooms."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Status
from cic_cases.calendar import service
from cic_cases.calendar.models import Closure, Duty, DutyException, DutyService
from cic_cases.calendar.public_holidays import holiday_name
from cic_cases.calendar.rules import Change, DutyWish, Hours, check_hours
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre, HowBooked, Institution, Room, Service
from cic_cases.foundation.clock import zone
from cic_cases.foundation.errors import NotFound
from cic_cases.foundation.localtime import instant
from cic_cases.people.models import Staff, StaffGrant
from cic_cases.privacy.actor import Scope
from cic_cases.privacy.roles import SPECIALISTS

SHOWN_DATES = 8
ONE_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class DutyLine:
    """One weekly duty on the list."""

    id: int
    initials: str
    room: str | None
    weekday: int
    starts: time
    ends: time
    valid_from: date
    valid_until: date | None
    services: tuple[Service, ...]


@dataclass(frozen=True)
class DayChange:
    """Something that is not as every week: a holiday, a closure, other opening hours."""

    day: date
    kind: str
    text: str


@dataclass(frozen=True)
class Choices:
    """What a duty can be made of in one centre."""

    centre_id: int
    staff: Sequence[Staff]
    rooms: Sequence[Room]
    services: Sequence[Service]


def changeable(centre: Centre, scope: Scope) -> Centre:
    """The centre, or `NotFound` when its rosters are not one's to change."""
    if centre.id not in scope.centres:
        raise NotFound()
    return centre


def duty_in(session: Session, duty_id: int, scope: Scope) -> Duty:
    """The duty, or `NotFound` when it is missing or out of scope."""
    duty = session.scalar(select(Duty).where(Duty.id == duty_id, Duty.centre_id.in_(scope.centres)))
    if duty is None:
        raise NotFound()
    return duty


def rooms(session: Session, centre_id: int) -> Sequence[Room]:
    """The rooms a duty can be held in."""
    return centres.rooms_of(session, centre_id)


def institutions(session: Session, region_id: int) -> Sequence[Institution]:
    """The offices whose officers hold duties here."""
    return centres.institutions(session, region_id=region_id)


def choices(session: Session, centre: Centre) -> Choices:
    """Specialists with a role in this centre (or its region), its rooms, and slot services."""
    specialists = (
        select(Staff)
        .join(StaffGrant, StaffGrant.staff_id == Staff.id)
        .where(
            StaffGrant.role.in_(SPECIALISTS),
            (StaffGrant.centre_id == centre.id) | (StaffGrant.region_id == centre.region_id),
            Staff.disabled_at.is_(None),
        )
        .order_by(Staff.initials, Staff.id)
        .distinct()
    )
    return Choices(
        centre_id=centre.id,
        staff=session.scalars(specialists).all(),
        rooms=centres.rooms_of(session, centre.id),
        services=centres.services_of(session, centre.region_id, HowBooked.SLOT),
    )


def duties_of(session: Session, centre_id: int, scope: Scope, today: date) -> list[DutyLine]:
    """The duties of a centre that still run, by weekday and hour; one's own where the scope
    reaches no further. Two statements."""
    rows = session.execute(
        select(Duty, Staff.initials, Room.label)
        .join(Staff, Staff.id == Duty.staff_id)
        .outerjoin(Room, Room.id == Duty.room_id)
        .where(
            Duty.centre_id == centre_id,
            Duty.centre_id.in_(scope.centres) | (Duty.staff_id == (scope.own or 0)),
            (Duty.valid_until.is_(None)) | (Duty.valid_until >= today),
        )
        .order_by(Duty.weekday, Duty.starts, Staff.initials, Duty.id)
    ).all()
    given: dict[int, list[Service]] = {row.Duty.id: [] for row in rows}
    services = (
        select(DutyService.duty_id, Service)
        .join(Service, Service.id == DutyService.service_id)
        .where(DutyService.duty_id.in_(given))
        .order_by(Service.position)
    )
    for duty_id, one in session.execute(services):
        given[duty_id].append(one)
    return [_line(duty, initials, room, tuple(given[duty.id])) for duty, initials, room in rows]


def _line(duty: Duty, initials: str, room: str | None, services: tuple[Service, ...]) -> DutyLine:
    return DutyLine(
        id=duty.id,
        initials=initials,
        room=room,
        weekday=duty.weekday,
        starts=duty.starts,
        ends=duty.ends,
        valid_from=duty.valid_from,
        valid_until=duty.valid_until,
        services=services,
    )


def week_hours(session: Session, centre_id: int, today: date) -> list[Hours | None]:
    """When the centre is open on an ordinary Monday … Sunday."""
    hours = centres.opening(session, [centre_id], today, today)
    return [hours.week.get((centre_id, weekday)) for weekday in range(7)]


def changes_ahead(
    session: Session, centre: Centre, first_day: date, last_day: date
) -> list[DayChange]:
    """Holidays, closures and other opening hours from `first_day` to `last_day`, in order."""
    hours = centres.opening(session, [centre.id], first_day, last_day)
    region = centres.region_of(session, centre.id)
    days = [first_day + timedelta(days=n) for n in range((last_day - first_day).days + 1)]
    named = [(day, holiday_name(region.country, day)) for day in days]
    found = [DayChange(day, "holiday", name) for day, name in named if name]
    for (_, day), (opens, closes) in hours.dates.items():
        found.append(DayChange(day, "hours", f"{opens:%H:%M}–{closes:%H:%M}"))
    offices = {office.id: office.key for office in institutions(session, centre.region_id)}
    for closure in _closures(session, centre.id, first_day, last_day):
        who = offices.get(closure.institution_id or 0)
        text = f"{who}: {closure.reason}" if who else closure.reason
        found.append(DayChange(max(closure.first_day, first_day), "closure", text))
    return sorted(found, key=lambda change: change.day)


def _closures(
    session: Session, centre_id: int, first_day: date, last_day: date
) -> Sequence[Closure]:
    wanted = select(Closure).where(
        Closure.first_day <= last_day,
        Closure.last_day >= first_day,
        Closure.centre_id.is_(None) | (Closure.centre_id == centre_id),
    )
    return session.scalars(wanted.order_by(Closure.first_day)).all()


def dates_of(session: Session, duty: Duty, today: date) -> list[tuple[date, DutyException | None]]:
    """The next dates of a duty, each with its exception if it has one."""
    first = max(today, duty.valid_from)
    first += timedelta(days=(duty.weekday - first.weekday()) % 7)
    days = [first + n * ONE_WEEK for n in range(SHOWN_DATES)]
    days = [day for day in days if duty.valid_until is None or day <= duty.valid_until]
    rows = session.scalars(
        select(DutyException).where(DutyException.duty_id == duty.id, DutyException.on.in_(days))
    )
    known = {row.on: row for row in rows}
    return [(day, known.get(day)) for day in days]


def appointments_in(session: Session, duty: Duty, at: datetime) -> Sequence[Booking]:
    """Coming appointments with this specialist on this duty's weekday and in its hours."""
    centre = session.get_one(Centre, duty.centre_id)
    local = zone(centre.timezone)
    coming = session.scalars(
        select(Booking)
        .where(
            Booking.staff_id == duty.staff_id,
            Booking.centre_id == duty.centre_id,
            Booking.starts_at >= at,
            Booking.status == Status.BOOKED,
        )
        .order_by(Booking.starts_at)
    )
    own = []
    for booking in coming:
        start = booking.starts_at.astimezone(local)
        if start.weekday() == duty.weekday and duty.starts <= start.time() < duty.ends:
            own.append(booking)
    return own


def checked_duty(session: Session, wish: DutyWish, *, at: datetime, by: int) -> Duty:
    """Enter the duty if the centre is open then and the clocks do not skip its start or end."""
    hours = centres.opening(session, [wish.centre_id], wish.valid_from, wish.valid_from)
    single = wish.valid_from == wish.valid_until
    opening = (
        hours.on(wish.centre_id, wish.valid_from)
        if single
        else hours.week.get((wish.centre_id, wish.weekday))
    )
    if single and _closed(session, wish.centre_id, wish.valid_from):
        opening = None
    check_hours(wish.hours, opening)
    if single:
        _check_clocks(session, wish.centre_id, wish.valid_from, wish.hours)
    return service.add_duty(session, wish, at=at, by=by)


def checked_change(
    session: Session, duty_id: int, wish: tuple[date, Change | None], *, at: datetime, by: int
) -> None:
    """Change one date (hours within opening hours), or end the duty when there is no change."""
    duty = session.get_one(Duty, duty_id)
    day, change = wish
    if change is None:
        service.end_duty(session, duty, day, at=at, by=by)
        return
    if change.hours is not None:
        hours = centres.opening(session, [duty.centre_id], day, day)
        closed = _closed(session, duty.centre_id, day)
        check_hours(change.hours, None if closed else hours.on(duty.centre_id, day))
        _check_clocks(session, duty.centre_id, day, change.hours)
    service.change_occurrence(session, duty, day, change, at=at, by=by)


def _closed(session: Session, centre_id: int, day: date) -> bool:
    """Whether a public holiday or a closure of the whole centre falls on `day`."""
    if holiday_name(centres.region_of(session, centre_id).country, day):
        return True
    closures = _closures(session, centre_id, day, day)
    return any(closure.institution_id is None for closure in closures)


def _check_clocks(session: Session, centre_id: int, day: date, hours: Hours) -> None:
    local = zone(session.get_one(Centre, centre_id).timezone)
    for wall_time in hours:
        instant(day, wall_time, local)
