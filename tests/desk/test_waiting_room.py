"""Numbers given, called and skipped; what the screen and the holder of a slip see."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from cic_cases.foundation.codes import show
from cic_cases.foundation.db import in_transaction
from cic_cases.privacy.models import AuditEntry
from cic_cases.visits import tickets
from cic_cases.visits.ticket_models import Ticket, TicketState
from tests.desk.reception import Reception


@pytest.fixture
def screen(reception: Reception, client_of):
    """The waiting room's screen, opened by its secret address in a browser without a session."""
    coordinator = client_of(reception.make.staff("coordinator", reception.centre))
    page = coordinator.post("/waiting-room/screen").text
    address = re.search(r"http://[^<]*(/display/poznan\?key=[\w-]+)<", page)
    assert address is not None
    return coordinator, client_of(None), address[1]


def number_of(page: str) -> str | None:
    """The number on the screen and where it is called to."""
    found = re.search(r'class="big"><span>(\d+)</span>.*?class="room">(.*?)</span>', page, re.S)
    return f"{found[1]} → {re.sub('<.*?>', '', found[2]).strip()}" if found else None


def given(reception: Reception, **named: str) -> str:
    """A number from the desk; returns the address on the slip's code."""
    keys: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "cic_cases.desk.waiting_room.qr", lambda text, label: keys.append(text) or label
        )
        slip = reception.browser.post("/waiting-room/numbers", data=named, follow_redirects=True)
    assert slip.status_code == 200
    assert "Centrum" not in slip.text
    return "/t/" + keys[0].rpartition("/t/")[2]


def test_a_number_is_given_called_called_again_and_skipped(reception: Reception, screen):
    _coordinator, wall, address = screen
    case, code = reception.make.case()
    booking = reception.book(case)
    assert number_of(wall.get(address).text) is None
    first, second = given(reception), given(reception, reference=show(booking.reference))
    third = given(reception)
    assert "You are next." in wall.get(f"{first}?lang=en").text
    assert "people are before you" in wall.get(f"{third}?lang=en").text
    assert "You have an appointment." in wall.get(f"{second}?lang=en").text
    assert given(reception, reference=show(booking.reference)) != second
    assert reception.count(Ticket) == 3, "the same number, printed again"
    assert wall.get(second).status_code == 404, "an old slip of the same number is dead"

    room = reception.session.scalar(select(Ticket.id).where(Ticket.number == 2))
    reception.browser.post("/waiting-room/next", data={"room": ""})
    assert number_of(wall.get(address).text.replace("рецепція", "reception")) is not None
    assert number_of(wall.get(address).text).startswith("1 → ")  # type: ignore[union-attr]
    reception.browser.post(
        f"/waiting-room/{room}/call", data={"room": str(booking.room_id)}, follow_redirects=True
    )
    shown = wall.get(address).text
    assert number_of(shown) == "2 → 1"
    assert code not in shown
    assert "legal" not in shown.lower()
    assert 'data-call="2-1"' in shown
    reception.browser.post(f"/waiting-room/{room}/call", data={"room": str(booking.room_id)})
    assert 'data-call="2-2"' in wall.get(address).text, "the screen chimes again"
    reception.browser.post(f"/waiting-room/{room}/skip")
    assert number_of(wall.get(address).text).startswith("1 → ")  # type: ignore[union-attr]
    said = reception.browser.post("/waiting-room/next", follow_redirects=True).text
    assert "Nobody is waiting with a number." in said
    actions = set(reception.session.scalars(select(AuditEntry.action)))
    assert {"ticket.given", "ticket.called", "ticket.skipped", "display.opened"} <= actions


def test_the_screen_says_when_nothing_changed_and_a_stopped_address_shows_nothing(
    reception: Reception, screen
):
    coordinator, wall, address = screen
    live = address.replace("?", "/live?")
    seen = wall.get(live).headers["ETag"]
    assert wall.get(live, headers={"If-None-Match": seen}).status_code == 304
    reception.clock.at += timedelta(seconds=10)
    assert wall.get(live, headers={"If-None-Match": seen}).status_code == 200, "another language"
    assert wall.get(address.replace("poznan", "leszno")).status_code == 404
    assert wall.get("/display/poznan?key=wrong").status_code == 404
    coordinator.post("/waiting-room/screen/stop")
    assert wall.get(address).status_code == 404


def test_a_specialist_calls_only_their_own_and_numbers_begin_anew_each_day(
    reception: Reception, client_of
):
    other = client_of(reception.make.staff("psychologist", reception.centre))
    own = client_of(reception.lawyer)
    case, _code = reception.make.case()
    given(reception, reference=show(reception.book(case).reference))
    ticket = reception.session.scalars(select(Ticket)).one()
    assert other.post(f"/waiting-room/{ticket.id}/call").status_code == 404
    assert own.post(f"/waiting-room/{ticket.id}/call").status_code == 303
    reception.session.refresh(ticket)
    assert ticket.state is TicketState.CALLED

    by, day = reception.make.actor(reception.staff), ticket.day
    for days in (1, 7):
        later = day + timedelta(days=days)
        fresh, _key = in_transaction(
            tickets.give, reception.centre.id, None, later, at=reception.clock.at, by=by
        )
        assert fresh.number == 1
    oldest = reception.session.scalar(select(func.min(Ticket.day)))
    assert oldest == day + timedelta(days=1), "gone within a week"
