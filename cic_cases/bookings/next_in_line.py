"""A time became free: it is held at once for the first in line who can attend it.

Fired by the cancellation itself, in its transaction, so it never waits for anybody: whoever is
being booked at this very moment is passed over, and nothing here can undo the cancellation. What
was passed over is looked at again by the sweep.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from cic_cases.bookings import availability, freed, rules, steps, waiting_queries
from cic_cases.bookings import waiting_rules as waiting
from cic_cases.bookings.availability import Search
from cic_cases.bookings.displaced_rules import StillUndoable
from cic_cases.bookings.events import TimeFreed, TimeOffered
from cic_cases.bookings.models import Booking, Waiting, WaitingOffer, WaitingState
from cic_cases.bookings.slots import Slot
from cic_cases.bookings.statuses import Happening, HeldFor
from cic_cases.bookings.waiting_rules import InLine
from cic_cases.calendar import guard
from cic_cases.cases.models import Case
from cic_cases.cases.queries import resource_of
from cic_cases.centres.models import Centre
from cic_cases.foundation.clock import zone
from cic_cases.foundation.events import emit
from cic_cases.foundation.localtime import local_day
from cic_cases.people.models import Staff
from cic_cases.privacy import audit
from cic_cases.privacy.actor import Actor, Scope

log = logging.getLogger(__name__)
LOOKED_AT_AGAIN = timedelta(minutes=2)
DAYS_AHEAD = timedelta(days=60)
TRIES = 20


def on_freed(session: Session, event: TimeFreed) -> None:
    """Offer the time to the first in line; whatever goes wrong, the time stays free."""
    try:
        with session.begin_nested():
            _offer_freed(session, event)
    except SQLAlchemyError:
        raise  # the transaction itself is broken: it is tried again as a whole
    except Exception:
        log.exception("a freed time was not offered to the waiting list")


def offer_again(session: Session, at: datetime) -> int:
    """Offer what was freed in the last minutes and passed over; returns how many times were."""
    offered = [
        _offer_freed(
            session, TimeFreed(one.service_id, one.centre_id, one.staff_id, one.starts_at, at)
        )
        for one in _freed_lately(session, at)
    ]
    return sum(offered)


def passed_over(session: Session, at: datetime) -> bool:
    """Whether a time was freed in the last minutes that somebody in line may still want."""
    return bool(_freed_lately(session, at))


def _freed_lately(session: Session, at: datetime) -> list[freed.Freed]:
    return freed.somebody_waits_for(session, at + waiting.AHEAD, at - LOOKED_AT_AGAIN)


def offer_now(
    session: Session, waiting_id: int, *, scope: Scope, at: datetime, by: Actor
) -> Booking:
    """Hold the first free time that this person can attend, whoever waits before them.

    Raises `NotInLine`, `NothingToOffer`, or `StillUndoable`.
    """
    row = waiting_queries.by_id(session, waiting_id, scope)
    if row.state is not WaitingState.WAITING:
        raise waiting.NotInLine()
    if waiting_queries.must_wait(session, row, at):
        raise StillUndoable()
    booking = hold_first(session, row, at=at, by=by.id)
    if booking is None:
        raise waiting.NothingToOffer()
    return booking


def hold_first(session: Session, row: Waiting, *, at: datetime, by: int | None) -> Booking | None:
    """Hold the first free time that this person can attend, if there is one they can have."""
    one = waiting_queries.in_line_one(session, row)
    for slot, until in list(islice(_suiting(session, row, one, at), TRIES)):
        if booking := _offer(session, one, slot, until, at=at, by=by):
            return booking
    return None


def has_time(session: Session, row: Waiting, at: datetime) -> bool:
    """Whether there is a free time that this person can attend."""
    one = waiting_queries.in_line_one(session, row)
    return next(_suiting(session, row, one, at), None) is not None


def _suiting(
    session: Session, row: Waiting, one: InLine, at: datetime
) -> Iterator[tuple[Slot, datetime]]:
    """The free times that the person can attend, earliest first, and how long each is held."""
    for slot in availability.earliest(session, _wanted(session, row, at), at):
        until = _until(one, slot.staff_id, slot.time.start, at, zone(slot.timezone))
        if until is not None:
            yield slot, until


def _wanted(session: Session, row: Waiting, at: datetime) -> Search:
    """The times of the centres a person would come to."""
    today = local_day(at, zone("UTC"))
    last = today + DAYS_AHEAD
    return Search(
        service_ids=frozenset({row.service_id}),
        centre_ids=waiting_queries.centres_of(session, row.id),
        first_day=max(today, row.first_day),
        last_day=last if row.last_day is None else max(min(last, row.last_day), row.first_day),
        language=row.language,
        interpreter=row.interpreter,
        from_time=row.from_time,
        until_time=row.until_time,
        person=resource_of(session, row.case_id),
    )


@dataclass
class _Moment:
    """A freed time as today's roster has it, for each way of being understood."""

    session: Session
    event: TimeFreed
    place: ZoneInfo
    staff_key: str
    _known: dict[tuple[str | None, bool], Slot | None] = field(default_factory=dict)

    def slot(self, language: str | None = None, interpreter: bool = False) -> Slot | None:
        """The slot, if it is offered and free for somebody who speaks `language`."""
        asked = (language, interpreter)
        if asked not in self._known:
            self._known[asked] = self._read(language, interpreter)
        return self._known[asked]

    def _read(self, language: str | None, interpreter: bool) -> Slot | None:
        day = local_day(self.event.starts_at, self.place)
        search = Search(
            service_ids=frozenset({self.event.service_id}),
            centre_ids=frozenset({self.event.centre_id}),
            first_day=day,
            last_day=day,
            language=language,
            interpreter=interpreter,
            specialist_key=self.staff_key,
        )
        free = availability.free_slots(self.session, search, self.event.at)
        return next((slot for slot in free if slot.time.start == self.event.starts_at), None)


