"""The duties of some centres over some days, read once, and which appointments stand on them.

Whoever changes a roster, draws it or copies it asks here; free time is `availability`'s.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from cic_cases.bookings.models import Booking
from cic_cases.bookings.rules import LIVE
from cic_cases.bookings.statuses import Status
from cic_cases.calendar import duties
from cic_cases.calendar.models import (
    Closure,
    Duty,
    DutyException,
    DutyKind,
    DutyLanguage,
    DutyService,
)
from cic_cases.calendar.public_holidays import is_public_holiday
from cic_cases.calendar.rules import (
    Change,
    ClosedDays,
    DutyRule,
    NotHeld,
    Stretch,
    held_on,
    substituted,
)
from cic_cases.calendar.service import change_of
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre, Region
from cic_cases.foundation.clock import zone
from cic_cases.foundation.intervals import Interval
from cic_cases.foundation.localtime import local_day
from cic_cases.people.models import Staff

TAKEN = (*LIVE, Status.DONE, Status.NO_SHOW)


@dataclass(frozen=True, slots=True)
class Entry:
    """One duty with what is given in it; `services` maps ids to own minutes, before, after."""

    rule: DutyRule
    kind: DutyKind
    remote: bool
    country: str
    services: Mapping[int, tuple[int | None, int, int]]
    languages: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """Everything that decides on which dates the duties are held."""

    entries: tuple[Entry, ...]
    offices: Mapping[int, int | None]  # the institution of each member of staff that stands in
    hours: centres.Hours
    closures: tuple[ClosedDays, ...]
    zones: Mapping[int, ZoneInfo]

    @property
    def staff_ids(self) -> frozenset[int]:
        """Everybody who holds one of the duties, on every date or on one."""
        return frozenset(entry.rule.staff_id for entry in self.entries) | self.offices.keys()

    def held(self, day: date) -> Iterator[tuple[Entry, DutyRule, Stretch | NotHeld]]:
        """What becomes of each duty on `day`; a substitute's date comes with the one-day rule."""
        for entry in self.entries:
            yield entry, entry.rule, self._on(entry, entry.rule, day)
            change = entry.rule.changes.get(day)
            office = self.offices.get(change.staff_id or 0) if change else None
            if rule := substituted(entry.rule, day, office):
                yield entry, rule, self._on(entry, rule, day)

    def of_member(self, staff_id: int, day: date) -> list[tuple[Entry, Stretch]]:
        """What somebody holds on `day`, also in another's place, the earliest first."""
        held = [
            (entry, one)
            for entry, _rule, one in self.held(day)
            if isinstance(one, Stretch) and one.rule.staff_id == staff_id
        ]
        return sorted(held, key=lambda pair: pair[1].time.start)

    def uncancelled(self, entry: Entry, rule: DutyRule, day: date) -> Stretch | NotHeld:
        """What would become of `rule` on `day` if nothing were other on that date."""
        return self._on(entry, replace(rule, changes={}), day)

    def _on(self, entry: Entry, rule: DutyRule, day: date) -> Stretch | NotHeld:
        opening = self.hours.on(rule.centre_id, day)
        return held_on(rule, day, opening, self.closures, is_public_holiday(entry.country, day))

    def standing(self, bookings: Iterable[Booking]) -> frozenset[int]:
        """The ids of those appointments that stand on duties: of all whom they need."""
        days: dict[date, list[tuple[Entry, Stretch]]] = {}
        found = []
        for booking in bookings:
            day = local_day(booking.starts_at, self.zones[booking.centre_id])
            if day not in days:
                held = [(entry, one) for entry, _, one in self.held(day)]
                days[day] = [(entry, one) for entry, one in held if isinstance(one, Stretch)]
            if _stands(booking, days[day]):
                found.append(booking.id)
        return frozenset(found)

    def stretch_for(self, duty_id: int, booking: Booking) -> Stretch | None:
        """The stretch of this duty, whoever holds it, in which the appointment could be."""
        time = Interval(booking.starts_at, booking.ends_at)
        for entry, _, held in self.held(local_day(time.start, self.zones[booking.centre_id])):
            if (
                isinstance(held, Stretch)
                and held.rule.id == duty_id
                and booking.service_id in entry.services
                and held.rule.centre_id == booking.centre_id
                and held.time.covers(time)
            ):
                return held
        return None

    def is_with(self, duty_id: int, booking: Booking) -> bool:
        """Whether the appointment is in this duty, with whoever holds it that day."""
        held = self.stretch_for(duty_id, booking)
        return held is not None and held.rule.staff_id == booking.staff_id


def _stands(booking: Booking, held: list[tuple[Entry, Stretch]]) -> bool:
    time = Interval(booking.starts_at, booking.ends_at)
    over = [(entry, one) for entry, one in held if one.time.covers(time)]
    given = {
        one.rule.staff_id
        for entry, one in over
        if booking.service_id in entry.services and one.rule.centre_id == booking.centre_id
    }
    spoken = {
        one.rule.staff_id
        for entry, one in over
        if entry.kind is DutyKind.INTERPRETS
        and (entry.remote or one.rule.centre_id == booking.centre_id)
    }
    return (
        booking.staff_id in given
        and booking.second_staff_id in {None, *given}
        and booking.interpreter_id in {None, *spoken}
    )


