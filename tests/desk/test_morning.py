"""The coordinator's board: what is missing before people come, in every centre of theirs."""

from contextlib import suppress
from datetime import date, timedelta
from functools import cache

import pytest

from cic_cases.bookings import availability, disruptions, roster_changes, service
from cic_cases.bookings.availability import Search
from cic_cases.bookings.models import Booking
from cic_cases.bookings.rules import Wish
from cic_cases.calendar import absences
from cic_cases.calendar.models import Duty
from cic_cases.foundation.codes import show
from cic_cases.foundation.db import in_transaction
from tests.reading import words_of
from tests.statements import statements

TODAY = date(2030, 1, 7)
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def lawyer(make, centre):
    """On duty every day of the week, speaks no Georgian."""
    staff = make.staff("lawyer", centre, initials="J.K.", languages=("pl", "uk"))
    room = make.room(centre)
    for weekday in range(7):
        make.duty(staff, centre, room, [make.service()], weekday=weekday)
    return staff


@pytest.fixture
def desks(make):
    """Who books in a centre, made once."""
    return cache(lambda where: make.actor(make.staff("reception", where)))


@pytest.fixture
def book(session, make, clock, lawyer, desks):
    def book(day: date = TODAY, language: str = "uk", centre=None) -> Booking:
        where = centre or make.centre()
        search = Search(frozenset({make.service().id}), frozenset({where.id}), day, day)
        slot = availability.free_slots(session, search, clock.at)[0]
        case, _code = make.case(where)
        wish = Wish(slot.code, case.id, language, False, where.id)
        return in_transaction(service.book, wish, at=clock.at, by=desks(where))

    return book


@pytest.fixture
def coordinator(make, centre):
    return make.staff("coordinator", centre)


@pytest.fixture
def board(coordinator, client_of):
    def board() -> str:
        answer = client_of(coordinator).get("/morning?lang=en")
        assert answer.status_code == 200
        return words_of(answer.text)

    return board


def cancel(session, make, coordinator, clock, day=TODAY, weekday=0):
    duty = session.query(Duty).filter_by(weekday=weekday).one()
    change = disruptions.cancelled(duty.id, day)
    in_transaction(
        roster_changes.apply_if_nobody,
        change,
        scope=make.actor(coordinator).scope("roster.change"),
        at=clock.at,
        by=coordinator.id,
    )


def test_a_day_on_which_nothing_is_wrong_says_so(board, book):
    book()

    page = board()

    assert "Nothing has to be put right." in page
    assert "1 appointment today" in page


def test_an_appointment_that_nobody_can_speak_in_comes_with_its_reference_and_no_code(
    board, book, coordinator, client_of, make
):
    reference = show(book(language="ka").reference)

    page = board()

    assert "no interpreter, ქართული" in page
    assert reference in page
    html = client_of(coordinator).get("/morning?lang=en").text
    assert f'href="/bookings/{reference}"' in html
    assert make.service().key not in html


def test_what_is_over_needs_no_interpreter_any_more(board, book, clock):
    book(language="ka")
    clock.forward(timedelta(hours=6))

    assert "no interpreter" not in board()


def test_a_cancelled_duty_in_which_nobody_stands_in_is_a_gap(
    board, session, make, lawyer, coordinator, clock
):
    cancel(session, make, coordinator, clock)

    page = board()

    assert "the duty of J.K. is cancelled, nobody stands in" in page
    assert "1 missing" in page


def test_a_duty_cancelled_for_another_day_is_none_of_today(
    board, session, make, lawyer, coordinator, clock
):
    cancel(session, make, coordinator, clock, TOMORROW, weekday=1)

    assert "nobody stands in" not in board()


def test_people_booked_with_somebody_who_is_not_on_duty_come_first(
    board, book, session, lawyer, clock
):
    book(), book(language="ka")
    session.query(Duty).filter_by(weekday=0).one().valid_until = TODAY - timedelta(days=7)
    session.commit()

    page = board()

    assert "J.K. is not on duty" in page
    assert "2 people are booked, the first at 08:00" in page
    assert page.index("is not on duty") < page.index("no interpreter")


@pytest.mark.parametrize(
    ("days", "told"), [(1, True), (14, True), (16, False)], ids=["yesterday", "14 days", "older"]
)
def test_what_nobody_closed_is_told_for_two_weeks(board, book, clock, days, told):
    book()
    clock.forward(timedelta(days=days))

    assert ("1 appointment has no end" in board()) is told


def test_a_week_with_time_left_does_not(board, book):
    book(TOMORROW)

    assert "Free times run out" not in board()


def test_an_appointment_of_today_is_not_late(board, book, clock):
    book()
    clock.forward(timedelta(hours=8))

    assert "has no end" not in board()


@pytest.mark.parametrize(("ahead", "told"), [(0, True), (2, True), (3, False)])
def test_a_request_for_days_off_is_told_when_it_cannot_wait(
    board, lawyer, centre, clock, ahead, told
):
    day = TODAY + timedelta(days=ahead)
    in_transaction(
        absences.ask,
        (day, day),
        "other",
        centre_id=centre.id,
        today=TODAY,
        at=clock.at,
        by=lawyer.id,
    )

    assert ("J.K. asks for days off" in board()) is told


def test_a_week_with_hardly_an_hour_left_runs_out(board, book):
    for ahead in range(1, 8):
        with suppress(IndexError):  # until nothing is free that day
            while True:
                book(TODAY + timedelta(days=ahead))

    assert "Free times run out" in board()


def test_of_other_centres_nothing_is_seen(board, make, book):
    elsewhere = make.centre("leszno")
    room, other = make.room(elsewhere, "9"), make.staff("lawyer", elsewhere, initials="X.Y.")
    make.duty(other, elsewhere, room, [make.service()])
    book(language="ka", centre=elsewhere)

    page = board()

    assert "no interpreter" not in page
    assert "1 Centre" in page


def test_several_centres_cost_no_more_statements_than_one(make, client_of, book, centre):
    both = make.staff("coordinator", centre)
    client = client_of(both)
    book(language="ka")
    client.get("/morning")
    with statements() as one:
        client.get("/morning")
    for number in range(4):
        more = make.centre(f"town{number}")
        make.grant(both, "coordinator", more)
        room, other = make.room(more, "9"), make.staff("lawyer", more)
        make.duty(other, more, room, [make.service()])
        book(language="ka", centre=more)
    client.get("/morning")
    with statements() as five:
        answer = client.get("/morning?lang=en")

    assert "5 Centres" in words_of(answer.text)
    assert len(five) == len(one)


@pytest.mark.parametrize("role", ["reception", "lawyer", "partner", "interpreter", "region"])
def test_the_board_is_the_coordinators(make, centre, client_of, role):
    assert client_of(make.staff(role, centre)).get("/morning").status_code == 404
