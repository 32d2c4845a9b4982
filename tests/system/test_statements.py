"""What a request asks the database: a fixed number of statements, however many specialists."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from sqlalchemy import event, func, select

from cic_cases.bookings.models import Booking, BookingTrace
from cic_cases.foundation.db import db, in_transaction
from cic_cases.notifications.models import Message
from cic_cases.people import service as people
from tests.conftest import MONDAY

MOST_OF_A_BOOKING = 8
SLOTS = "/api/v1/slots?service=legal_advice&limit=20"
DUTIES = "/api/v1/duties"
ADDRESSES = (
    "/desk",
    "/urgent",
    "/bookings?service=legal_advice",
    "/my-day",
    "/my-day/week",
    SLOTS,
    DUTIES,
)
NOT_COUNTED = ("BEGIN", "SELECT pg_catalog", "show ")


@pytest.fixture
def cost(app) -> Callable[[Callable[[], object]], int]:
    """How many statements a piece of work sends that knows nothing beforehand."""

    def cost(work: Callable[[], object]) -> int:
        sent: list[str] = []
        db.session.expunge_all()

        def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
            if not statement.startswith(NOT_COUNTED):
                sent.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            work()
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        return len(sent)

    return cost


@pytest.fixture
def practice(make):
    """A centre, and a way to put another lawyer on duty every weekday."""
    centre, advice = make.centre(), make.service(minutes=20)

    def one_more(number: int):
        lawyer = make.staff("lawyer", centre, initials=f"L.{number}")
        room = make.room(centre, str(number))
        for weekday in range(5):
            since = date(2020, 1, 1)
            make.duty(lawyer, centre, room, [advice], weekday=weekday, valid_from=since)
        return lawyer

    return centre, one_more


def token_of(staff):
    lasts = timedelta(days=30)
    token = in_transaction(people.issue_token, staff.id, lasts=lasts, at=MONDAY, by=None)
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("address", ADDRESSES)
def test_more_specialists_cost_no_more_statements(address, make, practice, client_of, cost):
    centre, one_more = practice
    lawyer, reception = one_more(0), make.staff("reception", centre)
    browser = client_of(lawyer if address.startswith("/my-day") else reception)
    headers = token_of(reception) if address in (SLOTS, DUTIES) else {}

    def ask():
        assert browser.get(address, headers=headers).status_code == 200

    ask()
    one_more(1)
    anew, again = cost(ask), cost(ask)  # a roster that has changed is read once
    for number in range(2, 6):
        one_more(number)

    assert cost(ask) <= anew  # with more to offer, the near days alone may suffice
    assert cost(ask) <= again


@pytest.fixture
def wanted(app, make, practice):
    """A free time, a case whose person is told by e-mail and SMS, and a receptionist."""
    centre, one_more = practice
    for number in range(3):
        one_more(number)
    case, code = make.case(centre)
    make.contact(case, email="person@example.org", phone="+48600100200")
    reception = make.staff("reception", centre)
    asked = app.test_client().get(f"{SLOTS}&from=2030-01-09", headers=token_of(reception))
    [slot, *_] = asked.json["slots"]
    return slot["slot"], case.id, code, reception


def booked():
    """How many messages the only booking has: all was done that a booking is."""
    booking = db.session.scalars(select(Booking)).one()
    assert len(db.session.scalars(select(BookingTrace)).all()) == 1
    return db.session.scalar(select(func.count()).where(Message.booking_id == booking.id))


def test_a_booking_by_a_program_costs_few_statements(app, wanted, cost):
    slot, _, code, reception = wanted
    headers, client = token_of(reception), app.test_client()
    body = {"slot": slot, "case": code, "language": "uk"}

    def book():
        assert client.post("/api/v1/bookings", headers=headers, json=body).status_code == 201

    assert cost(book) <= MOST_OF_A_BOOKING
    assert booked() == 4


def test_a_booking_at_the_desk_costs_few_statements(wanted, client_of, cost):
    slot, case_id, _, reception = wanted
    browser = client_of(reception)
    with browser.session_transaction() as counter:
        counter["open_case"] = case_id
    form = {"slot": slot, "service": "legal_advice", "language": "uk"}

    def book():
        assert browser.post("/bookings", data=form).status_code == 303

    assert cost(book) <= MOST_OF_A_BOOKING
    assert booked() == 4
