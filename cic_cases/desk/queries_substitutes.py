"""Who could hold a duty instead of somebody: those free at that time come first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from cic_cases.bookings import duty_plan
from cic_cases.calendar.models import Duty, DutyKind, DutyService, Occupancy
from cic_cases.calendar.rules import Hours, Stretch
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre
from cic_cases.foundation.clock import zone
from cic_cases.foundation.intervals import Interval
from cic_cases.foundation.localtime import SkippedHour, instant
from cic_cases.people.models import Staff, StaffGrant, StaffLanguage
from cic_cases.privacy.roles import SPECIALISTS, Role


@dataclass(frozen=True)
class Candidate:
    """Somebody who gives the same help: in which languages, and whether they are free then."""

    staff_id: int
    initials: str
    languages: tuple[str, ...]
    free: bool


def candidates(session: Session, duty: Duty, on: date, hours: Hours) -> list[Candidate]:
    """Who could stand in on `on` at `hours`: the same role or services, the same institution.

    In a constant number of statements; those free then come first.
    """
    centre = session.get_one(Centre, duty.centre_id)
    people = _similar(session, duty, centre)
    spoken = _languages(session, [one.id for one in people])
    busy = _busy(session, centre, people, on, hours)
    found = [
        Candidate(one.id, one.initials, tuple(spoken.get(one.id, ())), one.id not in busy)
        for one in people
    ]
    return sorted(found, key=lambda one: (not one.free, one.initials, one.staff_id))


def _similar(session: Session, duty: Duty, centre: Centre) -> Sequence[Staff]:
    holder = session.get_one(Staff, duty.staff_id)
    wanted = {Role.INTERPRETER} if duty.kind is DutyKind.INTERPRETS else SPECIALISTS
    own = select(StaffGrant.role).where(
        StaffGrant.staff_id == holder.id, StaffGrant.role.in_(wanted)
    )
    given = select(DutyService.service_id).where(DutyService.duty_id == duty.id)
    givers = (
        select(Duty.staff_id)
        .join(DutyService, DutyService.duty_id == Duty.id)
        .where(DutyService.service_id.in_(given))
    )
    reaches = (StaffGrant.centre_id == centre.id) | (StaffGrant.region_id == centre.region_id)
    people = (
        select(Staff)
        .join(StaffGrant, StaffGrant.staff_id == Staff.id)
        .where(
            reaches,
            StaffGrant.role.in_(wanted),
            or_(StaffGrant.role.in_(own), Staff.id.in_(givers)),
            Staff.id != holder.id,
            Staff.disabled_at.is_(None),
            Staff.institution_id.is_not_distinct_from(holder.institution_id),
        )
        .distinct()
    )
    return session.scalars(people).all()


def _languages(session: Session, staff_ids: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    wanted = select(StaffLanguage).where(StaffLanguage.staff_id.in_(staff_ids))
    for row in session.scalars(wanted.order_by(StaffLanguage.language)):
        found.setdefault(row.staff_id, []).append(row.language)
    return found


def _busy(
    session: Session, centre: Centre, people: Sequence[Staff], on: date, hours: Hours
) -> set[int]:
    """Who has a duty or an appointment at that time; nobody, when the clocks skip it."""
    local = zone(centre.timezone)
    try:
        time = Interval(instant(on, hours[0], local), instant(on, hours[1], local))
    except (SkippedHour, ValueError):
        return set()
    by_resource = {one.resource_id: one.id for one in people}
    taken = select(Occupancy.resource_id).where(
        Occupancy.resource_id.in_(by_resource),
        Occupancy.starts_at < time.end,
        Occupancy.ends_at > time.start,
    )
    busy = {by_resource[resource] for resource in session.scalars(taken)}
    places = [one.id for one in centres.all_centres(session, region_id=centre.region_id)]
    for _, rule, held in duty_plan.read(session, places, on, on).held(on):
        if isinstance(held, Stretch) and held.time.overlaps(time):
            busy.add(rule.staff_id)
    return busy
