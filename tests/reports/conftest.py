"""Visits, quick contacts and bookings by the handful, for counting."""

import uuid
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Status
from cic_cases.cases.attributes import Gender
from cic_cases.cases.models import Case
from cic_cases.centres.models import Centre, Service
from cic_cases.foundation.codes import new_reference
from cic_cases.people.models import Staff
from cic_cases.visits.channels import Channel
from cic_cases.visits.models import QuickContact, Visit, VisitService
from tests.factory import Factory

WARSAW = ZoneInfo("Europe/Warsaw")


def local(text: str) -> datetime:
    """The instant at which clocks in Warsaw show `text` (an ISO date and time)."""
    return datetime.fromisoformat(text).replace(tzinfo=WARSAW).astimezone(UTC)


class Tally:
    """Rows to count; every time is Warsaw's wall clock."""

    def __init__(self, make: Factory) -> None:
        self.make = make
        self.staff: Staff = make.staff("coordinator")

    def case(self, citizenship: str = "UA", gender: str = "woman") -> Case:
        case, _ = self.make.case(citizenship=citizenship)
        case.gender = Gender(gender)
        return self.make.save(case)

    def visit(
        self,
        when: str,
        case: Case | None = None,
        centre: Centre | None = None,
        services: tuple[Service, ...] = (),
        voided: bool = False,
    ) -> Visit:
        at = local(when)
        visit = self.make.save(
            Visit(
                key=str(uuid.uuid4()),
                centre_id=(centre or self.make.centre()).id,
                case_id=case.id if case else None,
                channel=Channel.DESK,
                language="uk",
                occurred_at=at,
                recorded_by=self.staff.id,
                recorded_at=at,
                voided_at=at if voided else None,
            )
        )
        for service in services:
            self.make.save(VisitService(visit_id=visit.id, service_id=service.id))
        return visit

    def quick(self, when: str, centre: Centre | None = None, voided: bool = False) -> QuickContact:
        at = local(when)
        return self.make.save(
            QuickContact(
                key=str(uuid.uuid4()),
                centre_id=(centre or self.make.centre()).id,
                channel=Channel.PHONE,
                occurred_at=at,
                recorded_by=self.staff.id,
                voided_at=at if voided else None,
            )
        )

    def booking(self, when: str, status: str, case: Case) -> Booking:
        centre = self.make.centre()
        return self.make.save(
            Booking(
                reference=new_reference(),
                case_id=case.id,
                service_id=self.make.service().id,
                centre_id=centre.id,
                booked_centre_id=centre.id,
                staff_id=self.staff.id,
                starts_at=local(when),
                ends_at=local(when) + timedelta(minutes=40),
                language="uk",
                status=Status(status),
                calendar_uid=str(uuid.uuid4()),
                made_at=local(when),
                made_by=self.staff.id,
            )
        )


@pytest.fixture
def tally(make: Factory) -> Tally:
    return Tally(make)
