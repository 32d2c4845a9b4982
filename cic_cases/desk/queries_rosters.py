"""Duties and closures with the names that their pages show."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.bookings import duty_plan
from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Status
from cic_cases.calendar import duties
from cic_cases.calendar.duties import DutyWish, ServiceIn
from cic_cases.calendar.models import (
    Closure,
    Duty,
    DutyException,
    DutyKind,
    DutyLanguage,
    DutyService,
)
from cic_cases.calendar.public_holidays import holiday_name
from cic_cases.calendar.rules import Hours, dates_of
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre, HowBooked, Institution, OpeningDate, Room, Service
from cic_cases.foundation.clock import zone
from cic_cases.foundation.localtime import local_day
from cic_cases.people.models import Staff, StaffGrant
from cic_cases.privacy.actor import Scope
from cic_cases.privacy.roles import SPECIALISTS, Role

SHOWN_DATES = 8
LOOKED_AHEAD = timedelta(weeks=8 * SHOWN_DATES)


@dataclass(frozen=True)
class DutyLine:
    """One duty on the list of rules."""

    duty: Duty
    initials: str
    room: str | None
    services: tuple[Service, ...]


@dataclass(frozen=True)
class DayChange:
    """Something that is not as every week, and how many appointments lie on it.

    `kind` is «holiday», «hours» or «closure»; `who` the office or room it is about (None: the
    centre); `closure_id` a closure that can be taken back, `everywhere` when by the region only.
    """

    day: date
    last_day: date
    kind: str
    text: str
    who: str | None = None
    closure_id: int | None = None
    everywhere: bool = False
    people: int = 0


@dataclass(frozen=True)
class Choices:
    """What a duty can be made of in one centre."""

    centre_id: int
    staff: Sequence[Staff]
    interpreters: frozenset[int]
    rooms: Sequence[Room]
    services: Sequence[Service]
    languages: Sequence[str]


def choices(session: Session, centre: Centre) -> Choices:
    """Specialists and interpreters of this centre (or its region), its rooms, slot services."""
    rows = session.execute(
        select(Staff, StaffGrant.role)
        .join(StaffGrant, StaffGrant.staff_id == Staff.id)
        .where(
            StaffGrant.role.in_({*SPECIALISTS, Role.INTERPRETER}),
            (StaffGrant.centre_id == centre.id) | (StaffGrant.region_id == centre.region_id),
            Staff.disabled_at.is_(None),
        )
        .order_by(Staff.initials, Staff.id)
    ).all()
    spoken = centres.region_of(session, centre.id).languages.split()
    return Choices(
        centre_id=centre.id,
        staff=list({row.Staff.id: row.Staff for row in rows}.values()),
        interpreters=frozenset(row.Staff.id for row in rows if row.role is Role.INTERPRETER),
        rooms=centres.rooms_of(session, centre.id),
        services=centres.services_of(session, centre.region_id, HowBooked.SLOT),
        languages=[code for code in dict.fromkeys(["pl", *spoken]) if len(code) == 2],
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
    return [DutyLine(row.Duty, row.initials, row.label, tuple(given[row.Duty.id])) for row in rows]


def wish_of(session: Session, duty: Duty) -> DutyWish:
    """The duty as it stands, as the wish that would make it."""
    services = select(DutyService).where(DutyService.duty_id == duty.id)
    languages = select(DutyLanguage.language).where(DutyLanguage.duty_id == duty.id)
    return DutyWish(
        staff_id=duty.staff_id,
        centre_id=duty.centre_id,
        room_id=duty.room_id,
        weekday=duty.weekday,
        hours=(duty.starts, duty.ends),
        valid_from=duty.valid_from,
        valid_until=duty.valid_until,
        grid_minutes=duty.grid_minutes,
        services=tuple(
            ServiceIn(row.service_id, row.minutes, row.before_minutes, row.after_minutes)
            for row in session.scalars(services.order_by(DutyService.service_id))
        ),
        languages=frozenset(session.scalars(languages)),
        every_weeks=duty.every_weeks,
        kind=duty.kind,
        remote=duty.remote,
    )


def week_hours(session: Session, centre_id: int, today: date) -> list[Hours | None]:
    """When the centre is open on an ordinary Monday … Sunday."""
    hours = centres.opening(session, [centre_id], today, today)
    return [hours.week.get((centre_id, weekday)) for weekday in range(7)]


def dates_set(session: Session, centre_id: int, today: date) -> Sequence[OpeningDate]:
    """Dates to come with hours of their own."""
    wanted = select(OpeningDate).where(OpeningDate.centre_id == centre_id, OpeningDate.on >= today)
    return session.scalars(wanted.order_by(OpeningDate.on)).all()


def changes_ahead(
    session: Session, centre: Centre, first_day: date, last_day: date, at: datetime
) -> list[DayChange]:
    """Holidays, closures and other opening hours from `first_day` to `last_day`, in order."""
    hours = centres.opening(session, [centre.id], first_day, last_day)
    region = centres.region_of(session, centre.id)
    days = [first_day + timedelta(days=n) for n in range((last_day - first_day).days + 1)]
    named = [(day, holiday_name(region.country, day)) for day in days]
    found = [DayChange(day, day, "holiday", name) for day, name in named if name]
    for (_, day), span in hours.dates.items():
        found.append(DayChange(day, day, "hours", _clock(span)))
    found += _closures(session, centre, first_day, last_day)
    taken = _people_by_day(session, centre, at)
    return [
        replace(one, people=sum(n for day, n in taken.items() if one.day <= day <= one.last_day))
        for one in sorted(found, key=lambda change: (change.day, change.kind))
    ]


def _clock(span: tuple[time, time]) -> str:
    return f"{span[0]:%H:%M}–{span[1]:%H:%M}"


def _closures(session: Session, centre: Centre, first_day: date, last_day: date) -> list[DayChange]:
    offices = {one.id: one.key for one in centres.institutions(session, region_id=centre.region_id)}
    labels = {room.id: room.label for room in centres.rooms_of(session, centre.id)}
    found = []
    for row in duty_plan.closures(session, [centre.id], first_day, last_day):
        if row.institution_id is not None and row.institution_id not in offices:
            continue  # another region's office
        who = offices.get(row.institution_id or 0) or labels.get(row.room_id or 0)
        first = max(row.first_day, first_day)
        change = DayChange(first, row.last_day, _kind(row), row.reason, who, row.id)
        found.append(replace(change, everywhere=row.centre_id is None))
    return found


def _kind(row: Closure) -> str:
    if row.room_id is not None:
        return "room"
    return "office" if row.institution_id is not None else "closure"


def _people_by_day(session: Session, centre: Centre, at: datetime) -> Mapping[date, int]:
    """How many have an appointment in the centre on each day to come. One statement."""
    local, count = zone(centre.timezone), dict[date, int]()
    wanted = select(Booking.starts_at).where(
        Booking.centre_id == centre.id, Booking.starts_at > at, Booking.status == Status.BOOKED
    )
    for starts_at in session.scalars(wanted):
        day = local_day(starts_at, local)
        count[day] = count.get(day, 0) + 1
    return count


def dates_ahead(
    session: Session, duty: Duty, today: date
) -> list[tuple[date, DutyException | None]]:
    """The next dates of a duty, each with its exception if it has one."""
    first = max(today, duty.valid_from)
    last = min(duty.valid_until or date.max, first + LOOKED_AHEAD)
    local = zone(session.get_one(Centre, duty.centre_id).timezone)
    rule = duties.rule_of(duty, None, local, {})
    days = dates_of(rule, first, last)[:SHOWN_DATES] if first <= last else []
    rows = session.scalars(
        select(DutyException).where(DutyException.duty_id == duty.id, DutyException.on.in_(days))
    )
    known = {row.on: row for row in rows}
    return [(day, known.get(day)) for day in days]


def appointments_in(session: Session, duty: Duty, at: datetime) -> list[Booking]:
    """Coming appointments in this duty, with whoever holds it that day, by time."""
    wanted = (
        select(Booking)
        .where(
            Booking.centre_id == duty.centre_id,
            Booking.starts_at >= at,
            Booking.status == Status.BOOKED,
        )
        .order_by(Booking.starts_at)
    )
    if duty.kind is DutyKind.INTERPRETS:
        return [one for one in session.scalars(wanted) if one.interpreter_id == duty.staff_id]
    coming = session.scalars(wanted).all()
    if not coming:
        return []
    days = [one.starts_at.date() for one in coming]
    one_day = timedelta(days=1)
    plan = duty_plan.read(session, [duty.centre_id], min(days) - one_day, max(days) + one_day)
    return [one for one in coming if plan.is_with(duty.id, one)]


def institutions(session: Session, region_id: int) -> Sequence[Institution]:
    """The offices whose officers hold duties here."""
    return centres.institutions(session, region_id=region_id)


def names_of(session: Session, staff_ids: set[int]) -> dict[int, str]:
    """Initials by id."""
    rows = session.execute(select(Staff.id, Staff.initials).where(Staff.id.in_(staff_ids)))
    return {row.id: row.initials for row in rows}
