"""Changing the rosters: checked, and never unseen by those who have appointments.

`displaced` tells whom a change would leave without their time, by doing it and taking it back;
`apply` does it. Appointments that a substitute or another room can take go over on the way.
"""

from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from cic_cases.bookings import duty_plan, reassign, roster_guard, roster_standing
from cic_cases.bookings import roster_checks as checks
from cic_cases.bookings import roster_reach as reach
from cic_cases.bookings.models import Booking, Disruption
from cic_cases.bookings.statuses import Status
from cic_cases.bookings.tries import tried
from cic_cases.calendar import duties, guard, service
from cic_cases.calendar.changes import (
    AT_ONCE,
    Closing,
    DateHours,
    Ending,
    OneDate,
    Reopening,
    Replacing,
    RosterChange,
    WeekHours,
)
from cic_cases.calendar.duties import DutyWish
from cic_cases.calendar.models import Closure, Duty
from cic_cases.calendar.rules import Change, ClosedDays, NotHeld
from cic_cases.centres import hours as opening_hours
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Institution, Room
from cic_cases.foundation.errors import N_, NotFound, Refusal
from cic_cases.privacy.actor import Scope

ONE_DAY = timedelta(days=1)


def add(session: Session, wish: DutyWish, *, scope: Scope, at: datetime, by: int) -> Duty:
    """Enter a new duty, or refuse with the field that is wrong."""
    reach.within(wish.centre_id, scope)
    checks.check_wish(session, wish, at)
    return service.add_duty(session, wish, at=at, by=by)


def apply(
    session: Session, change: RosterChange, *, scope: Scope, at: datetime, by: int
) -> int | None:
    """Do the change with all its checks; the id of the duty or closure it made or changed.

    Appointments whose substitute is free go over; times held that are on no duty any more end.
    Whoever is left stays as they were: ask `displaced` first. Raises refusals, or `NotFound` for
    what is not one's to change.
    """
    centre_id = reach.centre_of(session, change, scope)
    still = _stand_still(session, centre_id, change, at)
    coming = roster_standing.coming(session, centre_id, change, at)
    held = [one for one in coming if one.status is Status.HELD]
    if isinstance(change, OneDate | Replacing) or held:
        made = _do_over(session, change, centre_id, coming, scope, at, by)
    else:
        made = _do(session, change, scope, at, by)
    guard.outdate(session, still)
    return made


def _stand_still(session: Session, centre_id: int, change: RosterChange, at: datetime) -> set[int]:
    region = centres.region_of(session, centre_id)
    return roster_guard.stand_still(session, change, region.id, at)


def _do_over(
    session: Session,
    change: RosterChange,
    centre_id: int,
    coming: list[Booking],
    scope: Scope,
    at: datetime,
    by: int,
) -> int | None:
    """Do it under appointments: some go over, and times held that are on no duty now end."""
    before = roster_standing.plan(session, centre_id, coming, at)
    stood = before.standing(coming)
    mine: list[Booking] = []
    if isinstance(change, OneDate | Replacing):
        booked = [one for one in coming if one.status is Status.BOOKED]
        mine = [one for one in booked if before.is_with(change.duty_id, one)]
    made = _do(session, change, scope, at, by)
    session.flush()
    after = roster_standing.plan(session, centre_id, coming, at)
    if made is not None and mine:
        _carry_over(session, after, made, mine, at, by)
    lost = stood - after.standing(coming)
    ended = [one for one in coming if one.id in lost and one.status is Status.HELD]
    roster_guard.end_holds(session, ended, at=at, by=by)
    return made


class PeopleAffected(Refusal):
    """Somebody has an appointment that the change would leave without its time."""

    msgid = N_("Appointments are affected by this change. Check the list and confirm.")
    status = 409

    def __init__(self, number: int) -> None:
        super().__init__(number=number)


def apply_if_nobody(
    session: Session, change: RosterChange, *, scope: Scope, at: datetime, by: int
) -> int | None:
    """`apply`, or `PeopleAffected` when somebody would lose their time: nothing is saved then."""
    if lost := displaced(session, change, scope=scope, at=at, by=by):
        raise PeopleAffected(len(lost))
    return apply(session, change, scope=scope, at=at, by=by)


def displaced(
    session: Session, change: RosterChange, *, scope: Scope, at: datetime, by: int
) -> list[Booking]:
    """The appointments that stand on a duty now and would not after the change, by time.

    Nothing is changed. Raises what `apply` raises.
    """
    centre_id = reach.centre_of(session, change, scope)
    _stand_still(session, centre_id, change, at)
    coming = roster_standing.coming(session, centre_id, change, at)
    bookings = [one for one in coming if one.status is Status.BOOKED]
    before = roster_standing.plan(session, centre_id, bookings, at).standing(bookings)
    with tried(session):
        apply(session, change, scope=scope, at=at, by=by)
        after = roster_standing.plan(session, centre_id, bookings, at).standing(bookings)
    lost = before - after
    return [booking for booking in bookings if booking.id in lost]


