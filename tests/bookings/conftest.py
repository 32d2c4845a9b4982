"""A lawyer on duty on Monday morning, and somebody who needs one."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.orm import Session

from cic_cases.bookings import availability, service
from cic_cases.bookings.availability import Search
from cic_cases.bookings.models import Booking
from cic_cases.bookings.rules import Wish
from cic_cases.bookings.slots import Slot
from cic_cases.centres.models import Centre, Room, Service
from cic_cases.foundation.db import in_transaction
from cic_cases.people.models import Staff
from cic_cases.privacy.actor import Actor, Scope
from tests.conftest import Clock
from tests.factory import Factory


@dataclass
class Practice:
    """One centre with a lawyer, on duty on Mondays 8:00–12:00 every 40 minutes."""

    session: Session
    make: Factory
    clock: Clock
    centre: Centre
    room: Room
    service: Service
    lawyer: Staff
    receptionist: Actor

    def search(self, day: date = date(2030, 1, 7), **more: object) -> Search:
        chosen: dict[str, object] = {
            "service_ids": frozenset({self.service.id}),
            "centre_ids": frozenset({self.centre.id}),
            "first_day": day,
            "last_day": day,
        }
        return Search(**{**chosen, **more})  # type: ignore[arg-type]

    def slots(self, day: date = date(2030, 1, 7), **more: object) -> list[Slot]:
        return availability.free_slots(self.session, self.search(day, **more), self.clock.at)

    def starts(self, day: date = date(2030, 1, 7), **more: object) -> list[str]:
        return [local_time(slot.time.start) for slot in self.slots(day, **more)]

    def book(
        self, slot: Slot, case_id: int, language: str = "uk", interpreter: bool = False
    ) -> Booking:
        wish = Wish(slot.code, case_id, language, interpreter, self.centre.id)
        return in_transaction(service.book, wish, at=self.clock.at, by=self.receptionist)

    @property
    def scope(self) -> Scope:
        return self.receptionist.scope("booking.change")


def local_time(moment: datetime) -> str:
    """In winter Warsaw is one hour ahead."""
    assert moment.tzinfo is UTC
    return f"{moment.astimezone(ZoneInfo('Europe/Warsaw')):%H:%M}"


@pytest.fixture
def practice(session: Session, make: Factory, clock: Clock) -> Practice:
    return practice_of(session, make, clock)


def practice_of(session: Session, make: Factory, clock: Clock) -> Practice:
    """A centre with one lawyer, and somebody at its reception."""
    centre = make.centre()
    room, help_by_law = make.room(centre), make.service()
    lawyer = make.staff("lawyer", centre, languages=("pl", "uk"), initials="J.K.")
    make.duty(lawyer, centre, room, [help_by_law], weekday=0, grid=40)
    receptionist = make.actor(make.staff("reception", centre))
    return Practice(session, make, clock, centre, room, help_by_law, lawyer, receptionist)
