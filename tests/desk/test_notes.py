"""The pages of notes: written, warned of, kept as a draft; what others are shown is nothing."""

import re

import pytest

from cic_cases.cases.queries import current_code
from cic_cases.foundation.codes import show
from tests.desk.conftest import MONDAY

SECRET = "Canary-7391: she has not slept."
FORM = {"kept_for": "author", "appointment": ""}


@pytest.fixture
def person(make, centre, lawyer, appointment):
    """A case with an appointment with the lawyer, and its code."""
    booking = appointment(MONDAY)
    return show(current_code(make.session, booking.case_id)), booking


@pytest.fixture
def of(client_of, make, centre, lawyer):
    """A browser of somebody in this role; «author» is the lawyer of the appointment."""

    def of(role):
        return client_of(lawyer if role == "author" else make.staff(role, centre))

    return of


def test_a_note_is_written_from_the_appointment_and_read_by_its_author_alone(of, person):
    code, booking = person
    author = of("author")
    link = f"/cases/{code}/notes?appointment={booking.reference}"
    assert link.encode() in author.get(f"/bookings/{show(booking.reference)}").data
    chosen = f'selected value="{booking.reference}"'
    assert chosen.encode() in author.get(link).data

    said = {**FORM, "text": SECRET, "appointment": booking.reference}
    saved = author.post(f"/cases/{code}/notes", data=said, follow_redirects=True)

    assert SECRET.encode() in saved.data
    assert b"saved" in saved.data
    assert saved.headers["Cache-Control"] == "no-store"
    for role in ("reception", "coordinator", "psychologist", "lawyer", "partner", "region"):
        answer = of(role).get(f"/cases/{code}/notes")
        assert answer.status_code == 404, role
        assert SECRET.encode() not in of(role).get(f"/cases/{code}").data


def test_what_names_a_person_is_not_saved_and_nothing_typed_is_lost(of, person):
    code, _booking = person
    author, address = of("author"), f"/cases/{code}/notes"
    said = f"{SECRET} PESEL 44051401359, tel. 600 100 200"

    refused = author.post(address, data={**FORM, "text": said})

    assert refused.status_code == 422
    page = refused.get_data(as_text=True)
    assert "A PESEL number (44…59): take it out." in page
    assert "A phone number (60…00)" in page
    assert said in page
    assert 'name="confirmed"' not in page

    doubtful = {**FORM, "text": f"{SECRET} Hotline 800 200 148"}
    asked = author.post(address, data=doubtful).get_data(as_text=True)
    (mark,) = re.findall(r'name="confirmed" value="(\w+)"', asked)
    more = {**doubtful, "text": f"{doubtful['text']}, 600 100 200", "confirmed": mark}
    assert author.post(address, data=more).status_code == 422
    assert author.post(address, data={**doubtful, "confirmed": mark}).status_code == 303
    for language, word in (("pl", "PESEL"), ("uk", "PESEL"), ("ru", "PESEL")):
        told = author.post(f"{address}?lang={language}", data={**FORM, "text": said})
        assert word in told.get_data(as_text=True)


def test_a_draft_is_kept_by_a_script_and_by_a_button(of, person):
    code, _booking = person
    author, address = of("author"), f"/cases/{code}/notes/draft"
    half = {"about": "new", "text": f"{SECRET} tel. 600 100 200"}

    told = author.post(address, data=half, headers={"Accept": "application/json"}).get_json()
    assert told["saved"] == "Draft saved at 07:00."
    assert len(told["warnings"]) == 1
    assert SECRET.encode() in author.get(f"/cases/{code}/notes").data

    answer = author.post(address, data={"about": "new", "text": "less"})
    assert answer.status_code == 303
    page = author.get(answer.location).get_data(as_text=True)
    assert ">less</textarea>" in re.sub(r">\s+less", ">less", page)


def test_a_correction_against_an_older_version_keeps_what_was_typed(of, person):
    code, _booking = person
    author = of("author")
    author.post(f"/cases/{code}/notes", data={**FORM, "text": SECRET})
    listed = author.get(f"/cases/{code}/notes").get_data(as_text=True)
    (note,) = set(re.findall(rf"/cases/{code}/notes/(\d+)", listed))
    address = f"/cases/{code}/notes/{note}"
    assert f">{SECRET}</textarea>" in re.sub(
        r">\s+", ">", author.get(address).get_data(as_text=True)
    )

    assert author.post(address, data={"text": "Second.", "seen": "1"}).status_code == 303
    late = author.post(address, data={"text": "Third.", "seen": "1"})

    assert late.status_code == 422
    assert b"corrected meanwhile" in late.data
    assert b"Third." in late.data
    assert b"Second." in late.data
    assert author.post(address, data={"text": "Third.", "seen": ""}).status_code == 422


def test_an_opening_is_asked_decided_and_told_on_the_pages(of, make, person, client_of, centre):
    code, booking = person
    author = of("author")
    author.post(f"/cases/{code}/notes", data={**FORM, "text": SECRET})
    adviser = make.staff("adviser", centre, initials="D.D.")
    booking.second_staff_id = adviser.id
    make.save(booking)
    colleague, coordinator = client_of(adviser), of("coordinator")
    page = colleague.get(f"/cases/{code}/notes").get_data(as_text=True)
    assert "Notes of J.K. are closed to you" in page
    (about,) = re.findall(r'name="author" value="(\d+)"', page)

    no_reason = colleague.post(f"/cases/{code}/notes/opening", data={"author": about})
    assert "Say why" in colleague.get(no_reason.location).get_data(as_text=True)
    colleague.post(f"/cases/{code}/notes/opening", data={"author": about, "reason": "danger"})
    listed = coordinator.get("/openings").get_data(as_text=True)
    assert "there is danger to life or health" in listed
    assert code not in listed
    (request,) = re.findall(r'action="/openings/(\d+)"', listed)
    assert SECRET.encode() not in colleague.get(f"/cases/{code}/notes").data
    coordinator.post(f"/openings/{request}", data={"decision": "grant"})

    assert SECRET.encode() in colleague.get(f"/cases/{code}/notes").data
    day = author.get("/my-day").get_data(as_text=True)
    assert "D.D. was allowed to read your notes about one person" in day
    author.post(f"/openings/{request}/seen")
    assert "was allowed" not in author.get("/my-day").get_data(as_text=True)
    assert (
        b"This request is closed"
        in coordinator.post(
            f"/openings/{request}", data={"decision": "refuse"}, follow_redirects=True
        ).data
    )
