"""The morning list of messages that did not arrive, as a coordinator reads it."""

import pytest
from sqlalchemy import select

from cic_cases.cases.models import Card
from cic_cases.desk.failed_page import MOST_LINES
from cic_cases.foundation.codes import show
from cic_cases.notifications.kinds import Means
from cic_cases.privacy.policy import POLICY
from cic_cases.privacy.roles import Role
from tests.conftest import MONDAY, Clock
from tests.notifications.tried import BOTH, MAIL, MINUTE, Tried

PAGE = "/messages/failed"
EMPTY = "Every message has left."


@pytest.fixture
def told(make) -> Tried:
    return Tried(make)


@pytest.fixture
def coordinator(make, told, client_of, clock: Clock):
    clock.at = MONDAY + 90 * MINUTE
    return client_of(make.staff("coordinator", told.centre, language="en"))


def main(answer):
    return answer.text.partition("<main")[2]


def test_an_empty_list_says_so(coordinator):
    answer = coordinator.get(PAGE)

    assert answer.status_code == 200
    assert EMPTY in answer.text
    assert "did not arrive." not in coordinator.get("/desk").text


def test_a_silent_server_is_one_line_and_nothing_to_do(told, coordinator):
    for minutes in (10, 20, 30):
        told.waits(told.message(told.booked(MAIL)), at=MONDAY + minutes * MINUTE)

    answer = main(coordinator.get(PAGE))
    assert "The mail server does not answer." in answer
    assert "since today 07:10" in answer
    assert "3 messages wait" in answer
    assert "Nothing to do: what waits leaves by itself." in answer
    assert answer.count("<section") == 1


def test_wrong_addresses_lead_to_the_call_list_and_the_appointments(told, coordinator):
    references = []
    for _ in range(3):
        booking = told.booked()
        references.append(show(booking.reference))
        for channel in Means:
            told.fails(told.message(booking, channel))

    answer = main(coordinator.get(PAGE))
    assert "The address does not exist." in answer
    assert "3 people are on the call list" in answer
    assert 'href="/call-list"' in answer
    for reference in references:
        assert f'href="/bookings/{reference}"' in answer


REMARKS = {
    "on the call list": (BOTH, Tried.fails),
    "told the other way": (BOTH, Tried.sent),
    "no phone: tell the person at reception": (MAIL, None),
}


@pytest.mark.parametrize("remark", REMARKS)
def test_each_line_says_who_tells_the_person(told, coordinator, remark):
    contact, other = REMARKS[remark]
    booking = told.booked(contact)
    told.fails(told.message(booking))
    if other:
        other(told, told.message(booking, Means.SMS))

    assert remark in main(coordinator.get(PAGE))


def test_neither_address_nor_code_nor_kind_of_help_is_on_it(told, coordinator):
    told.fails(told.message(told.booked()))
    answer = coordinator.get(PAGE)

    for code in told.session.scalars(select(Card.code)):
        assert show(code) not in answer.text
        assert code not in answer.text
    for hidden in (*BOTH.values(), "600 100", "Legal"):
        assert hidden not in main(answer)


def test_a_long_list_says_how_many_are_not_shown(told, coordinator):
    for _ in range(MOST_LINES + 2):
        told.fails(told.message(told.booked(MAIL)))

    answer = main(coordinator.get(PAGE))
    assert answer.count("<tr>") == MOST_LINES + 1
    assert "and 2 more" in answer


def test_the_board_says_how_many_to_the_coordinator_only(told, make, client_of, coordinator):
    told.fails(told.message(told.booked(MAIL)))
    reception = client_of(make.staff("reception", told.centre, language="en"))

    board = coordinator.get("/desk").text
    assert "1 message did not arrive." in board
    assert f'href="{PAGE}"' in board
    assert "did not arrive" not in reception.get("/desk").text


def test_another_centre_reads_nothing_of_it(told, make, client_of, coordinator):
    told.fails(told.message(told.booked(MAIL)))
    other = client_of(make.staff("coordinator", make.centre("leszno"), language="en"))

    assert EMPTY in other.get(PAGE).text
    assert EMPTY not in coordinator.get(PAGE).text


def test_who_coordinates_two_centres_reads_how_many_in_each(told, make, client_of):
    person = make.staff("coordinator", told.centre, language="en")
    make.grant(person, "coordinator", centre=make.centre("leszno"))
    told.fails(told.message(told.booked(MAIL)))
    told.centre = make.centre("leszno")
    for _ in range(2):
        told.fails(told.message(told.booked(MAIL)))

    answer = main(client_of(person).get(PAGE))
    assert "<span>Leszno <b>2</b></span><span>Poznań <b>1</b></span>" in answer
    assert answer.count("· Leszno") == 2


@pytest.mark.parametrize("role", Role)
def test_the_list_is_the_coordinators(told, make, client_of, role):
    where = {"region": make.region()} if role is Role.REGION else {"centre": told.centre}
    answer = client_of(make.staff(role, **where)).get(PAGE)

    assert answer.status_code == (200 if role in POLICY["message.failed"] else 404)
    assert (role is Role.COORDINATOR) is (role in POLICY["message.failed"])