def _carry_over(
    session: Session, plan: duty_plan.Plan, duty_id: int, mine: list[Booking], at: datetime, by: int
) -> None:
    """Move the duty's appointments to whoever holds it now, and to its room, where that works."""
    groups: dict[reassign.Place, list[Booking]] = {}
    for booking in mine:
        held = plan.stretch_for(duty_id, booking)
        if held is None:
            continue
        place = reassign.Place(held.rule.staff_id, held.room_id)
        if place != reassign.Place(booking.staff_id, booking.room_id):
            groups.setdefault(place, []).append(booking)
    for place, group in groups.items():
        reassign.all_to(session, group, place, at=at, by=by)


def _do(session: Session, change: RosterChange, scope: Scope, at: datetime, by: int) -> int | None:
    match change:
        case OneDate():
            return _one_date(session, change, scope, at, by)
        case Ending(duty_id, last_day):
            return _end(session, reach.duty_in(session, duty_id, scope), last_day, at, by)
        case Replacing():
            return _replace(session, change, scope, at, by)
        case Closing(closed, reason):
            _check_closed(session, closed)
            return service.add_closure(session, closed, reason, at=at, by=by).id
        case Reopening(closure_id):
            return _reopen(session, reach.closure_in(session, closure_id, scope), at, by)
        case WeekHours(centre_id, weekday, hours):
            opening_hours.set_week(session, centre_id, weekday, hours, at=at, by=by)
        case DateHours(centre_id, on, hours):
            if on < checks.today_in(session, centre_id, at):
                raise duties.AlreadyOver()
            opening_hours.set_date(session, centre_id, on, hours, at=at, by=by)
    return None


def _one_date(session: Session, change: OneDate, scope: Scope, at: datetime, by: int) -> int:
    duty = reach.duty_in(session, change.duty_id, scope)
    if change.on < checks.today_in(session, duty.centre_id, at):
        raise duties.AlreadyOver()
    _check_held(session, duty, change.on)
    wanted = change.change
    if wanted is None or not wanted.cancelled:
        if wanted is not None and wanted == Change():
            raise duties.Unchanged()
        if wanted is not None and wanted.staff_id == duty.staff_id:
            raise duties.SameSpecialist()
        checks.check_date(session, duty, change.on, wanted or Change(), at)
    service.change_occurrence(session, duty, change.on, wanted, at=at, by=by)
    return duty.id


def _check_held(session: Session, duty: Duty, on: date) -> None:
    """Refuse a date on which the rule is not held: another day, a holiday, a closure."""
    plan = duty_plan.read(session, [duty.centre_id], on, on)
    held = [one for entry, rule, one in plan.held(on) if rule.id == duty.id]
    never = (NotHeld.OTHER_DAY, NotHeld.HOLIDAY, NotHeld.CENTRE_CLOSED, NotHeld.INSTITUTION_CLOSED)
    if not held or held[0] in never:
        raise duties.NotHeldThatDay()


def _end(session: Session, duty: Duty, last_day: date, at: datetime, by: int) -> int | None:
    """End it; one that would have ended before its first day is held no more at all."""
    yesterday = checks.today_in(session, duty.centre_id, at) - ONE_DAY
    if last_day == AT_ONCE:
        last_day = yesterday
    if last_day < yesterday:
        raise duties.AlreadyOver()
    if last_day >= duty.valid_from:
        service.end_duty(session, duty, last_day, at=at, by=by)
        return duty.id
    caused = update(Disruption).where(Disruption.duty_id == duty.id)
    session.execute(caused.values(duty_id=None))
    service.remove_duty(session, duty, at=at, by=by)
    return None


def _replace(session: Session, change: Replacing, scope: Scope, at: datetime, by: int) -> int:
    """Another rule from `first_day` on, or as a whole; the days before stay as they were."""
    duty = reach.duty_in(session, change.duty_id, scope)
    if change.wish.centre_id != duty.centre_id:
        raise NotFound()
    first = change.first_day
    today = checks.today_in(session, duty.centre_id, at)
    if first is not None and first < today:
        raise duties.AlreadyOver()
    if first is None or first <= duty.valid_from:
        checks.check_wish(session, change.wish, at, replaced=duty.id)
        service.change_duty(session, duty, change.wish, at=at, by=by)
        return duty.id
    wish = replace(change.wish, valid_from=max(first, change.wish.valid_from))
    checks.check_wish(session, wish, at, replaced=duty.id)
    return service.split_duty(session, duty, first, wish, at=at, by=by).id


def _check_closed(session: Session, closed: ClosedDays) -> None:
    """A closure's room is one of its centre; `NotFound`."""
    room = session.get(Room, closed.room_id) if closed.room_id else None
    if closed.room_id and (room is None or room.centre_id != closed.centre_id):
        raise NotFound()
    if closed.institution_id and session.get(Institution, closed.institution_id) is None:
        raise NotFound()


def _reopen(session: Session, closure: Closure, at: datetime, by: int) -> int:
    """Take the closure back; a disruption it caused keeps its own account of it."""
    caused = update(Disruption).where(Disruption.closure_id == closure.id)
    session.execute(caused.values(closure_id=None))
    closure_id = closure.id
    centre_id = closure.centre_id or _first_centre(session, closure)
    today = checks.today_in(session, centre_id, at)
    service.remove_closure(session, closure, today, at=at, by=by)
    return closure_id


def _first_centre(session: Session, closure: Closure) -> int:
    office = session.get_one(Institution, closure.institution_id)
    return min(c.id for c in centres.all_centres(session, region_id=office.region_id))
