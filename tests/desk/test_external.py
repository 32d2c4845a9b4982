"""The pages of appointments elsewhere: who sees and changes what, and what paper names."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from cic_cases.foundation.codes import show
from cic_cases.foundation.db import db
from cic_cases.visits.channels import Channel
from cic_cases.visits.models import ExternalAppointment, Visit
from cic_cases.visits.statuses import ExternalStatus
from tests.errand import HOUR, Errand

DAY = timedelta(days=1)
PLACE = "Counter wuw_poznan (en)"


@pytest.fixture
def errand(make, clock) -> Errand:
    return Errand.of(make, clock)


@pytest.fixture
def desk(make, errand, client_of):
    return client_of(make.staff("reception", errand.centre))


def typed(**more: str) -> dict[str, str]:
    return {
        "place": "wuw_poznan",
        "day": "2030-01-08",
        "time": "11:00",
        "minutes": "40",
        "travel_minutes": "30",
        "language": "uk",
        "assistant": "",
        **more,
    }


def all_noted(errand: Errand) -> list[ExternalAppointment]:
    errand.session.rollback()
    errand.session.expire_all()
    return errand.session.query(ExternalAppointment).order_by(ExternalAppointment.id).all()


def test_reception_notes_it_on_the_case_and_sees_it_everywhere_it_belongs(errand, desk):
    address = f"/cases/{show(errand.code)}/external"
    assert PLACE in desk.get(f"{address}?lang=en").text

    answer = desk.post(address, data=typed(company="y"))

    [noted] = all_noted(errand)
    reference = show(noted.reference)
    assert answer.location == f"/external/{reference}"
    assert (noted.starts_at, noted.travel_minutes, noted.company) == (errand.tomorrow, 30, True)
    assert PLACE in desk.get(f"{answer.location}?lang=en").text
    assert "nobody goes along yet" in desk.get("/external?lang=en&show=open").text
    assert "1 appointment elsewhere needs somebody" in desk.get("/desk?lang=en").text
    page = desk.get(f"/cases/{show(errand.code)}?lang=en").text
    assert "appointment elsewhere" in page
    assert reference in page
    assert "Counter" not in page  # the past and the desk never say where
    assert "Counter" not in desk.get("/desk?lang=en").text


@pytest.mark.parametrize(
    ("answers", "status", "sentence"),
    [
        ({"day": "2030-01-06"}, 422, "This date has passed."),
        ({"day": "0001-01-01"}, 422, "Choose a date."),
        ({"day": "9999-12-31"}, 422, "Choose a date."),
        ({"day": ""}, 422, "Choose a date."),
        ({"time": "noon"}, 422, "Not a valid time value"),
        ({"day": "2030-03-31", "time": "02:30"}, 422, "the clocks skip 02:30"),
        ({"minutes": "0"}, 422, "Enter minutes from 5 to 720."),
        ({"minutes": "9" * 30}, 422, "Enter minutes from 5 to 720."),
        ({"travel_minutes": "241"}, 422, "Enter minutes from 0 to 240."),
        ({"place": "nowhere"}, 422, "Choose one of the options."),
        ({"assistant": "nobody"}, 422, "Choose one of the options."),
        ({"language": "qq"}, 422, "Choose one of the options."),
    ],
)
def test_a_wrong_answer_is_shown_with_what_was_typed(errand, desk, answers, status, sentence):
    address = f"/cases/{show(errand.code)}/external?lang=en"

    answer = desk.post(address, data=typed(**answers))

    assert answer.status_code == status
    assert sentence in answer.text.replace("&#39;", "'")
    assert all_noted(errand) == []


def test_whoever_is_busy_is_named_at_the_field(errand, desk, make):
    errand.note(assistant_id=errand.assistant.id)
    other, code = make.case(errand.centre)

    person = desk.post(f"/cases/{show(errand.code)}/external?lang=en", data=typed())
    along = typed(assistant=errand.assistant.key)
    assistant = desk.post(f"/cases/{show(code)}/external?lang=en", data=along)

    assert (person.status_code, assistant.status_code) == (409, 409)
    assert 'id="time-error"' in person.text
    assert 'id="assistant-error"' in assistant.text
    assert len(all_noted(errand)) == 1


def test_it_is_moved_given_company_and_called_off(errand, desk):
    noted = errand.note()
    page = f"/external/{show(noted.reference)}"
    assert 'value="11:00"' in desk.get(page).text

    moved = desk.post(
        f"{page}/move", data=typed(time="13:00", assistant=errand.assistant.key, version="1")
    )
    stale = desk.post(f"{page}/move?lang=en", data=typed(version="1"))
    late = desk.post(f"{page}/cancel", data={"version": "1"})

    assert moved.location == page
    assert (stale.status_code, late.status_code) == (409, 303)
    assert "Someone else has just changed this" in stale.text
    [one] = all_noted(errand)
    assert (one.starts_at, one.assistant_id) == (errand.tomorrow + 2 * HOUR, errand.assistant.id)
    assert one.status is ExternalStatus.NOTED

    desk.post(f"{page}/cancel", data={"version": "2"})
    assert all_noted(errand)[0].status is ExternalStatus.CANCELLED
    assert "/move" not in desk.get(page).text


def test_the_assistant_sees_and_tells_the_outcome_of_what_is_theirs_only(errand, client_of, make):
    mine = errand.note(assistant_id=errand.assistant.id)
    other, _code = make.case(errand.centre)
    others = errand.note(case=other)
    browser = client_of(errand.assistant)
    page = f"/external/{show(mine.reference)}"

    listed = browser.get("/external?lang=en").text
    assert show(mine.reference) in listed
    assert show(others.reference) not in listed
    assert PLACE in browser.get(f"{page}?lang=en").text
    assert browser.get(f"/external/{show(others.reference)}").status_code == 404
    for act in ("move", "cancel"):
        assert browser.post(f"{page}/{act}", data=typed()).status_code == 404
    assert browser.get(f"/cases/{show(errand.code)}/external").status_code == 404

    browser.post(f"{page}/outcome", data={"outcome": "done"})  # tomorrow's: refused
    assert all_noted(errand)[0].status is ExternalStatus.NOTED
    errand.clock.forward(DAY)
    browser.post(f"{page}/outcome", data={"outcome": "done"})
    assert all_noted(errand)[0].status is ExternalStatus.DONE
    browser.post(f"{page}/undo")
    assert all_noted(errand)[0].status is ExternalStatus.NOTED
    assert browser.post(f"{page}/outcome", data={"outcome": "cancelled"}).status_code == 303
    assert browser.post(f"{page}/outcome", data={"outcome": "gone"}).status_code == 404
    assert all_noted(errand)[0].status is ExternalStatus.NOTED


@pytest.mark.parametrize("role", ["psychologist", "partner", "region", "auditor", "admin"])
def test_it_is_nobody_elses_business(errand, client_of, make, role):
    noted = errand.note()
    where = {"region": make.region()} if role == "region" else {"centre": errand.centre}
    browser = client_of(make.staff(role, **where))

    assert browser.get("/external").status_code == 404
    assert browser.get(f"/external/{show(noted.reference)}").status_code == 404
    assert browser.get(f"/cases/{show(errand.code)}/external").status_code == 404


@pytest.mark.parametrize("neutral", ["", "&neutral=1"])
def test_paper_names_the_place_in_the_language_of_the_person(errand, desk, neutral):
    noted = errand.note(language="tr")

    slip = desk.get(f"/external/{show(noted.reference)}/slip?lang=en{neutral}").text

    assert ("Counter wuw_poznan (tr)" in slip) is (neutral == "")
    assert ("pl. Wolności 17" in slip) is (neutral == "")
    assert "11:00" in slip
    assert ("Centrum Integracji" in slip) is (neutral == "")
    assert show(errand.code) not in slip


def test_a_place_with_many_addresses_leaves_a_line_to_write_on(errand, desk, make):
    errand.place.address = ""
    make.save(errand.place)
    noted = errand.note()

    assert "______" in desk.get(f"/external/{show(noted.reference)}/slip").text


def test_a_specialist_sees_in_the_past_only_what_is_theirs(errand, make, client_of):
    lawyer = make.staff("lawyer", errand.centre)
    others = errand.note()
    errand.by = make.actor(lawyer)
    own = errand.note(errand.tomorrow + DAY)

    page = client_of(lawyer).get(f"/cases/{show(errand.code)}?lang=en")
    assert page.status_code == 404  # to note something is not yet to have seen the person

    make.save(
        Visit(
            key="a" * 36,
            centre_id=errand.centre.id,
            case_id=errand.case.id,
            channel=Channel.DESK,
            language="uk",
            occurred_at=errand.clock.at,
            recorded_by=lawyer.id,
            recorded_at=errand.clock.at,
        )
    )
    page = client_of(lawyer).get(f"/cases/{show(errand.code)}?lang=en").text
    assert show(own.reference) in page
    assert show(others.reference) not in page


def test_a_longer_list_costs_no_more_statements(errand, desk):
    def cost() -> int:
        sent: list[str] = []

        def note(_connection, _cursor, statement, *_more) -> None:
            if statement.lstrip().startswith("SELECT"):
                sent.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            assert desk.get("/external").status_code == 200
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        return len(sent)

    errand.note()
    cost()
    with_one = cost()
    for days in range(1, 6):
        errand.note(errand.tomorrow + days * DAY, assistant_id=errand.assistant.id)

    assert cost() == with_one
