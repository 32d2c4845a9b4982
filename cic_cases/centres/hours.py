"""A coordinator sets when a centre is open: every such weekday, or on one date."""

from datetime import date, datetime, time

from sqlalchemy.orm import Session

from cic_cases.centres.models import OpeningDate, OpeningHours
from cic_cases.foundation.errors import N_, Refusal
from cic_cases.privacy import audit

Hours = tuple[time, time]


class ClosesBeforeOpening(Refusal):
    """Opening hours run forward."""

    msgid = N_("The Centre must close after it opens.")
    field = "closes"


def set_week(
    session: Session,
    centre_id: int,
    weekday: int,
    hours: Hours | None,
    *,
    at: datetime,
    by: int,
) -> None:
    """Open the centre at these local hours on every such weekday (0 is Monday); None closes it."""
    row = session.get(OpeningHours, (centre_id, weekday))
    _put(session, row, OpeningHours(centre_id=centre_id, weekday=weekday), hours, by)
    audit.note(session, "hours.week", "centre", centre_id, by=by, at=at, centre_id=centre_id)


def set_date(
    session: Session, centre_id: int, on: date, hours: Hours | None, *, at: datetime, by: int
) -> None:
    """Open the centre at these local hours on one date; None: as on every such weekday."""
    row = session.get(OpeningDate, (centre_id, on))
    _put(session, row, OpeningDate(centre_id=centre_id, on=on), hours, by)
    audit.note(session, "hours.date", "centre", centre_id, by=by, at=at, centre_id=centre_id)


def _put(
    session: Session,
    row: OpeningHours | OpeningDate | None,
    new: OpeningHours | OpeningDate,
    hours: Hours | None,
    by: int,
) -> None:
    if hours is None:
        if row is not None:
            session.delete(row)
            session.flush()
        return
    if hours[1] <= hours[0]:
        raise ClosesBeforeOpening()
    if row is None:
        row = new
        session.add(row)
    row.opens, row.closes = hours
    row.assumed, row.set_by = False, by
    session.flush()
