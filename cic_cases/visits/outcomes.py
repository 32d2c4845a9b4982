"""What an appointment came to: one code of its kind of help, kept with the visit it led to.

It is chosen by whoever received the person, and can be changed until the end of the day on which
the person was marked as seen. There is nothing to write: what is not a code is no outcome.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.centres.models import Service
from cic_cases.foundation.errors import N_, Invalid, Refusal
from cic_cases.foundation.localtime import local_day
from cic_cases.privacy import audit
from cic_cases.visits import queries
from cic_cases.visits.models import Visit, VisitService


class NotSeen(Refusal):
    """Only an appointment that took place comes to something."""

    msgid = N_("Mark the person as seen first, then what the appointment came to.")
    problem = "wrong-status"
    status = 409


class DayIsOver(Refusal):
    """What was counted yesterday stays."""

    msgid = N_("The outcome can be changed only on the day the person was seen.")
    problem = "wrong-status"
    status = 409


class UnknownOutcome(Invalid):
    """No code of this kind of help."""

    field = "outcome"


@dataclass(frozen=True, slots=True)
class Choice:
    """What may be chosen after one booking, and what was; names by language."""

    codes: Mapping[str, dict[str, str]]
    chosen: str | None
    recorded_at: datetime

    def open_at(self, at: datetime, place: ZoneInfo) -> bool:
        """Whether it may still be changed at `at`, by the clock of the centre."""
        return local_day(self.recorded_at, place) == local_day(at, place)


def of_bookings(session: Session, booking_ids: Collection[int]) -> dict[int, Choice]:
    """By booking, for those whose person was seen. One statement."""
    rows = session.execute(
        select(Visit.booking_id, Visit.outcome, Visit.recorded_at, Service.outcomes)
        .join(VisitService, VisitService.visit_id == Visit.id)
        .join(Service, Service.id == VisitService.service_id)
        .where(Visit.booking_id.in_(booking_ids), Visit.voided_at.is_(None))
    )
    return {row[0]: Choice(row.outcomes, row.outcome, row.recorded_at) for row in rows}


def choose(
    session: Session, booking_id: int, code: str | None, *, place: ZoneInfo, at: datetime, by: int
) -> None:
    """Keep `code` as the outcome of a booking, or take the outcome away (None).

    `place` is the clock of its centre. Raises `NotSeen`, `DayIsOver`, `UnknownOutcome`.
    """
    standing = of_bookings(session, [booking_id]).get(booking_id)
    visit = queries.live_of_booking(session, booking_id)
    if standing is None or visit is None:
        raise NotSeen()
    if not standing.open_at(at, place):
        raise DayIsOver()
    if code is not None and code not in standing.codes:
        raise UnknownOutcome()
    if visit.outcome == code:
        return
    visit.outcome = code
    centre_id = visit.centre_id
    audit.note(session, "visit.outcome", "visit", visit.id, by=by, at=at, centre_id=centre_id)
    session.flush()
