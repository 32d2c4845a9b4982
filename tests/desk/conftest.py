"""A lawyer's Monday duty, a coordinator who changes it, somebody with an appointment."""

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from cic_cases.bookings import availability
from cic_cases.bookings.availability import Search
from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Status
from cic_cases.foundation.codes import new_reference
from tests.conftest import Clock
from tests.desk.reception import Reception
from tests.factory import Factory

MONDAY, NEXT = date(2030, 1, 7), date(2030, 1, 14)
DUTY = {
    "duty-kind": "receives",
    "duty-weekday": "0",
    "duty-every_weeks": "1",
    "duty-starts": "09:00",
    "duty-ends": "12:00",
    "duty-valid_from": "2030-01-07",
    "duty-grid": "40",
}


@pytest.fixture
def centre(make):
    return make.centre()


@pytest.fixture
def lawyer(make, centre):
    return make.staff("lawyer", centre, initials="J.K.")


@pytest.fixture
def room(make, centre):
    return make.room(centre)


@pytest.fixture
def duty(make, centre, lawyer, room):
    return make.duty(lawyer, centre, room, [make.service()], grid=40)


@pytest.fixture
def coordinator(make, centre, client_of):
    return client_of(make.staff("coordinator", centre))


@pytest.fixture
def asked(make, lawyer, room):
    return {
        **DUTY,
        "duty-staff": lawyer.id,
        "duty-services": [make.service().id],
        "duty-room": room.id,
    }


@pytest.fixture
def free(session, make, clock, centre):
    def free(day):
        session.rollback()
        search = Search(frozenset({make.service().id}), frozenset({centre.id}), day, day)
        return [slot.time.start for slot in availability.free_slots(session, search, clock.at)]

    return free


@pytest.fixture
def appointment(make, centre, lawyer, room):
    def appointment(day, hour=9):
        case, _code = make.case(centre)
        starts_at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
        return make.save(
            Booking(
                reference=new_reference(),
                case_id=case.id,
                service_id=make.service().id,
                centre_id=centre.id,
                booked_centre_id=centre.id,
                staff_id=lawyer.id,
                room_id=room.id,
                starts_at=starts_at,
                ends_at=starts_at + timedelta(minutes=40),
                language="uk",
                status=Status.BOOKED,
                calendar_uid=str(uuid.uuid4()),
                made_at=starts_at - timedelta(days=3),
                made_by=lawyer.id,
            )
        )

    return appointment


@pytest.fixture
def reception(session: Session, make: Factory, clock: Clock, client_of) -> Reception:
    centre = make.centre()
    information = make.service("information", 10, "walk_in", "open", desk=True)
    advice, lawyer = make.service(), make.staff("lawyer", centre, initials="J.K.")
    make.duty(lawyer, centre, make.room(centre), [advice], grid=40)
    staff = make.staff("reception", centre)
    browser = client_of(staff)
    return Reception(session, make, clock, browser, staff, centre, information, advice, lawyer)
