"""The counter hears what a person lost by us, and notes what they answer."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from cic_cases.bookings import displaced
from cic_cases.bookings.models import Booking, Displaced, Outcome
from cic_cases.bookings.statuses import Status
from cic_cases.cases import queries as cases
from cic_cases.desk.open_case import KEY
from cic_cases.foundation.codes import show
from tests.bookings.disruption_world import World
from tests.reading import words_of

WAS, HELD = "Mon 14.01, 08:00", "Mon 21.01, 08:00, Poznań, until Wed 9.01, 18:00"
LOST = f"the appointment {WAS} was cancelled by the Centre"
MINUTE = timedelta(seconds=60)


@pytest.fixture
def world(make, session):
    return World(make, session)


@pytest.fixture
def lost(world):
    """A person whose duty was cancelled, a minute ago; another time is held for them."""
    world.full(1)
    done = world.cancel()
    world.session.commit()
    [one] = displaced.people_of(world.session, done.disruption_id)
    return one


@pytest.fixture
def desk(world, client_of):
    return client_of(world.make.staff("reception", world.centre))


@pytest.fixture
def coordinator(world, client_of):
    return client_of(world.make.staff("coordinator", world.centre))


@pytest.fixture
def later(clock):
    clock.forward(MINUTE)


def page(client, path):
    answer = client.get(path, query_string={"lang": "en"})
    assert answer.status_code == 200
    return answer.text[answer.text.index("<main") : answer.text.index("</main>")]


def row(world, kind, number):
    world.session.rollback()
    world.session.expire_all()
    return world.session.get_one(kind, number)


def addresses(world, one):
    """Where the person is met: the desk with their card on it, their case, the appointment."""
    booking = row(world, Booking, one.booking_id)
    code = cases.current_code(world.session, booking.case_id)
    return ["/desk", f"/cases/{show(code)}", f"/bookings/{show(booking.reference)}"]


def on_counter(world, client, one):
    with client.session_transaction() as cookie:
        cookie[KEY] = row(world, Booking, one.booking_id).case_id


def test_wherever_the_person_is_met_what_they_lost_and_what_is_held_is_told(
    world, lost, desk, later
):
    on_counter(world, desk, lost)
    for address in addresses(world, lost):
        said = words_of(page(desk, address))
        assert LOST in said
        assert HELD in said


def test_nothing_is_told_while_it_can_be_undone(world, lost, desk, clock):
    on_counter(world, desk, lost)
    clock.forward(timedelta(seconds=59))
    for address in addresses(world, lost):
        assert "cancelled by the Centre" not in words_of(page(desk, address))


def test_the_notice_never_tells_the_kind_of_help(world, lost, desk, later):
    on_counter(world, desk, lost)
    text = page(desk, "/desk")
    notice = text[text.index("Tell the person") : text.index("Wants no other time")]
    assert "egal" not in words_of(notice)


def test_another_centres_reception_is_told_nothing(world, lost, client_of, later):
    other = world.make.centre("leszno")
    elsewhere = client_of(world.make.staff("reception", other))
    on_counter(world, elsewhere, lost)
    assert "cancelled by the Centre" not in words_of(page(elsewhere, "/desk"))
    for verb in ("accept", "decline", "told"):
        assert elsewhere.post(f"/displaced/{lost.id}/{verb}").status_code == 404
    one = row(world, Displaced, lost.id)
    assert (one.outcome, one.told_at) == (None, None)


def hidden(text, verb):
    """What the form of a verb sends along."""
    form = text[text.index(f'/{verb}"') :]
    return dict(re.findall(r'name="(\w+)" value="(\w+)"', form[: form.index("</form>")]))


@pytest.mark.parametrize(
    ("verb", "outcome", "status"),
    [
        ("accept", Outcome.ACCEPTED, Status.BOOKED),
        ("decline", Outcome.DECLINED, Status.CANCELLED),
    ],
)
def test_an_answer_is_noted_once_and_the_notice_is_gone(
    world, lost, desk, later, verb, outcome, status
):
    address = addresses(world, lost)[2]
    sent = hidden(page(desk, address), verb)

    answer = desk.post(f"/displaced/{lost.id}/{verb}", data=sent)

    assert (answer.status_code, answer.location) == (303, address)
    assert row(world, Displaced, lost.id).outcome is outcome
    assert row(world, Booking, lost.booking_id).status is status
    assert "Tell the person" not in page(desk, address)
    again = desk.post(f"/displaced/{lost.id}/{verb}?lang=en", data=sent, follow_redirects=True)
    assert "This has been answered already." in words_of(again.text)


@pytest.mark.parametrize("verb", ["accept", "decline"])
def test_an_answer_about_another_time_is_refused(world, lost, desk, later, verb):
    desk.post(f"/displaced/{lost.id}/{verb}", data={"of": "AAAAAA"})
    assert row(world, Displaced, lost.id).outcome is None


def test_who_was_told_is_told_once(world, lost, desk, later, clock):
    address = addresses(world, lost)[2]
    assert f"/displaced/{lost.id}/told" in page(desk, address)

    assert desk.post(f"/displaced/{lost.id}/told").status_code == 303

    assert row(world, Displaced, lost.id).told_at == clock.at
    text = page(desk, address)
    assert f"/displaced/{lost.id}/told" not in text
    assert "has been told" in words_of(text)


def test_another_time_leads_to_the_page_that_moves_the_appointment(world, lost, desk, later):
    address = addresses(world, lost)[2]
    assert f'href="{address}/move"' in page(desk, address)
    assert desk.get(f"{address}/move").status_code == 200


def test_the_coordinators_list_has_answers_and_no_codes(world, lost, coordinator, later):
    address = f"/rosters/disruptions/{lost.disruption_id}"
    text = page(coordinator, address)
    code = cases.current_code(world.session, row(world, Booking, lost.booking_id).case_id)
    assert "held: Mon 21.01, 08:00" in words_of(text)
    assert code not in text
    assert show(code) not in text

    sent = hidden(text, "accept")
    answer = coordinator.post(f"/displaced/{lost.id}/accept", data=sent)

    assert answer.location == address
    assert "took the time held" in words_of(page(coordinator, address))


def test_the_coordinators_list_has_no_answers_while_it_can_be_undone(lost, coordinator, clock):
    address = f"/rosters/disruptions/{lost.disruption_id}"
    clock.forward(timedelta(seconds=59))
    assert "/displaced/" not in page(coordinator, address)
    assert "Undo" in words_of(page(coordinator, address))


def test_what_is_no_longer_held_cannot_be_accepted(world, lost, desk, clock):
    clock.at = row(world, Booking, lost.proposal_id).expires_at
    text = page(desk, addresses(world, lost)[2])
    assert "The time that was held has run out." in words_of(text)
    assert "/accept" not in text
    assert f"/displaced/{lost.id}/decline" in text


def test_nothing_is_asked_of_whoever_may_change_nothing(world, lost, client_of, later):
    auditor = client_of(world.make.staff("auditor", world.centre))
    assert auditor.post(f"/displaced/{lost.id}/accept").status_code == 404
    assert world.session.scalars(select(Displaced.outcome)).all() == [None]


def test_who_was_taken_off_the_waiting_list_is_not_said_to_stand_there(
    world, desk, coordinator, clock
):
    [booking] = world.full(1)
    done = world.cancel(choices={booking.id: None})
    world.session.commit()
    [one] = displaced.people_of(world.session, done.disruption_id)
    clock.forward(MINUTE)
    places = {
        desk: addresses(world, one)[2],
        coordinator: f"/rosters/disruptions/{done.disruption_id}",
    }
    assert ["waiting list" in words_of(page(*where)) for where in places.items()] == [True, True]

    assert desk.post(f"/waiting-list/{one.waiting_id}/leave").status_code == 303

    shown = [words_of(page(*where)).partition("was cancelled")[2] for where in places.items()]
    assert not [text for text in shown if "at the head of the waiting list" in text]
    assert "No time was free. Find another one." in shown[0]
    assert "no time held" in words_of(page(coordinator, places[coordinator]))
