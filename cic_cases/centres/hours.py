"""A coordinator sets when a centre is open: every such weekday, or on one date."""

from datetime import date, datetime, time
from typing import Any

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
    _put(session, _row(session, centre_id, weekday), _new(centre_id, weekday), hours, by)
    audit.note(session, "hours.week", "centre", centre_id, by=by, at=at, centre_id=centre_id)


def set_date(
    session: Session, centre_id: int, on: date, hours: Hours | None, *, at: datetime, by: int
) -> None:
    """Open the centre at these local hours on one date; None: as on every such weekday."""
    _put(session, _row(session, centre_id, on), _new(centre_id, on), hours, by)
    audit.note(session, "hours.date", "centre", centre_id, by=by, at=at, centre_id=centre_id)


def hours_of(session: Session, centre_id: int, day: int | date) -> Hours | None:
    """What is set for this weekday, or this date; None when nothing is."""
    row = _row(session, centre_id, day)
    return (row.opens, row.closes) if row is not None else None


def kept(session: Session, centre_id: int, day: int | date) -> dict[str, Any] | None:
    """What is set for this weekday or date, as words for `restore`; None when nothing is."""
    row = _row(session, centre_id, day)
    if row is None:
        return None
    hours = [f"{one:%H:%M}" for one in (row.opens, row.closes)]
    return {"hours": hours, "assumed": row.assumed, "set_by": row.set_by}


def restore(
    session: Session,
    centre_id: int,
    day: int | date,
    was: dict[str, Any] | None,
    *,
    at: datetime,
    by: int,
) -> None:
    """Set what `kept` has kept, as it was, with whoever had set it."""
    row = _row(session, centre_id, day)
    if row is not None:
        session.delete(row)
        session.flush()
    if was is not None:
        opens, closes = (time.fromisoformat(one) for one in was["hours"])
        row = _new(centre_id, day)
        row.opens, row.closes = opens, closes
        row.assumed, row.set_by = was["assumed"], was["set_by"]
        session.add(row)
        session.flush()
    what = "hours.date" if isinstance(day, date) else "hours.week"
    audit.note(session, what, "centre", centre_id, by=by, at=at, centre_id=centre_id)


def _row(session: Session, centre_id: int, day: int | date) -> OpeningHours | OpeningDate | None:
    if isinstance(day, date):
        return session.get(OpeningDate, (centre_id, day))
    return session.get(OpeningHours, (centre_id, day))


def _new(centre_id: int, day: int | date) -> OpeningHours | OpeningDate:
    if isinstance(day, date):
        return OpeningDate(centre_id=centre_id, on=day)
    return OpeningHours(centre_id=centre_id, weekday=day)


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
