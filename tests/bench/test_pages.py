"""How long the desk and the search take beside a constant route, in process; targets 5 and 7."""

from datetime import date, timedelta

import pytest
from flask import Flask

from cic_cases.bookings import availability, service
from cic_cases.bookings.availability import Search
from cic_cases.bookings.rules import SlotTaken, Wish
from cic_cases.foundation.db import db, in_transaction
from cic_cases.people import service as people
from cic_cases.privacy.access import open_to_all
from tests.bench.table import interleaved, line
from tests.conftest import MONDAY

pytestmark = pytest.mark.bench
ROWS, FEW, TEN_TIMES = 40, 3, 30
CONSTANT = "/bench-constant"
SLOTS = "/api/v1/slots?service=legal_advice&limit=20"


@pytest.fixture
def constant(app: Flask) -> str:
    """A route that answers one word."""
    app.add_url_rule(CONSTANT, "bench_constant", open_to_all(lambda: "ok"))
    return CONSTANT


def lawyers(make, centre, service_row, numbers):
    for number in numbers:
        lawyer = make.staff("lawyer", centre, initials=f"L{number}")
        room = make.room(centre, str(number))
        for weekday in range(5):
            make.duty(
                lawyer, centre, room, [service_row], weekday=weekday, valid_from=date(2020, 1, 1)
            )


def book_today(make, centre, service_row, staff, wanted):
    """Forty people with an appointment today."""
    day = MONDAY.date()
    ids = (frozenset({service_row.id}), frozenset({centre.id}))
    search = Search(*ids, first_day=day, last_day=day)
    booked, actor = 0, make.actor(staff)
    for slot in availability.free_slots(db.session(), search, MONDAY):
        case, _ = make.case(centre)
        wish = Wish(slot.code, case.id, "uk", False, centre.id)
        try:
            in_transaction(service.book, wish, at=MONDAY, by=actor)
            booked += 1
        except SlotTaken:
            continue
        if booked == wanted:
            return
    raise AssertionError(f"only {booked} times today")


def test_the_desk_with_forty_rows(app, make, client_of, constant, backend):
    centre, advice = make.centre(), make.service(minutes=20)
    lawyers(make, centre, advice, range(6))
    reception = make.staff("reception", centre)
    book_today(make, centre, advice, reception, ROWS)
    browser, stranger = client_of(reception), client_of(None)
    page = browser.get("/desk")
    assert page.status_code == 200
    assert page.text.count("<tr") == ROWS + 1

    took = interleaved(
        {
            "constant": (lambda: stranger.get(constant), 200),
            "desk": (lambda: browser.get("/desk"), 10),
        }
    )

    ratio = took["desk"] / took["constant"]
    figure = f"{took['desk'] * 1000:.1f} ms; constant {took['constant'] * 1e6:.0f} µs"
    line("7", f"desk, 40 rows, signed in ({backend})", figure, f"{ratio:.0f} ×", "≤ 10 ×")


def test_the_next_twenty_free_times(app, make, constant, backend):
    centre, advice = make.centre(), make.service(minutes=20)
    lawyers(make, centre, advice, range(FEW))
    staff = make.staff("reception", centre)
    lasts = timedelta(days=30)
    token = in_transaction(people.issue_token, staff.id, lasts=lasts, at=MONDAY, by=None)
    client, headers = app.test_client(), {"Authorization": f"Bearer {token}"}

    def measured():
        return interleaved(
            {
                "constant": (lambda: client.get(constant), 200),
                "slots": (lambda: client.get(SLOTS, headers=headers), 20),
            }
        )

    assert len(client.get(SLOTS, headers=headers).json["slots"]) == 20
    few = measured()
    lawyers(make, centre, advice, range(FEW, TEN_TIMES))
    many = measured()

    figure = f"{few['slots'] * 1000:.1f} ms"
    ratio = f"{few['slots'] / few['constant']:.0f} ×"
    line("5", f"next 20 free, in process ({backend})", figure, ratio, "≤ 5 ×")
    grown = (many["slots"] / many["constant"]) / (few["slots"] / few["constant"])
    figure = f"{many['slots'] * 1000:.1f} ms"
    line("5", f"… with 10 × the specialists ({backend})", figure, f"{grown:.1f} ×", "≤ 1.5 ×")
