"""Reception's screen, as a browser without JavaScript meets it."""

import re

import pytest
from sqlalchemy import select

from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Status
from cic_cases.cases.models import Card, Case
from cic_cases.foundation.codes import show
from cic_cases.visits.models import QuickContact, Visit
from tests.desk.reception import Reception
from tests.system.two_centres import another_centre

NEW_PERSON = {
    "contact_language": "uk",
    "citizenship": "UA",
    "gender": "woman",
    "age_band": "18_60",
    "channel": "desk",
}


def test_a_new_person_is_registered_with_five_answers(reception: Reception):
    answer = reception.browser.post(
        "/desk/visits",
        data={**NEW_PERSON, "services": ["information"]},
        follow_redirects=True,
    )

    code = reception.session.scalar(select(Card.code))
    assert f"Visit saved. New card: {show(code)}" in answer.text
    assert (reception.count(Case), reception.count(Visit)) == (1, 1)


def test_save_and_book_leads_to_the_free_times(reception: Reception):
    answer = reception.browser.post(
        "/desk/visits",
        data={**NEW_PERSON, "services": ["information"], "then": "book"},
        follow_redirects=True,
    )
    assert answer.request.path == "/bookings"
    assert "08:00" in answer.text


def test_a_missing_answer_is_asked_for_and_the_others_stay(reception: Reception):
    given = {key: value for key, value in NEW_PERSON.items() if key != "gender"}
    answer = reception.browser.post("/desk/visits", data={**given, "services": ["information"]})
    assert answer.status_code == 422
    assert "Choose one of the options." in answer.text.split('id="gender-error"')[1]
    assert 'value="UA" checked' in answer.text
    assert reception.count(Case) == 0


def test_a_scanned_card_and_a_second_enter_check_the_person_in(reception: Reception):
    case, code = reception.make.case()
    booking = reception.book(case)

    assert "08:00" in reception.scan(code)
    assert "Undo" in reception.scan(code)
    assert reception.status_of(booking) is Status.ARRIVED


def test_check_in_can_be_undone(reception: Reception):
    case, code = reception.make.case()
    booking = reception.book(case)
    reception.scan(code)
    reception.scan(code)
    reception.browser.post(f"/bookings/{booking.reference}/undo")
    assert reception.status_of(booking) is Status.BOOKED


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param(lambda code: show(code).lower(), id="small letters and hyphens"),
        pytest.param(lambda code: f" {code} ", id="blanks around"),
        pytest.param(lambda code: code[:5], id="five characters of somebody booked today"),
        pytest.param(lambda code: code.replace("0", "O").replace("1", "l"), id="look-alikes"),
    ],
)
def test_a_code_is_read_as_people_type_it(reception: Reception, typed):
    case, code = reception.make.case()
    reception.book(case)
    assert show(code) in reception.scan(typed(code))


def test_a_booking_reference_opens_its_case(reception: Reception):
    case, code = reception.make.case()
    booking = reception.book(case)
    assert show(code) in reception.scan(show(booking.reference))


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param("836-VY9-YEY", id="a wrong check character"),
        pytest.param("", id="nothing"),
        pytest.param("12", id="too short"),
        pytest.param("W8C7V", id="five characters of nobody today"),
        pytest.param("<script>alert(1)</script>", id="a script"),
        pytest.param("ÄÖ€ ١٢٣", id="other alphabets"),
        pytest.param("\x00" * 5, id="control characters"),
    ],
)
def test_a_wrong_code_is_said_beside_the_box_and_stays_typed(reception: Reception, typed):
    answer = reception.browser.post("/desk/scan", data={"code": typed})
    assert answer.status_code == 422
    assert "The code is not right." in answer.text.split('id="code-error"')[1]
    assert "<script>alert" not in answer.text


def test_the_whole_code_opens_a_case_of_another_centre(reception: Reception):
    _, code = reception.make.case(reception.make.centre("leszno"))
    assert reception.browser.get(f"/cases/{show(code)}").status_code == 404
    reception.scan(code)
    assert reception.browser.get(f"/cases/{show(code)}").status_code == 200


def test_it_opens_a_case_of_another_region_too(reception: Reception):
    _, code = reception.make.case(another_centre(reception.make))
    reception.session.expunge_all()  # nothing is known but what this desk may ask for

    assert f"/cases/{show(code)}" in reception.scan(code)
    assert reception.browser.get(f"/cases/{show(code)}").status_code == 200


