"""Times held for a person on their page, and refusals that stand beside the time they concern."""

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from cic_cases.bookings import availability
from cic_cases.bookings.availability import Search
from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Status
from cic_cases.foundation.codes import show
from tests.conftest import MONDAY

DAY = MONDAY.date()


class Counter:
    """Somebody at the desk of a centre where a lawyer receives today."""

    def __init__(self, make, client_of, clock) -> None:
        self.make, self.clock = make, clock
        self.centre = make.centre()
        self.lawyer = make.staff("lawyer", self.centre, initials="J.K.")
        make.duty(self.lawyer, self.centre, make.room(self.centre), [make.service()])
        self.desk = client_of(make.staff("reception", self.centre))
        self.case, self.code = make.case(self.centre)
        self.page = f"/cases/{show(self.code)}"
        with self.desk.session_transaction() as kept:
            kept["open_case"] = self.case.id

    def free(self):
        search = Search(frozenset({self.make.service().id}), frozenset({self.centre.id}), DAY, DAY)
        return availability.free_slots(self.make.session, search, self.clock.at)

    def asked(self, slot, **more):
        return {"slot": slot.code, "service": "legal_advice", "language": "uk", **more}

    def bookings(self):
        self.make.session.expire_all()
        return self.make.session.scalars(select(Booking).order_by(Booking.id)).all()


@pytest.fixture
def counter(make, client_of, clock) -> Counter:
    return Counter(make, client_of, clock)


def form_of(page: str, ending: str) -> str:
    return html.unescape(re.search(rf'action="([^"]+/{ending})"', page)[1])


def test_a_held_time_stands_on_the_case_page_and_is_booked_there(counter: Counter):
    counter.desk.post("/bookings/hold", data=counter.asked(counter.free()[0]))

    page = counter.desk.get(counter.page).text
    assert "Held until 07:10" in page
    answer = counter.desk.post(form_of(page, "confirm"), data={"back": "case"})

    assert answer.status_code == 303
    assert [one.status for one in counter.bookings()] == [Status.BOOKED]
    assert "Held until" not in counter.desk.get(counter.page).text


def test_a_held_time_is_let_go_on_the_case_page_and_one_stays_there(counter: Counter):
    first = counter.free()[0]
    counter.desk.post("/bookings/hold", data=counter.asked(first))
    page = counter.desk.get(counter.page).text

    answer = counter.desk.post(form_of(page, "let-go"), data={"back": "case"})

    assert answer.location == counter.page
    assert first.code in {slot.code for slot in counter.free()}
    assert "Held until" not in counter.desk.get(counter.page).text


def test_a_hold_that_ran_out_meanwhile_leads_back_to_the_case_with_the_reason(counter: Counter):
    counter.desk.post("/bookings/hold", data=counter.asked(counter.free()[0]))
    page = counter.desk.get(counter.page).text
    counter.clock.forward(timedelta(minutes=11))

    answer = counter.desk.post(
        form_of(page, "confirm"), data={"back": "case"}, follow_redirects=True
    )

    assert answer.request.path == counter.page
    assert "This time is no longer held" in answer.text


def test_a_hold_is_on_no_case_page_of_another_centre(counter: Counter, make, client_of):
    counter.desk.post("/bookings/hold", data=counter.asked(counter.free()[0]))
    foreign = client_of(make.staff("reception", make.centre("leszno")))

    page = foreign.get(counter.page)

    assert page.status_code == 404 or "Held until" not in page.text


def test_letting_go_in_the_search_keeps_what_was_searched_for(counter: Counter):
    counter.desk.post("/bookings/hold", data=counter.asked(counter.free()[0]))
    page = counter.desk.get("/bookings?service=legal_advice&time=late").text

    answer = counter.desk.post(
        form_of(page, "let-go"), data={"service": "legal_advice", "time": "late"}
    )

    assert "time=late" in answer.location


@pytest.mark.parametrize("address", ["/bookings", "/bookings/hold"])
def test_whoever_is_elsewhere_then_is_said_so_beside_the_time_and_nothing_is_lost(
    counter: Counter, make, address
):
    first = counter.free()[0]
    second = make.staff("lawyer", counter.centre, initials="M.B.")
    make.duty(second, counter.centre, make.room(counter.centre, "2"), [make.service()])
    counter.desk.post("/bookings", data=counter.asked(first))
    same = next(slot for slot in counter.free() if slot.time.start == first.time.start)

    answer = counter.desk.post(address, data=counter.asked(same, time="morning"))

    assert answer.status_code == 409
    beside = re.search(r'id="slot-error">.*?</p>', answer.text, re.S)[0]
    assert "Mon 7.01, 08:00:" in beside
    assert "They already have an appointment at 08:00. Choose another time." in beside
    assert 'href="#slot-error"' in answer.text
    assert re.search(r'value="morning" checked', answer.text)


def test_somebody_with_enough_appointments_is_told_what_to_do_beside_the_time(counter: Counter):
    make = counter.make
    make.service().per_person = 1
    make.session.commit()
    first, *_rest, last = counter.free()
    counter.desk.post("/bookings", data=counter.asked(first))

    answer = counter.desk.post("/bookings", data=counter.asked(last))

    assert answer.status_code == 409
    beside = re.search(r'id="slot-error">.*?</p>', answer.text, re.S)[0]
    assert "First move or cancel one appointment of this kind" in beside


@pytest.mark.parametrize("address", ["/bookings", "/bookings/hold"])
def test_the_language_links_of_a_refused_booking_lead_to_the_same_search(counter: Counter, address):
    slot = counter.free()[0]
    counter.desk.post("/bookings", data=counter.asked(slot))
    with counter.desk.session_transaction() as kept:
        kept["open_case"] = counter.make.case(counter.centre)[0].id

    refused = counter.desk.post(
        address, data=counter.asked(slot, time="morning", to="2030-01-11", interpreter="y")
    )

    assert refused.status_code == 409
    link = html.unescape(re.search(r'<a href="([^"]+)" lang="uk"', refused.text)[1])
    assert link.startswith("/bookings?")
    for kept_answer in ("service=legal_advice", "time=morning", "to=2030-01-11", "interpreter=y"):
        assert kept_answer in link
    again = counter.desk.get(link)
    assert again.status_code == 200
    assert re.search(r'value="morning" checked', again.text)