def _offer_freed(session: Session, event: TimeFreed) -> bool:
    """Offer a time to the first who can attend; whether somebody could."""
    if event.starts_at - event.at < waiting.AHEAD:
        return False
    line = waiting_queries.in_line(session, event.service_id, event.centre_id, event.at)
    if not line:
        return False
    moment = _moment(session, event)
    for one in waiting.in_order(line):
        until = _until(one, event.staff_id, event.starts_at, event.at, moment.place)
        slot = until and moment.slot(one.language, one.interpreter)
        if until and slot and _offer(session, one, slot, until, at=event.at, by=None):
            return True
    return False


def _moment(session: Session, event: TimeFreed) -> _Moment:
    centre = session.get_one(Centre, event.centre_id)
    staff = session.get_one(Staff, event.staff_id)
    return _Moment(session, event, zone(centre.timezone), staff.key)


def _until(
    one: InLine, staff_id: int, starts_at: datetime, at: datetime, place: ZoneInfo
) -> datetime | None:
    """Until when the time is held for this person; None when it is not for them."""
    if (staff_id, starts_at) in one.offered:
        return None
    if not waiting.can_attend(one.limits, starts_at, place):
        return None
    return waiting.answer_by(at, starts_at, one.limits.notice, place)


def _offer(
    session: Session, one: InLine, slot: Slot, until: datetime, *, at: datetime, by: int | None
) -> Booking | None:
    """Hold the slot for this person; None when they cannot have it, and all is as before."""
    try:
        with session.begin_nested():
            row = _turn(session, one, slot, at)
            return _hold(session, row, slot, until, at=at, by=by) if row else None
    except (rules.SlotTaken, rules.PersonBusy, rules.TooMany):
        return None


def _turn(session: Session, one: InLine, slot: Slot, at: datetime) -> Waiting | None:
    """The entry, locked, if it is still its turn; never waits for another transaction."""
    row = session.scalar(
        select(Waiting)
        .where(Waiting.id == one.id, Waiting.state == WaitingState.WAITING)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    person = resource_of(session, one.case_id)
    if row is None or not guard.try_lock(session, [*slot.resource_ids, person]):
        return None
    if waiting_queries.booked_since(session, row.case_id, row.service_id, row.joined_at, at):
        row.state = WaitingState.SERVED
        return None
    return row


def _hold(
    session: Session, row: Waiting, slot: Slot, until: datetime, *, at: datetime, by: int | None
) -> Booking:
    made = steps.make(
        session,
        slot,
        rules.Wish(
            slot=slot.code,
            case_id=row.case_id,
            language=row.language or _language_of(session, row.case_id),
            interpreter=row.interpreter,
            booked_centre_id=row.joined_centre_id,
        ),
        at=at,
        by=by or row.joined_by,
        held_for=HeldFor.OFFER,
        expires_at=until,
    )
    booking = made.booking
    steps.remember(session, booking, Happening.HELD, at=at, by=by)
    row.state = WaitingState.OFFERED
    session.add(
        WaitingOffer(waiting_id=row.id, booking_id=booking.id, offered_at=at, offered_by=by)
    )
    where = slot.centre_id
    audit.note(session, "waiting.offered", "waiting", row.id, by=by, at=at, centre_id=where)
    session.flush()
    emit(session, TimeOffered(booking.id, at))
    return booking


def _language_of(session: Session, case_id: int) -> str:
    spoken = select(Case.contact_language).where(Case.id == case_id)
    return session.execute(spoken).scalar_one()
