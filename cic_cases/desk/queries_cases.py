"""Whose case it is, asked of the rooms that know."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from cic_cases.bookings import queries as bookings
from cic_cases.bookings.queries import Line
from cic_cases.cases import queries as cases
from cic_cases.cases.models import Case
from cic_cases.cases.rules import OWN_FOR
from cic_cases.foundation.errors import NotFound
from cic_cases.privacy import pseudonyms
from cic_cases.privacy.actor import Actor, Scope
from cic_cases.referrals import queries as referrals
from cic_cases.visits import queries as visits
from cic_cases.visits.external_queries import ExternalLine

Called = TypeVar("Called", Line, ExternalLine)


def visible_case(session: Session, code: str, scope: Scope, at: datetime) -> Case:
    """The case of this code within `scope`: of its centres, or the specialist's own.

    Own is whoever had a booking or a visit in the last twelve months, or has one ahead, or took a
    referral. Raises `NotFound`: foreign, missing and mistyped are the same.
    """
    if scope.own is None:
        return cases.visible_case(session, code, scope)
    return cases.visible_case(session, code, scope, *_served_by(scope.own, at - OWN_FOR))


def code_of(session: Session, case: Case, reader: Actor) -> str:
    """The code by which `reader` may call the case. Raises `NotFound` without a live card."""
    code = cases.shown_code(session, case.id, reader)
    if code is None:
        raise NotFound()
    return code


def as_called(session: Session, lines: Iterable[Called], reader: Actor) -> list[Called]:
    """The lines, where each person goes by the code that `reader` may see; none stays none."""
    office = reader.office
    if office is None:
        return list(lines)
    return [
        replace(one, code=one.code and pseudonyms.of(session, office, one.case_id)) for one in lines
    ]


def is_own(session: Session, case_id: int, staff_id: int, at: datetime) -> bool:
    """Whether the case is this specialist's own, in the last twelve months or ahead."""
    first, *others = _served_by(staff_id, at - OWN_FOR)
    served = first.union(*others).subquery()
    return session.scalar(select(served).where(list(served.c)[0] == case_id)) is not None


def _served_by(staff_id: int, since: datetime) -> tuple[Select[Any], ...]:
    """The ids of the cases somebody receives, has received, or has been referred and took."""
    rooms = (bookings.served_by, visits.served_by, referrals.taken_by)
    return tuple(served_by(staff_id, since) for served_by in rooms)
