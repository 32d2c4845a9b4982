"""Who of those on duty could see somebody now, wherever they are, and which rooms are empty.

For a crisis, so it is coarser than a search: not the grid of a service but whether somebody who is
on duty has a while between appointments. The same constant number of statements as a search.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from cic_cases.bookings import availability
from cic_cases.bookings.offers import Member, Place, Search, Sitting
from cic_cases.bookings.roster import Roster
from cic_cases.centres.models import Centre, Room
from cic_cases.foundation.clock import zone
from cic_cases.foundation.intervals import Interval
from cic_cases.foundation.localtime import local_day

A_WHILE = timedelta(minutes=20)  # the shortest time in which a first talk is possible
SOON = timedelta(minutes=60)


@dataclass(frozen=True, slots=True)
class Present:
    """Somebody on duty who is free for `free` (UTC), which may begin only soon.

    `services` are ids; without any they interpret, and `remote` interpreters serve every centre.
    """

    member: Member
    place: Place
    free: Interval
    languages: tuple[str, ...]
    services: tuple[int, ...] = ()
    service_key: str | None = None
    room: str | None = None
    remote: bool = False

    def now(self, at: datetime) -> bool:
        """Whether they are free at once."""
        return self.free.start <= at


@dataclass(frozen=True, slots=True)
class EmptyRoom:
    """A room in which nobody is on duty now; `until` when somebody is (None: not today)."""

    label: str
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Now:
    """Who could help at a moment, those who can at once first, and where one could talk."""

    people: tuple[Present, ...]
    interpreters: tuple[Present, ...]
    rooms: tuple[EmptyRoom, ...]


def read(
    session: Session,
    services: Iterable[int],
    centres: Iterable[Centre],
    here: tuple[Centre, Iterable[Room]],
    language: str | None,
    at: datetime,
) -> Now:
    """Who is free at `at` in `centres`, and the empty ones of the rooms of `here`.

    With a `language`, interpreters of it too.
    """
    days = {local_day(at, zone(centre.timezone)) for centre in centres}
    search = Search(
        service_ids=frozenset(services),
        centre_ids=frozenset(centre.id for centre in centres),
        first_day=min(days),
        last_day=max(days),
        language=language,
        interpreter=language is not None,
    )
    known = availability.roster(session, search, at)
    today = sorted(days)
    return Now(
        people=_in_order(_people(known, today, at), at),
        interpreters=_in_order(_interpreters(known, today, at), at),
        rooms=tuple(_rooms(known, local_day(at, zone(here[0].timezone)), here[1], at)),
    )


def _in_order(found: Iterable[Present], at: datetime) -> tuple[Present, ...]:
    return tuple(
        sorted(
            found, key=lambda one: (max(one.free.start, at), one.place.city, one.member.initials)
        )
    )


def _people(known: Roster, days: Iterable[date], at: datetime) -> Iterator[Present]:
    """Each specialist once for each duty, with all that is given in it."""
    by_duty: dict[tuple[int, int, Interval], list[Sitting]] = {}
    for day in days:
        for offer, seat in known.rota.seats(day):
            if isinstance(seat, Sitting):
                whose = offer.member.id, offer.place.id, seat.stretch.time
                by_duty.setdefault(whose, []).append(seat)
    for (_member, _place, held), sittings in by_duty.items():
        offer, room = sittings[0].offer, sittings[0].room
        free = _free(known, offer.member, held, at)
        if free is not None:
            yield Present(
                offer.member,
                offer.place,
                free,
                offer.languages,
                services=tuple(dict.fromkeys(one.offer.given.id for one in sittings)),
                service_key=offer.given.key,
                room=room[0] if room else None,
            )


def _interpreters(known: Roster, days: Iterable[date], at: datetime) -> Iterator[Present]:
    for day in days:
        for duty, stretch in known.rota.present(day):
            free = _free(known, duty.member, stretch.time, at)
            if free is not None:
                yield Present(duty.member, duty.place, free, duty.languages, remote=duty.remote)


def _free(known: Roster, member: Member, held: Interval, at: datetime) -> Interval | None:
    """The first while of a duty that is not over, if it begins soon enough."""
    if held.end <= at:
        return None
    left = Interval(max(held.start, at), held.end)
    free = known.busy.gap(member.resource, left, A_WHILE)
    return free if free is not None and free.start < at + SOON else None


def _rooms(known: Roster, today: date, rooms: Iterable[Room], at: datetime) -> Iterator[EmptyRoom]:
    """Rooms without a duty now; whoever is booked in one is with somebody on duty there."""
    held: dict[int, list[Interval]] = {}
    for _offer, seat in known.rota.seats(today):
        if isinstance(seat, Sitting) and seat.stretch.room_id is not None:
            held.setdefault(seat.stretch.room_id, []).append(seat.stretch.time)
    for room in rooms:
        own = held.get(room.id, [])
        if not any(one.start <= at < one.end for one in own):
            later = [one.start for one in own if one.start > at]
            yield EmptyRoom(room.label, min(later) if later else None)
