"""What the live board asks beside its lines: whether anything has changed, who speaks what."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select
from sqlalchemy.orm import Session

from cic_cases.bookings.models import Booking, BookingTrace
from cic_cases.notifications.models import Reply
from cic_cases.people.models import Staff, StaffLanguage
from cic_cases.visits.models import QuickContact, Visit
from cic_cases.visits.ticket_models import Ticket

AROUND = timedelta(days=1)  # wider than any local day, so that no time zone has to be known


@dataclass(frozen=True, slots=True)
class Voice:
    """Somebody who takes part in an appointment, and the languages they speak."""

    initials: str
    languages: frozenset[str]


NOBODY = Voice("", frozenset())


def voices(session: Session, staff_ids: Iterable[int | None]) -> dict[int, Voice]:
    """Those who receive and interpret, by id. One statement, none for nobody."""
    wanted = {one for one in staff_ids if one is not None}
    if not wanted:
        return {}
    rows = session.execute(
        select(Staff.id, Staff.initials, StaffLanguage.language)
        .outerjoin(StaffLanguage, StaffLanguage.staff_id == Staff.id)
        .where(Staff.id.in_(wanted))
    ).all()
    spoken: dict[int, set[str]] = {}
    for row in rows:
        spoken.setdefault(row.id, set()).add(row.language)
    return {row.id: Voice(row.initials, frozenset(spoken[row.id])) for row in rows}


def stamp(session: Session, centre_id: int, at: datetime) -> str:
    """A word that differs when a booking, an answer, a number or a count of about today does.

    It may differ when nothing shown does: then the board is drawn once too often.
    """
    values = {"centre": centre_id, "begin": at - AROUND, "end": at + AROUND}
    row = session.execute(_stamp(), values).one()
    return "-".join(str(value or 0) for value in row)


@cache
def _stamp() -> Select[Any]:
    """The statement, made once: every desk asks it every ten seconds."""
    bookings = select(Booking.id).where(
        Booking.centre_id == bindparam("centre"),
        Booking.starts_at.between(bindparam("begin"), bindparam("end")),
    )
    counted = [
        select(func.count(Booking.id)).where(Booking.id.in_(bookings)),
        select(func.sum(Booking.version)).where(Booking.id.in_(bookings)),
        select(func.max(BookingTrace.id)).where(BookingTrace.booking_id.in_(bookings)),
        select(func.count(Reply.id)).where(Reply.booking_id.in_(bookings)),
        select(func.count(Reply.settled_at)).where(Reply.booking_id.in_(bookings)),
        select(func.count(Ticket.id)).where(Ticket.booking_id.in_(bookings)),
        *(
            select(func.count(rows.id)).where(
                rows.centre_id == bindparam("centre"),
                rows.occurred_at.between(bindparam("begin"), bindparam("end")),
                rows.voided_at.is_(None),
            )
            for rows in (Visit, QuickContact)
        ),
    ]
    return select(*(one.scalar_subquery() for one in counted))
