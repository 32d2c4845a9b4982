"""Finding a time: what is asked, the strip of days with their counts, and the chosen day's slots.

One roster is read for the whole strip; the page costs the same whatever the number of specialists.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import groupby

from sqlalchemy.orm import Session

from cic_cases.bookings import alternatives as others
from cic_cases.bookings import availability
from cic_cases.bookings.availability import Roster, Search
from cic_cases.bookings.slots import Slot
from cic_cases.centres.models import Centre, Service
from cic_cases.foundation.clock import zone
from cic_cases.foundation.localtime import local_day

STRIP_DAYS = 14
SHOWN_DAYS = 7
HORIZON_DAYS = 90
TIMES_OF_DAY: dict[str, tuple[time | None, time | None]] = {
    "any": (None, None),
    "morning": (None, time(12)),
    "midday": (time(12), time(16)),
    "late": (time(16), None),
}


@dataclass(frozen=True)
class Asked:
    """What is needed: one service, in some centres, in a language, at a time of day."""

    service: Service
    centres: tuple[Centre, ...]
    language: str | None
    interpreter: bool
    time_of_day: str = "any"
    first_day: date | None = None
    last_day: date | None = None
    day: date | None = None
    slot: str | None = None
    person: int | None = None
    moving: int | None = None
    specialist_key: str | None = None  # whom one may book for at all
    specialist: str | None = None  # who is chosen; None: any


@dataclass(frozen=True)
class Day:
    """One day of the strip."""

    day: date
    free: int
    open: bool
    chosen: bool


@dataclass(frozen=True)
class Desk:
    """One specialist's free times in one centre on the chosen day; of all when it is any."""

    initials: str | None
    room: str | None
    slots: tuple[Slot, ...]


@dataclass(frozen=True)
class Place:
    """One centre on the chosen day; `first` is its first free time when the day has none."""

    centre: Centre
    desks: tuple[Desk, ...]
    first: Slot | None


@dataclass(frozen=True)
class Found:
    """The page's answer."""

    days: tuple[Day, ...] = ()
    places: tuple[Place, ...] = ()
    day: date | None = None
    chosen: Slot | None = None
    previous: date | None = None
    following: date | None = None
    free: dict[str, int] = field(default_factory=dict)
    specialists: tuple[tuple[str, str], ...] = ()


def search_of(asked: Asked, first_day: date) -> Search:
    """The search behind what was asked, for one strip of days."""
    earliest, latest = TIMES_OF_DAY[asked.time_of_day]
    return Search(
        service_ids=frozenset({asked.service.id}),
        centre_ids=frozenset(centre.id for centre in asked.centres),
        first_day=first_day,
        last_day=_last_day(asked, first_day, STRIP_DAYS),
        language=asked.language,
        interpreter=asked.interpreter,
        from_time=earliest,
        until_time=latest,
        person=asked.person,
        moving=asked.moving,
        specialist_key=asked.specialist_key,
    )


def find(session: Session, asked: Asked, at: datetime) -> Found:
    """The strip from the asked first day (today when none), its counts, the chosen day's slots."""
    if not asked.centres:
        return Found()
    today = local_day(at, zone(asked.centres[0].timezone))
    first_day = min(max(asked.first_day or today, today), today + timedelta(days=HORIZON_DAYS))
    search = search_of(asked, first_day)
    known = availability.roster(session, search, at)
    days = (search.last_day - first_day).days + 1
    by_day = {
        day: as_asked(asked, known.slots(day, at))
        for day in (first_day + timedelta(days=n) for n in range(days))
    }
    strip = _strip(known, by_day)
    day = _chosen_day(asked, by_day)
    order = {centre.id: number for number, centre in enumerate(asked.centres)}
    offered = by_day.get(day, []) if day else []
    offered.sort(key=lambda slot: (slot.time.start, order[slot.centre_id], slot.initials))
    chosen = next((s for s in offered if s.code == asked.slot), offered[0] if offered else None)
    return Found(
        days=tuple(replace(entry, chosen=entry.day == day) for entry in strip),
        places=_places(asked, offered, by_day),
        day=day,
        chosen=chosen,
        previous=_earlier(first_day, today),
        following=_later(first_day, asked.last_day or today + timedelta(days=HORIZON_DAYS)),
        free=_free_by_centre(asked, by_day),
        specialists=tuple(
            sorted(
                {(o.member.key, o.member.initials) for o in known.rota.offers},
                key=lambda s: s[::-1],
            )
        ),
    )


def as_asked(asked: Asked, slots: list[Slot]) -> list[Slot]:
    """Those of the chosen specialist; for any, one for each start and centre, chosen fairly."""
    if asked.specialist is None:
        return availability.one_per_start(slots)
    return [slot for slot in slots if slot.key.specialist_key == asked.specialist]


def _last_day(asked: Asked, first_day: date, days: int) -> date:
    last = first_day + timedelta(days=days - 1)
    return last if asked.last_day is None else min(last, max(asked.last_day, first_day))


def _earlier(first_day: date, today: date) -> date | None:
    return max(first_day - timedelta(days=SHOWN_DAYS), today) if first_day > today else None


def _later(first_day: date, last: date) -> date | None:
    later = first_day + timedelta(days=SHOWN_DAYS)
    return later if later <= last else None


def _strip(known: Roster, by_day: dict[date, list[Slot]]) -> list[Day]:
    """The next days that somebody works, or that have free time: a week's worth of them."""
    strip = []
    for day, slots in by_day.items():
        open_day = any(known.rota.hours.on(centre, day) for centre in known.search.centre_ids)
        if slots or open_day:
            strip.append(Day(day, len(slots), open_day, chosen=False))
    return strip[:SHOWN_DAYS]


def _chosen_day(asked: Asked, by_day: dict[date, list[Slot]]) -> date | None:
    if asked.day in by_day:
        return asked.day
    return next((day for day, slots in by_day.items() if slots), None)


def _free_by_centre(asked: Asked, by_day: dict[date, list[Slot]]) -> dict[str, int]:
    counts = {centre.slug: 0 for centre in asked.centres}
    for slots in by_day.values():
        for slot in slots:
            counts[slot.key.centre_slug] += 1
    return counts


def _places(
    asked: Asked, offered: Sequence[Slot], by_day: dict[date, list[Slot]]
) -> tuple[Place, ...]:
    places = []
    for centre in asked.centres:
        here = [slot for slot in offered if slot.centre_id == centre.id]
        desks = (Desk(None, None, tuple(here)),) if here and not asked.specialist else _desks(here)
        places.append(Place(centre, desks, None if here else _first(centre, by_day)))
    return tuple(places)


def _desks(slots: Iterable[Slot]) -> tuple[Desk, ...]:
    def who(slot: Slot) -> tuple[str, int, str]:
        return slot.initials, slot.staff_id, slot.room_label or ""

    grouped = groupby(sorted(slots, key=lambda s: (*who(s), s.time.start)), key=who)
    return tuple(Desk(name, room or None, tuple(own)) for (name, _, room), own in grouped)


def _first(centre: Centre, by_day: dict[date, list[Slot]]) -> Slot | None:
    every = (slot for slots in by_day.values() for slot in slots)
    return next((slot for slot in every if slot.centre_id == centre.id), None)


def alternatives(
    session: Session, asked: Asked, at: datetime, *, after: datetime, limit: int = 3
) -> list[Slot]:
    """The next free times after a lost one, as asked."""
    search = search_of(asked, local_day(after, zone(asked.centres[0].timezone)))
    return others.alternatives(session, search, at, after=after, limit=limit)
