"""The sweep that finds the free times of one day, and says of any other time why it is not free.

A `Roster` is filled by `reading` with a constant number of statements; from here on nothing reads.
One start after another is put to the same three questions: is there a sitting (`sitting`), is it
too soon (`too_soon`), is everybody free (`company`).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from heapq import heapify, heappop, heapreplace
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from cic_cases.bookings import interpreters
from cic_cases.bookings.busy import Busy
from cic_cases.bookings.offers import ALONE, Company, Free, Member, Offer, Search, Sitting
from cic_cases.bookings.reasons import Why
from cic_cases.bookings.rota import Rota
from cic_cases.bookings.slots import Slot, SlotKey, key_of, slot_of
from cic_cases.calendar.rules import Stretch
from cic_cases.foundation.intervals import Interval
from cic_cases.foundation.localtime import local_day

__all__ = ["Offer", "Roster", "Search", "one_per_start"]


@dataclass(frozen=True, slots=True)
class Roster:
    """Everything that decides about free time for one search."""

    search: Search
    rota: Rota
    busy: Busy
    _known: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def candidates(self) -> tuple[Offer, ...]:
        """The offers of the specialist looked for, of all when it is any; whatever they speak."""
        return tuple(offer for offer in self.rota.offers if self._wanted(offer))

    def stretches(self, day: date) -> Iterator[tuple[Offer, Stretch]]:
        """The duties held on `day`, exceptions, closures, holidays and hours applied."""
        for offer, seat in self.rota.seats(day):
            if isinstance(seat, Sitting) and self._wanted(offer):
                yield offer, seat.stretch

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
        later_than = max(at, since or at)
        sittings = (
            seat
            for offer, seat in self.rota.seats(day)
            if isinstance(seat, Sitting)
            and self._wanted(offer)
            and self._unfit(offer, day, at) is None
        )
        for start, here in _by_start(sittings, later_than):
            yield from self._free_at(start, here, at, taken)

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
                order = self._order(sitting, key.starts_at)
                yield slot_of(Free(order, sitting, key.starts_at, company))

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
        return self._unfit(offer, day, at) or self.rota.seat(offer, day)

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
        if offer.given.specialists == 1 and self._speaks(offer):
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
        bounds = self.rota.bounds(sitting.day, offer.rule.zone)
        if offer.given.specialists > 1:
            found = self._second(sitting, whole, bounds)
            if isinstance(found, Why):
                return found
            second = found
        if self.search.language is not None and not self._speaks(offer):
            but = frozenset(m.id for m in (offer.member, second) if m is not None)
            present, language = self.rota.present(sitting.day), self.search.language
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
            for other, held in self.rota.partners(offer, sitting.day)
            if other.member.id != offer.member.id and held.time.covers(whole)
        ]
        if not fitting:
            return Why.NO_SECOND
        clashes = self.busy.clashes
        free = [m for m in fitting if not clashes(m.resource, whole.start, whole.end)]
        return interpreters.least_loaded(free, self.busy, bounds) if free else Why.SECOND_TAKEN

    def _free_at(
        self, start: datetime, sittings: list[Sitting], at: datetime, taken: bool
    ) -> Iterator[Free]:
        """The free ones of some sittings that have this start, in fair order, each once."""
        bounded = self.search.from_time is not None or self.search.until_time is not None
        found: dict[tuple[Any, ...], Free] = {}
        for sitting in sittings:
            if bounded and self._other_time_of_day(start, sitting.offer.rule.zone):
                continue
            company = self.company(sitting, start, taken=taken)
            if isinstance(company, Company) and not self.too_soon(sitting, start, at):
                free = Free(self._order(sitting, start), sitting, start, company)
                other = found.get(free.identity)
                if other is None or free.order < other.order:
                    found[free.identity] = free
        yield from sorted(found.values(), key=attrgetter("order"))

    def _order(
        self, sitting: Sitting, start: datetime
    ) -> tuple[datetime, int, str, str, int, int, int]:
        """By time; then who has the fewest taken minutes that day; then always the same."""
        offer = sitting.offer
        member = offer.member
        whose = member.resource, sitting.day, offer.rule.zone.key
        if whose not in self._known:
            bounds = self.rota.bounds(sitting.day, offer.rule.zone)
            self._known[whose] = self.busy.minutes(member.resource, bounds)
        load = self._known[whose]
        names = (offer.place.city, member.initials, member.id)
        return start, load, *names, offer.given.id, offer.rule.id

    def _wanted(self, offer: Offer) -> bool:
        return self.search.specialist_key in (None, offer.member.key)

    def _speaks(self, offer: Offer) -> bool:
        return self.search.language is None or self.search.language in offer.languages

    def _unfit(self, offer: Offer, day: date, at: datetime) -> Why | None:
        """Why nothing of the offer is for this search on `day`, whenever it is held."""
        if not (self._speaks(offer) or self.search.interpreter):
            return Why.LANGUAGE
        local = offer.rule.zone
        if (local.key, at) not in self._known:
            self._known[local.key, at] = local_day(at, local)
        if day > self._known[local.key, at] + timedelta(days=offer.given.horizon_days):
            return Why.HORIZON
        return None

    def _other_time_of_day(self, start: datetime, local: ZoneInfo) -> bool:
        wall = start.astimezone(local).time()
        earliest, latest = self.search.from_time or time.min, self.search.until_time
        return wall < earliest or (latest is not None and wall >= latest)


EDGES = frozenset({Why.OUTSIDE_DUTY, Why.TOO_SHORT})


def _off_grid(sitting: Sitting, start: datetime) -> bool:
    return bool((start - sitting.stretch.grid_from) % sitting.step)


def _by_start(
    sittings: Iterable[Sitting], later_than: datetime
) -> Iterator[tuple[datetime, list[Sitting]]]:
    """Every start on the sittings' grids after a moment, in order, with the sittings that have it.

    One start after another, so whoever needs only the first free time looks at little more.
    """
    agenda = []
    for number, sitting in enumerate(sittings):
        start, step = sitting.stretch.grid_from, sitting.step
        if start <= later_than:
            start += ((later_than - start) // step + 1) * step
        if start < sitting.stretch.time.end:
            agenda.append((start, number, sitting))
    heapify(agenda)
    while agenda:
        start, here = agenda[0][0], []
        while agenda and agenda[0][0] == start:
            _, number, sitting = agenda[0]
            here.append(sitting)
            following = start + sitting.step
            if following < sitting.stretch.time.end:
                heapreplace(agenda, (following, number, sitting))
            else:
                heappop(agenda)
        yield start, here


def one_per_start(slots: list[Slot]) -> list[Slot]:
    """For «any specialist»: of slots of one service and centre with equal start, the first.

    Slots come from the sweep in fair order, so the first is with the least loaded specialist.
    """
    chosen: dict[tuple[datetime, int, int], Slot] = {}
    for slot in slots:
        chosen.setdefault((slot.time.start, slot.service_id, slot.centre_id), slot)
    return list(chosen.values())
