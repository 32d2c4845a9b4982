"""What else is free when a slot is lost: the same question for the pages and the JSON."""

from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from cic_cases.bookings.availability import Search, free_slots
from cic_cases.bookings.slots import Slot

OFFERED = 3
DAYS = 28
_TICK = timedelta(microseconds=1)


def alternatives(
    session: Session, search: Search, at: datetime, *, after: datetime, limit: int = OFFERED
) -> list[Slot]:
    """The next free times from `after` on, within four weeks; earlier ones when there are none.

    `search` says what is needed; its days are replaced.
    """
    within = replace(
        search,
        first_day=(after - timedelta(days=1)).date(),  # local days may begin before UTC's
        last_day=(after + timedelta(days=DAYS)).date(),
    )
    later = free_slots(session, within, at, limit=limit, since=after - _TICK)
    return later or free_slots(session, replace(within, first_day=at.date()), at, limit=limit)
