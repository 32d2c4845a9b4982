"""How long the desk takes beside a constant route, in process; target 7."""

from datetime import date
from typing import Any

import pytest
from flask import Flask

from cic_cases.bookings import availability, service
from cic_cases.bookings.availability import Search
from cic_cases.bookings.rules import SlotTaken, Wish
from cic_cases.foundation.db import db, in_transaction
from cic_cases.privacy.access import open_to_all
from tests.bench.table import interleaved, line
from tests.conftest import MONDAY

pytestmark = pytest.mark.bench
ROWS = 40
CONSTANT = "/bench-constant"


@pytest.fixture(scope="session")
def one_app(one_app: tuple[Flask, dict[str, Any]]) -> tuple[Flask, dict[str, Any]]:
    """With a route that answers one word."""
    one_app[0].add_url_rule(CONSTANT, "bench_constant", open_to_all(lambda: "ok"))
    return one_app


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


def test_the_desk_with_forty_rows(app, make, client_of, backend):
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
            "constant": (lambda: stranger.get(CONSTANT), 200),
            "desk": (lambda: browser.get("/desk"), 10),
        }
    )

    ratio = took["desk"] / took["constant"]
    figure = f"{took['desk'] * 1000:.1f} ms; constant {took['constant'] * 1e6:.0f} µs"
    line("7", f"desk, 40 rows, signed in ({backend})", figure, f"{ratio:.0f} ×", "≤ 10 ×")
