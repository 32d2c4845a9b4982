"""What a change of the rosters replaces: kept with it, so that it can be undone exactly."""

from datetime import date, time
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.bookings.disruption_rules import Disrupting, undo_within
from cic_cases.calendar import service
from cic_cases.calendar.changes import Closing, DateHours, Ending, OneDate, WeekHours
from cic_cases.calendar.models import Closure, Duty, DutyException
from cic_cases.calendar.rules import Change, Hours
from cic_cases.centres import hours as opening


def kept(session: Session, change: Disrupting) -> dict[str, Any]:
    """What was there before, as words for the row; nothing when it cannot be taken back."""
    if not undo_within(change):
        return {}
    match change:
        case OneDate():
            before = service.change_on(session, change.duty_id, change.on)
            return {"change": written(before), "now": written(change.change)}
        case Ending():
            last = session.get_one(Duty, change.duty_id).valid_until
            later = select(DutyException).where(
                DutyException.duty_id == change.duty_id, DutyException.on > change.last_day
            )
            dates = {row.on.isoformat(): service.change_of(row) for row in session.scalars(later)}
            return {
                "valid_until": last.isoformat() if last else None,
                "dates": {on: written(one) for on, one in dates.items()},
            }
        case WeekHours() | DateHours():
            return {
                "weekday": change.weekday if isinstance(change, WeekHours) else None,
                "was": opening.kept(session, change.centre_id, _day(change)),
                "now": _words(change.hours),
            }
    return {}


def is_done(session: Session, change: Disrupting) -> bool:
    """Whether the rosters say already what the change wants: it was sent twice."""
    match change:
        case OneDate():
            return service.change_on(session, change.duty_id, change.on) == change.change
        case Ending():
            return session.get_one(Duty, change.duty_id).valid_until == change.last_day
        case WeekHours() | DateHours():
            return opening.hours_of(session, change.centre_id, _day(change)) == change.hours
        case Closing(closed):
            same = select(Closure.id).where(
                Closure.centre_id == closed.centre_id,
                Closure.institution_id.is_not_distinct_from(closed.institution_id),
                Closure.room_id.is_not_distinct_from(closed.room_id),
                Closure.first_day == closed.first_day,
                Closure.last_day == closed.last_day,
            )
            return session.scalar(same.limit(1)) is not None
    return False  # what a whole rule became is told by the rule itself: it meets its own duty


def _day(change: WeekHours | DateHours) -> int | date:
    return change.weekday if isinstance(change, WeekHours) else change.on


def _words(hours: Hours | None) -> list[str] | None:
    return [f"{one:%H:%M}" for one in hours] if hours else None


def written(change: Change | None) -> dict[str, Any] | None:
    """What was other on that date before, for the row; hours as «HH:MM»."""
    if change is None:
        return None
    return {
        "cancelled": change.cancelled,
        "hours": _words(change.hours),
        "room_id": change.room_id,
        "staff_id": change.staff_id,
    }


def read(before: dict[str, Any] | None) -> Change | None:
    """`written`, read back."""
    if before is None:
        return None
    parsed = [time.fromisoformat(one) for one in before["hours"] or ()]
    return Change(
        cancelled=before.get("cancelled", False),
        hours=(parsed[0], parsed[1]) if parsed else None,
        room_id=before["room_id"],
        staff_id=before["staff_id"],
    )
