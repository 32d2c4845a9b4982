"""What people answered by link, where staff meet it: booking page, board, my day, call list."""

import pytest

from cic_cases.foundation.codes import show
from tests.portal.managed import TEN, Managed, Visitor

CONFIRMED = "confirmed by the person"
ASKS = "asks to be called"


@pytest.fixture
def managed(app, make, clock) -> Managed:
    return Managed(app, make, clock)


@pytest.fixture
def page(managed, client_of):
    """What reception, or the lawyer, sees on the morning of the appointment."""
    desk, own = client_of(managed.reception), client_of(managed.lawyer)

    def page(path: str) -> str:
        managed.clock.at = TEN.replace(hour=7)
        answer = (own if path == "/my-day" else desk).get(path)
        assert answer.status_code == 200
        return answer.text

    return page


def paths(managed: Managed) -> list[str]:
    return ["/desk", "/my-day", f"/bookings/{show(managed.booking.reference)}"]


@pytest.mark.parametrize(("act", "sign"), [("coming", CONFIRMED), ("call-me", ASKS)])
def test_an_answer_is_a_sign_beside_the_appointment(managed, page, act, sign):
    assert [one for one in paths(managed) if sign in page(one)] == []
    Visitor(managed).does(act)

    assert [one for one in paths(managed) if sign in page(one)] == paths(managed)


def test_an_answer_about_another_time_is_none(managed, page):
    Visitor(managed).does("coming")
    managed.moves()

    assert [one for one in paths(managed) if CONFIRMED in page(one)] == []


def test_who_asks_for_a_call_is_on_the_call_list_with_the_reason_in_words(managed, client_of):
    Visitor(managed).does("call-me")
    desk = client_of(managed.reception)
    assert f"{ASKS} about another date" in desk.get("/call-list").text
    address = f"/call-list/appointment/{show(managed.booking.reference)}/called"

    answer = desk.post(address, data={"outcome": "told", "version": 1})

    assert answer.status_code == 303
    assert ASKS not in desk.get("/call-list").text
    assert managed.replies() == [("call_me", False)]
