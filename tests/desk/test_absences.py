"""Days off: asked for by a specialist, decided by a coordinator, nobody loses time unseen."""

from datetime import date

import pytest
from sqlalchemy import select

from cic_cases.bookings import availability, service
from cic_cases.bookings.availability import Search
from cic_cases.bookings.models import Booking
from cic_cases.bookings.rules import Wish
from cic_cases.bookings.statuses import Status
from cic_cases.calendar.models import AbsenceRequest, DutyException
from cic_cases.foundation.db import in_transaction

NEXT = date(2030, 1, 14)
DAYS = {"off-first_day": "2030-01-14", "off-last_day": "2030-01-21", "off-reason": "leave"}


@pytest.fixture
def lawyer(make, centre):
    staff = make.staff("lawyer", centre, initials="J.K.")
    make.duty(staff, centre, make.room(centre), [make.service()])
    return staff


@pytest.fixture
def browser(lawyer, client_of):
    return client_of(lawyer)


@pytest.fixture
def coordinator(make, centre, client_of):
    return client_of(make.staff("coordinator", centre))


@pytest.fixture
def asked(browser, session):
    """The id of a request for two Mondays."""
    assert browser.post("/my-day/days-off", data=DAYS).status_code == 303
    return session.scalars(select(AbsenceRequest.id)).one()


@pytest.fixture
def state(session):
    def state():
        session.expire_all()
        return session.scalars(select(AbsenceRequest.state)).one()

    return state


@pytest.fixture
def booked(session, make, centre, lawyer, clock):
    search = Search(frozenset({make.service().id}), frozenset({centre.id}), NEXT, NEXT)
    slot = availability.free_slots(session, search, clock.at)[0]
    case, _code = make.case(centre)
    wish = Wish(slot.code, case.id, "uk", False, centre.id)
    return in_transaction(service.book, wish, at=clock.at, by=make.actor(lawyer)).id


def cancelled(session):
    session.expire_all()
    return [one.on for one in session.scalars(select(DutyException).order_by(DutyException.on))]


def test_granting_cancels_the_duties_of_the_days(asked, coordinator, browser, session, state):
    assert "J.K." in coordinator.get("/rosters/days-off").text
    assert "1 request" in coordinator.get("/rosters?lang=en").text

    coordinator.post(f"/rosters/days-off/{asked}", data={"decision": "approve"})

    assert state() == "approved"
    assert cancelled(session) == [NEXT, date(2030, 1, 21)]
    assert "granted" in browser.get("/my-day/days-off?lang=en").text


def test_a_duty_with_people_is_left_and_shown_first(asked, booked, coordinator, session, state):
    answer = coordinator.post(
        f"/rosters/days-off/{asked}?lang=en", data={"decision": "approve"}, follow_redirects=True
    )

    assert "Somebody is booked" in answer.text
    assert "on=2030-01-14" in answer.text
    assert "on=2030-01-21" not in answer.text
    assert (state(), cancelled(session)) == ("asked", [date(2030, 1, 21)])
    assert session.get(Booking, booked).status is Status.BOOKED


def test_a_refusal_tells_its_reason(asked, coordinator, browser, session, state):
    refused = {"decision": "decline", "why": "no_substitute"}
    coordinator.post(f"/rosters/days-off/{asked}", data=refused)

    assert (state(), cancelled(session)) == ("declined", [])
    assert "nobody can stand in" in browser.get("/my-day/days-off?lang=en").text


def test_no_reason_but_those_of_the_list(asked, coordinator, browser, state):
    coordinator.post(f"/rosters/days-off/{asked}", data={"decision": "decline", "why": "lazy"})

    assert state() == "asked"
    own = {**DAYS, "off-reason": "my mother is ill"}
    assert browser.post("/my-day/days-off", data=own).status_code == 422


def test_a_request_taken_back_cannot_be_granted_any_more(asked, coordinator, browser, state):
    browser.post(f"/my-day/days-off/{asked}/withdraw")
    coordinator.post(f"/rosters/days-off/{asked}", data={"decision": "decline", "why": "talk"})

    assert state() == "withdrawn"
    assert "J.K." not in coordinator.get("/rosters/days-off").text


@pytest.mark.parametrize(
    ("first", "last"),
    [("2030-01-06", "2030-01-08"), ("2030-01-14", "2030-01-13"), ("2030-01-14", "2030-06-01"),
     ("2099-01-01", "2099-01-02"), ("", "2030-01-14")],
)  # fmt: skip
def test_days_nobody_can_grant_are_refused_and_kept_as_typed(browser, session, first, last):
    days = {**DAYS, "off-first_day": first, "off-last_day": last}
    answer = browser.post("/my-day/days-off", data=days)

    assert answer.status_code == 422
    assert f'value="{last}"' in answer.text
    assert session.scalars(select(AbsenceRequest)).all() == []


def test_others_neither_see_nor_decide_nor_withdraw(asked, make, centre, client_of, state):
    colleague = client_of(make.staff("lawyer", centre))
    elsewhere = client_of(make.staff("coordinator", make.centre("leszno")))

    assert colleague.post(f"/my-day/days-off/{asked}/withdraw").status_code == 404
    assert "2030" not in colleague.get("/my-day/days-off").text.split("<main")[1].split("form")[0]
    decision = {"decision": "decline", "why": "talk"}
    for browser in (colleague, elsewhere):
        assert browser.post(f"/rosters/days-off/{asked}", data=decision).status_code == 404
    assert "J.K." not in elsewhere.get("/rosters/days-off").text
    assert state() == "asked"
