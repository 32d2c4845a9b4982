"""A closure, other hours, the end of a duty: whoever has an appointment there is seen first."""

import html
import re

import pytest
from sqlalchemy import event, func, select

from cic_cases.bookings.models import Booking, Disruption
from cic_cases.bookings.statuses import Status
from cic_cases.calendar.models import Closure
from cic_cases.foundation.db import db
from tests.desk.conftest import NEXT

CHANGES = {
    "closure": (
        "/rosters/closures",
        {
            "closure-who": "0",
            "closure-first_day": "2030-01-14",
            "closure-last_day": "2030-01-14",
            "closure-reason": "repairs",
        },
    ),
    "date": (
        "/rosters/hours/dates",
        {"date-on": "2030-01-14", "date-opens": "13:00", "date-closes": "15:00"},
    ),
    "week": (
        "/rosters/hours/week",
        {"week-weekday": "0", "week-opens": "13:00", "week-closes": "15:00"},
    ),
}


def _count(session, kind):
    session.rollback()
    return session.scalar(select(func.count()).select_from(kind))


def _fields(page):
    """What the form of the page would send."""
    fields = {"reason": "other"}
    for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page):
        fields[name] = html.unescape(value)
    for name, slot in re.findall(r'<select name="(choice-\d+)"[^>]*><option value="([^"]+)"', page):
        fields[name] = slot
    return fields


@pytest.fixture
def lost(duty, appointment):
    return appointment(NEXT)


@pytest.fixture
def asked(coordinator, duty):
    """Ask for a change as its own form does; the page that shows whom it affects."""

    def asked(kind):
        if kind == "ended":
            data = {"on": "2030-01-14", "act": "cancel", "reach": "later"}
            return coordinator.post(f"/rosters/duties/{duty.id}", data=data)
        address, data = CHANGES[kind]
        return coordinator.post(address, data=data)

    return asked


@pytest.mark.parametrize(
    ("kind", "heading"),
    [
        ("closure", "Enter this closure"),
        ("ended", "End this duty"),
        ("date", "Change the opening hours"),
        ("week", "Change the opening hours"),
    ],
)
def test_it_is_shown_then_done_once_and_undone(coordinator, asked, session, lost, kind, heading):
    shown = asked(kind)
    assert shown.status_code == 409
    assert heading in shown.text
    assert "1 person" in shown.text
    assert _count(session, Disruption) == 0

    fields = _fields(shown.text)
    done = coordinator.post("/rosters/changes", data=fields)
    assert "/disruptions/" in done.location
    session.expire_all()
    assert session.get_one(Booking, lost.id).status is Status.NEEDS_REBOOKING

    again = coordinator.post("/rosters/changes", data=fields)
    assert again.status_code == 303
    assert _count(session, Disruption) == 1
    assert _count(session, Closure) == (kind == "closure")
    assert "This change has already been made." in coordinator.get(again.location).text

    coordinator.post(f"{done.location}/undo")
    session.expire_all()
    assert session.get_one(Booking, lost.id).status is Status.BOOKED


def test_a_change_nobody_can_read_is_refused(coordinator, lost, session):
    for text in ("", "{}", '{"kind":"Reopening","closure_id":1}'):
        assert coordinator.post("/rosters/changes", data={"change": text}).status_code == 422
    assert coordinator.get("/rosters/changes").status_code == 303
    assert _count(session, Disruption) == 0


def test_another_centres_coordinator_changes_nothing(make, client_of, asked, lost, session):
    fields = _fields(asked("closure").text)
    stranger = client_of(make.staff("coordinator", make.centre("leszno")))
    assert stranger.post("/rosters/changes", data=fields).status_code == 404
    assert _count(session, Closure) == 0


def test_who_was_booked_meanwhile_is_shown_before_anything_is_done(
    coordinator, asked, lost, appointment, session
):
    fields = _fields(asked("closure").text)
    appointment(NEXT, hour=10)
    answer = coordinator.post("/rosters/changes", data=fields)
    assert answer.status_code == 409
    assert "The list has changed since you opened it." in answer.text
    assert "2 people" in answer.text
    assert _count(session, Closure) == 0


@pytest.mark.sqlite_only
def test_what_is_only_tried_waits_its_turn_to_write(coordinator, duty, lost):
    begun: list[str] = []

    @event.listens_for(db.engine, "before_cursor_execute")
    def note(_connection, _cursor, statement, *_more) -> None:
        if statement.startswith(("BEGIN", "SAVEPOINT")):
            begun.append(statement.split()[-1] if statement.startswith("BEGIN") else "try")

    shown = coordinator.get(f"/rosters/duties/{duty.id}/cancel?on=2030-01-14")
    assert shown.status_code == 200
    assert begun[begun.index("try") - 1] == "IMMEDIATE"


@pytest.mark.parametrize("reach", ["all", "later"])
def test_a_rule_that_becomes_other_asks_first_and_says_that_it_cannot_be_undone(
    coordinator, duty, session, lost, reach
):
    hours = {"starts": "12:00", "ends": "14:00"}
    data = {"on": "2030-01-14", "act": "change", "reach": reach, **hours}
    shown = coordinator.post(f"/rosters/duties/{duty.id}", data=data)
    assert shown.status_code == 409
    assert "this change cannot be undone" in shown.text
    assert "1 person" in shown.text

    done = coordinator.post("/rosters/changes", data=_fields(shown.text))
    assert "/disruptions/" in done.location
    session.expire_all()
    assert session.get_one(Booking, lost.id).status is Status.NEEDS_REBOOKING
    page = coordinator.get(done.location).text
    assert "Duty changed" in page
    assert "/undo" not in page


def test_a_closure_cannot_be_taken_back_by_the_page_that_confirms_changes(coordinator, lost):
    answer = coordinator.post(
        "/rosters/changes",
        data={"change": '{"kind":"Reopening","closure_id":1}', "reason": "other"},
    )
    assert answer.status_code == 422
