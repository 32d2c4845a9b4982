"""Free times beyond one day: the next twenty, and the first in every centre.

Each answer reads one roster, whatever the number of centres and specialists.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from cic_cases.bookings import availability
from cic_cases.bookings.slots import Slot
from cic_cases.centres.models import Centre
from cic_cases.desk.finder import HORIZON_DAYS, Asked, as_asked, search_of
from cic_cases.foundation.clock import zone
from cic_cases.foundation.localtime import local_day

AT_A_TIME = 20
DAYS = 42  # so far ahead from where one looks
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Next:
    """Some free times in order; `since` asks for those after them, None when there are none."""

    slots: tuple[Slot, ...] = ()
    since: datetime | None = None


def next_times(session: Session, asked: Asked, at: datetime, since: datetime | None) -> Next:
    """The next `AT_A_TIME` free times that start after `since` (UTC), and all of the last start."""
    shown: list[Slot] = []
    for slot in _in_order(session, asked, at, since):
        if len(shown) >= AT_A_TIME and slot.time.start > shown[-1].time.start:
            return Next(tuple(shown), shown[-1].time.start)
        shown.append(slot)
    return Next(tuple(shown))


def first_in(
    session: Session, asked: Asked, centres: Sequence[Centre], at: datetime
) -> dict[str, Slot]:
    """The first free time of each centre that has one, by the centre's slug."""
    everywhere = replace(asked, centres=tuple(centres))
    found: dict[str, Slot] = {}
    for slot in _in_order(session, everywhere, at, None):
        found.setdefault(slot.key.centre_slug, slot)
        if len(found) == len(centres):
            break
    return found


def _in_order(
    session: Session, asked: Asked, at: datetime, since: datetime | None
) -> Iterator[Slot]:
    today = local_day(max(at, since or at), zone(asked.centres[0].timezone))
    first_day = min(max(asked.first_day or today, today), today + HORIZON_DAYS * ONE_DAY)
    last_day = first_day + (DAYS - 1) * ONE_DAY
    if asked.last_day is not None:
        last_day = min(last_day, max(asked.last_day, first_day))
    search = replace(search_of(asked, first_day), last_day=last_day)
    known = availability.roster(session, search, at)
    for day in _days(first_day, last_day):
        yield from as_asked(asked, known.slots(day, at, since=since))


def _days(first: date, last: date) -> Iterator[date]:
    return (first + n * ONE_DAY for n in range((last - first).days + 1))
