"""Free time, computed and never stored: a constant number of range queries, then a sweep.

One `Roster` is read, which holds all that decides whether a moment is offered; days are expanded
lazily, until enough slots are found.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from cic_cases.bookings.roster import Offer, Roster, Search
from cic_cases.bookings.slots import Slot
from cic_cases.calendar.models import (
    Closure,
    Duty,
    DutyException,
    DutyService,
    ExceptionKind,
    Occupancy,
)
from cic_cases.calendar.rules import Change, ClosedDays, DutyRule
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre, Region, Room, Service
from cic_cases.foundation.clock import zone
from cic_cases.foundation.intervals import Interval
from cic_cases.foundation.localtime import local_day
from cic_cases.people.models import Staff, StaffLanguage

__all__ = ["Roster", "Search", "first_free", "free_per_day", "free_slots", "roster", "rule_of"]
ONE_DAY = timedelta(days=1)


def roster(session: Session, search: Search, at: datetime, *, taken: bool = False) -> Roster:
    """Read all that decides, in a constant number of statements.

    With `taken` it is only for slots that may be taken: what is occupied is not read.
    """
    rows = _duty_rows(session, search)
    spoken = _languages(session, {row.Duty.staff_id for row in rows})
    rows = [row for row in rows if _can_talk(search, spoken[row.Duty.staff_id])]
    changes = _changes(session, [row.Duty.id for row in rows], search)
    rooms = _rooms(session, search.centre_ids)
    offers = tuple(_offer(row, changes[row.Duty.id], spoken[row.Duty.staff_id]) for row in rows)
    resources = {offer.staff_resource for offer in offers} | {rooms[r][1] for r in rooms}
    if search.person is not None:
        resources.add(search.person)
    return Roster(
        search=search,
        offers=offers,
        rooms=rooms,
        hours=centres.opening(session, search.centre_ids, search.first_day, search.last_day),
        closures=_closures(session, search),
        busy=_busy(session, resources, search, at) if offers and not taken else {},
    )


def _can_talk(search: Search, languages: tuple[str, ...]) -> bool:
    return search.language is None or search.interpreter or search.language in languages


def _duty_rows(session: Session, search: Search) -> list[Row[Duty, Staff, Centre, str, Service]]:
    wanted = (
        select(Duty, Staff, Centre, Region.country, Service)
        .join(DutyService, DutyService.duty_id == Duty.id)
        .join(Service, Service.id == DutyService.service_id)
        .join(Staff, Staff.id == Duty.staff_id)
        .join(Centre, Centre.id == Duty.centre_id)
        .join(Region, Region.id == Centre.region_id)
        .where(
            DutyService.service_id.in_(search.service_ids),
            Duty.centre_id.in_(search.centre_ids),
            Duty.valid_from <= search.last_day,
            (Duty.valid_until.is_(None)) | (Duty.valid_until >= search.first_day),
            Staff.disabled_at.is_(None),
            Service.active.is_(True),
            Centre.active.is_(True),
        )
        .order_by(Duty.id, Service.position)
    )
    if search.specialist_key is not None:
        wanted = wanted.where(Staff.key == search.specialist_key)
    return list(session.execute(wanted).all())


def _offer(
    row: Row[Duty, Staff, Centre, str, Service],
    changes: Mapping[date, Change],
    languages: tuple[str, ...],
) -> Offer:
    duty, staff, centre, country, service = row
    return Offer(
        rule=rule_of(duty, staff.institution_id, zone(centre.timezone), changes),
        service_id=service.id,
        service_key=service.key,
        minutes=service.minutes,
        staff_key=staff.key,
        initials=staff.initials,
        staff_resource=staff.resource_id,
        languages=languages,
        centre_slug=centre.slug,
        city=centre.city,
        timezone=centre.timezone,
        country=country,
        per_person=service.per_person,
    )


def rule_of(
    duty: Duty, institution_id: int | None, local: ZoneInfo, changes: Mapping[date, Change]
) -> DutyRule:
    """The duty's row as a value for the rules."""
    return DutyRule(
        id=duty.id,
        staff_id=duty.staff_id,
        centre_id=duty.centre_id,
        room_id=duty.room_id,
        institution_id=institution_id,
        weekday=duty.weekday,
        hours=(duty.starts, duty.ends),
        valid_from=duty.valid_from,
        valid_until=duty.valid_until,
        grid_minutes=duty.grid_minutes,
        zone=local,
        changes=changes,
        every_weeks=duty.every_weeks,
    )


