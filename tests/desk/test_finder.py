"""Finding a time: what is asked, what cannot be found, and what is held meanwhile."""

import pytest

from cic_cases.bookings import availability, service
from cic_cases.bookings.availability import Search
from cic_cases.bookings.rules import SlotTaken, Wish
from cic_cases.foundation.codes import show
from cic_cases.foundation.db import in_transaction
from tests.conftest import MONDAY


@pytest.fixture
def centre(make):
    return make.centre()


@pytest.fixture
def room(make, centre):
    return make.room(centre)


@pytest.fixture
def lawyer(make, centre, room):
    staff = make.staff("lawyer", centre, initials="J.K.")
    make.duty(staff, centre, room, [make.service()])
    return staff


@pytest.fixture
def desk(make, centre, client_of):
    return client_of(make.staff("reception", centre))


@pytest.fixture
def free(session, make, centre, lawyer, clock):
    def free():
        day = MONDAY.date()
        search = Search(frozenset({make.service().id}), frozenset({centre.id}), day, day)
        return availability.free_slots(session, search, clock.at)

    return free


@pytest.fixture
def book(make, centre, lawyer, clock):
    def book(slot):
        case, _code = make.case(centre)
        wish = Wish(slot.code, case.id, "uk", False, centre.id)
        return in_transaction(service.book, wish, at=clock.at, by=make.actor(lawyer))

    return book


def retire(session, thing):
    thing.active = False
    session.commit()


def test_a_booking_of_a_service_that_ended_is_told_that_it_cannot_be_moved(
    session, make, desk, book, free
):
    reference = show(book(free()[0]).reference)
    retire(session, make.service())
    make.service("psychological_help")

    page = desk.get(f"/bookings/{reference}/move")

    assert page.status_code == 200
    assert "This service is no longer offered" in page.text
    assert f'href="/bookings/{reference}"' in page.text


def test_a_region_without_services_by_time_has_a_page_that_says_so(desk):
    page = desk.get("/bookings")

    assert page.status_code == 200
    assert "No service here is booked by time" in page.text


def test_a_service_that_ended_cannot_be_booked(session, make, book, free):
    slot = free()[0]
    retire(session, make.service())

    assert free() == []
    with pytest.raises(SlotTaken):
        book(slot)


def test_a_room_no_longer_in_use_cannot_be_booked(session, room, book, free):
    slot = free()[0]
    retire(session, room)

    assert free() == []
    with pytest.raises(SlotTaken):
        book(slot)
