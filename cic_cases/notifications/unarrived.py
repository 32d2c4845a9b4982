"""What did not arrive: the coordinator's morning list, grouped by what is wrong.

Listed is what still matters: messages about an appointment as it stands, that failed, or whose
end nobody knows, or that should have left an hour ago; until the appointment begins, or until the
person has been told by telephone. No address and no card's code is among it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from cic_cases.bookings import queries as bookings
from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Status
from cic_cases.cases.models import Contact
from cic_cases.centres.models import Centre
from cic_cases.foundation.clock import zone
from cic_cases.notifications import call_list_queries, call_list_rules
from cic_cases.notifications.call_list_rules import What
from cic_cases.notifications.kinds import Kind, Means, State
from cic_cases.notifications.models import Attempt, Call, CallOutcome, Message, Report
from cic_cases.notifications.occasions import STANDING
from cic_cases.notifications.rules import FITS
from cic_cases.notifications.troubles import LATE, Trouble, trouble
from cic_cases.privacy.actor import Scope
from cic_cases.visits import external_queries as elsewhere
from cic_cases.visits.models import ExternalAppointment
from cic_cases.visits.statuses import ExternalStatus

About = type[Booking] | type[ExternalAppointment]
Reference = InstrumentedAttribute[int | None]
Subject = tuple[What, int]
ENDED = (State.FAILED, State.UNKNOWN)


@dataclass(frozen=True, kw_only=True, slots=True)
class Unarrived:
    """One message that did not arrive; times in UTC, `city` and `timezone` are the centre's.

    `waits`: it is still tried. `otherwise`: the same was told another way. `to_call`: the person
    is on the call list; without that and without `phone` they are told at reception.
    """

    message_id: str
    kind: Kind
    channel: Means
    language: str
    waits: bool
    what: What
    reference: str
    starts_at: datetime
    centre_id: int
    city: str
    timezone: str
    trouble: Trouble
    since: datetime
    otherwise: bool
    phone: bool
    to_call: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """Messages of one channel with one trouble; `waits` are those that are still tried."""

    trouble: Trouble
    channel: Means
    since: datetime
    messages: tuple[Unarrived, ...]

    @property
    def waits(self) -> int:
        """How many leave by themselves once the trouble ends."""
        return sum(one.waits for one in self.messages)

    @property
    def to_call(self) -> int:
        """How many of their people are on the call list."""
        return sum(one.to_call for one in self.messages)


def unarrived(session: Session, scope: Scope, at: datetime) -> list[Group]:
    """Everything of the scope that did not arrive, worst first. Three statements."""
    if not scope.centres:
        return []
    found = list(_read(session, scope, at))
    grouped: dict[tuple[Trouble, Means], list[Unarrived]] = {}
    for one in found:
        grouped.setdefault((one.trouble, one.channel), []).append(one)
    groups = [
        Group(
            trouble=what,
            channel=channel,
            since=min(one.since for one in group),
            messages=tuple(sorted(group, key=lambda one: (one.otherwise, one.starts_at))),
        )
        for (what, channel), group in grouped.items()
    ]
    return sorted(groups, key=lambda group: (list(Trouble).index(group.trouble), group.channel))


def number(session: Session, scope: Scope, at: datetime) -> int:
    """How many messages did not arrive and were not told another way. Two statements."""
    if not scope.centres:
        return 0
    found = 0
    for source in (_ours(scope), _theirs(scope)):
        rows = session.execute(
            _listed(source, _counted(source), at).where(~_told_otherwise(source))
        )
        found += sum(row.number for row in rows if _fits(row.kind, row.status))
    return found


def _read(session: Session, scope: Scope, at: datetime) -> Iterator[Unarrived]:
    to_call = _to_call(session, scope, at)
    for source in (_ours(scope), _theirs(scope)):
        for row in session.execute(_listed(source, _columns(source), at)):
            if _fits(row.kind, row.status):
                yield _one(source.what, row, (source.what, row.about) in to_call)


def _one(what: What, row: Any, to_call: bool) -> Unarrived:
    undelivered = row.report is Report.UNDELIVERED
    return Unarrived(
        message_id=row.id,
        kind=row.kind,
        channel=row.channel,
        language=row.language,
        waits=row.state is State.PENDING,
        what=what,
        reference=row.reference,
        starts_at=row.starts_at,
        centre_id=row.centre_id,
        city=row.city,
        timezone=row.timezone,
        trouble=trouble(row.state, row.failure, undelivered=undelivered),
        since=row.since or row.due_at,
        otherwise=bool(row.otherwise),
        phone=bool(row.phone),
        to_call=to_call,
    )


def _to_call(session: Session, scope: Scope, at: datetime) -> set[Subject]:
    """The appointments whose people are on the call list."""
    candidates = call_list_queries.found(session, scope, at)
    due = (call_list_rules.due(one, at, zone(one.timezone)) for one in candidates)
    return {one.subject for one in due if one is not None}


def _fits(kind: Kind, status: Status | ExternalStatus) -> bool:
    """Whether the message still says what is so."""
    now = status if isinstance(status, Status) else STANDING[status]
    return now in FITS[kind]


@dataclass(frozen=True, slots=True)
class _Source:
    """One kind of appointment: its table, what refers to it, and which of it the scope reaches."""

    what: What
    row: About
    about: Reference
    called: Reference
    within: ColumnElement[bool]


def _ours(scope: Scope) -> _Source:
    within = bookings.within(scope)
    return _Source(What.APPOINTMENT, Booking, Message.booking_id, Call.booking_id, within)


def _theirs(scope: Scope) -> _Source:
    within = elsewhere.within(scope)
    return _Source(What.OUTSIDE, ExternalAppointment, Message.external_id, Call.external_id, within)


def _counted(source: _Source) -> Select[Any]:
    """How many messages there are of each kind, by where their appointment stands."""
    by: tuple[Any, ...] = (Message.kind, source.row.status)
    return select(*by, func.count().label("number")).group_by(*by)


def _columns(source: _Source) -> Select[Any]:
    """What the list says of each message."""
    row = source.row
    wanted: Any = select(
        Message.id,
        Message.kind,
        Message.channel,
        Message.language,
        Message.state,
        Message.failure,
        Message.due_at,
        row.id.label("about"),
        row.reference.label("reference"),
        row.starts_at.label("starts_at"),
        row.status.label("status"),
        Centre.id.label("centre_id"),
        Centre.city.label("city"),
        Centre.timezone.label("timezone"),
        _last_report().label("report"),
        _first_try().label("since"),
        _told_otherwise(source).label("otherwise"),
        Contact.phone_sealed.is_not(None).label("phone"),
    )
    return cast(Select[Any], wanted)


def _listed(source: _Source, wanted: Select[Any], at: datetime) -> Select[Any]:
    """Of messages about such appointments, those that did not arrive and still matter at `at`."""
    row = source.row
    told = exists().where(
        source.called == row.id, Call.version == row.version, Call.outcome == CallOutcome.TOLD
    )
    late = and_(
        Message.state == State.PENDING, Message.due_at <= at - LATE, Message.expires_at > at
    )
    return (
        wanted.select_from(Message)
        .join(row, row.id == source.about)
        .join(Centre, Centre.id == row.centre_id)
        .outerjoin(Contact, Contact.id == Message.contact_id)
        .where(
            source.within,
            Message.booking_version == row.version,
            or_(Message.state.in_(ENDED), late),
            or_(row.starts_at > at, Message.expires_at > at),
            ~told,
        )
    )


def _last_report() -> ColumnElement[Report | None]:
    return (
        select(Attempt.report)
        .where(Attempt.message_id == Message.id)
        .order_by(Attempt.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def _first_try() -> ColumnElement[datetime]:
    """When it was first tried in vain, since it was last planned or sent again."""
    return (
        select(func.min(Attempt.at))
        .where(Attempt.message_id == Message.id, Attempt.at >= Message.due_at)
        .scalar_subquery()
    )


def _told_otherwise(source: _Source) -> ColumnElement[bool]:
    other = aliased(Message)
    same = other.booking_id if source.what is What.APPOINTMENT else other.external_id
    return exists().where(
        same == source.about,
        other.booking_version == Message.booking_version,
        other.kind == Message.kind,
        other.state == State.SENT,
    )


def people(groups: Iterable[Group]) -> int:
    """How many messages of these groups were not told another way either."""
    return sum(not one.otherwise for group in groups for one in group.messages)
