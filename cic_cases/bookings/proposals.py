"""Another time for somebody who lost theirs: same service, same language, their centre first."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.bookings import availability, holds, rules
from cic_cases.bookings import disruption_rules as disrupted
from cic_cases.bookings.availability import Search
from cic_cases.bookings.models import Booking
from cic_cases.bookings.slots import Slot
from cic_cases.bookings.statuses import HeldFor
from cic_cases.cases.queries import resource_of
from cic_cases.centres import queries as centres
from cic_cases.people.models import StaffLanguage
from cic_cases.privacy.actor import Actor

DAYS = 28
TRIES = 3  # times another booking may take while one is chosen
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Held:
    """A slot held for somebody until `until` (UTC), as this booking."""

    booking_id: int
    slot: Slot
    until: datetime


def hold_one(
    session: Session,
    booking: Booking,
    choices: Mapping[int, str | None] | None,
    deadline: datetime,
    *,
    at: datetime,
    by: Actor,
) -> Held | None:
    """Hold the chosen slot, or the first that fits; None for nothing free or the waiting list.

    Raises `ListChanged` when a chosen slot is no longer free.
    """
    chosen = choices.get(booking.id) if choices is not None else None
    if choices is not None and chosen is None:
        return None
    for slot in fitting(session, booking, at=at, limit=None if chosen else TRIES):
        if chosen is not None and slot.code != chosen:
            continue
        held = _try(session, booking, slot, deadline, at=at, by=by)
        if held is not None:
            return held
    if chosen is not None:
        raise disrupted.ListChanged()
    return None


def fitting(session: Session, booking: Booking, *, at: datetime, limit: int | None) -> list[Slot]:
    """Free times within four weeks: of the same centre, and of the region's others after them.

    None is before the appointment that was lost: nobody has planned to come earlier.
    """
    since = max(at + disrupted.SOONEST, booking.starts_at)
    region = centres.region_of(session, booking.centre_id)
    others = {one.id for one in centres.all_centres(session, region_id=region.id)}
    found: list[Slot] = []
    for places in ({booking.centre_id}, others - {booking.centre_id}):
        if not places or (limit is not None and len(found) >= limit):
            continue
        search = _search(session, booking, frozenset(places), since)
        found += availability.free_slots(session, search, at, limit=limit, since=since)
    return found


def understood_in(session: Session, booking: Booking) -> tuple[str | None, bool]:
    """The language that is needed again, and whether an interpreter will do.

    Whoever was understood by nobody here (they bring somebody) needs none.
    """
    speaks = select(StaffLanguage.language).where(
        StaffLanguage.staff_id == booking.staff_id, StaffLanguage.language == booking.language
    )
    understood = booking.interpreter or session.scalar(speaks) is not None
    return (booking.language if understood else None), understood


def _search(session: Session, booking: Booking, places: frozenset[int], since: datetime) -> Search:
    language, interpreter = understood_in(session, booking)
    return Search(
        service_ids=frozenset({booking.service_id}),
        centre_ids=places,
        first_day=since.date() - ONE_DAY,
        last_day=since.date() + DAYS * ONE_DAY,
        language=language,
        interpreter=interpreter,
        person=resource_of(session, booking.case_id),
    )


def _try(
    session: Session, booking: Booking, slot: Slot, deadline: datetime, *, at: datetime, by: Actor
) -> Held | None:
    wish = rules.Wish(
        slot=slot.code,
        case_id=booking.case_id,
        language=booking.language,
        interpreter=slot.interpreter_id is not None,
        booked_centre_id=booking.booked_centre_id,
    )
    until = disrupted.held_until(slot.time.start, deadline)
    try:
        with session.begin_nested():
            made = holds.hold(
                session, slot, wish, until=until, held_for=HeldFor.PROPOSAL, at=at, by=by.id
            )
    except (rules.SlotTaken, rules.PersonBusy, rules.TooMany):
        return None
    return Held(made.id, slot, until)
