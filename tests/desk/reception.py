"""A desk in a centre, and the browser in front of it."""

from dataclasses import dataclass

from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cic_cases.bookings import availability, service
from cic_cases.bookings.availability import Search
from cic_cases.bookings.models import Booking
from cic_cases.bookings.rules import Wish
from cic_cases.bookings.statuses import Status
from cic_cases.cases.models import Case
from cic_cases.centres.models import Centre, Service
from cic_cases.foundation.clock import zone
from cic_cases.foundation.db import in_transaction
from cic_cases.foundation.localtime import local_day
from cic_cases.people.models import Staff
from tests.conftest import Clock
from tests.factory import Factory


@dataclass
class Reception:
    """A desk in Poznań with a lawyer on duty today, and the browser in front of it."""

    session: Session
    make: Factory
    clock: Clock
    browser: FlaskClient
    staff: Staff
    centre: Centre
    information: Service
    advice: Service
    lawyer: Staff

    def count(self, table: type) -> int:
        return self.session.scalar(select(func.count()).select_from(table)) or 0

    def book(self, case: Case, number: int = 0) -> Booking:
        today = local_day(self.clock.at, zone(self.centre.timezone))
        search = Search(
            service_ids=frozenset({self.advice.id}),
            centre_ids=frozenset({self.centre.id}),
            first_day=today,
            last_day=today,
        )
        slot = availability.free_slots(self.session, search, self.clock.at)[number]
        wish = Wish(slot.code, case.id, "uk", False, self.centre.id)
        actor = self.make.actor(self.staff)
        return in_transaction(service.book, wish, at=self.clock.at, by=actor)

    def scan(self, text: str) -> str:
        answer = self.browser.post("/desk/scan", data={"code": text}, follow_redirects=True)
        return answer.text

    def status_of(self, booking: Booking) -> Status:
        self.session.expire_all()
        return self.session.get_one(Booking, booking.id).status
