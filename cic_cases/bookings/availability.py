"""Free time, computed and never stored: a constant number of range queries, then a sweep.

One `Roster` is read, which holds all that decides whether a moment is offered; days are expanded
lazily, and days far ahead are read only when the near ones do not suffice.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice

from sqlalchemy.orm import Session

from cic_cases.bookings import reading, statements
from cic_cases.bookings.editions import kept
from cic_cases.bookings.offers import Search
from cic_cases.bookings.roster import Roster, one_per_start
from cic_cases.bookings.slots import Slot, SlotKey, slot_of
from cic_cases.foundation.clock import zone
from cic_cases.foundation.localtime import local_day

__all__ = [
    "OpenTo",
    "Roster",
    "Search",
    "earliest",
    "first_free",
    "free_per_day",
    "free_slots",
    "one_per_start",
    "places",
    "roster",
    "the_slot",
]
ONE_DAY = timedelta(days=1)
NEAR = (1, 2, 4, 8)  # so many days from the first are read at once; the rest comes last


@dataclass(frozen=True, slots=True)
class OpenTo:
    """A centre in which one may look for time; `service_id` is None where it is not given."""

    centre_id: int
    slug: str
    timezone: str
    service_id: int | None


def roster(session: Session, search: Search, at: datetime, *, taken: bool = False) -> Roster:
    """Read all that decides, in a constant number of statements.

    With `taken` it is only for slots that may be taken: what is occupied is not read.
    """
    return reading.of_search(session, search, at, taken=taken)


def free_slots(
    session: Session,
    search: Search,
    at: datetime,
    *,
    limit: int | None = None,
    since: datetime | None = None,
) -> list[Slot]:
    """The earliest slots that can still be booked at `at`, of equal ones the fairest first.

    Only those that start after `since`, when it is given. With a `limit`, days are read and
    expanded until it is met.
    """
    if limit is None:
        known = roster(session, search, at)
        return [slot for day in _days(known, at) for slot in known.slots(day, at, since=since)]
    return list(islice(earliest(session, search, at, since=since), limit))


def earliest(
    session: Session, search: Search, at: datetime, *, since: datetime | None = None
) -> Iterator[Slot]:
    """The same slots one by one; days are read and expanded as far as they are asked for."""
    for part in _parts(search, max(at, since or at)):
        known = roster(session, part, at)
        for day in _days(known, at):
            yield from map(slot_of, known.sweep(day, at, since=since))


def _parts(search: Search, soonest: datetime) -> Iterator[Search]:
    """The search in a few parts, near days first; nothing starts before `soonest`."""
    day = max(search.first_day, soonest.date() - ONE_DAY)  # local days may begin before UTC's
    for last_day in (*(day + (near - 1) * ONE_DAY for near in NEAR), search.last_day):
        last = min(last_day, search.last_day)
        if day <= last:
            yield replace(search, first_day=day, last_day=last)
            day = last + ONE_DAY


def first_free(session: Session, search: Search, at: datetime) -> dict[int, Slot]:
    """The earliest free slot of each service of the search; services without any are missing."""
    known = roster(session, search, at)
    found: dict[int, Slot] = {}
    offered = {offer.given.id for offer in known.candidates()}
    for day in _days(known, at):
        for free in known.sweep(day, at):
            if free.sitting.offer.given.id not in found:
                found[free.sitting.offer.given.id] = slot_of(free)
            if found.keys() == offered:
                return found
    return found


def free_per_day(session: Session, search: Search, at: datetime) -> dict[date, int]:
    """How many slots are free on each day of the search; days without any are 0."""
    known = roster(session, search, at)
    return {day: known.count(day, at) for day in _days(known, at)}


def the_slot(
    session: Session,
    key: SlotKey,
    at: datetime,
    *,
    own_centres: frozenset[int],
    language: str | None = None,
    interpreter: bool = False,
    moving: int | None = None,
) -> Slot | None:
    """The slot of this key, computed again, if a region of `own_centres` offers it.

    Whether specialist, room and person are free is for the claim to say. With `interpreter`, one
    who speaks `language` and is free is chosen, unless the specialist speaks it; None if there is
    nobody. `moving` is a booking that gives its own time back.
    """
    utc_day = key.starts_at.date()
    search = Search(
        service_ids=frozenset(),
        centre_ids=frozenset(),
        first_day=utc_day - ONE_DAY,
        last_day=utc_day + ONE_DAY,
        language=language if interpreter else None,
        interpreter=interpreter,
        specialist_key=key.specialist_key,
        moving=moving,
    )
    ways = list(reading.of_slot(session, key, own_centres, search, at).ways(key, at))
    if len(ways) > 1:
        return _free_way(session, search, ways, at)
    return ways[0] if ways else None


def _free_way(session: Session, search: Search, ways: list[Slot], at: datetime) -> Slot:
    """Of one time that several duties offer, in other rooms perhaps, the way that is free."""
    one = ways[0]
    day = local_day(one.time.start, zone(one.timezone))
    exactly = replace(
        search,
        service_ids=frozenset({one.service_id}),
        centre_ids=frozenset({one.centre_id}),
        first_day=day,
        last_day=day,
    )
    free = (slot for slot in free_slots(session, exactly, at) if slot.key == one.key)
    return next(free, one)


def places(session: Session, own_centres: frozenset[int], service_key: str) -> list[OpenTo]:
    """The working centres of the regions of `own_centres`, and the service there."""

    def read() -> list[OpenTo]:
        values = {"own_centres": list(own_centres), "service": service_key}
        return [OpenTo(*row) for row in session.execute(statements.places(), values)]

    return kept(session, ("places", own_centres, service_key), read)


def _days(known: Roster, at: datetime) -> Iterator[date]:
    """The days of a search that are not over yet everywhere, in order."""
    zones = {offer.rule.zone for offer in known.rota.offers} or {zone("UTC")}
    day = max(known.search.first_day, min(local_day(at, place) for place in zones))
    while day <= known.search.last_day:
        yield day
        day += ONE_DAY
