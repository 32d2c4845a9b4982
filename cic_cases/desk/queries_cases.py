"""Whose case it is, asked of the rooms that know."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from cic_cases.bookings import queries as bookings
from cic_cases.cases import queries as cases
from cic_cases.cases.models import Case
from cic_cases.cases.rules import OWN_FOR
from cic_cases.foundation.errors import NotFound
from cic_cases.privacy.actor import Scope
from cic_cases.referrals import queries as referrals
from cic_cases.visits import queries as visits


def visible_case(session: Session, code: str, scope: Scope, at: datetime) -> Case:
    """The case of this code within `scope`: of its centres, or the specialist's own.

    Own is whoever had a booking or a visit in the last twelve months, or has one ahead, or took a
    referral. Raises `NotFound`: foreign, missing and mistyped are the same.
    """
    if scope.own is None:
        return cases.visible_case(session, code, scope)
    return cases.visible_case(session, code, scope, *_served_by(scope.own, at - OWN_FOR))


def code_of(session: Session, case: Case) -> str:
    """The code of the case's live card. Raises `NotFound` when it has none any more."""
    code = cases.current_code(session, case.id)
    if code is None:
        raise NotFound()
    return code


def is_own(session: Session, case_id: int, staff_id: int, at: datetime) -> bool:
    """Whether the case is this specialist's own, in the last twelve months or ahead."""
    first, *others = _served_by(staff_id, at - OWN_FOR)
    served = first.union(*others).subquery()
    return session.scalar(select(served).where(list(served.c)[0] == case_id)) is not None


def _served_by(staff_id: int, since: datetime) -> tuple[Select[Any], ...]:
    """The ids of the cases somebody receives, has received, or has been referred and took."""
    rooms = (bookings.served_by, visits.served_by, referrals.taken_by)
    return tuple(served_by(staff_id, since) for served_by in rooms)
