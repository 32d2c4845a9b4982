"""The page of the waiting list: joining, answering an offer, and today's times that came free."""

import html
import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select

from cic_cases.bookings.models import Booking, Waiting
from cic_cases.cases import queries as cases
from cic_cases.desk.open_case import KEY
from cic_cases.foundation.db import db
from tests.bookings.conftest import practice  # noqa: F401
from tests.bookings.waiting_world import NEXT_MONDAY, Line
from tests.reading import words_of

ANSWERS = {
    "language": "any",
    "first_day": "2030-01-07",
    "time": "any",
    "notice": "120",
    "weekdays": list("0123456"),
}


@pytest.fixture
def line(practice) -> Line:  # noqa: F811
    return Line(practice)


@pytest.fixture
def desk(line: Line, client_of) -> FlaskClient:
    return client_of(line.make.staff("reception", line.practice.centre))


def page(client: FlaskClient, path: str = "/waiting-list") -> str:
    """What stands between the frame's bars, as HTML."""
    answer = client.get(f"{path}?lang=en")
    assert answer.status_code == 200
    return inside(answer.text)


def inside(text: str) -> str:
    return text[text.index("<main") : text.index("</main>")]


def answers(line: Line, **more: object) -> dict[str, object]:
    return {
        **ANSWERS,
        "service": line.practice.service.id,
        "centre": [line.practice.centre.id],
        **more,
    }


def on_counter(client: FlaskClient, case_id: int) -> None:
    with client.session_transaction() as cookie:
        cookie[KEY] = case_id


def test_the_person_on_the_counter_joins_with_what_they_can_attend(line: Line, desk):
    case, code = line.make.case(line.practice.centre)
    assert desk.post("/waiting-list/for", data={"code": code}).status_code == 303
    assert '<select id="service"' in page(desk, "/waiting-list/join")

    sent = answers(line, weekdays=["0", "4"], time="morning", language="uk", last_day="2030-02-01")
    assert desk.post("/waiting-list/join", data=sent).status_code == 303

    row = line.session.scalars(select(Waiting)).one()
    assert (row.case_id, row.weekdays, row.language) == (case.id, "04", "uk")
    said = words_of(page(desk))
    assert "Place on the waiting list: 1" in said
    for limit in ("Українська", "Monday, Friday", "till 12:00", "until Fri 1.02", "2 hours"):
        assert limit in said


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"weekdays": []}, "Choose at least one day of the week."),
        ({"centre": []}, "Choose at least one centre."),
        ({"last_day": "2030-01-06"}, "The last day cannot be before the first."),
        ({"first_day": ""}, "Choose a date."),
        ({"service": "999999"}, "Not a valid choice."),
    ],
)
def test_what_nobody_could_attend_is_refused_beside_the_field(line: Line, desk, wrong, sentence):
    on_counter(desk, line.person())

    answer = desk.post("/waiting-list/join?lang=en", data=answers(line, **wrong))

    assert answer.status_code == 422
    assert sentence in words_of(inside(answer.text))
    assert line.session.scalars(select(Waiting)).all() == []


def test_without_a_card_nobody_joins(line: Line, desk):
    assert "No card is open" in words_of(page(desk, "/waiting-list/join"))
    assert desk.post("/waiting-list/join", data=answers(line)).status_code == 422


def test_the_same_person_does_not_join_twice(line: Line, desk):
    on_counter(desk, line.person())
    desk.post("/waiting-list/join", data=answers(line))

    answer = desk.post("/waiting-list/join?lang=en", data=answers(line))

    assert answer.status_code == 422
    assert "already on the waiting list" in answer.text


def test_an_offer_is_shown_with_its_deadline_and_accepted_on_the_phone(line: Line, desk):
    first = line.joins()
    line.cancels(line.full_day()[0])

    said = words_of(page(desk))
    assert "Mon 14.01, 08:00" in said
    assert "held until Tue 8.01, 09:00" in said
    answer = desk.post(f"/waiting-list/{first.id}/accept")

    booked = line.session.scalars(select(Booking).where(Booking.case_id == first.case_id)).one()
    assert booked.reference[:3] in answer.location
    assert line.state(first) == "served"


@pytest.mark.parametrize("act", ["accept", "decline"])
def test_an_answer_counts_only_for_the_time_it_was_given_about(line: Line, desk, act):
    first, (early, late, *_) = line.joins(), line.full_day()
    line.cancels(early)
    [old] = re.findall(r'name="of" value="(\w+)"', page(desk))[:1]
    line.declines(first, stays=True)
    line.cancels(late)

    desk.post(f"/waiting-list/{first.id}/{act}", data={"of": old, "then": "stay"})

    assert line.state(first) == "offered"
    assert line.offered_at(first) == "08:40"


@pytest.mark.parametrize(("then", "state"), [("stay", "waiting"), ("leave", "left")])
def test_a_declined_offer_goes_on(line: Line, desk, then, state):
    first, second = line.joins(), line.joins()
    line.cancels(line.full_day()[0])

    desk.post(f"/waiting-list/{first.id}/decline", data={"then": then})

    assert (line.state(first), line.offered_at(second)) == (state, "08:00")


def test_a_time_is_offered_by_hand_and_the_person_leaves(line: Line, desk):
    first = line.joins(first_day=NEXT_MONDAY)
    desk.post(f"/waiting-list/{first.id}/offer")
    assert line.offered_at(first) == "08:00"

    desk.post(f"/waiting-list/{first.id}/leave")
    assert line.state(first) == "left"
    assert "Nobody is waiting" in words_of(page(desk))


