"""Finding a time: what is asked, what cannot be found, and what is held meanwhile."""

import html
import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from cic_cases.bookings import availability, service
from cic_cases.bookings.availability import Search
from cic_cases.bookings.models import Booking
from cic_cases.bookings.rules import SlotTaken, Wish
from cic_cases.bookings.statuses import Status
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


@pytest.fixture
def counter(make, centre, desk):
    """The person whose card was shown last at the desk."""
    case, _code = make.case(centre)
    with desk.session_transaction() as kept:
        kept["open_case"] = case.id
    return case


def form(slot):
    return {"slot": slot.code, "service": "legal_advice", "language": "uk"}


def held_reference(session):
    session.expire_all()
    return show(
        session.scalars(select(Booking).where(Booking.status == Status.HELD)).one().reference
    )


def test_a_time_is_held_with_its_end_and_then_booked(session, desk, counter, free):
    first = free()[0]

    page = desk.post("/bookings/hold", data=form(first), follow_redirects=True)

    assert "Held until 07:10" in page.text
    assert first.code not in {slot.code for slot in free()}
    reference = held_reference(session)
    answer = desk.post(f"/bookings/hold/{reference}/confirm")
    assert answer.status_code == 303
    session.expire_all()
    assert session.scalars(select(Booking.status)).all() == [Status.BOOKED]


def test_a_held_time_that_is_let_go_is_free_again(session, desk, counter, free):
    first = free()[0]
    desk.post("/bookings/hold", data=form(first))

    page = desk.post(f"/bookings/hold/{held_reference(session)}/let-go", follow_redirects=True)

    assert "Held until" not in page.text
    assert first.code in {slot.code for slot in free()}


def test_a_hold_that_ran_out_is_said_so_and_other_times_are_offered(
    session, desk, counter, free, clock
):
    desk.post("/bookings/hold", data=form(free()[0]))
    reference = held_reference(session)
    clock.forward(timedelta(minutes=11))

    page = desk.post(f"/bookings/hold/{reference}/confirm", data=form(free()[0]))

    assert page.status_code == 409
    assert "This time is no longer held" in page.text
    assert 'class="slot"' in page.text


def test_nobody_books_or_lets_go_what_another_centre_holds(
    session, make, desk, counter, free, client_of
):
    desk.post("/bookings/hold", data=form(free()[0]))
    reference = held_reference(session)
    foreign = client_of(make.staff("reception", make.centre("leszno")))

    for step in ("confirm", "let-go"):
        assert foreign.post(f"/bookings/hold/{reference}/{step}").status_code == 404
    assert held_reference(session) == reference


def test_without_a_card_nothing_is_held(desk, free):
    answer = desk.post("/bookings/hold", data=form(free()[0]))

    assert answer.status_code == 422
    assert "card first" in answer.text


def test_any_specialist_gives_one_button_for_a_start_and_a_chosen_one_theirs(
    make, desk, centre, lawyer
):
    other = make.staff("lawyer", centre, initials="M.B.")
    make.duty(other, centre, make.room(centre, "2"), [make.service()])

    every = desk.get("/bookings?service=legal_advice&day=2030-01-07").text
    theirs = desk.get(f"/bookings?service=legal_advice&day=2030-01-07&specialist={other.key}").text

    assert every.count(">08:00</a>") == 1
    assert theirs.count(">08:00</a>") == 1
    assert "<b>M.B.</b>" in theirs
    assert "<b>J.K.</b>" not in theirs


def test_the_period_ends_with_its_last_day(desk, lawyer):
    page = desk.get("/bookings?service=legal_advice&from=2030-01-08&to=2030-01-13").text

    assert "No available slots" in page


def test_the_next_free_times_come_twenty_at_a_time_until_there_are_none(desk, lawyer):
    page = desk.get("/bookings/next?service=legal_advice").text
    starts, pages = slots_in(page), 1
    assert len(starts) == 20
    while more := re.search(r'class="btn plain" href="([^"]+)"', page):
        page = desk.get(html.unescape(more[1])).text
        starts += slots_in(page)
        pages += 1
    assert pages > 1
    assert len(starts) == len(set(starts))


def slots_in(page):
    return re.findall(r"slot=([\w-]+)", page)


def test_the_first_free_time_of_every_centre_is_one_click_away(make, desk, lawyer):
    leszno = make.centre("leszno")
    make.duty(make.staff("lawyer", leszno), leszno, make.room(leszno), [make.service()], weekday=2)
    make.centre("kalisz")

    page = desk.get("/bookings/first?service=legal_advice").text

    assert len(slots_in(page)) == 2
    assert "No available slots" in page


def test_why_a_time_is_not_free_is_told_without_who_is_booked(session, desk, lawyer, book, free):
    taken = book(free()[0])

    page = desk.get("/bookings/why?service=legal_advice&on=2030-01-07&hour=08:00")

    assert page.status_code == 200
    assert "The specialist is taken at this time." in page.text
    assert show(taken.reference) not in page.text
    free_one = desk.get("/bookings/why?service=legal_advice&on=2030-01-07&hour=09:00").text
    assert "This time is free." in free_one


@pytest.mark.parametrize("query", ["", "on=2030-01-07", "on=9999-12-31&hour=08:00", "on=x&hour=y"])
def test_a_question_without_a_day_and_an_hour_is_asked_again(desk, lawyer, query):
    page = desk.get(f"/bookings/why?{query}")

    assert page.status_code == 422
    assert "Enter a day and a time." in page.text


def test_days_nobody_can_mean_are_no_period(desk, lawyer):
    for page in ("/bookings", "/bookings/next", "/bookings/first"):
        for day in ("0001-01-01", "9999-12-31", "soon"):
            answer = desk.get(f"{page}?from={day}&to={day}&since={day}T00:00:00Z")
            assert answer.status_code == 200


def test_an_hour_that_the_clocks_skip_is_named(desk, lawyer):
    page = desk.get("/bookings/why?on=2030-03-31&hour=02:30")

    assert page.status_code == 422
    assert "the clocks skip" in page.text


def test_an_interpreter_who_comes_along_is_shown_by_initials(make, desk, centre, lawyer):
    speaker = make.staff("interpreter", centre, languages=("ka",), initials="T.G.")
    make.duty(speaker, centre, None, [], kind="interprets", languages=("ka",))

    without = desk.get("/bookings?service=legal_advice&language=ka").text
    page = desk.get("/bookings?service=legal_advice&language=ka&interpreter=y").text

    assert "No available slots" in without
    assert re.search(r"with an interpreter\s*· T\.G\.", page)
