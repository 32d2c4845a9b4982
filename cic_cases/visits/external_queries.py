"""Questions about appointments elsewhere. They read; the scope is part of the question."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, func, or_, select
from sqlalchemy.orm import Session

from cic_cases.cases.models import Card
from cic_cases.centres.models import Centre, Place
from cic_cases.foundation.errors import NotFound
from cic_cases.foundation.intervals import Interval
from cic_cases.people.models import Staff, StaffGrant
from cic_cases.privacy.actor import Scope
from cic_cases.visits.external_rules import ASSISTANTS, with_the_way
from cic_cases.visits.models import ExternalAppointment, ExternalFormerAssistant
from cic_cases.visits.statuses import ExternalStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalLine:
    """One appointment elsewhere in a list; times in UTC, `names` are the place's."""

    id: int
    reference: str
    case_id: int
    code: str | None
    centre_id: int
    timezone: str
    names: dict[str, str]
    starts_at: datetime
    ends_at: datetime
    travel_minutes: int
    company: bool
    assistant_id: int | None
    assistant: str | None
    language: str
    status: ExternalStatus
    version: int
    calendar_uid: str
    made_by: int
    made_at: datetime

    @property
    def time(self) -> Interval:
        """The time that is gone: the appointment, and the way there and back."""
        return with_the_way(self.starts_at, self.ends_at, self.travel_minutes)

    @property
    def open_task(self) -> bool:
        """Whether somebody must still be found to go along."""
        noted = self.status is ExternalStatus.NOTED
        return noted and self.company and self.assistant_id is None


def within(scope: Scope) -> ColumnElement[bool]:
    """What a scope reaches: of the centre, or what one noted oneself or goes along to."""
    own = scope.own or 0
    return or_(
        ExternalAppointment.centre_id.in_(scope.centres),
        ExternalAppointment.assistant_id == own,
        ExternalAppointment.made_by == own,
    )


def by_reference(session: Session, reference: str, scope: Scope) -> ExternalAppointment:
    """The appointment, or `NotFound`: out of scope and missing are the same."""
    wanted = select(ExternalAppointment).where(
        ExternalAppointment.reference == reference, within(scope)
    )
    found = session.scalar(wanted)
    if found is None:
        raise NotFound()
    return found


def _lines() -> Select[ExternalAppointment, dict[str, str], str, str, str]:
    code = (
        select(func.max(Card.code))
        .where(Card.case_id == ExternalAppointment.case_id, Card.revoked_at.is_(None))
        .scalar_subquery()
    )
    return (
        select(ExternalAppointment, Place.names, Centre.timezone, Staff.initials, code)
        .join(Place, Place.id == ExternalAppointment.place_id)
        .join(Centre, Centre.id == ExternalAppointment.centre_id)
        .outerjoin(Staff, Staff.id == ExternalAppointment.assistant_id)
    )


def _read(
    session: Session, wanted: Select[ExternalAppointment, dict[str, str], str, str, str]
) -> list[ExternalLine]:
    return [
        ExternalLine(
            id=one.id,
            reference=one.reference,
            case_id=one.case_id,
            code=code,
            centre_id=one.centre_id,
            timezone=timezone,
            names=names,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            travel_minutes=one.travel_minutes,
            company=one.company,
            assistant_id=one.assistant_id,
            assistant=initials,
            language=one.language,
            status=one.status,
            version=one.version,
            calendar_uid=one.calendar_uid,
            made_by=one.made_by,
            made_at=one.made_at,
        )
        for one, names, timezone, initials, code in session.execute(wanted)
    ]


def of_case(session: Session, case_id: int) -> list[ExternalLine]:
    """Every appointment elsewhere of a case, latest first. One statement."""
    wanted = _lines().where(ExternalAppointment.case_id == case_id)
    latest = ExternalAppointment.starts_at.desc()
    return _read(session, wanted.order_by(latest, ExternalAppointment.id.desc()))


