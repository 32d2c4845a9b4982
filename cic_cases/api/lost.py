"""A lost slot is answered with the next three: the question the pages ask, as JSON."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from cic_cases.api import facts
from cic_cases.bookings.alternatives import alternatives
from cic_cases.bookings.availability import Search
from cic_cases.bookings.models import Booking
from cic_cases.bookings.rules import SlotTaken, Wish
from cic_cases.bookings.slots import SlotKey
from cic_cases.cases.queries import resource_of
from cic_cases.centres import queries as centres
from cic_cases.foundation.errors import NotFound


class SlotLost(SlotTaken):
    """`SlotTaken` with what is free instead."""

    def __init__(self, others: list[dict[str, Any]]) -> None:
        super().__init__()
        self.members = {"alternatives": others}


def booking(session: Session, wish: Wish, *, at: datetime) -> SlotLost:
    """The refusal of a booking, with other times at which this person is free."""
    person = resource_of(session, wish.case_id)
    return _lost(session, wish.slot, wish.language, wish.interpreter, at, person=person)


def moving(session: Session, moved: Booking, slot: str, at: datetime) -> SlotLost:
    """The refusal of a move, with other times; the booking's own time counts as free."""
    person = resource_of(session, moved.case_id)
    return _lost(
        session, slot, moved.language, moved.interpreter, at, person=person, moving=moved.id
    )


def _lost(
    session: Session,
    slot: str,
    language: str,
    interpreter: bool,
    at: datetime,
    *,
    person: int,
    moving: int | None = None,
) -> SlotLost:
    key = SlotKey.decode(slot)
    try:
        centre = centres.centre_by_slug(session, key.centre_slug)
        service = centres.service_by_key(session, key.service_key, region_id=centre.region_id)
    except NotFound:
        return SlotLost([])
    search = Search(
        service_ids=frozenset({service.id}),
        centre_ids=frozenset({centre.id}),
        first_day=at.date(),
        last_day=at.date(),
        language=language,
        interpreter=interpreter,
        person=person,
        moving=moving,
    )
    found = alternatives(session, search, at, after=key.starts_at)
    return SlotLost([facts.of_slot(slot) for slot in found])
