"""What people answer through the link in their mail: coming, please call, or cancelled.

Whoever holds the link is the person it was sent to; nobody signs in. Every act may come twice, or
sixty-four times at once, and is done once. An answer counts (`settled_at` is empty) until the
person answers otherwise, somebody of the staff has called, or the appointment has another time.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cic_cases.bookings import service as bookings
from cic_cases.bookings.events import (
    BookingCancelled,
    BookingMoved,
    BookingReassigned,
    BookingRestored,
)
from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Status
from cic_cases.foundation.db import lock_row
from cic_cases.notifications import manage_links
from cic_cases.notifications.manage_links import Opened
from cic_cases.notifications.manage_rules import Known, NoSuchLink, Stage, stage
from cic_cases.notifications.models import Answer, Reply
from cic_cases.privacy import audit
from cic_cases.privacy.actor import PERSON_BY_LINK, Scope

PERSON = "person"


def opened(session: Session, token: str, at: datetime) -> tuple[Opened, Stage]:
    """What a link opens and where it stands at `at`. Raises `NoSuchLink`. One statement."""
    found = manage_links.opened(session, token)
    if found is None:
        raise NoSuchLink()
    now = stage(_known(found), at)
    if now is Stage.OVER:
        raise NoSuchLink()
    return found, now


def _known(found: Opened) -> Known:
    one, proposal = found.booking, found.proposal
    held = one if proposal is None else proposal
    return Known(
        status=one.status,
        starts_at=one.starts_at,
        ends_at=one.ends_at,
        moved=found.moved,
        only_held=one.held_for is not None,
        held_until=held.expires_at if held.status is Status.HELD else None,
    )


def reply(session: Session, token: str, answer: Answer, *, at: datetime) -> bool:
    """The person comes, or asks to be called; whether this is news.

    Nothing changes when the appointment does not stand, or nobody could be called. Raises
    `NoSuchLink`.
    """
    found, _stage = opened(session, token, at)
    lock_row(session, found.booking)
    found, now = opened(session, token, at)  # as it is while nobody else can change it
    if now is not Stage.STANDS or (answer is Answer.CALL_ME and not found.callable):
        return False
    booking = found.booking
    rows = {row.answer: row for row in _open(session, booking.id)}
    if answer in rows and rows[answer].booking_version == booking.version:
        return False
    for row in rows.values():
        row.settled_at = at
    _answer(session, booking, answer, at)
    note(session, f"link.{answer.value}", booking, at)
    return True


def cancel(session: Session, token: str, *, at: datetime) -> bool:
    """The person cancels, as on request at the desk; whether it was not cancelled before.

    Raises `NoSuchLink`, and `VersionConflict` or `WrongStatus` when something else happened to the
    appointment at this moment: the caller looks again.
    """
    found, now = opened(session, token, at)
    if now is not Stage.STANDS:
        return False
    booking = bookings.cancel(
        session,
        found.booking.reference,
        who=PERSON,
        scope=Scope(frozenset({found.booking.centre_id})),
        version=found.booking.version,
        at=at,
        by=PERSON_BY_LINK,
    )
    note(session, "link.cancelled", booking, at)
    session.flush()
    return True


def standing(session: Session, booking_ids: Iterable[int]) -> dict[int, Reply]:
    """The answers that count, by booking, of those of these that have one. One statement."""
    wanted = (
        select(Reply)
        .join(Booking, Booking.id == Reply.booking_id)
        .where(
            Reply.booking_id.in_(list(booking_ids)),
            Reply.booking_version == Booking.version,
            Reply.settled_at.is_(None),
        )
    )
    return {row.booking_id: row for row in session.scalars(wanted)}


def settle(session: Session, booking_id: int, *, at: datetime) -> None:
    """Staff have spoken to the person: no request to be called is open any more."""
    asked = (Reply.booking_id == booking_id, Reply.answer == Answer.CALL_ME)
    session.execute(update(Reply).where(*asked, Reply.settled_at.is_(None)).values(settled_at=at))


def on_changed(session: Session, event: BookingMoved | BookingCancelled) -> None:
    """What was answered about a time that is no longer does not count any more."""
    open_ones = (Reply.booking_id == event.booking_id, Reply.settled_at.is_(None))
    session.execute(update(Reply).where(*open_ones).values(settled_at=event.at))


def on_same(session: Session, event: BookingReassigned | BookingRestored) -> None:
    """For the person nothing changed: their answer is about the new version too."""
    version = select(Booking.version).where(Booking.id == event.booking_id).scalar_subquery()
    open_ones = (Reply.booking_id == event.booking_id, Reply.settled_at.is_(None))
    session.execute(update(Reply).where(*open_ones).values(booking_version=version))


def _open(session: Session, booking_id: int) -> list[Reply]:
    wanted = select(Reply).where(Reply.booking_id == booking_id, Reply.settled_at.is_(None))
    return list(session.scalars(wanted.execution_options(populate_existing=True)))


def _answer(session: Session, booking: Booking, answer: Answer, at: datetime) -> None:
    """The one row of this answer about this version: new, or counting again."""
    same = {"booking_id": booking.id, "booking_version": booking.version, "answer": answer}
    row = session.scalar(select(Reply).filter_by(**same).execution_options(populate_existing=True))
    if row is None:
        session.add(Reply(**same, at=at))
    else:
        row.at, row.settled_at = at, None
    session.flush()


def note(session: Session, action: str, booking: Booking, at: datetime) -> None:
    """Remember what the person did through the link; the trail names nobody."""
    centre_id = booking.centre_id
    audit.note(session, action, "booking", booking.id, by=None, at=at, centre_id=centre_id)