def coming(session: Session, scope: Scope, at: datetime) -> list[ExternalLine]:
    """What is noted and not over at `at`, within the scope, earliest first. One statement."""
    wanted = _lines().where(
        within(scope),
        ExternalAppointment.ends_at > at,
        ExternalAppointment.status == ExternalStatus.NOTED,
    )
    return _read(session, wanted.order_by(ExternalAppointment.starts_at, ExternalAppointment.id))


def without_company(session: Session, centre_ids: Iterable[int], at: datetime) -> int:
    """For how many appointments to come of these centres nobody has been found to go along."""
    values = {"centres": list(centre_ids), "at": at}
    number: int = session.execute(_without_company(), values).scalar_one()
    return number


@cache
def _without_company() -> Select[Any]:
    """The statement, made once: it is on every desk."""
    return select(func.count()).where(
        ExternalAppointment.centre_id.in_(bindparam("centres", expanding=True)),
        ExternalAppointment.status == ExternalStatus.NOTED,
        ExternalAppointment.company,
        ExternalAppointment.assistant_id.is_(None),
        ExternalAppointment.starts_at > bindparam("at"),
    )


def with_assistant(session: Session, staff_id: int, window: Interval) -> list[ExternalLine]:
    """What a member of staff goes along to, cancelled too, that starts in `window` or whose way
    does; earliest first. One statement.
    """
    wanted = _lines().where(
        ExternalAppointment.assistant_id == staff_id,
        ExternalAppointment.ends_at > window.start,
        ExternalAppointment.starts_at < window.end,
    )
    return _read(session, wanted.order_by(ExternalAppointment.starts_at, ExternalAppointment.id))


@dataclass(frozen=True, slots=True)
class NoLonger:
    """An appointment that a member of staff was to go along to; times in UTC, as they knew it."""

    calendar_uid: str
    version: int
    time: Interval
    starts_at: datetime
    timezone: str
    at: datetime


def no_longer_with(session: Session, staff_id: int, window: Interval) -> list[NoLonger]:
    """What somebody else, or nobody, goes along to now, earliest first. One statement."""
    wanted = (
        select(ExternalFormerAssistant, ExternalAppointment.calendar_uid, Centre.timezone)
        .join(ExternalAppointment, ExternalAppointment.id == ExternalFormerAssistant.external_id)
        .join(Centre, Centre.id == ExternalAppointment.centre_id)
        .where(
            ExternalFormerAssistant.staff_id == staff_id,
            ExternalAppointment.assistant_id.is_distinct_from(staff_id),
            ExternalFormerAssistant.ends_at > window.start,
            ExternalFormerAssistant.starts_at < window.end,
        )
        .order_by(ExternalFormerAssistant.starts_at, ExternalFormerAssistant.external_id)
    )
    return [
        NoLonger(
            uid,
            was.version,
            with_the_way(was.starts_at, was.ends_at, was.travel_minutes),
            was.starts_at,
            timezone,
            was.at,
        )
        for was, uid, timezone in session.execute(wanted)
    ]


def place_in(session: Session, place_id: int, centre_id: int) -> Place | None:
    """The place, if it is one in use of the centre's region."""
    return session.scalar(
        select(Place)
        .join(Centre, Centre.region_id == Place.region_id)
        .where(Place.id == place_id, Place.active, Centre.id == centre_id)
    )


def assistants(session: Session, centre_id: int) -> Sequence[Staff]:
    """Who of a centre goes along with people, by initials. One statement."""
    region = select(Centre.region_id).where(Centre.id == centre_id).scalar_subquery()
    granted = select(StaffGrant.staff_id).where(
        StaffGrant.role.in_(ASSISTANTS),
        or_(StaffGrant.centre_id == centre_id, StaffGrant.region_id == region),
    )
    wanted = select(Staff).where(Staff.id.in_(granted), Staff.disabled_at.is_(None))
    return session.scalars(wanted.order_by(Staff.initials, Staff.id)).all()
