"""The statements behind free time, made once: a search only gives them values.

A rota is read with two (duties, days and rooms), one more for interpreters and one for
substitutes; whether one slot is offered, with one. What is taken is read in `taken`.
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
    true,
    union_all,
)
from sqlalchemy.sql.selectable import CompoundSelect, ScalarSelect

from cic_cases.bookings.tables import (
    centre,
    closure,
    duty,
    duty_language,
    duty_service,
    exception,
    opening_date,
    opening_hours,
    region,
    resource,
    room,
    service,
    staff,
    staff_language,
)
from cic_cases.calendar.models import DutyKind
from cic_cases.centres.models import Centre, HowBooked

Rows = Select[*tuple[Any, ...]]


def _several(name: str) -> BindParameter[Any]:
    return bindparam(name, expanding=True)


def _words(column: Any, whose: Any) -> ScalarSelect[str]:
    """A few short words in one value, so that rows do not multiply."""
    return select(func.aggregate_strings(column, " ")).where(whose).scalar_subquery()


OF_DUTY = _words(duty_language.c.language, duty_language.c.duty_id == duty.c.id)
OF_STAFF = _words(staff_language.c.language, staff_language.c.staff_id == staff.c.id)
ABOUT_STAFF = (
    staff.c.id.label("member_id"),
    staff.c.key.label("member_key"),
    staff.c.initials,
    staff.c.resource_id,
    resource.c.version,
    staff.c.institution_id,
    staff.c.disabled_at.label("gone"),
    OF_STAFF.label("speaks"),
)
ABOUT_DUTY = (
    duty.c.id,
    duty.c.staff_id,
    duty.c.centre_id,
    duty.c.room_id,
    duty.c.weekday,
    duty.c.starts,
    duty.c.ends,
    duty.c.valid_from,
    duty.c.valid_until,
    duty.c.grid_minutes,
    duty.c.every_weeks,
    duty.c.remote,
    OF_DUTY.label("in_duty"),
    centre.c.slug,
    centre.c.city,
    centre.c.timezone,
    centre.c.region_id,
    region.c.country,
)
ABOUT_EXCEPTION = (
    exception.c.on,
    exception.c.kind,
    exception.c.starts.label("from_time"),
    exception.c.ends.label("until_time"),
    exception.c.room_id.label("other_room"),
    exception.c.staff_id.label("substitute_id"),
)
ABOUT_SERVICE = (
    service.c.id.label("service_id"),
    service.c.key.label("service_key"),
    service.c.minutes,
    duty_service.c.minutes.label("own_minutes"),
    duty_service.c.before_minutes,
    duty_service.c.after_minutes,
    service.c.per_person,
    service.c.notice_minutes,
    service.c.horizon_days,
    service.c.specialists,
    service.c.position,
)
THESE_DAYS: tuple[Any, Any] = (bindparam("first_day"), bindparam("last_day"))


def _duties(*more: Any) -> Rows:
    """Duties of some days with the member, the centre and the exceptions on these days."""
    first_day, last_day = THESE_DAYS
    in_these_days = exception.c.on.between(first_day, last_day)
    return (
        select(*ABOUT_DUTY, *ABOUT_STAFF, *ABOUT_EXCEPTION, *more)
        .select_from(duty)
        .join(staff, staff.c.id == duty.c.staff_id)
        .join(resource, resource.c.id == staff.c.resource_id)
        .join(centre, centre.c.id == duty.c.centre_id)
        .join(region, region.c.id == centre.c.region_id)
        .outerjoin(exception, (exception.c.duty_id == duty.c.id) & in_these_days)
        .where(
            duty.c.weekday.in_(_several("weekdays")),
            duty.c.valid_from <= last_day,
            duty.c.valid_until.is_(None) | (duty.c.valid_until >= first_day),
            centre.c.active.is_(True),
        )
    )


def _receiving(of_one: bool) -> Rows:
    """Duties in which a service is given; `of_one` keeps to one specialist and their partners."""
    wanted = (
        _duties(*ABOUT_SERVICE)
        .join(duty_service, duty_service.c.duty_id == duty.c.id)
        .join(service, service.c.id == duty_service.c.service_id)
        .where(duty.c.kind == DutyKind.RECEIVES, service.c.active.is_(True))
    )
    if not of_one:
        return wanted
    standing_in = (
        select(exception.c.duty_id)
        .join(staff, staff.c.id == exception.c.staff_id)
        .where(staff.c.key == bindparam("member"), exception.c.on.between(*THESE_DAYS))
    )
    return wanted.where(
        or_(
            staff.c.key == bindparam("member"),
            service.c.specialists > 1,
            duty.c.id.in_(standing_in),
        )
    )


@lru_cache(maxsize=2)
def offers(of_one: bool) -> Rows:
    """Who gives some services in some centres, by id."""
    return _receiving(of_one).where(
        duty_service.c.service_id.in_(_several("services")),
        duty.c.centre_id.in_(_several("centres")),
    )


@lru_cache(maxsize=1)
def offers_of_slot() -> Rows:
    """Who gives what a slot's key names, within the regions of some centres, and its days.

    One statement: each of the few duties beside each row of `days_and_rooms` of that centre, whose
    columns come last; and the centre itself, which whoever books needs as well.
    """
    here = select(centre.c.id).where(centre.c.slug == bindparam("centre")).correlate(None)
    days = _days_and_rooms(here).subquery("days")
    regions = select(centre.c.region_id).where(centre.c.id.in_(_several("own_centres")))
    wanted = _receiving(of_one=True).where(
        service.c.key == bindparam("service"),
        service.c.booking == HowBooked.SLOT,
        service.c.region_id == centre.c.region_id,
        centre.c.slug == bindparam("centre"),
        centre.c.region_id.in_(regions.correlate(None)),
    )
    return wanted.outerjoin(days, true()).add_columns(Centre, *days.c)


@lru_cache(maxsize=1)
def interpreting() -> Rows:
    """Interpreters' duties in some centres, and remote ones in their regions."""
    regions = select(centre.c.region_id).where(centre.c.id.in_(_several("centres"))).correlate(None)
    return _duties().where(
        duty.c.kind == DutyKind.INTERPRETS,
        duty.c.centre_id.in_(_several("centres")) | duty.c.remote.is_(True),
        centre.c.region_id.in_(regions),
    )


