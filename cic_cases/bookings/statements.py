"""The statements behind free time, made once: a search only gives them values.

Free time is read with three of them (duties, opening and closed days, what is taken), one more
for interpreters, and one for substitutes when a duty of these days has one.
"""

from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    Date,
    Select,
    Time,
    bindparam,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.sql.selectable import CompoundSelect, ScalarSelect

from cic_cases.calendar.models import (
    Closure,
    Duty,
    DutyException,
    DutyKind,
    DutyLanguage,
    DutyService,
    Occupancy,
)
from cic_cases.centres.models import (
    Centre,
    HowBooked,
    OpeningDate,
    OpeningHours,
    Region,
    Room,
    Service,
)
from cic_cases.people.models import Staff, StaffLanguage

Rows = Select[*tuple[Any, ...]]


def _several(name: str) -> BindParameter[Any]:
    return bindparam(name, expanding=True)


def _words(column: Any, whose: Any) -> ScalarSelect[str]:
    """A few short words in one value, so that rows do not multiply."""
    return select(func.aggregate_strings(column, " ")).where(whose).scalar_subquery()


OF_DUTY = _words(DutyLanguage.language, DutyLanguage.duty_id == Duty.id)
OF_STAFF = _words(StaffLanguage.language, StaffLanguage.staff_id == Staff.id)
ABOUT_STAFF = (
    Staff.id.label("member_id"),
    Staff.key.label("member_key"),
    Staff.initials,
    Staff.resource_id,
    Staff.institution_id,
    OF_STAFF.label("speaks"),
)
ABOUT_DUTY = (
    Duty.id,
    Duty.staff_id,
    Duty.centre_id,
    Duty.room_id,
    Duty.weekday,
    Duty.starts,
    Duty.ends,
    Duty.valid_from,
    Duty.valid_until,
    Duty.grid_minutes,
    Duty.every_weeks,
    Duty.remote,
    OF_DUTY.label("in_duty"),
    Centre.slug,
    Centre.city,
    Centre.timezone,
    Centre.region_id,
    Region.country,
)
ABOUT_EXCEPTION = (
    DutyException.on,
    DutyException.kind,
    DutyException.starts.label("from_time"),
    DutyException.ends.label("until_time"),
    DutyException.room_id.label("other_room"),
    DutyException.staff_id.label("substitute_id"),
)
ABOUT_SERVICE = (
    Service.id.label("service_id"),
    Service.key.label("service_key"),
    Service.minutes,
    DutyService.minutes.label("own_minutes"),
    DutyService.before_minutes,
    DutyService.after_minutes,
    Service.per_person,
    Service.notice_minutes,
    Service.horizon_days,
    Service.specialists,
    Service.position,
)
THESE_DAYS: tuple[BindParameter[Any], BindParameter[Any]] = (
    bindparam("first_day"),
    bindparam("last_day"),
)


def _duties(*more: Any) -> Rows:
    """Duties of some days with the member, the centre and the exceptions on these days."""
    first_day, last_day = THESE_DAYS
    exception = (DutyException.duty_id == Duty.id) & DutyException.on.between(first_day, last_day)
    return (
        select(*ABOUT_DUTY, *ABOUT_STAFF, *ABOUT_EXCEPTION, *more)
        .select_from(Duty)
        .join(Staff, Staff.id == Duty.staff_id)
        .join(Centre, Centre.id == Duty.centre_id)
        .join(Region, Region.id == Centre.region_id)
        .outerjoin(DutyException, exception)
        .where(
            Duty.weekday.in_(_several("weekdays")),
            Duty.valid_from <= last_day,
            Duty.valid_until.is_(None) | (Duty.valid_until >= first_day),
            Centre.active.is_(True),
        )
    )


def _receiving(of_one: bool) -> Rows:
    """Duties in which a service is given; `of_one` keeps to one specialist and their partners."""
    wanted = (
        _duties(*ABOUT_SERVICE, Staff.disabled_at.label("gone"))
        .join(DutyService, DutyService.duty_id == Duty.id)
        .join(Service, Service.id == DutyService.service_id)
        .where(Duty.kind == DutyKind.RECEIVES, Service.active.is_(True))
    )
    if not of_one:
        return wanted
    standing_in = (
        select(DutyException.duty_id)
        .join(Staff, Staff.id == DutyException.staff_id)
        .where(Staff.key == bindparam("member"), DutyException.on.between(*THESE_DAYS))
    )
    return wanted.where(
        or_(
            Staff.key == bindparam("member"),
            Service.specialists > 1,
            Duty.id.in_(standing_in),
        )
    )


