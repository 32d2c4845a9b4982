"""Sending again on the page of a message: with a reason, and only by whoever may."""

import pytest
from sqlalchemy import select

from cic_cases.bookings.models import Booking
from cic_cases.notifications import call_list
from cic_cases.notifications.kinds import Means, State
from cic_cases.notifications.models import Resending, TryOutcome, WhyAgain
from cic_cases.people.models import Staff
from cic_cases.privacy.policy import POLICY
from cic_cases.privacy.roles import Role
from tests.conftest import MONDAY
from tests.notifications.tried import MAIL, Tried


@pytest.fixture
def told(make) -> Tried:
    return Tried(make)


@pytest.fixture
def reception(make, told, client_of):
    return client_of(make.staff("reception", told.centre, language="en"))


@pytest.fixture
def failed(told):
    """A mail that was refused, of somebody who has a phone as well."""
    message = told.message(told.booked())
    told.fails(message)
    return message


def ask(client, message, act="again", why="not_received", **more):
    data = {"act": act, "why": why, **more}
    return client.post(f"/messages/{message.id}/again", data=data, follow_redirects=True)


def resent(told) -> list[tuple[str, WhyAgain]]:
    told.session.rollback()
    return [(one.message_id, one.why) for one in told.session.scalars(select(Resending))]


def test_it_leaves_again_and_the_page_says_who_asked_and_why(told, reception, failed):
    answer = ask(reception, failed, why="address_corrected")

    assert "The message leaves again within a few minutes." in answer.text
    assert "The address has been corrected" in answer.text
    assert "This message has not left yet. It leaves by itself." in answer.text
    assert resent(told) == [(failed.id, WhyAgain.ADDRESS_CORRECTED)]
    assert told.message(booking_of(told)).state is State.PENDING


def booking_of(told) -> Booking:
    return told.session.scalars(select(Booking)).one()


@pytest.mark.parametrize("why", ["", "because", "other channel"])
def test_without_a_reason_that_is_one_nothing_leaves(told, reception, failed, why):
    answer = ask(reception, failed, why=why)

    assert "Choose one of the options." in answer.text
    assert resent(told) == []


def test_the_other_way_leads_to_the_message_that_leaves(told, reception, failed):
    other = told.message(booking_of(told), Means.SMS)
    told.fails(other, "refused by the gateway: wrong number")

    answer = ask(reception, failed, act="other")
    assert "The message leaves the other way within a few minutes." in answer.text
    assert f"/messages/{other.id}" in answer.request.path
    assert resent(told) == [(other.id, WhyAgain.NOT_RECEIVED)]


def test_a_call_puts_the_person_on_the_call_list(told, reception, make, failed):
    told.sent(told.message(booking_of(told), Means.SMS))
    answer = ask(reception, failed, act="call")

    assert "The person is on the call list." in answer.text
    assert 'href="/call-list"' in answer.text
    scope = make.actor(make.staff("reception", told.centre)).scope("call_list.see")
    assert call_list.number_to_call(told.session, scope, MONDAY) == 1


def test_without_a_phone_no_call_is_offered_and_none_is_noted(told, reception):
    message = told.message(told.booked(MAIL))
    told.sent(message)
    page = reception.get(f"/messages/{message.id}")

    assert 'value="again"' in page.text
    assert 'value="call"' not in page.text
    assert 'value="other"' not in page.text
    assert "The person cannot be called" in ask(reception, message, act="call").text
    assert resent(told) == []


def test_what_may_arrive_twice_is_sent_after_a_warning_only(told, reception):
    message = told.message(told.booked())
    told.tried(message, TryOutcome.UNKNOWN)
    told.stands(message, State.UNKNOWN)
    assert "I know that it may arrive twice." in reception.get(f"/messages/{message.id}").text

    assert "Say that you know it" in ask(reception, message).text
    assert resent(told) == []
    assert "leaves again" in ask(reception, message, twice="1").text
    assert len(resent(told)) == 1


def test_what_waits_by_itself_offers_nothing(told, reception):
    message = told.message(told.booked())
    page = reception.get(f"/messages/{message.id}")

    assert "It leaves by itself." in page.text
    assert "Why again?" not in page.text


@pytest.mark.parametrize("role", Role)
def test_who_may_send_again_is_who_may_change_the_appointment(told, make, client_of, failed, role):
    where = {"region": make.region()} if role is Role.REGION else {"centre": told.centre}
    stranger = client_of(make.staff(role, **where))
    elsewhere = client_of(make.staff(role, make.centre("leszno")))
    whole = POLICY["message.resend"].get(role) == "centre"

    assert ask(elsewhere, failed).status_code == 404
    assert resent(told) == []
    assert ask(stranger, failed).status_code == (200 if whole else 404)
    assert bool(resent(told)) is whole


def test_a_specialist_sends_again_to_their_own_people(told, client_of, failed):
    own = client_of(told.session.get_one(Staff, told.staff_id))

    assert ask(own, failed).status_code == 200
    assert len(resent(told)) == 1


def test_whoever_only_takes_part_reads_and_sends_nothing(told, make, client_of, failed):
    second = make.staff("lawyer", told.centre, language="en")
    booking_of(told).second_staff_id = second.id
    told.session.commit()
    browser = client_of(second)

    page = browser.get(f"/messages/{failed.id}")
    assert page.status_code == 200
    assert "The person does not have it?" not in page.text
    assert ask(browser, failed).status_code == 404
    assert resent(told) == []
