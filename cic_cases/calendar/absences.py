"""Asking for days off: a request changes no roster. Whoever grants it cancels the duties first."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from cic_cases.calendar.models import Absence, AbsenceRequest
from cic_cases.foundation.db import lock_row
from cic_cases.foundation.errors import N_, Invalid, NotFound, Refusal
from cic_cases.privacy import audit
from cic_cases.privacy.actor import Scope

REASONS = ("leave", "training", "other")
WHY_NOT = ("no_substitute", "many_away", "talk")
LONGEST = timedelta(days=62)
FARTHEST = timedelta(days=400)
SHOWN = 20


class DaysPassed(Refusal):
    """Only days to come can be asked for."""

    msgid = N_("Choose a day that is still to come, at most a year ahead.")
    field = "first_day"


class TooLong(Refusal):
    """The last day comes before the first, or too late after it."""

    msgid = N_("Choose a last day from the first day on, at most two months later.")
    field = "last_day"


class UnknownReason(Invalid):
    """The reason is one of a list."""

    field = "reason"


class Decided(Refusal):
    """Somebody decided, or took it back, before."""

    msgid = N_("This request has already been decided or withdrawn.")
    problem = "wrong-status"
    status = 409


def ask(
    session: Session,
    days: tuple[date, date],
    reason: str,
    *,
    centre_id: int,
    today: date,
    at: datetime,
    by: int,
) -> AbsenceRequest:
    """Ask for the days from the first to the last; `today` is the centre's day.

    Raises `DaysPassed`, `TooLong`, `UnknownReason`.
    """
    first, last = days
    if not today <= first <= today + FARTHEST:
        raise DaysPassed()
    if not timedelta(0) <= last - first <= LONGEST:
        raise TooLong()
    if reason not in REASONS:
        raise UnknownReason()
    request = AbsenceRequest(
        staff_id=by,
        centre_id=centre_id,
        first_day=first,
        last_day=last,
        reason=reason,
        state=Absence.ASKED,
        asked_at=at,
    )
    session.add(request)
    session.flush()
    _note(session, "absence.asked", request, at=at, by=by)
    return request


def withdraw(session: Session, request_id: int, *, at: datetime, by: int) -> None:
    """Take one's own request back. Raises `NotFound`, `Decided`."""
    request = session.get(AbsenceRequest, request_id)
    if request is None or request.staff_id != by:
        raise NotFound()
    _settle(session, request, Absence.WITHDRAWN, at=at, by=by)
    _note(session, "absence.withdrawn", request, at=at, by=by)


def approve(session: Session, request_id: int, *, scope: Scope, at: datetime, by: int) -> None:
    """Grant it: the duties of its days are cancelled already. Raises `NotFound`, `Decided`."""
    request = in_scope(session, request_id, scope)
    _settle(session, request, Absence.APPROVED, at=at, by=by)
    _note(session, "absence.approved", request, at=at, by=by)


def decline(
    session: Session, request_id: int, why: str, *, scope: Scope, at: datetime, by: int
) -> None:
    """Refuse it with a reason of the list. Raises `NotFound`, `Decided`, `UnknownReason`."""
    request = in_scope(session, request_id, scope)
    if why not in WHY_NOT:
        raise UnknownReason()
    _settle(session, request, Absence.DECLINED, at=at, by=by)
    request.why_not = why
    _note(session, "absence.declined", request, at=at, by=by)


def in_scope(session: Session, request_id: int, scope: Scope) -> AbsenceRequest:
    """The request, or `NotFound`: of another centre and missing are the same."""
    request = session.get(AbsenceRequest, request_id)
    if request is None or request.centre_id not in scope.centres:
        raise NotFound()
    return request


def own(session: Session, staff_id: int) -> Sequence[AbsenceRequest]:
    """Somebody's own requests, the latest first."""
    wanted = select(AbsenceRequest).where(AbsenceRequest.staff_id == staff_id)
    return session.scalars(wanted.order_by(AbsenceRequest.id.desc()).limit(SHOWN)).all()


def waiting(session: Session, scope: Scope) -> Sequence[AbsenceRequest]:
    """What waits for a decision in the centres of `scope`, the nearest days first."""
    wanted = select(AbsenceRequest).where(*_waiting(scope))
    return session.scalars(wanted.order_by(AbsenceRequest.first_day, AbsenceRequest.id)).all()


def number_waiting(session: Session, scope: Scope) -> int:
    """How many wait for a decision."""
    return session.execute(select(func.count()).where(*_waiting(scope))).scalar_one()


def _waiting(scope: Scope) -> tuple[ColumnElement[bool], ...]:
    return AbsenceRequest.centre_id.in_(scope.centres), AbsenceRequest.state == Absence.ASKED


def _settle(
    session: Session, request: AbsenceRequest, state: Absence, *, at: datetime, by: int
) -> None:
    lock_row(session, request)
    if request.state is not Absence.ASKED:
        raise Decided()
    request.state = state
    request.decided_at, request.decided_by = at, by
    session.flush()


def _note(session: Session, act: str, request: AbsenceRequest, *, at: datetime, by: int) -> None:
    place = request.centre_id
    audit.note(session, act, "absence_request", request.id, by=by, at=at, centre_id=place)
