"""Questions about visits. They only read, and only what was not taken back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from cic_cases.foundation.intervals import Interval
from cic_cases.visits.channels import Channel
from cic_cases.visits.models import QuickContact, Visit, VisitService


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """One visit of a case; times in UTC."""

    id: int
    key: str
    centre_id: int
    channel: Channel
    language: str
    minutes: int | None
    occurred_at: datetime
    booking_id: int | None
    recorded_by: int
    service_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class TodayCounts:
    """What a centre has counted on a day; quick contacts are no visits."""

    visits: int
    quick_contacts: int


def of_case(session: Session, case_id: int) -> list[VisitFacts]:
    """Every live visit of a case, latest first. Two statements, however many visits."""
    live = (Visit.case_id == case_id, Visit.voided_at.is_(None))
    given: dict[int, list[int]] = {}
    for visit_id, service_id in session.execute(
        select(VisitService.visit_id, VisitService.service_id)
        .join(Visit, Visit.id == VisitService.visit_id)
        .where(*live)
        .order_by(VisitService.service_id)
    ):
        given.setdefault(visit_id, []).append(service_id)
    wanted = select(Visit).where(*live).order_by(Visit.occurred_at.desc(), Visit.id.desc())
    return [
        VisitFacts(
            id=visit.id,
            key=visit.key,
            centre_id=visit.centre_id,
            channel=visit.channel,
            language=visit.language,
            minutes=visit.minutes,
            occurred_at=visit.occurred_at,
            booking_id=visit.booking_id,
            recorded_by=visit.recorded_by,
            service_ids=tuple(given.get(visit.id, ())),
        )
        for visit in session.scalars(wanted)
    ]


def today_counts(session: Session, centre_id: int, day: Interval) -> TodayCounts:
    """What was counted in a centre between two instants."""

    def counted(rows: type[Visit] | type[QuickContact]) -> int:
        found = session.scalar(
            select(func.count())
            .select_from(rows)
            .where(
                rows.centre_id == centre_id,
                rows.occurred_at >= day.start,
                rows.occurred_at < day.end,
                rows.voided_at.is_(None),
            )
        )
        return found or 0

    return TodayCounts(visits=counted(Visit), quick_contacts=counted(QuickContact))


def visit_number(session: Session, case_ids: Iterable[int], before: datetime) -> dict[int, int]:
    """For each case, which visit a visit at `before` would be: 1 is the first. One statement."""
    wanted = list(case_ids)
    rows = session.execute(
        select(Visit.case_id, func.count().label("visits"))
        .where(Visit.case_id.in_(wanted), Visit.occurred_at < before, Visit.voided_at.is_(None))
        .group_by(Visit.case_id)
    )
    made = {row.case_id: row.visits for row in rows}
    return {case_id: made.get(case_id, 0) + 1 for case_id in wanted}


def served_by(staff_id: int, since: datetime) -> Select[Any]:
    """The ids of the cases that a member of staff saw without a booking, from `since` on.

    A visit that a booking led to belongs to the booking's specialist, whoever tapped «done».
    """
    return select(Visit.case_id).where(
        Visit.recorded_by == staff_id,
        Visit.booking_id.is_(None),
        Visit.occurred_at >= since,
        Visit.case_id.is_not(None),
        Visit.voided_at.is_(None),
    )


def live_of_booking(session: Session, booking_id: int) -> Visit | None:
    """The one live visit that a booking led to."""
    wanted = select(Visit).where(Visit.booking_id == booking_id, Visit.voided_at.is_(None))
    return session.scalar(wanted)


def quick_contact_to_undo(
    session: Session, centre_id: int, staff_id: int, since: datetime, key: str | None
) -> QuickContact | None:
    """The last live quick contact that this member of staff counted here from `since` on.

    With `key`, exactly that one.
    """
    own = select(QuickContact).where(
        QuickContact.centre_id == centre_id,
        QuickContact.recorded_by == staff_id,
        QuickContact.occurred_at >= since,
        QuickContact.voided_at.is_(None),
    )
    if key is not None:
        own = own.where(QuickContact.key == key)
    latest = own.order_by(QuickContact.occurred_at.desc(), QuickContact.id.desc()).limit(1)
    return session.scalar(latest.with_for_update())
