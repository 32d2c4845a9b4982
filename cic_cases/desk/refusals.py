"""What is said beside the chosen time when the person, not the time, is why it cannot be booked."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from cic_cases.bookings import queries as bookings
from cic_cases.bookings.rules import LIVE, PersonBusy, TooMany
from cic_cases.desk.search_page import SearchPage
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.errors import Refusal
from cic_cases.foundation.i18n import _, day_short, wall_clock
from cic_cases.foundation.intervals import Interval
from cic_cases.foundation.localtime import local_day
from cic_cases.visits import external_queries as elsewhere
from cic_cases.visits.statuses import ExternalStatus


@dataclass(frozen=True)
class Beside:
    """The day and time that was asked for, and what stands in its way, with what to do."""

    time: str
    text: str


def beside_time(session: Session, search: SearchPage, refused: Refusal) -> Beside | None:
    """The words beside the time; None for refusals that are not about the person."""
    if not isinstance(refused, (PersonBusy, TooMany)):
        return None
    start = search.asked_start(now())
    here = zone(search.asked.centres[0].timezone)
    asked_for = f"{day_short(local_day(start, here))}, {wall_clock(start, here)}"
    if isinstance(refused, TooMany):
        return Beside(
            asked_for,
            _("First move or cancel one appointment of this kind, or let a held time go."),
        )
    clash = _first_not_over(session, search, start)
    if clash is None:
        return Beside(asked_for, _("They are not free at this time. Choose another time."))
    at = wall_clock(clash, here)
    return Beside(
        asked_for,
        _("They already have an appointment at %(time)s. Choose another time.", time=at),
    )


def _first_not_over(session: Session, search: SearchPage, start: datetime) -> datetime | None:
    """When the person's appointment begins that is the first not over at `start`, that day."""
    case_id = search.case_id
    if case_id is None:
        return None
    here = zone(search.asked.centres[0].timezone)
    day = local_day(start, here)
    taken = (one for one in _taken(session, case_id) if one.end > start)
    same_day = (one.start for one in taken if local_day(one.start, here) == day)
    return min(same_day, default=None)


def _taken(session: Session, case_id: int) -> Iterator[Interval]:
    for booking in bookings.of_case(session, case_id):
        if booking.status in LIVE:
            yield Interval(booking.starts_at, booking.ends_at)
    for one in elsewhere.of_case(session, case_id):
        if one.status is ExternalStatus.NOTED:
            yield Interval(one.starts_at, one.ends_at)
