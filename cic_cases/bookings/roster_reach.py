"""What of the rosters somebody may change: out of reach and missing are the same."""

from sqlalchemy.orm import Session

from cic_cases.bookings import duty_plan
from cic_cases.calendar.changes import (
    DateHours,
    Ending,
    OneDate,
    Reopening,
    Replacing,
    RosterChange,
    WeekHours,
)
from cic_cases.calendar.models import Closure, Duty
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Institution
from cic_cases.foundation.errors import NotFound
from cic_cases.privacy.actor import Scope


def within(centre_id: int | None, scope: Scope) -> int:
    """The centre, if its rosters are one's to change; `NotFound`."""
    if centre_id is None or centre_id not in scope.centres:
        raise NotFound()
    return centre_id


def duty_in(session: Session, duty_id: int, scope: Scope) -> Duty:
    """The duty, or `NotFound` when it is missing or out of scope."""
    duty = session.get(Duty, duty_id)
    if duty is None or duty.centre_id not in scope.centres:
        raise NotFound()
    return duty


def closure_in(session: Session, closure_id: int, scope: Scope) -> Closure:
    """The closure, or `NotFound`; one for a whole region is for those who reach all of it."""
    closure = session.get(Closure, closure_id)
    if closure is None:
        raise NotFound()
    if closure.centre_id is None:
        _check_region(session, closure.institution_id, scope)
    else:
        within(closure.centre_id, scope)
    return closure


def _check_region(session: Session, institution_id: int | None, scope: Scope) -> int:
    """Some centre of the institution's region, if one reaches them all; else `NotFound`."""
    office = session.get(Institution, institution_id) if institution_id else None
    places = centres.all_centres(session, region_id=office.region_id) if office else []
    ids = {centre.id for centre in places}
    if not ids or not ids <= scope.centres:
        raise NotFound()
    return min(ids)


def centre_of(session: Session, change: RosterChange, scope: Scope) -> int:
    """The centre a change is about, if one may change it; `NotFound`."""
    if isinstance(change, OneDate | Ending | Replacing):
        return duty_in(session, change.duty_id, scope).centre_id
    if isinstance(change, WeekHours | DateHours):
        return within(change.centre_id, scope)
    if isinstance(change, Reopening):
        closed = duty_plan.closed_days(closure_in(session, change.closure_id, scope))
    else:
        closed = change.closed
    if closed.centre_id is None:
        return _check_region(session, closed.institution_id, scope)
    return within(closed.centre_id, scope)
