"""Whether a duty can be as wished: hours, closures, the clocks; nobody and no room twice."""

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from cic_cases.bookings import duty_plan
from cic_cases.calendar import duties, guard
from cic_cases.calendar.duties import DutyWish
from cic_cases.calendar.models import Duty, DutyException, DutyKind
from cic_cases.calendar.public_holidays import is_public_holiday
from cic_cases.calendar.rules import (
    Change,
    ClosedDays,
    ClosedThatDay,
    DutyRule,
    Hours,
    check_hours,
    dates_of,
    skipped_dates,
)
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre, HowBooked, Room, Service
from cic_cases.foundation.clock import zone
from cic_cases.foundation.errors import NotFound
from cic_cases.foundation.localtime import local_day
from cic_cases.people.models import Staff, StaffGrant
from cic_cases.privacy.roles import SPECIALISTS, Role


class ClosedOnDate(ClosedThatDay):
    """A single date on which the centre is closed."""

    field = "valid_from"


def today_in(session: Session, centre_id: int, at: datetime) -> date:
    """The date in the centre now."""
    return local_day(at, zone_of(session, centre_id))


def zone_of(session: Session, centre_id: int) -> ZoneInfo:
    """The centre's own clock."""
    return zone(session.get_one(Centre, centre_id).timezone)


def check_wish(
    session: Session, wish: DutyWish, at: datetime, *, replaced: int | None = None
) -> None:
    """Refuse a duty that cannot be held as wished, with the field it is about.

    `replaced` is a duty that gives way to this one. Specialist and room are locked first, so two
    people who enter meeting duties come one after the other.
    """
    _check_names(session, wish)
    _lock(session, wish.staff_id, wish.room_id)
    local = zone_of(session, wish.centre_id)
    first = max(wish.valid_from, local_day(at, local))
    hours = centres.opening(session, [wish.centre_id], wish.valid_from, wish.valid_from)
    if wish.single:
        _check_day(session, wish, wish.valid_from)
        opening = hours.on(wish.centre_id, wish.valid_from)
    else:
        opening = hours.week.get((wish.centre_id, wish.weekday))
    check_hours(wish.hours, opening)
    rule = rule_for(wish, local)
    last = min(wish.valid_until or date.max, first + duties.HORIZON)
    if duties.first_date(rule, wish.valid_from) is None:
        raise duties.NeverHeld()
    check_clocks(wish.hours, dates_of(rule, first, last) if first <= last else [], local)
    _check_apart(session, rule, first, replaced=replaced)


def check_date(session: Session, duty: Duty, on: date, change: Change, at: datetime) -> None:
    """Refuse other hours, another room or a substitute that one date of a duty cannot have."""
    wish = wish_on(duty, on, change)
    _check_names(session, wish, services=False)
    _lock(session, wish.staff_id, wish.room_id)
    _check_day(session, wish, on)
    opening = centres.opening(session, [wish.centre_id], on, on).on(wish.centre_id, on)
    check_hours(wish.hours, opening)
    local = zone_of(session, wish.centre_id)
    check_clocks(wish.hours, [on], local)
    _check_apart(session, rule_for(wish, local), on, replaced=duty.id)


def wish_on(duty: Duty, on: date, change: Change) -> DutyWish:
    """One date of a duty, with its change, as a wish for that date alone."""
    return DutyWish(
        staff_id=change.staff_id or duty.staff_id,
        centre_id=duty.centre_id,
        room_id=change.room_id or duty.room_id,
        weekday=on.weekday(),
        hours=change.hours or (duty.starts, duty.ends),
        valid_from=on,
        valid_until=on,
        grid_minutes=duty.grid_minutes,
        kind=duty.kind,
        remote=duty.remote,
    )


def rule_for(wish: DutyWish, local: ZoneInfo) -> DutyRule:
    """The wish as a rule, as if it were held already."""
    return DutyRule(
        id=0,
        staff_id=wish.staff_id,
        centre_id=wish.centre_id,
        room_id=wish.room_id,
        institution_id=None,
        weekday=wish.weekday,
        hours=wish.hours,
        valid_from=wish.valid_from,
        valid_until=wish.valid_until,
        grid_minutes=wish.grid_minutes,
        zone=local,
        changes={},
        every_weeks=wish.every_weeks,
    )


