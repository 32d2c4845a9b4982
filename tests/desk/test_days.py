"""Days that are still to come, days nobody can mean, and the day that was asked for."""

from datetime import date, timedelta

import pytest

from cic_cases.bookings import availability, service
from cic_cases.bookings.availability import Search
from cic_cases.bookings.rules import Wish
from cic_cases.foundation.codes import show
from cic_cases.foundation.db import in_transaction

MONDAY = date(2030, 1, 7)
NEXT = MONDAY + timedelta(weeks=1)


@pytest.fixture
def lawyer(make, centre):
    staff = make.staff("lawyer", centre, initials="J.K.")
    make.duty(staff, centre, make.room(centre), [make.service()])
    return staff


@pytest.fixture
def booked(session, make, centre, lawyer, clock):
    def book(day):
        search = Search(frozenset({make.service().id}), frozenset({centre.id}), day, day)
        slot = availability.free_slots(session, search, clock.at)[0]
        case, _code = make.case(centre)
        wish = Wish(slot.code, case.id, "uk", False, centre.id)
        booking = in_transaction(service.book, wish, at=clock.at, by=make.actor(lawyer))
        return show(booking.reference), slot.code

    return book


@pytest.fixture
def desk(make, centre, client_of):
    return client_of(make.staff("reception", centre))


def test_nobody_arrives_or_stays_away_before_the_day(booked, desk, lawyer, client_of):
    reference, _slot = booked(NEXT)

    for page in (
        desk.get(f"/bookings/{reference}").text,
        client_of(lawyer).get(f"/my-day?day={NEXT}").text,
    ):
        assert 'value="done"' not in page
        assert 'value="arrived"' not in page
        assert 'value="no_show"' not in page


def test_what_was_marked_in_the_day_can_be_taken_back_there(booked, lawyer, client_of):
    reference, _slot = booked(MONDAY)
    browser = client_of(lawyer)
    browser.post(f"/bookings/{reference}/status", data={"status": "done", "back": "/my-day"})
    browser.get("/my-day")  # the offer after the tap is shown once

    assert f"/bookings/{reference}/undo" in browser.get("/my-day").text


def test_the_visit_keeps_its_number_when_it_is_completed(booked, lawyer, client_of):
    reference, _slot = booked(MONDAY)
    browser = client_of(lawyer)
    browser.post(f"/bookings/{reference}/status", data={"status": "done"})

    assert "visit 1" in browser.get("/my-day?lang=en").text


def test_a_cancelled_appointment_offers_no_slip(booked, desk):
    reference, _slot = booked(NEXT)
    assert f"/bookings/{reference}/slip" in desk.get(f"/bookings/{reference}").text

    desk.post(f"/bookings/{reference}/cancel", data={"who": "person", "version": "1"})

    assert f"/bookings/{reference}/slip" not in desk.get(f"/bookings/{reference}").text


def test_a_refused_time_shows_the_day_it_was_on(booked, desk, make, centre):
    _reference, slot = booked(NEXT)
    _case, code = make.case(centre)
    desk.post("/desk/scan", data={"code": code})

    answer = desk.post("/bookings", data={"slot": slot, "service": "legal_advice", "language": ""})

    assert answer.status_code == 409
    chosen = answer.text.split('aria-current="date"')[0]
    assert f"day={NEXT}" in chosen[-400:]


def test_paper_leads_back_to_the_page_it_came_from(booked, desk):
    reference, _slot = booked(NEXT)

    assert f'href="/bookings/{reference}"' in desk.get(f"/bookings/{reference}/slip").text


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-30", "9999-12-31", "soon"])
def test_a_day_nobody_can_mean_is_today(lawyer, desk, client_of, day):
    assert client_of(lawyer).get(f"/my-day?day={day}").status_code == 200
    assert desk.get(f"/bookings?from={day}&day={day}").status_code == 200
