"""Questions about referrals. They only read; the scope is part of the question."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from cic_cases.calendar.models import Duty, DutyKind, DutyService
from cic_cases.cases.models import Card, Case
from cic_cases.centres.models import Centre, Secrecy, Service
from cic_cases.foundation.clock import zone
from cic_cases.foundation.errors import NotFound
from cic_cases.foundation.localtime import local_day
from cic_cases.people.models import Staff
from cic_cases.privacy.actor import Scope
from cic_cases.referrals.models import Referral
from cic_cases.referrals.rules import KEPT_ON_LIST
from cic_cases.referrals.states import NotTaken, State, Why

OPEN = (State.SENT, State.ACCEPTED)
TAKEN = (State.ACCEPTED, State.DONE)


@dataclass(frozen=True, slots=True)
class Receiver:
    """A member of staff who gives a kind of help in a centre, by the rosters."""

    service_id: int
    staff_id: int
    initials: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralLine:
    """One referral in a list; times in UTC, `code` is the person's live card."""

    id: int
    case_id: int
    code: str | None
    language: str
    names: dict[str, str]
    secrecy: Secrecy
    public_label: str
    city: str
    timezone: str
    centre_id: int
    sent_centre_id: int
    why: Why
    urgent: bool
    state: State
    declined_for: NotTaken | None
    sent_at: datetime
    sent_by: int
    sender: str
    to_staff_id: int | None
    receiver: str | None
    answered_at: datetime | None
    answered_by: int | None
    answerer: str | None
    read_at: datetime | None
    noted_at: datetime | None


def receivers(session: Session, centre_id: int, today: date) -> list[Receiver]:
    """Who gives which help in this centre from the local day `today` on. One statement."""
    wanted = (
        select(DutyService.service_id, Staff.id, Staff.initials)
        .distinct()
        .join(Duty, Duty.id == DutyService.duty_id)
        .join(Staff, Staff.id == Duty.staff_id)
        .where(
            Duty.centre_id == centre_id,
            Duty.kind == DutyKind.RECEIVES,
            or_(Duty.valid_until.is_(None), Duty.valid_until >= today),
            Staff.disabled_at.is_(None),
        )
        .order_by(DutyService.service_id, Staff.initials, Staff.id)
    )
    return [Receiver(*row) for row in session.execute(wanted)]


def _gives(staff_id: int, today: date) -> ColumnElement[bool]:
    """Whether somebody gives the help of the referral, in its centre, from `today` on."""
    given = (
        select(Duty.id)
        .join(DutyService, DutyService.duty_id == Duty.id)
        .where(
            Duty.staff_id == staff_id,
            Duty.centre_id == Referral.centre_id,
            Duty.kind == DutyKind.RECEIVES,
            DutyService.service_id == Referral.service_id,
            or_(Duty.valid_until.is_(None), Duty.valid_until >= today),
        )
    )
    return given.exists()


def _to(staff_id: int, today: date) -> ColumnElement[bool]:
    """Whether somebody may answer: named, or any of those who give the help; who took it may."""
    for_any = and_(Referral.to_staff_id.is_(None), _gives(staff_id, today))
    waiting = and_(
        Referral.state == State.SENT,
        Referral.sent_by != staff_id,
        or_(Referral.to_staff_id == staff_id, for_any),
    )
    return or_(waiting, Referral.answered_by == staff_id)


def received(session: Session, staff_id: int, at: datetime, today: date) -> list[ReferralLine]:
    """What somebody is asked, has taken, or has just ended; urgent and old first.

    `today` is the local day of where they work: rosters are of local days.
    """
    wanted = _lines().where(_to(staff_id, today), _on_list(at))
    return _read(session, wanted.order_by(Referral.urgent.desc(), Referral.sent_at, Referral.id))


def sent(session: Session, scope: Scope, at: datetime) -> list[ReferralLine]:
    """What was sent from the centres of the scope or by its own, open or answered of late."""
    wanted = _lines().where(_sent_within(scope), _on_list(at))
    return _read(session, wanted.order_by(Referral.sent_at.desc(), Referral.id))


def unanswered(session: Session, staff_id: int, today: date) -> int:
    """How many referrals wait for an answer of somebody on their local day. One statement."""
    waiting = select(func.count(Referral.id)).where(
        Referral.state == State.SENT, _to(staff_id, today)
    )
    return session.execute(waiting).scalar_one()