def check_clocks(hours: Hours, days: Iterable[date], local: ZoneInfo) -> None:
    """Refuse hours that the clocks skip on one of these days: `SkippedStart` names it."""
    for day, wall in skipped_dates(hours, days, local):
        raise duties.SkippedStart(day=f"{day:%d.%m.%Y}", time=f"{wall:%H:%M}")


def _check_names(session: Session, wish: DutyWish, *, services: bool = True) -> None:
    """Whatever a form was made to name belongs to the centre, or `NotFound`."""
    centre = session.get(Centre, wish.centre_id)
    room = session.get(Room, wish.room_id) if wish.room_id else None
    if centre is None or (wish.room_id and (room is None or room.centre_id != centre.id)):
        raise NotFound()
    roles = (Role.INTERPRETER,) if wish.kind is DutyKind.INTERPRETS else tuple(SPECIALISTS)
    held = select(StaffGrant.id).where(
        StaffGrant.staff_id == wish.staff_id,
        StaffGrant.role.in_(roles),
        (StaffGrant.centre_id == centre.id) | (StaffGrant.region_id == centre.region_id),
    )
    if session.scalar(held.limit(1)) is None:
        raise NotFound()
    if services and wish.services:
        ids = {one.service_id for one in wish.services}
        given = select(Service.id).where(
            Service.id.in_(ids),
            Service.region_id == centre.region_id,
            Service.booking == HowBooked.SLOT,
        )
        if set(session.scalars(given)) != ids:
            raise NotFound()


def _lock(session: Session, staff_id: int, room_id: int | None) -> None:
    resources = [session.get_one(Staff, staff_id).resource_id]
    if room_id is not None:
        resources.append(session.get_one(Room, room_id).resource_id)
    guard.lock(session, resources)


def _check_day(session: Session, wish: DutyWish, day: date) -> None:
    """Refuse a date on which the centre, the room or the institution is closed."""
    if is_public_holiday(centres.region_of(session, wish.centre_id).country, day):
        raise ClosedOnDate()
    office = session.get_one(Staff, wish.staff_id).institution_id
    shown = f"{day:%d.%m.%Y}"
    for row in duty_plan.closures(session, [wish.centre_id], day, day):
        closed: ClosedDays = duty_plan.closed_days(row)
        if closed.room_id is not None:
            if closed.room_id == wish.room_id:
                raise duties.RoomClosed(day=shown)
        elif closed.institution_id is not None:
            if closed.institution_id == office:
                raise duties.OfficeClosed(day=shown)
        else:
            raise ClosedOnDate()


def _check_apart(session: Session, rule: DutyRule, first: date, *, replaced: int | None) -> None:
    others = _others(session, rule, first, replaced)
    initials = session.get_one(Staff, rule.staff_id).initials
    duties.check_apart(rule, others, initials, first)


def _others(session: Session, rule: DutyRule, first: date, replaced: int | None) -> list[DutyRule]:
    """The duties of the same specialist or the same room, those that stand in there too."""
    touched = select(DutyException.duty_id).where(
        DutyException.on >= first,
        or_(
            DutyException.staff_id == rule.staff_id,
            DutyException.room_id == (rule.room_id or 0),
        ),
    )
    wanted = select(Duty).where(
        or_(
            Duty.staff_id == rule.staff_id,
            Duty.room_id == (rule.room_id or 0),
            Duty.id.in_(touched),
        ),
        Duty.id != (replaced or 0),
        (Duty.valid_until.is_(None)) | (Duty.valid_until >= first),
    )
    if rule.valid_until is not None:
        wanted = wanted.where(Duty.valid_from <= rule.valid_until)
    rows = session.scalars(wanted.order_by(Duty.id)).all()
    last = first + duties.HORIZON
    changes = duty_plan.changes_of(session, [row.id for row in rows], first, last)
    return [duties.rule_of(row, None, rule.zone, changes[row.id]) for row in rows]
