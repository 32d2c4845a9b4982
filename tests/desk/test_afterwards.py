"""After somebody was seen: the outcome by one tap, and a follow-up by two."""

from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from cic_cases.bookings import availability, service
from cic_cases.bookings.availability import Search
from cic_cases.bookings.models import Booking
from cic_cases.bookings.rules import Wish
from cic_cases.foundation.codes import show
from cic_cases.foundation.db import in_transaction
from cic_cases.privacy.models import AuditEntry
from cic_cases.visits.models import Visit

MONDAY = date(2030, 1, 7)
CODES = {
    code: dict.fromkeys(("pl", "uk", "en", "ru"), name)
    for code, name in (("informed", "Informed"), ("case_closed", "Case closed"))
}


@pytest.fixture
def centre(make):
    return make.centre()


@pytest.fixture
def lawyer(make, centre, session):
    staff = make.staff("lawyer", centre, initials="J.K.")
    help_ = make.service()
    help_.outcomes = CODES
    session.commit()
    make.duty(staff, centre, make.room(centre), [help_])
    return staff


@pytest.fixture
def booked(session, make, centre, lawyer, clock):
    """The reference of an appointment with the lawyer today."""
    search = Search(frozenset({make.service().id}), frozenset({centre.id}), MONDAY, MONDAY)
    slot = availability.free_slots(session, search, clock.at)[0]
    case, _code = make.case(centre)
    wish = Wish(slot.code, case.id, "uk", False, centre.id)
    return show(in_transaction(service.book, wish, at=clock.at, by=make.actor(lawyer)).reference)


@pytest.fixture
def browser(lawyer, client_of):
    return client_of(lawyer)


@pytest.fixture
def seen(booked, browser):
    browser.post(f"/bookings/{booked}/status", data={"status": "done"})
    return booked


@pytest.fixture
def outcome(session):
    def outcome():
        session.expire_all()
        live = select(Visit.outcome).where(Visit.voided_at.is_(None))
        return session.scalars(live).one()

    return outcome


def test_an_outcome_is_one_tap_and_one_tap_more_takes_it_back(seen, browser, outcome):
    page = browser.get("/my-day?lang=en").text
    assert page.count('aria-pressed="false"') == 2
    assert page.index("Informed") < page.index("Case closed")

    browser.post(f"/my-day/{seen}/outcome", data={"outcome": "informed"})
    page = browser.get("/my-day?lang=en").text
    assert outcome() == "informed"
    assert 'name="outcome" value="" aria-pressed="true"' in page

    browser.post(f"/my-day/{seen}/outcome", data={"outcome": "case_closed"})
    assert outcome() == "case_closed"

    browser.post(f"/my-day/{seen}/outcome", data={"outcome": ""})
    assert outcome() is None


def test_only_a_code_of_this_kind_of_help_is_an_outcome(seen, browser, outcome):
    browser.post(f"/my-day/{seen}/outcome", data={"outcome": "she told me everything"})

    assert outcome() is None


def test_nothing_comes_of_an_appointment_that_has_not_been(booked, browser, session):
    answer = browser.post(
        f"/my-day/{booked}/outcome?lang=en",
        data={"outcome": "informed", "back": "/my-day"},
        follow_redirects=True,
    )

    assert "Mark the person as seen first" in answer.text
    assert session.scalars(select(Visit)).all() == []


def test_yesterdays_outcome_stands_and_is_still_to_be_read(
    seen, browser, outcome, clock, lawyer, client_of
):
    browser.post(f"/my-day/{seen}/outcome", data={"outcome": "informed"})
    clock.forward(timedelta(days=1))
    browser = client_of(lawyer)
    browser.post(f"/my-day/{seen}/outcome", data={"outcome": "case_closed"})

    assert outcome() == "informed"
    page = browser.get(f"/my-day?day={MONDAY}&lang=en").text
    assert "Informed" in page
    assert "aria-pressed" not in page


def test_undoing_seen_takes_the_outcome_along(seen, browser, session):
    browser.post(f"/my-day/{seen}/outcome", data={"outcome": "informed"})
    browser.post(f"/bookings/{seen}/undo", data={})
    browser.post(f"/bookings/{seen}/status", data={"status": "done"})

    live = session.scalars(select(Visit).where(Visit.voided_at.is_(None))).one()
    assert live.outcome is None


def test_each_change_of_an_outcome_is_on_record_once(seen, browser, session):
    for _twice in range(2):
        browser.post(f"/my-day/{seen}/outcome", data={"outcome": "informed"})

    lines = session.scalars(select(AuditEntry).where(AuditEntry.action == "visit.outcome")).all()
    assert len(lines) == 1


def test_a_colleague_and_reception_mark_no_outcome(seen, make, centre, client_of, outcome):
    for role in ("lawyer", "reception", "coordinator", "interpreter"):
        answer = client_of(make.staff(role, centre)).post(
            f"/my-day/{seen}/outcome", data={"outcome": "informed"}
        )
        assert answer.status_code == 404, role

    assert outcome() is None


def test_a_follow_up_is_two_taps_with_the_same_help_and_specialist(
    seen, browser, session, lawyer, centre
):
    found = browser.post(f"/my-day/{seen}/follow-up", data={"weeks": "2"})
    query = parse_qs(urlsplit(found.location).query)
    assert query["from"] == ["2030-01-21"]
    assert query["specialist"] == [lawyer.key]
    page = browser.get(found.location).text
    slot = page.split('name="slot" value="')[1].split('"')[0]

    answer = browser.post("/bookings", data={"slot": slot, "service": "legal_advice"})

    assert answer.status_code == 303
    first, second = session.scalars(select(Booking).order_by(Booking.id)).all()
    assert (second.case_id, second.staff_id, second.service_id) == (
        first.case_id,
        lawyer.id,
        first.service_id,
    )
    assert second.starts_at - first.starts_at == timedelta(weeks=2)


def test_an_interpreter_is_asked_for_again(seen, browser, session):
    session.scalars(select(Booking)).one().interpreter = True
    session.commit()

    found = browser.post(f"/my-day/{seen}/follow-up", data={"weeks": "4"})

    assert parse_qs(urlsplit(found.location).query)["interpreter"] == ["y"]


@pytest.mark.parametrize("weeks", ["", "0", "-3", "9999999999999", "soon"])
def test_weeks_nobody_can_mean_are_two(seen, browser, weeks):
    found = browser.post(f"/my-day/{seen}/follow-up", data={"weeks": weeks})

    assert "from=2030-01-21" in found.location


def test_a_follow_up_of_somebody_elses_appointment_is_not_found(seen, make, centre, client_of):
    other = client_of(make.staff("lawyer", centre))

    assert other.post(f"/my-day/{seen}/follow-up", data={"weeks": "2"}).status_code == 404
