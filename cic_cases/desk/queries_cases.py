"""Whose case it is, asked of the three rooms that know: cases, bookings and visits."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.bookings import queries as bookings
from cic_cases.cases import queries as cases
from cic_cases.cases.models import Case
from cic_cases.cases.rules import OWN_FOR
from cic_cases.privacy.actor import Scope
from cic_cases.visits import queries as visits


def visible_case(session: Session, code: str, scope: Scope, at: datetime) -> Case:
    """The case of this code within `scope`: of its centres, or the specialist's own.

    Own is whoever had a booking or a visit in the last twelve months, or has one ahead. Raises
    `NotFound`: foreign, missing and mistyped are the same.
    """
    if scope.own is None:
        return cases.visible_case(session, code, scope)
    since = at - OWN_FOR
    served = (bookings.served_by(scope.own, since), visits.served_by(scope.own, since))
    return cases.visible_case(session, code, scope, *served)


def is_own(session: Session, case_id: int, staff_id: int, at: datetime) -> bool:
    """Whether the case is this specialist's own: a booking or a visit in the last twelve months."""
    since = at - OWN_FOR
    served = bookings.served_by(staff_id, since).union(visits.served_by(staff_id, since)).subquery()
    return session.scalar(select(served).where(list(served.c)[0] == case_id)) is not None