def _languages(session: Session, staff_ids: set[int]) -> dict[int, tuple[str, ...]]:
    rows = session.execute(
        select(StaffLanguage.staff_id, StaffLanguage.language)
        .where(StaffLanguage.staff_id.in_(staff_ids))
        .order_by(StaffLanguage.language)
    )
    spoken: dict[int, tuple[str, ...]] = dict.fromkeys(staff_ids, ())
    for staff_id, language in rows:
        spoken[staff_id] += (language,)
    return spoken


def _changes(
    session: Session, duty_ids: Iterable[int], search: Search
) -> Mapping[int, Mapping[date, Change]]:
    rows = session.scalars(
        select(DutyException).where(
            DutyException.duty_id.in_(list(duty_ids)),
            DutyException.on.between(search.first_day, search.last_day),
        )
    )
    changes: dict[int, dict[date, Change]] = defaultdict(dict)
    for row in rows:
        hours = (row.starts, row.ends) if row.starts and row.ends else None
        cancelled = row.kind is ExceptionKind.CANCELLED
        changes[row.duty_id][row.on] = Change(cancelled, hours, row.room_id, row.staff_id)
    return changes


def _rooms(session: Session, centre_ids: frozenset[int]) -> dict[int, tuple[str, int]]:
    rows = session.execute(
        select(Room.id, Room.label, Room.resource_id).where(
            Room.centre_id.in_(centre_ids), Room.active
        )
    )
    return {row.id: (row.label, row.resource_id) for row in rows}


def _closures(session: Session, search: Search) -> tuple[ClosedDays, ...]:
    rows = session.scalars(
        select(Closure).where(
            Closure.first_day <= search.last_day,
            Closure.last_day >= search.first_day,
            Closure.centre_id.is_(None) | Closure.centre_id.in_(search.centre_ids),
        )
    )
    return tuple(
        ClosedDays(c.centre_id, c.institution_id, c.first_day, c.last_day, c.room_id) for c in rows
    )


def _busy(
    session: Session, resource_ids: set[int], search: Search, at: datetime
) -> dict[int, list[Interval]]:
    earliest = datetime.combine(search.first_day - ONE_DAY, time(), tzinfo=at.tzinfo)
    latest = datetime.combine(search.last_day + 2 * ONE_DAY, time(), tzinfo=at.tzinfo)
    wanted = select(Occupancy.resource_id, Occupancy.starts_at, Occupancy.ends_at).where(
        Occupancy.resource_id.in_(resource_ids),
        Occupancy.ends_at > max(earliest, at),
        Occupancy.starts_at < latest,
        Occupancy.expires_at.is_(None) | (Occupancy.expires_at > at),
    )
    if search.moving is not None:
        not_its_own = Occupancy.booking_id.is_(None) | (Occupancy.booking_id != search.moving)
        wanted = wanted.where(not_its_own)
    busy: dict[int, list[Interval]] = defaultdict(list)
    for row in session.execute(wanted):
        busy[row.resource_id].append(Interval(row.starts_at, row.ends_at))
    return busy


def days(search: Search, at: datetime, local: ZoneInfo) -> Iterator[date]:
    """The days of a search that are not over yet, in order."""
    day = max(search.first_day, local_day(at, local))
    while day <= search.last_day:
        yield day
        day += ONE_DAY


def free_slots(
    session: Session, search: Search, at: datetime, *, limit: int | None = None
) -> list[Slot]:
    """The earliest slots that can still be booked at `at`; expands days until `limit` is met."""
    known = roster(session, search, at)
    found: list[Slot] = []
    for day in _search_days(known, at):
        found += known.slots(day, at)
        if limit is not None and len(found) >= limit:
            return found[:limit]
    return found


def first_free(session: Session, search: Search, at: datetime) -> dict[int, Slot]:
    """The earliest free slot of each service of the search; services without any are missing."""
    known = roster(session, search, at)
    found: dict[int, Slot] = {}
    offered = {offer.service_id for offer in known.offers}
    for day in _search_days(known, at):
        for slot in known.slots(day, at):
            found.setdefault(slot.service_id, slot)
        if found.keys() == offered:
            break
    return found


def free_per_day(session: Session, search: Search, at: datetime) -> dict[date, int]:
    """How many slots are free on each day of the search; days without any are 0."""
    known = roster(session, search, at)
    count = dict.fromkeys(_search_days(known, at), 0)
    return {day: len(known.slots(day, at)) for day in count}


def _search_days(known: Roster, at: datetime) -> Iterator[date]:
    earliest_zone = known.offers[0].rule.zone if known.offers else zone("UTC")
    return days(known.search, at, earliest_zone)
