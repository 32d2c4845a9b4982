"""The secret address of one's own calendar on the account page: shown once, stopped at will."""

import re

import pytest
from sqlalchemy import select

from cic_cases.people.models import CalendarFeed
from cic_cases.privacy.models import AuditEntry

ADDRESS = re.compile(r"http://127\.0\.0\.1:8000(/calendar/[\w-]{43}\.ics)")


@pytest.fixture
def browser(make, client_of):
    return client_of(make.staff("adviser"))


def address_in(answer) -> str | None:
    found = ADDRESS.search(answer.get_data(as_text=True))
    return found[1] if found else None


def test_an_address_is_made_shown_once_and_opens_the_calendar(browser, app):
    assert address_in(browser.get("/account")) is None

    made = browser.post("/account/calendar")

    assert made.status_code == 200
    assert made.headers["Cache-Control"] == "no-store"
    path = address_in(made)
    assert path is not None
    assert app.test_client().get(path).status_code == 200
    assert address_in(browser.get("/account")) is None
    assert "7 January" in browser.get("/account?lang=en").get_data(as_text=True)


def test_a_new_address_stops_the_one_before(browser, app):
    first, second = (address_in(browser.post("/account/calendar")) for _ in range(2))

    assert first != second
    assert app.test_client().get(first).status_code == 404
    assert app.test_client().get(second).status_code == 200


def test_a_stopped_address_opens_nothing(browser, app):
    path = address_in(browser.post("/account/calendar"))

    assert browser.post("/account/calendar/stop").status_code == 303
    assert app.test_client().get(path).status_code == 404
    assert "Make an address" in browser.get("/account?lang=en").get_data(as_text=True)
    assert browser.post("/account/calendar/stop").status_code == 303  # twice is as good as once


def test_making_and_stopping_is_audited_without_the_key(browser, session):
    path = address_in(browser.post("/account/calendar"))
    browser.post("/account/calendar/stop")

    [feed] = session.scalars(select(CalendarFeed)).all()
    noted = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    assert [(one.action, one.subject_type, one.subject_id) for one in noted] == [
        ("calendar.opened", "calendar_feed", feed.id),
        ("calendar.stopped", "calendar_feed", feed.id),
    ]
    assert feed.key_hash not in path
