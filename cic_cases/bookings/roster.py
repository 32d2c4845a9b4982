"""What is looked for, what is offered, and the sweep that finds the free times of one day.

A `Roster` is filled by `availability` with a constant number of reads; from here on nothing reads.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cic_cases.bookings import rules
from cic_cases.bookings.slots import Slot, SlotKey
from cic_cases.calendar.guard import Claim
from cic_cases.calendar.public_holidays import is_public_holiday
from cic_cases.calendar.rules import ClosedDays, DutyRule, Stretch, stretch
from cic_cases.centres import queries as centres
from cic_cases.foundation.intervals import Interval
from cic_cases.foundation.localtime import SkippedHour, instant


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for. Days are local to each centre, both included.

    `language` must be spoken by the specialist unless an `interpreter` comes along; times of day
    are local starts; `person` is the case's resource, whose other appointments are avoided.
    """

    service_ids: frozenset[int]
    centre_ids: frozenset[int]
    first_day: date
    last_day: date
    language: str | None = None
    interpreter: bool = False
    specialist_key: str | None = None
    from_time: time | None = None
    until_time: time | None = None
    person: int | None = None
    moving: int | None = None  # a booking that gives its own time back


@dataclass(frozen=True, slots=True)
class Offer:
    """One service given in a duty, with the names that a slot shows."""

    rule: DutyRule
    service_id: int
    service_key: str
    minutes: int | None
    staff_key: str
    initials: str
    staff_resource: int
    languages: tuple[str, ...]
    centre_slug: str
    city: str
    timezone: str
    country: str
    per_person: int | None = None


@dataclass(frozen=True, slots=True)
class Roster:
    """Everything that decides about free time for one search."""

    search: Search
    offers: tuple[Offer, ...]
    rooms: Mapping[int, tuple[str, int]]
    hours: centres.Hours
    closures: tuple[ClosedDays, ...]
    busy: Mapping[int, list[Interval]]

    def stretches(self, day: date) -> Iterator[tuple[Offer, Stretch]]:
        """The duties held on `day`, exceptions, closures, holidays and hours applied."""
        for offer in self.offers:
            held = stretch(
                offer.rule,
                day,
                self.hours.on(offer.rule.centre_id, day),
                self.closures,
                is_public_holiday(offer.country, day),
            )
            if held is not None and (held.room_id is None or held.room_id in self.rooms):
                yield offer, held

    def slots(self, day: date, at: datetime, *, taken: bool = False) -> list[Slot]:
        """Slots of `day` that start after `at`, earliest first; with `taken`, booked ones too."""
        found = []
        for offer, held in self.stretches(day):
            resources = self._resources(offer, held)
            busy = [] if taken else [b for r in resources for b in self.busy.get(r, ())]
            if self.search.person is not None and not taken:
                busy += self.busy.get(self.search.person, ())
            for place in rules.free_of(self._places(offer, held, day), busy):
                if place.start > at and self._in_time_of_day(place, offer.rule.zone):
                    found.append(self._slot(offer, held, place, resources))
        return sorted(found, key=lambda s: (s.time.start, s.city, s.initials, s.staff_id))

    def _places(self, offer: Offer, held: Stretch, day: date) -> Iterator[Interval]:
        change = offer.rule.changes.get(day)
        starts = change.hours[0] if change and change.hours else offer.rule.hours[0]
        try:
            nominal = instant(day, starts, offer.rule.zone)
        except SkippedHour:
            nominal = held.time.start
        length = timedelta(minutes=offer.minutes or offer.rule.grid_minutes)
        return rules.starts_in(held, nominal, length)

    def _in_time_of_day(self, place: Interval, local: ZoneInfo) -> bool:
        start = place.start.astimezone(local).time()
        earliest, latest = self.search.from_time, self.search.until_time
        return (earliest is None or start >= earliest) and (latest is None or start < latest)

    def _resources(self, offer: Offer, held: Stretch) -> tuple[int, ...]:
        if held.room_id is None:
            return (offer.staff_resource,)
        return (offer.staff_resource, self.rooms[held.room_id][1])

    def _slot(
        self, offer: Offer, held: Stretch, place: Interval, resources: tuple[int, ...]
    ) -> Slot:
        key = SlotKey(offer.service_key, offer.staff_key, offer.centre_slug, place.start)
        return Slot(
            key=key,
            time=place,
            service_id=offer.service_id,
            centre_id=offer.rule.centre_id,
            city=offer.city,
            timezone=offer.timezone,
            staff_id=offer.rule.staff_id,
            initials=offer.initials,
            room_id=held.room_id,
            room_label=self.rooms[held.room_id][0] if held.room_id is not None else None,
            languages=offer.languages,
            claims=tuple(Claim(resource, place) for resource in resources),
            per_person=offer.per_person,
        )
