"""The ledger of messages: for one appointment, what was queued, sent, delivered, failed and why.

It reads; three statements an appointment, however many messages and tries. No address is among
what it reads.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from cic_cases.bookings import queries as bookings
from cic_cases.bookings.models import Booking, BookingTrace
from cic_cases.foundation.errors import NotFound
from cic_cases.notifications import queries
from cic_cases.notifications.ledger_rules import Again, Line
from cic_cases.notifications.models import Attempt, Message, MessageText, Resending
from cic_cases.people.models import Staff
from cic_cases.privacy.actor import Scope
from cic_cases.visits import external_queries as elsewhere
from cic_cases.visits.models import ExternalAppointment


class _OfMessage(Protocol):
    message_id: str


Row = TypeVar("Row", bound=_OfMessage)


def of_booking(session: Session, booking_id: int, at: datetime) -> list[Line]:
    """Every message about a booking as it stands at `at`, the first due first."""
    return _lines(session, queries.of_booking(session, booking_id), at)


def of_external(session: Session, external_id: int, at: datetime) -> list[Line]:
    """Every message about an appointment elsewhere, as `of_booking`."""
    return _lines(session, queries.of_external(session, external_id), at)


def of_message(session: Session, message_id: str, scope: Scope, at: datetime) -> Line:
    """One message that may be read, or `NotFound`: out of scope and missing are the same."""
    message = find(session, message_id, scope, seeing=True)
    if message is None:
        raise NotFound()
    [line] = _lines(session, [message], at)
    return line


def by_id(session: Session, message_id: str, scope: Scope) -> Message:
    """The message about an appointment of the scope, or `NotFound`. One statement."""
    found = find(session, message_id, scope)
    if found is None:
        raise NotFound()
    return found


def find(
    session: Session, message_id: str, scope: Scope, *, seeing: bool = False
) -> Message | None:
    """The message, if the scope reaches it; whoever only takes part may read it (`seeing`)."""
    if not scope:
        return None
    reaches = or_(
        and_(Message.booking_id.is_not(None), bookings.within(scope, seeing=seeing)),
        and_(Message.external_id.is_not(None), elsewhere.within(scope)),
    )
    return session.scalar(
        select(Message)
        .outerjoin(Booking, Booking.id == Message.booking_id)
        .outerjoin(ExternalAppointment, ExternalAppointment.id == Message.external_id)
        .where(Message.id == message_id, reaches)
    )


def starts_at_of(session: Session, booking_id: int, version: int) -> datetime | None:
    """When that version of the booking was to start (UTC); None when it is not on record."""
    return session.scalar(
        select(BookingTrace.starts_at)
        .where(BookingTrace.booking_id == booking_id, BookingTrace.version == version)
        .order_by(BookingTrace.id)
        .limit(1)
    )


def words_changed_at(session: Session, region_id: int, key: str, language: str) -> datetime | None:
    """When the region last changed its own words for this text; None where it has none."""
    return session.scalar(
        select(MessageText.changed_at).where(
            MessageText.region_id == region_id,
            MessageText.key == key,
            MessageText.language == language,
        )
    )


def _lines(session: Session, messages: Sequence[Message], at: datetime) -> list[Line]:
    ids = [one.id for one in messages]
    tries = _by_message(
        session.scalars(select(Attempt).where(Attempt.message_id.in_(ids)).order_by(Attempt.id))
    )
    wanted = (
        select(Resending, Staff.initials)
        .join(Staff, Staff.id == Resending.by_id)
        .where(Resending.message_id.in_(ids))
        .order_by(Resending.id)
    )
    again: defaultdict[str, list[Again]] = defaultdict(list)
    for one, initials in session.execute(wanted):
        again[one.message_id].append(Again(why=one.why, at=one.at, by=initials))
    return [
        Line(message=one, attempts=tries[one.id], again=again[one.id], at=at) for one in messages
    ]


def _by_message(rows: Iterable[Row]) -> defaultdict[str, list[Row]]:
    found: defaultdict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.message_id].append(row)
    return found