def test_a_refusal_is_said_on_the_page(line: Line, desk):
    first = line.joins(weekdays="6")
    desk.post(f"/waiting-list/{first.id}/offer")

    assert "no free time that this person could attend" in words_of(page(desk))


def test_a_list_that_lies_on_a_desk_does_not_tell_the_kind_of_help(line: Line, desk, client_of):
    line.joins()
    lawyer = client_of(line.practice.lawyer)
    coordinator = client_of(line.make.staff("coordinator", line.practice.centre))

    for client in (desk, coordinator):
        said = words_of(page(client))
        assert "Legal" not in said
        assert "visit" in said
    assert "Nobody is waiting" in words_of(page(lawyer))


def test_a_specialist_sees_whom_they_added_and_what_for(line: Line, client_of):
    lawyer = client_of(line.practice.lawyer)
    line.joins()
    case, code = line.make.case(line.practice.centre)
    line.practice.book(line.slots()[0], case.id)
    assert lawyer.post("/waiting-list/for", data={"code": code}).status_code == 303
    lawyer.post("/waiting-list/join", data=answers(line))

    said = words_of(page(lawyer))
    assert "Legal Advice (en)" in said
    assert "1 person" in said


def test_who_no_message_reaches_is_to_be_called(line: Line, desk):
    case, _code = line.make.case(line.practice.centre)
    line.joins(case.id)

    assert "call or tell at reception" in words_of(page(desk))


def test_todays_gap_is_one_click_from_the_search_with_that_time_chosen(line: Line, desk):
    today = line.clock.at.date()
    booked = line.full_day(today)
    line.cancels(booked[1])
    on_counter(desk, line.person())

    gap = page(desk).partition('aria-labelledby="freed"')[2]
    assert "Mon 7.01, 08:40" in words_of(gap)
    assert "Legal" not in gap.partition("<a ")[0]
    address = html.unescape(re.search(r'class="btn small" href="([^"]+)"', gap)[1])
    found = desk.get(address).text
    assert re.search(r'class="slot on"[^>]*>08:40<', found)


def test_a_time_that_was_never_taken_is_no_gap_and_a_held_one_neither(line: Line, desk):
    assert "No time that was given back" in words_of(page(desk))
    first = line.joins()
    booked = line.full_day(line.clock.at.date())
    line.cancels(booked[5])
    assert line.offered_at(first) == "11:20"

    assert "No time that was given back" in words_of(page(desk))


def test_a_moved_appointment_leaves_a_gap(line: Line, desk):
    booked = line.full_day(line.clock.at.date())
    line.moves(booked[0], line.slots()[0])

    assert "08:00" in words_of(page(desk))


def test_another_region_sees_none_of_it(line: Line, client_of):
    first = line.joins()
    foreign = client_of(line.make.staff("reception", line.make.centre("leszno")))

    assert foreign.post(f"/waiting-list/{first.id}/leave").status_code == 404
    assert "Nobody is waiting" in words_of(page(foreign))


def test_no_code_is_in_an_address_of_the_list(line: Line, desk):
    first = line.joins()
    code = cases.current_codes(line.session, [first.case_id])[first.case_id]

    posted = re.findall(r'<form method="post" action="([^"]+)"', page(desk))
    assert posted
    assert not any(code in address.replace("-", "") for address in posted)


def test_the_page_costs_the_same_for_one_person_and_for_ten(line: Line, desk):
    def cost() -> int:
        statements: list[str] = []

        def count(*arguments: object) -> None:
            statements.append(str(arguments[2]))

        event.listen(db.engine, "before_cursor_execute", count)
        page(desk)
        event.remove(db.engine, "before_cursor_execute", count)
        return len(statements)

    booked = line.full_day(line.clock.at.date())
    line.cancels(booked[0])
    line.joins(notice=timedelta(days=2))
    few = cost()
    for booking in booked[1:4]:
        line.cancels(booking)
    for _ in range(9):
        line.joins()
    assert cost() <= few + 1  # the history of offers is asked once somebody had one


def test_whoever_is_told_at_reception_is_told_when_their_card_is_on_the_counter(line: Line, desk):
    case, code = line.make.case(line.practice.centre)
    line.joins(case.id)
    on_counter(desk, case.id)
    assert "Place on the waiting list: 1" in words_of(page(desk, "/desk"))

    line.cancels(line.full_day()[0])
    held = "A time is held for this person: Mon 14.01, 08:00, Poznań, until Tue 8.01, 09:00"
    assert held in words_of(page(desk, "/desk"))
    assert held in words_of(page(desk, f"/cases/{code}"))


def test_from_the_search_and_from_the_case_it_is_one_step_to_the_list(line: Line, desk):
    case, code = line.make.case(line.practice.centre)
    assert "Add to the waiting list" in words_of(page(desk, f"/cases/{code}"))
    on_counter(desk, case.id)

    found = desk.get("/bookings?service=legal_advice&language=ka&time=morning&lang=en").text
    link = html.unescape(re.search(r'href="(/waiting-list/join[^"]+)"', found)[1])
    form = inside(desk.get(link).text)
    assert re.search(r'value="ka"[^>]*selected|selected[^>]*value="ka"', form)
    assert re.search(r'value="morning"[^>]*checked', form)
    assert code not in link