@lru_cache(maxsize=1)
def members() -> Rows:
    """Members of staff by id, for those who stand in."""
    wanted = select(*ABOUT_STAFF).join(resource, resource.c.id == staff.c.resource_id)
    return wanted.where(staff.c.id.in_(_several("members")))


CLOSED, OPEN, OPEN_ON, ROOM = "closed", "open", "open-on", "room"
DAY_COLUMNS = 10
NO_DAY, NO_TIME, NONE = cast(null(), Date), cast(null(), Time), literal(0)


@lru_cache(maxsize=1)
def days_and_rooms() -> CompoundSelect[*tuple[Any, ...]]:
    """Closures, opening hours of weekdays and dates, and rooms in use, in one statement.

    Columns: what, centre, institution or weekday, room, first and last day or date, opens and
    closes, label, resource.
    """
    return _days_and_rooms(_several("centres"))


def _days_and_rooms(centres: Any) -> CompoundSelect[*tuple[Any, ...]]:
    first_day, last_day = THESE_DAYS
    closures = _row(
        CLOSED,
        closure.c.centre_id,
        closure.c.institution_id,
        closure.c.room_id,
        days=(closure.c.first_day, closure.c.last_day),
    ).where(
        closure.c.first_day <= last_day,
        closure.c.last_day >= first_day,
        closure.c.centre_id.is_(None) | closure.c.centre_id.in_(centres),
    )
    hours = (opening_hours.c.opens, opening_hours.c.closes)
    week = _row(OPEN, opening_hours.c.centre_id, opening_hours.c.weekday, hours=hours)
    dates = _row(
        OPEN_ON,
        opening_date.c.centre_id,
        days=(opening_date.c.on, opening_date.c.on),
        hours=(opening_date.c.opens, opening_date.c.closes),
    ).where(opening_date.c.centre_id.in_(centres), opening_date.c.on.between(first_day, last_day))
    rooms = _row(ROOM, room.c.centre_id, NONE, room.c.id, more=(room.c.label, room.c.resource_id))
    return union_all(
        closures,
        week.where(opening_hours.c.centre_id.in_(centres)),
        dates,
        rooms.where(room.c.centre_id.in_(centres), room.c.active.is_(True)),
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
    values = (literal(what), centre, number, room, *days, *hours, *more)
    return select(*(v.label(f"day_{place}") for place, v in enumerate(values)))


@lru_cache(maxsize=1)
def places() -> Rows:
    """The centres of the regions of some centres, each with the services of a key booked there."""
    own = select(centre.c.region_id).where(centre.c.id.in_(_several("own_centres")))
    given = (
        (service.c.region_id == centre.c.region_id)
        & (service.c.key == bindparam("service"))
        & (service.c.booking == HowBooked.SLOT)
        & service.c.active.is_(True)
    )
    return (
        select(centre.c.id, centre.c.slug, centre.c.timezone, service.c.id.label("service_id"))
        .select_from(centre)
        .outerjoin(service, given)
        .where(centre.c.active.is_(True), centre.c.region_id.in_(own.correlate(None)))
        .order_by(centre.c.region_id, centre.c.slug)
    )