def to_answer(session: Session, referral_id: int, staff_id: int, at: datetime) -> Referral:
    """The referral, if this member of staff may answer it or has, at `at` (UTC).

    Who gives the help is told by the local day of the centre that was asked. Raises `NotFound`.
    """
    where = select(Centre.timezone).join(Referral, Referral.centre_id == Centre.id)
    place = session.scalar(where.where(Referral.id == referral_id))
    if place is None:
        raise NotFound()
    return _one(session, referral_id, _to(staff_id, local_day(at, zone(place))))


def as_sender(session: Session, referral_id: int, scope: Scope) -> Referral:
    """The referral, if it was sent within the scope. Raises `NotFound`."""
    return _one(session, referral_id, _sent_within(scope))


def _sent_within(scope: Scope) -> ColumnElement[bool]:
    here = Referral.sent_centre_id.in_(scope.centres)
    return here if scope.own is None else or_(here, Referral.sent_by == scope.own)


def _on_list(at: datetime) -> ColumnElement[bool]:
    return or_(Referral.state.in_(OPEN), Referral.ended_at > at - KEPT_ON_LIST)


def _one(session: Session, referral_id: int, within: ColumnElement[bool]) -> Referral:
    found = session.scalar(select(Referral).where(Referral.id == referral_id, within))
    if found is None:
        raise NotFound()
    return found


def taken_by(staff_id: int, since: datetime) -> Select[int]:
    """The ids of the cases that were referred to somebody who took them, since `since` (UTC)."""
    return select(Referral.case_id).where(
        Referral.answered_by == staff_id,
        Referral.state.in_(TAKEN),
        Referral.answered_at >= since,
    )


def unread(session: Session) -> list[tuple[Referral, Centre]]:
    """Every referral that waits and that nobody has read, with its centre, the oldest first."""
    wanted = (
        select(Referral, Centre)
        .join(Centre, Centre.id == Referral.centre_id)
        .where(Referral.state == State.SENT, Referral.read_at.is_(None))
        .order_by(Referral.sent_at, Referral.id)
    )
    return [(row[0], row[1]) for row in session.execute(wanted)]


def standing(session: Session, case_id: int, service_id: int, centre_id: int) -> bool:
    """Whether a referral of this person to this help in this centre is open already."""
    wanted = select(Referral.id).where(
        Referral.case_id == case_id,
        Referral.service_id == service_id,
        Referral.centre_id == centre_id,
        Referral.state.in_(OPEN),
    )
    return session.scalar(wanted.limit(1)) is not None


def _lines() -> Select[tuple[object, ...]]:
    sender, receiver, answerer = aliased(Staff), aliased(Staff), aliased(Staff)
    live = (
        select(func.max(Card.code))
        .where(Card.case_id == Referral.case_id, Card.revoked_at.is_(None))
        .scalar_subquery()
    )
    columns = (
        Referral.id,
        Referral.case_id,
        live.label("code"),
        Case.contact_language.label("language"),
        Service.names,
        Service.secrecy,
        Service.public_label,
        Centre.city,
        Centre.timezone,
        Referral.centre_id,
        Referral.sent_centre_id,
        Referral.why,
        Referral.urgent,
        Referral.state,
        Referral.declined_for,
        Referral.sent_at,
        Referral.sent_by,
        sender.initials.label("sender"),
        Referral.to_staff_id,
        receiver.initials.label("receiver"),
        Referral.answered_at,
        Referral.answered_by,
        answerer.initials.label("answerer"),
        Referral.read_at,
        Referral.noted_at,
    )
    return (
        select(*columns)
        .join(Case, Case.id == Referral.case_id)
        .join(Service, Service.id == Referral.service_id)
        .join(Centre, Centre.id == Referral.centre_id)
        .join(sender, sender.id == Referral.sent_by)
        .outerjoin(receiver, receiver.id == Referral.to_staff_id)
        .outerjoin(answerer, answerer.id == Referral.answered_by)
    )


def _read(session: Session, wanted: Select[tuple[object, ...]]) -> list[ReferralLine]:
    return [ReferralLine(**row._mapping) for row in session.execute(wanted)]
