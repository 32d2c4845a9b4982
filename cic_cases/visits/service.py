"""What can be recorded: visits, and one-minute questions that are only counted."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.centres.models import Centre, Secrecy, Service
from cic_cases.privacy import audit
from cic_cases.privacy.actor import Actor
from cic_cases.visits import queries
from cic_cases.visits.channels import Channel
from cic_cases.visits.models import QuickContact, Visit, VisitService
from cic_cases.visits.rules import (
    QUICK_CONTACT,
    UNDO_CHOSEN_FOR,
    UNDO_LAST_FOR,
    ConfidentialHelp,
    NoService,
    NothingToUndo,
    VisitWish,
)


class Done(Protocol):
    """A booking whose person was seen (`bookings.events.BookingDone`, of a room beside this)."""

    @property
    def booking_id(self) -> int: ...
    @property
    def centre_id(self) -> int: ...
    @property
    def case_id(self) -> int: ...
    @property
    def service_id(self) -> int: ...
    @property
    def language(self) -> str: ...
    @property
    def minutes(self) -> int: ...
    @property
    def occurred_at(self) -> datetime: ...
    @property
    def at(self) -> datetime: ...
    @property
    def by(self) -> int: ...


class Reopened(Protocol):
    """A booking that is not done after all (`bookings.events.BookingReopened`)."""

    @property
    def booking_id(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def by(self) -> int: ...


def record(session: Session, wish: VisitWish, *, at: datetime, by: Actor) -> Visit:
    """Record a visit, or raise the `Refusal` that says which answer cannot be.

    Every service must be given in the centre's region; the quick contact is not one of them. What
    only its author may see is recorded by a specialist, never by those who keep the desk.
    """
    wish.check(at)
    _check_services(session, wish, by)
    visit = Visit(
        key=str(uuid.uuid4()),
        centre_id=wish.centre_id,
        case_id=wish.case_id,
        channel=wish.channel,
        language=wish.language,
        minutes=wish.minutes,
        occurred_at=wish.occurred_at,
        booking_id=None,
        recorded_by=by.id,
        recorded_at=at,
    )
    return _save(session, visit, sorted(wish.service_ids))


def record_for_booking(session: Session, event: Done) -> None:
    """Write the one visit of a booking that is done; one that is written already stays."""
    if queries.live_of_booking(session, event.booking_id) is not None:
        return
    visit = Visit(
        key=str(uuid.uuid4()),
        centre_id=event.centre_id,
        case_id=event.case_id,
        channel=Channel.DESK,
        language=event.language,
        minutes=event.minutes,
        occurred_at=event.occurred_at,
        booking_id=event.booking_id,
        recorded_by=event.by,
        recorded_at=event.at,
    )
    _save(session, visit, [event.service_id])


def void_for_booking(session: Session, event: Reopened) -> None:
    """Take back the visit of a booking that is not done after all; it stays, voided."""
    visit = queries.live_of_booking(session, event.booking_id)
    if visit is None:
        return
    visit.voided_at = event.at
    _note(session, "visit.voided", visit, at=event.at, by=event.by)
    session.flush()


def quick_contact(
    session: Session, centre_id: int, channel: Channel, *, at: datetime, by: Actor
) -> QuickContact:
    """Count a one-minute question. Nobody is recorded with it."""
    contact = QuickContact(
        key=str(uuid.uuid4()),
        centre_id=centre_id,
        channel=channel,
        occurred_at=at,
        recorded_by=by.id,
    )
    session.add(contact)
    session.flush()
    _note_contact(session, "quick_contact.counted", contact, at=at, by=by)
    return contact


def undo_quick_contact(
    session: Session, key: str | None, *, centre_id: int, at: datetime, by: Actor
) -> QuickContact:
    """Take back one's own quick contact: that with `key`, or the last of the last ten minutes.

    Raises `NothingToUndo`.
    """
    since = at - (UNDO_LAST_FOR if key is None else UNDO_CHOSEN_FOR)
    contact = queries.quick_contact_to_undo(session, centre_id, by.id, since, key)
    if contact is None:
        raise NothingToUndo()
    contact.voided_at = at
    session.flush()
    _note_contact(session, "quick_contact.undone", contact, at=at, by=by)
    return contact


def _check_services(session: Session, wish: VisitWish, by: Actor) -> None:
    given = (
        select(Service.secrecy)
        .join(Centre, Centre.region_id == Service.region_id)
        .where(
            Centre.id == wish.centre_id,
            Service.id.in_(wish.service_ids),
            Service.key != QUICK_CONTACT,
            Service.active,
        )
    )
    found = session.scalars(given).all()
    if len(found) != len(wish.service_ids):
        raise NoService()
    if Secrecy.AUTHOR in found and by.scope("visit.record").own is None:
        raise ConfidentialHelp()


def _save(session: Session, visit: Visit, service_ids: Iterable[int]) -> Visit:
    session.add(visit)
    session.flush()
    session.add_all(VisitService(visit_id=visit.id, service_id=one) for one in service_ids)
    _note(session, "visit.recorded", visit, at=visit.recorded_at, by=visit.recorded_by)
    session.flush()
    return visit


def _note(session: Session, action: str, visit: Visit, *, at: datetime, by: int) -> None:
    audit.note(session, action, "visit", visit.id, by=by, at=at, centre_id=visit.centre_id)


def _note_contact(
    session: Session, action: str, contact: QuickContact, *, at: datetime, by: Actor
) -> None:
    place = contact.centre_id
    audit.note(session, action, "quick_contact", contact.id, by=by.id, at=at, centre_id=place)
