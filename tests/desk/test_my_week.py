"""One's own week: duties and appointments by day, and nobody else's."""

from datetime import date, timedelta

import pytest

from cic_cases.bookings import availability, service
from cic_cases.bookings.availability import Search
from cic_cases.bookings.rules import Wish
from cic_cases.foundation.codes import show
from cic_cases.foundation.db import in_transaction

MONDAY = date(2030, 1, 7)


@pytest.fixture
def lawyer(make, centre):
    staff = make.staff("lawyer", centre, initials="J.K.")
    make.duty(staff, centre, make.room(centre), [make.service()])
    return staff


@pytest.fixture
def booked(session, make, centre, lawyer, clock):
    def book(day: date) -> str:
        """The code of somebody with an appointment that day."""
        search = Search(frozenset({make.service().id}), frozenset({centre.id}), day, day)
        slot = availability.free_slots(session, search, clock.at)[0]
        case, code = make.case(centre)
        wish = Wish(slot.code, case.id, "uk", False, centre.id)
        in_transaction(service.book, wish, at=clock.at, by=make.actor(lawyer))
        return show(code)

    return book


def test_the_week_holds_its_own_appointments_and_duties_and_no_others(booked, lawyer, client_of):
    this, following = booked(MONDAY), booked(MONDAY + timedelta(weeks=1))

    page = client_of(lawyer).get("/my-day/week?lang=en").text
    assert this in page
    assert following not in page
    assert "on duty" in page
    assert "visit 1" in page

    page = client_of(lawyer).get(f"/my-day/week?day={MONDAY + timedelta(days=10)}&lang=en").text
    assert following in page
    assert this not in page


def test_nobody_sees_the_week_of_a_colleague(booked, make, centre, client_of):
    code = booked(MONDAY)

    for role in ("lawyer", "partner", "interpreter"):
        page = client_of(make.staff(role, centre)).get("/my-day/week?lang=en").text
        assert code not in page, role
        assert "on duty" not in page, role


def test_reception_has_no_week_of_its_own(make, centre, client_of):
    assert client_of(make.staff("reception", centre)).get("/my-day/week").status_code == 404


def test_a_weekend_is_shown_only_when_something_is_on_it(booked, lawyer, client_of):
    page = client_of(lawyer).get("/my-day/week?lang=en").text

    assert 'id="d2030-01-11"' in page
    assert 'id="d2030-01-12"' not in page


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "soon"])
def test_a_week_nobody_can_mean_is_this_one(lawyer, client_of, day):
    assert 'id="d2030-01-07"' in client_of(lawyer).get(f"/my-day/week?day={day}").text