def test_a_quick_question_is_counted_and_taken_back(reception: Reception):
    reception.browser.post("/desk/quick-contacts")
    assert reception.count(QuickContact) == 1
    answer = reception.browser.post("/desk/quick-contacts/undo", follow_redirects=True)
    assert "taken back" in answer.text
    assert reception.count(Visit) == 0


def test_the_board_shows_room_and_initials_and_never_the_kind_of_help(reception: Reception):
    case, code = reception.make.case()
    reception.book(case)
    board = reception.browser.get("/desk").text.split('id="board"')[1]
    assert show(code) in board
    assert "J.K." in board
    assert "Legal" not in board


def test_the_desk_of_another_centre_shows_none_of_it(reception: Reception, client_of):
    case, code = reception.make.case()
    booking = reception.book(case)
    elsewhere = client_of(reception.make.staff("reception", reception.make.centre("leszno")))
    assert show(code) not in elsewhere.get("/desk").text
    assert elsewhere.post(f"/bookings/{booking.reference}/undo").status_code == 404


def test_the_desk_costs_the_same_however_many_are_booked(reception: Reception):
    def length() -> int:
        return reception.browser.get("/desk").text.count("<tr")

    for _appointment in range(4):
        case, _ = reception.make.case()
        reception.book(case)
    assert length() == 5


@pytest.mark.parametrize(
    ("path", "leads_to"),
    [
        pytest.param("/desk/visits", "/desk", id="a refused registration"),
        pytest.param("/desk/scan", "/desk", id="a wrong code"),
        pytest.param("/bookings", "/bookings", id="a booking without a card"),
    ],
)
def test_the_language_of_a_refused_form_changes_on_its_page(reception: Reception, path, leads_to):
    answer = reception.browser.post(path, data={})
    assert answer.status_code == 422
    assert re.search(rf'href="{leads_to}\?([^"]*;)?lang=uk"', answer.text)


def test_a_change_of_language_keeps_the_search(reception: Reception):
    page = reception.browser.get("/bookings?service=legal_advice&centre=poznan&at=poznan").text
    assert 'href="/bookings?service=legal_advice&amp;centre=poznan&amp;lang=uk"' in page


@pytest.mark.parametrize("language", ["klingon-forever", "", "??", "\x00"])
def test_a_language_that_is_none_falls_back_to_the_persons_own(reception: Reception, language):
    case, code = reception.make.case(language="uk")
    reception.scan(code)
    page = reception.browser.get("/bookings?service=legal_advice").text
    slot = page.split('name="slot" value="')[1].split('"')[0]
    answer = reception.browser.post("/bookings", data={"slot": slot, "language": language})
    assert answer.status_code == 303
    assert reception.session.scalars(select(Booking.language)).one() == "uk"


def test_a_role_elsewhere_opens_no_desk_there(reception: Reception, client_of):
    both = reception.make.staff("reception", reception.make.centre("leszno"))
    reception.make.grant(both, "lawyer", centre=reception.centre)
    case, code = reception.make.case()
    booking = reception.book(case)
    browser = client_of(both)

    desk = browser.get("/desk?at=poznan").text
    browser.post("/desk/quick-contacts?at=poznan")

    assert show(booking.reference) not in desk
    assert show(code) not in desk
    assert reception.session.scalars(select(QuickContact.centre_id)).all() != [reception.centre.id]


@pytest.mark.parametrize("back", ["//[", "/desk\r\nX-Y: z", "https://example.net/desk", "/login"])
def test_after_a_step_nothing_but_a_page_of_ours_is_gone_back_to(reception: Reception, back):
    reference = show(reception.book(reception.make.case()[0]).reference)
    answer = reception.browser.post(
        f"/bookings/{reference}/status", data={"status": "arrived", "back": back}
    )
    assert (answer.status_code, answer.location) == (303, "/desk")


@pytest.mark.parametrize("typed", ["reference", "five characters"])
def test_whoever_was_booked_by_another_centre_is_opened_by_the_slip(reception: Reception, typed):
    case, code = reception.make.case(reception.make.centre("leszno"))
    booking = reception.book(case)
    scanned = show(booking.reference) if typed == "reference" else code[:5]
    assert f"/cases/{show(code)}" in reception.scan(scanned)