@lru_cache(maxsize=2)
def offers(of_one: bool) -> Rows:
    """Who gives some services in some centres, by id."""
    return _receiving(of_one).where(
        DutyService.service_id.in_(_several("services")), Duty.centre_id.in_(_several("centres"))
    )


@lru_cache(maxsize=1)
def offers_of_slot() -> Rows:
    """Who gives what a slot's key names, within the regions of some centres."""
    region = select(Centre.region_id).where(Centre.id.in_(_several("own_centres")))
    return _receiving(of_one=True).where(
        Service.key == bindparam("service"),
        Service.booking == HowBooked.SLOT,
        Service.region_id == Centre.region_id,
        Centre.slug == bindparam("centre"),
        Centre.region_id.in_(region.correlate(None)),
    )


@lru_cache(maxsize=1)
def interpreting() -> Rows:
    """Interpreters' duties in some centres, and remote ones in their regions."""
    region = select(Centre.region_id).where(Centre.id.in_(_several("centres"))).correlate(None)
    return _duties(Staff.disabled_at.label("gone")).where(
        Duty.kind == DutyKind.INTERPRETS,
        Duty.centre_id.in_(_several("centres")) | Duty.remote.is_(True),
        Centre.region_id.in_(region),
    )


@lru_cache(maxsize=1)
def members() -> Rows:
    """Members of staff by id, for those who stand in."""
    return select(*ABOUT_STAFF, Staff.disabled_at.label("gone")).where(
        Staff.id.in_(_several("members"))
    )


CLOSED, OPEN, OPEN_ON, ROOM = "closed", "open", "open-on", "room"
NO_DAY, NO_TIME, NONE = cast(null(), Date), cast(null(), Time), literal(0)


@lru_cache(maxsize=1)
def days_and_rooms() -> CompoundSelect[*tuple[Any, ...]]:
    """Closures, opening hours of weekdays and dates, and rooms in use, in one statement.

    Columns: what, centre, institution or weekday, room, first and last day or date, opens and
    closes, label, resource.
    """
    first_day, last_day = THESE_DAYS
    centres = _several("centres")
    closures = _row(
        CLOSED,
        Closure.centre_id,
        Closure.institution_id,
        Closure.room_id,
        days=(Closure.first_day, Closure.last_day),
    ).where(
        Closure.first_day <= last_day,
        Closure.last_day >= first_day,
        Closure.centre_id.is_(None) | Closure.centre_id.in_(centres),
    )
    hours = (OpeningHours.opens, OpeningHours.closes)
    week = _row(OPEN, OpeningHours.centre_id, OpeningHours.weekday, hours=hours)
    dates = _row(
        OPEN_ON,
        OpeningDate.centre_id,
        days=(OpeningDate.on, OpeningDate.on),
        hours=(OpeningDate.opens, OpeningDate.closes),
    ).where(OpeningDate.centre_id.in_(centres), OpeningDate.on.between(first_day, last_day))
    rooms = _row(ROOM, Room.centre_id, NONE, Room.id, more=(Room.label, Room.resource_id))
    return union_all(
        closures,
        week.where(OpeningHours.centre_id.in_(centres)),
        dates,
        rooms.where(Room.centre_id.in_(centres), Room.active.is_(True)),
    )


def _row(
    what: str,
    centre: Any,
    number: Any = NONE,
    room: Any = NONE,
    days: tuple[Any, Any] = (NO_DAY, NO_DAY),
    hours: tuple[Any, Any] = (NO_TIME, NO_TIME),
    more: tuple[Any, Any] = (literal(""), NONE),
) -> Rows:
    return select(literal(what), centre, number, room, *days, *hours, *more)


@lru_cache(maxsize=2)
def taken(moving: bool) -> Rows:
    """What is taken of some resources in a stretch of time, expired holds left out.

    With `moving`, the time of one booking counts as free.
    """
    wanted: Rows = select(Occupancy.resource_id, Occupancy.starts_at, Occupancy.ends_at).where(
        Occupancy.resource_id.in_(_several("resources")),
        Occupancy.ends_at > bindparam("earliest"),
        Occupancy.starts_at < bindparam("latest"),
        Occupancy.expires_at.is_(None) | (Occupancy.expires_at > bindparam("at")),
    )
    if moving:
        its_own = Occupancy.booking_id == bindparam("moving")
        wanted = wanted.where(Occupancy.booking_id.is_(None) | ~its_own)
    return wanted
