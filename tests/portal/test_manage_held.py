"""A time that is held for a person: taken or given back on the page, as at the desk."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from cic_cases.bookings.models import (
    Booking,
    Displaced,
    OfferOutcome,
    Outcome,
    Waiting,
    WaitingOffer,
    WaitingState,
)
from cic_cases.bookings.statuses import HeldFor, Status
from cic_cases.foundation.codes import show
from cic_cases.foundation.i18n import PERSON_LOCALES
from cic_cases.notifications import jobs
from cic_cases.notifications.kinds import Kind, State
from cic_cases.notifications.models import Message
from tests.notifications.people import Pile
from tests.portal.managed import PRIVATE, TEN, Managed, Visitor

AT_ONCE = 32
HOLDING, INSTEAD = "We hold a time for you", "We have to change your date"
LAPSED = "This time is not held for you any more"


@pytest.fixture
def managed(app, make, clock) -> Managed:
    return Managed(app, make, clock)


@pytest.fixture
def offered(managed, make) -> Visitor:
    """Somebody in line is offered the time of a person who cancelled, by mail."""
    case, _code = make.case(managed.centre)
    make.contact(case, "full", "other@example.org", "+48600100201")
    managed.waits(case)
    managed.cancels("person")
    managed.booking = managed.session.scalars(
        select(Booking).where(Booking.held_for == HeldFor.OFFER)
    ).one()
    managed.token = managed.new_token()
    return Visitor(managed)


@pytest.fixture
def proposed(managed) -> Visitor:
    """The person lost their time; another one is held instead."""
    managed.loses()
    return Visitor(managed)


def state_of(managed: Managed) -> tuple[WaitingState, OfferOutcome | None]:
    managed.stored()
    [offer] = managed.session.scalars(select(WaitingOffer))
    return managed.session.get_one(Waiting, offer.waiting_id).state, offer.outcome


def lost(managed: Managed) -> Outcome | None:
    managed.stored()
    return managed.session.scalars(select(Displaced)).one().outcome


def proposal(managed: Managed) -> Booking:
    managed.stored()
    return managed.session.get_one(
        Booking, managed.session.scalars(select(Displaced.proposal_id)).one()
    )


def test_the_mail_of_an_offer_leads_to_its_page(managed, offered):
    pile = Pile()
    jobs.send_due(managed.clock.at + timedelta(hours=2), pile)

    [letter] = [one for one in pile.letters if getattr(one, "recipient", "") == "other@example.org"]
    assert "Щоб погодитися або відмовитися, відкрийте:" in letter.body
    assert offered.token in letter.body
    assert all(offered.token not in getattr(one, "text", "") for one in pile.letters)


def test_an_offer_shows_the_time_and_until_when_to_answer(managed, offered):
    page = offered.get().text

    assert HOLDING in page
    assert "Monday, 14 January" in page
    assert "Please answer by" in page
    assert show(managed.stored().reference) in page
    assert "Cancel the appointment" not in page


def test_an_offer_that_is_taken_is_an_appointment_like_any_other(managed, offered):
    answer = offered.post("accept")

    assert answer.location == f"/b/{managed.token}"
    assert "<h1>Your visit</h1>" in offered.get().text
    assert managed.stored().status is Status.BOOKED
    assert state_of(managed) == (WaitingState.SERVED, OfferOutcome.ACCEPTED)
    assert managed.audited() == ["link.accepted"]
    confirmed = Message.kind == Kind.BOOKING_CONFIRMATION, Message.state == State.PENDING
    rows = managed.session.scalars(select(Message.booking_id).where(*confirmed)).all()
    assert set(rows) == {managed.booking.id}


def test_an_offer_that_is_given_back_leaves_the_person_in_line(managed, offered):
    asked = offered.get("/decline").text
    assert "You keep your place on the waiting list." in asked
    assert state_of(managed) == (WaitingState.OFFERED, None)

    assert LAPSED in offered.does("decline").text
    assert state_of(managed) == (WaitingState.WAITING, OfferOutcome.DECLINED)
    assert managed.audited() == ["link.declined"]


@pytest.mark.parametrize("act", ["accept", "decline"])
def test_an_answer_that_comes_too_late_changes_nothing(managed, offered, act):
    managed.clock.at = managed.stored().expires_at
    before = managed.rows()

    assert LAPSED in offered.does(act).text
    assert managed.rows() == before


def test_what_is_proposed_instead_is_shown_beside_what_was_lost(managed, proposed):
    page, held = proposed.get().text, proposal(managed)

    assert INSTEAD in page
    assert "your visit on Monday, 14 January at 10:00 cannot take place" in page
    assert f"{held.starts_at.day} January" in page
    assert show(managed.stored().reference) in page
    assert show(held.reference) not in page


def test_what_is_proposed_and_taken_has_a_link_of_its_own_that_opens_at_once(managed, proposed):
    held = proposal(managed)
    answer = proposed.post("accept")

    assert managed.token not in answer.location
    assert lost(managed) is Outcome.ACCEPTED
    assert managed.stored().starts_at == held.starts_at
    page = proposed.client.get(f"{answer.location}?lang=en").text
    assert "<h1>Your visit</h1>" in page
    assert "The date of this visit has changed" in proposed.get().text
    assert answer.location == f"/b/{managed.new_token()}"


def test_what_is_proposed_and_declined_is_free_again(managed, proposed):
    assert "you will have no date" in proposed.get("/decline").text

    assert "<h1>This visit is cancelled</h1>" in proposed.does("decline").text
    assert lost(managed) is Outcome.DECLINED
    assert proposal(managed).status is Status.CANCELLED
    assert managed.audited() == ["link.declined"]


def test_what_is_proposed_can_be_answered_after_the_lost_time_has_come(managed, proposed):
    held = proposal(managed)
    held.expires_at = TEN + timedelta(hours=3)
    managed.session.commit()
    managed.clock.at = TEN + timedelta(hours=2)

    assert INSTEAD in proposed.get().text
    managed.clock.at = held.expires_at
    assert proposed.get().status_code == 404


@pytest.mark.parametrize("name", ["offered", "proposed"])
def test_taken_and_given_back_at_once_is_one_of_the_two(managed, request, name):
    visitor = request.getfixturevalue(name)
    together, answers = threading.Barrier(AT_ONCE), []

    def answer(act: str) -> None:
        one = Visitor(managed)
        together.wait()
        answers.append(one.post(act).status_code)

    managed.session.rollback()
    acts = ["accept", "decline"] * (AT_ONCE // 2)
    threads = [threading.Thread(target=answer, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [303] * AT_ONCE
    [done] = managed.audited()
    taken = done == "link.accepted"
    assert (managed.stored().status is Status.BOOKED) is taken
    assert visitor.get().status_code == 200


@pytest.mark.parametrize("language", PERSON_LOCALES)
@pytest.mark.parametrize("name", ["offered", "proposed"])
@pytest.mark.parametrize("more", ["", "/decline"])
def test_nothing_tells_what_for_or_with_whom(managed, request, name, more, language):
    visitor: Visitor = request.getfixturevalue(name)
    answer = visitor.get(more, language)

    assert answer.status_code == 200
    told = visitor.told(answer)
    assert not [word for word in (*PRIVATE, *managed.service.names.values()) if word in told]


def test_a_held_time_has_no_entry_for_a_calendar(offered):
    assert offered.get(".ics").status_code == 303