def read(session: Session, centre_ids: Iterable[int], first_day: date, last_day: date) -> Plan:
    """The plan of these centres and days in a constant number of statements."""
    chosen = list(centre_ids)
    rows = session.execute(
        select(Duty, Staff.institution_id, Centre.timezone, Region.country)
        .join(Staff, Staff.id == Duty.staff_id)
        .join(Centre, Centre.id == Duty.centre_id)
        .join(Region, Region.id == Centre.region_id)
        .where(
            Duty.centre_id.in_(chosen),
            Duty.valid_from <= last_day,
            (Duty.valid_until.is_(None)) | (Duty.valid_until >= first_day),
            Staff.disabled_at.is_(None),
        )
        .order_by(Duty.id)
    ).all()
    ids = [row.Duty.id for row in rows]
    services, languages = _services(session, ids), _languages(session, ids)
    changes = changes_of(session, ids, first_day, last_day)
    entries = tuple(
        Entry(
            rule=duties.rule_of(duty, office, zone(timezone), changes[duty.id]),
            kind=duty.kind,
            remote=duty.remote,
            country=country,
            services=services[duty.id],
            languages=tuple(languages[duty.id]),
        )
        for duty, office, timezone, country in rows
    )
    standing_in = {c.staff_id for one in changes.values() for c in one.values() if c.staff_id}
    offices = select(Staff.id, Staff.institution_id).where(Staff.id.in_(standing_in))
    return Plan(
        entries=entries,
        offices={row.id: row.institution_id for row in session.execute(offices)},
        hours=centres.opening(session, chosen, first_day, last_day),
        closures=tuple(closed_days(row) for row in closures(session, chosen, first_day, last_day)),
        zones={centre.id: zone(centre.timezone) for centre in centres.centres_in(session, chosen)},
    )


def taken(
    session: Session, staff_ids: Iterable[int], time: Interval
) -> Mapping[int, Sequence[datetime]]:
    """When each of these has, or had, somebody with them, by the start. One statement."""
    chosen = list(staff_ids)
    with_them = (Booking.staff_id, Booking.second_staff_id, Booking.interpreter_id)
    rows = session.execute(
        select(Booking.starts_at, *with_them).where(
            or_(*(one.in_(chosen) for one in with_them)),
            Booking.starts_at >= time.start,
            Booking.starts_at < time.end,
            Booking.status.in_(TAKEN),
        )
    )
    found: dict[int, list[datetime]] = defaultdict(list)
    for starts_at, *people in rows:
        for staff_id in people:
            if staff_id is not None:
                found[staff_id].append(starts_at)
    return found


def changes_of(
    session: Session, duty_ids: Iterable[int], first_day: date, last_day: date
) -> Mapping[int, Mapping[date, Change]]:
    """What is other on single dates of these duties. One statement."""
    rows = session.scalars(
        select(DutyException).where(
            DutyException.duty_id.in_(list(duty_ids)), DutyException.on.between(first_day, last_day)
        )
    )
    changes: dict[int, dict[date, Change]] = defaultdict(dict)
    for row in rows:
        changes[row.duty_id][row.on] = change_of(row)
    return changes


def closures(
    session: Session, centre_ids: Iterable[int], first_day: date, last_day: date
) -> list[Closure]:
    """Closures that touch these days in these centres, or everywhere, by day. One statement."""
    wanted = select(Closure).where(
        Closure.first_day <= last_day,
        Closure.last_day >= first_day,
        Closure.centre_id.is_(None) | Closure.centre_id.in_(list(centre_ids)),
    )
    return list(session.scalars(wanted.order_by(Closure.first_day, Closure.id)))


def closed_days(row: Closure) -> ClosedDays:
    """The row as a value for the rules."""
    return ClosedDays(
        row.centre_id, row.institution_id, row.first_day, row.last_day, room_id=row.room_id
    )


def _services(
    session: Session, duty_ids: list[int]
) -> Mapping[int, dict[int, tuple[int | None, int, int]]]:
    found: dict[int, dict[int, tuple[int | None, int, int]]] = defaultdict(dict)
    for row in session.scalars(select(DutyService).where(DutyService.duty_id.in_(duty_ids))):
        found[row.duty_id][row.service_id] = (row.minutes, row.before_minutes, row.after_minutes)
    return found


def _languages(session: Session, duty_ids: list[int]) -> Mapping[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    wanted = select(DutyLanguage).where(DutyLanguage.duty_id.in_(duty_ids))
    for row in session.scalars(wanted.order_by(DutyLanguage.language)):
        found[row.duty_id].append(row.language)
    return found
