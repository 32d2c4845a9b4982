"""The sheet on a door: times and references of a room; nobody learns who or what for."""

from datetime import date, timedelta

import pytest

from cic_cases.bookings import availability, service
from cic_cases.bookings.availability import Search
from cic_cases.bookings.rules import Wish
from cic_cases.foundation.codes import show
from cic_cases.foundation.db import in_transaction
from tests.reading import words_of

TODAY = date(2030, 1, 7)
TOMORROW = TODAY + timedelta(days=1)
FRIDAY, NEXT_MONDAY = date(2030, 1, 11), date(2030, 1, 14)


@pytest.fixture
def rooms(make, centre):
    """Two rooms with a lawyer each, on duty every day."""
    found = []
    for number in ("4", "7"):
        staff, room = (
            make.staff("lawyer", centre, initials=f"L.{number}"),
            make.room(centre, number),
        )
        for weekday in range(7):
            make.duty(staff, centre, room, [make.service()], weekday=weekday)
        found.append(room)
    return found


@pytest.fixture
def desk(make, centre):
    return make.staff("reception", centre)


@pytest.fixture
def book(session, make, centre, clock, rooms, desk):
    def book(day: date = TOMORROW):
        """An appointment and the card's code of whoever comes."""
        search = Search(frozenset({make.service().id}), frozenset({centre.id}), day, day)
        slot = availability.free_slots(session, search, clock.at)[0]
        case, code = make.case(centre)
        wish = Wish(slot.code, case.id, "uk", False, centre.id)
        return in_transaction(service.book, wish, at=clock.at, by=make.actor(desk)), code

    return book


@pytest.fixture
def sheet(desk, client_of):
    def sheet(path: str = "/door-sheet?lang=en") -> str:
        answer = client_of(desk).get(path)
        assert answer.status_code == 200
        return answer.text

    return sheet


def test_each_room_has_its_times_and_references(book, sheet):
    first, _ = book()
    second, _ = book()

    page = words_of(sheet())

    assert "Tuesday" in page
    for booking in (first, second):
        assert show(booking.reference) in page
    assert page.count("room 4") + page.count("room 7") == 2


def test_neither_the_card_nor_who_receives_nor_what_for_is_on_it(book, sheet, make):
    _, code = book()

    page = sheet()

    assert show(code) not in page
    assert code not in page
    sheets = page[page.index('class="sheets"') :]
    assert "L.4" not in sheets
    assert "L.7" not in sheets
    for name in make.service().names.values():
        assert name not in sheets


def test_what_is_cancelled_is_not_on_it(book, sheet, clock, make, desk):
    booking, _ = book()
    in_transaction(
        service.cancel,
        booking.reference,
        who="person",
        version=booking.version,
        scope=make.actor(desk).scope("booking.change"),
        at=clock.at,
        by=make.actor(desk),
    )

    assert "Nobody is booked on this day." in sheet()


@pytest.mark.parametrize(
    ("today", "shown"), [(TODAY, "Tuesday"), (FRIDAY, "Monday")], ids=["monday", "friday"]
)
def test_without_a_day_it_is_that_of_the_next_open_one(sheet, rooms, clock, today, shown):
    clock.forward(timedelta(days=(today - TODAY).days))

    assert shown in words_of(sheet())


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "soon"])
def test_a_day_nobody_can_mean_is_the_next_one(sheet, rooms, day):
    assert "Tuesday" in words_of(sheet(f"/door-sheet?lang=en&day={day}"))


def test_another_day_can_be_asked_for(book, sheet):
    booking, _ = book(NEXT_MONDAY)

    page = sheet(f"/door-sheet?day={NEXT_MONDAY}")

    assert show(booking.reference) in page


@pytest.mark.parametrize("role", ["lawyer", "partner", "region", "interpreter"])
def test_it_is_the_desks(make, centre, client_of, role):
    assert client_of(make.staff(role, centre)).get("/door-sheet").status_code == 404
