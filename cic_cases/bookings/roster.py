"""The sweep that finds the free times of one day, and says of any other time why it is not free.

A `Roster` is filled by `reading` with a constant number of statements; from here on nothing reads.
One start after another is put to the same three questions: is there a sitting (`sitting`), is it
too soon (`too_soon`), is everybody free (`company`).
"""

import heapq
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from cic_cases.bookings import interpreters
from cic_cases.bookings.busy import Busy
from cic_cases.bookings.interpreters import Present
from cic_cases.bookings.offers import (
    ALONE,
    Company,
    Free,
    InterpreterDuty,
    Member,
    Offer,
    Search,
    Sitting,
)
from cic_cases.bookings.reasons import Why
from cic_cases.bookings.slots import Slot, SlotKey, key_of, slot_of
from cic_cases.calendar.public_holidays import is_public_holiday
from cic_cases.calendar.rules import ClosedDays, DutyRule, NotHeld, Stretch, held_on
from cic_cases.centres import queries as centres
from cic_cases.foundation.intervals import Interval
from cic_cases.foundation.localtime import day_bounds, local_day

__all__ = ["Offer", "Roster", "Search", "one_per_start"]


@dataclass(frozen=True, slots=True)
class Roster:
    """Everything that decides about free time for one search."""

    search: Search
    offers: tuple[Offer, ...]
    interpreters: tuple[InterpreterDuty, ...]
    rooms: Mapping[int, tuple[str, int]]
    hours: centres.Hours
    closures: tuple[ClosedDays, ...]
    busy: Busy
    _known: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def candidates(self) -> tuple[Offer, ...]:
        """The offers of the specialist looked for, of all when it is any; whatever they speak."""
        wanted = self.search.specialist_key
        return tuple(o for o in self.offers if wanted is None or o.member.key == wanted)

    def stretches(self, day: date) -> Iterator[tuple[Offer, Stretch]]:
        """The duties held on `day`, exceptions, closures, holidays and hours applied."""
        for offer in self._on_weekday(day):
            held = self._held(offer.rule, offer.place.country, day)
            if isinstance(held, Stretch):
                yield offer, held

    def slots(
        self, day: date, at: datetime, *, taken: bool = False, since: datetime | None = None
    ) -> list[Slot]:
        """Slots of `day` that start after `at` and `since`, earliest first, then fairly.

        With `taken`, booked ones too.
        """
        return [slot_of(free) for free in self.sweep(day, at, taken=taken, since=since)]

    def count(self, day: date, at: datetime) -> int:
        """How many slots `day` has, without making them."""
        return sum(1 for _ in self.sweep(day, at))

    def sweep(
        self, day: date, at: datetime, *, taken: bool = False, since: datetime | None = None
    ) -> Iterator[Free]:
        """The free starts of `day` in order, found as they are asked for."""
        sittings = (self.sitting(offer, day, at) for offer in self._on_weekday(day))
        ways = [
            self._starts(sitting, at, max(at, since or at), taken)
            for sitting in sittings
            if isinstance(sitting, Sitting)
        ]
        seen = set()
        for free in heapq.merge(*ways, key=attrgetter("order")):
            if free.identity not in seen:
                seen.add(free.identity)
                yield free

    def the_slot(self, key: SlotKey, at: datetime) -> Slot | None:
        """The slot of this key if it is offered, whether booked or not."""
        return next(self.ways(key, at), None)

    def ways(self, key: SlotKey, at: datetime) -> Iterator[Slot]:
        """The slot of this key in each duty that offers it, whether booked or not."""
        for offer in self.candidates():
            if key_of(offer, key.starts_at) != key:
                continue
            day = local_day(key.starts_at, offer.rule.zone)
            sitting = self.sitting(offer, day, at)
            if not isinstance(sitting, Sitting) or self.too_soon(sitting, key.starts_at, at):
                continue
            if _off_grid(sitting, key.starts_at):
                continue
            company = self.company(sitting, key.starts_at, taken=True)
            if isinstance(company, Company):
                yield slot_of(_free(sitting, key.starts_at, company))

    def refuses(self, offer: Offer, day: date, start: datetime, at: datetime) -> Why | None:
        """What stands against `start` on the local `day` in this offer; None when it is free."""
        sitting = self.sitting(offer, day, at)
        if not isinstance(sitting, Sitting):
            return sitting
        if soon := self.too_soon(sitting, start, at):
            return soon
        company = self.company(sitting, start, taken=False)
        if _off_grid(sitting, start):
            return company if company in EDGES else Why.GRID
        return None if isinstance(company, Company) else company

    def sitting(self, offer: Offer, day: date, at: datetime) -> Sitting | Why:
        """The offer on `day`, or why there is none."""
        rule, given, search = offer.rule, offer.given, self.search
        spoken = search.language is None or search.language in offer.languages
        if not spoken and not search.interpreter:
            return Why.LANGUAGE
        if day > local_day(at, rule.zone) + timedelta(days=given.horizon_days):
            return Why.HORIZON
        held = self._held(rule, offer.place.country, day)
        if isinstance(held, NotHeld):
            return Why(held.value)
        room = None if held.room_id is None else self.rooms.get(held.room_id)
        if held.room_id is not None and room is None:
            return Why.ROOM_NOT_USED
        step = timedelta(minutes=rule.grid_minutes)
        load = self.busy.minutes(offer.member.resource, self._bounds(day, rule.zone))
        return Sitting(offer, day, held, room, given.length or step, step, load, not spoken)

    def too_soon(self, sitting: Sitting, start: datetime, at: datetime) -> Why | None:
        """Whether the start has passed, or comes before the service's minimum notice."""
        if start <= at:
            return Why.PAST
        if self.search.public and start < at + sitting.offer.given.notice:
            return Why.NOTICE
        return None

    def company(self, sitting: Sitting, start: datetime, *, taken: bool) -> Company | Why:
        """Whom an appointment from `start` takes besides the specialist, or what stands against it.

        With `taken` it does not matter whether specialist, room and person are free; the second
        specialist and the interpreter are always ones who are.
        """
        offer, end, held = sitting.offer, start + sitting.length, sitting.stretch.time
        first, last = start - offer.given.before, end + offer.given.after
        if first < held.start or start >= held.end:
            return Why.OUTSIDE_DUTY
        if last > held.end:
            return Why.TOO_SHORT
        if not taken and (clash := self._clash(sitting, (start, end), (first, last))):
            return clash
        if offer.given.specialists == 1 and not sitting.interpreted:
            return ALONE
        return self._others(sitting, Interval(start, end), Interval(first, last))

    def _clash(
        self,
        sitting: Sitting,
        own: tuple[datetime, datetime],
        whole: tuple[datetime, datetime],
    ) -> Why | None:
        clashes, specialist = self.busy.clashes, sitting.offer.member.resource
        if clashes(specialist, *whole):
            return Why.STAFF_TAKEN if clashes(specialist, *own) else Why.BUFFER
        if sitting.room is not None and clashes(sitting.room[1], *whole):
            return Why.ROOM_TAKEN if clashes(sitting.room[1], *own) else Why.BUFFER
        if self.search.person is not None and clashes(self.search.person, *own):
            return Why.PERSON_BUSY
        return None

    def _others(self, sitting: Sitting, own: Interval, whole: Interval) -> Company | Why:
        offer, second, interpreter = sitting.offer, None, None
        bounds = self._bounds(sitting.day, offer.rule.zone)
        if offer.given.specialists > 1:
            found = self._second(sitting, whole, bounds)
            if isinstance(found, Why):
                return found
            second = found
        if sitting.interpreted and self.search.language is not None:
            but = frozenset(m.id for m in (offer.member, second) if m is not None)
            present, language = self._present(sitting.day), self.search.language
            chosen = interpreters.choose(
                present, language, offer.place, own, self.busy, bounds, but
            )
            if isinstance(chosen, Why):
                return chosen
            interpreter = chosen
        return Company(interpreter, second)

    def _second(self, sitting: Sitting, whole: Interval, bounds: Interval) -> Member | Why:
        """Another specialist with a duty for the same service in the same centre, and free."""
        offer = sitting.offer
        fitting = [
            other.member
            for other, held in self._partners(offer, sitting.day)
            if other.member.id != offer.member.id and held.time.covers(whole)
        ]
        if not fitting:
            return Why.NO_SECOND
        clashes = self.busy.clashes
        free = [m for m in fitting if not clashes(m.resource, whole.start, whole.end)]
        return interpreters.least_loaded(free, self.busy, bounds) if free else Why.SECOND_TAKEN

    def _starts(
        self, sitting: Sitting, at: datetime, later_than: datetime, taken: bool
    ) -> Iterator[Free]:
        start, step, end = sitting.stretch.grid_from, sitting.step, sitting.stretch.time.end
        bounded = self.search.from_time is not None or self.search.until_time is not None
        if start <= later_than:
            start += ((later_than - start) // step + 1) * step
        while start < end:
            if not (bounded and self._other_time_of_day(start, sitting.offer.rule.zone)):
                company = self.company(sitting, start, taken=taken)
                if isinstance(company, Company) and not self.too_soon(sitting, start, at):
                    yield _free(sitting, start, company)
            start += step

    def _other_time_of_day(self, start: datetime, local: ZoneInfo) -> bool:
        wall = start.astimezone(local).time()
        earliest, latest = self.search.from_time or time.min, self.search.until_time
        return wall < earliest or (latest is not None and wall >= latest)

    def _held(self, rule: DutyRule, country: str, day: date) -> Stretch | NotHeld:
        opening = self.hours.on(rule.centre_id, day)
        return held_on(rule, day, opening, self.closures, is_public_holiday(country, day))

    def _bounds(self, day: date, local: ZoneInfo) -> Interval:
        if (day, local.key) not in self._known:
            self._known[day, local.key] = day_bounds(day, local)
        found: Interval = self._known[day, local.key]
        return found

    def _on_weekday(self, day: date) -> list[Offer]:
        if "week" not in self._known:
            week = defaultdict(list)
            for offer in self.candidates():
                week[offer.rule.weekday].append(offer)
            self._known["week"] = week
        found: list[Offer] = self._known["week"].get(day.weekday(), [])
        return found

    def _present(self, day: date) -> list[Present]:
        if ("present", day) not in self._known:
            held = ((d, self._held(d.rule, d.place.country, day)) for d in self.interpreters)
            self._known["present", day] = [(d, h) for d, h in held if isinstance(h, Stretch)]
        found: list[Present] = self._known["present", day]
        return found

    def _partners(self, offer: Offer, day: date) -> list[tuple[Offer, Stretch]]:
        wanted = (offer.given.id, offer.place.id, day)
        if wanted not in self._known:
            same = (o for o in self.offers if (o.given.id, o.place.id) == wanted[:2])
            held = ((o, self._held(o.rule, o.place.country, day)) for o in same)
            self._known[wanted] = [(o, h) for o, h in held if isinstance(h, Stretch)]
        found: list[tuple[Offer, Stretch]] = self._known[wanted]
        return found


EDGES = frozenset({Why.OUTSIDE_DUTY, Why.TOO_SHORT})


def _off_grid(sitting: Sitting, start: datetime) -> bool:
    return bool((start - sitting.stretch.grid_from) % sitting.step)


def _free(sitting: Sitting, start: datetime, company: Company) -> Free:
    offer = sitting.offer
    member = offer.member
    order = (start, sitting.load, offer.place.city, member.initials, member.id)
    return Free((*order, offer.given.id, offer.rule.id), sitting, start, company)


def one_per_start(slots: list[Slot]) -> list[Slot]:
    """For «any specialist»: of slots of one service and centre with equal start, the first.

    Slots come from the sweep in fair order, so the first is with the least loaded specialist.
    """
    chosen: dict[tuple[datetime, int, int], Slot] = {}
    for slot in slots:
        chosen.setdefault((slot.time.start, slot.service_id, slot.centre_id), slot)
    return list(chosen.values())
