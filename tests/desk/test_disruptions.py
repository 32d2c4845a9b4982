"""The page that cancels a duty: shown first, confirmed once, undone within a minute."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from cic_cases.bookings.models import Displaced, Disruption
from cic_cases.cases.models import Card
from cic_cases.foundation.codes import show
from tests.desk.conftest import NEXT

PAGE = "/rosters/duties/{}/cancel"


@pytest.fixture
def page(duty, appointment):
    appointment(NEXT)
    return PAGE.format(duty.id)


def _count(session, kind):
    session.rollback()
    return session.scalar(select(func.count()).select_from(kind))


def _confirmed(coordinator, page, session):
    answer = coordinator.get(page, query_string={"on": "2030-01-14"})
    choice = answer.text.partition('name="choice-')[2].partition('"')[0]
    after = answer.text.partition(f'name="choice-{choice}"')[2]
    slot = after.partition('<option value="')[2].partition('"')[0]
    return {"on": "2030-01-14", "reason": "illness", f"choice-{choice}": slot}


def test_the_page_shows_everybody_and_changes_nothing(coordinator, page, session):
    answer = coordinator.get(page, query_string={"on": "2030-01-14"})
    assert answer.status_code == 200
    assert "1 person" in answer.text
    assert _count(session, Disruption) == 0


def test_it_is_cancelled_once_and_a_second_submit_changes_nothing(coordinator, page, session):
    data = _confirmed(coordinator, page, session)
    first = coordinator.post(page, data=data)
    assert first.status_code == 303
    assert "/disruptions/" in first.location
    assert coordinator.post(page, data=data).status_code == 303
    assert (_count(session, Disruption), _count(session, Displaced)) == (1, 1)


def test_it_can_be_undone_within_a_minute_and_not_later(coordinator, page, session, clock):
    where = coordinator.post(page, data=_confirmed(coordinator, page, session)).location
    assert "Undo" in coordinator.get(where).text
    clock.forward(timedelta(seconds=61))
    assert "Undo" not in coordinator.get(where).text
    coordinator.post(f"{where}/undo")
    assert session.scalars(select(Disruption)).one().undone_at is None


def test_undo_is_told_on_the_page(coordinator, page, session):
    where = coordinator.post(page, data=_confirmed(coordinator, page, session)).location
    coordinator.post(f"{where}/undo")
    assert "every appointment is as before" in coordinator.get(where).text


def test_a_duty_of_secret_help_shows_no_code(coordinator, page, session):
    codes = session.scalars(select(Card.code)).all()
    text = coordinator.get(page, query_string={"on": "2030-01-14"}).text
    assert codes
    assert not [code for code in codes if code in text or show(code) in text]
    assert "/cases/" not in text.partition("<main")[2]


@pytest.mark.parametrize("data", [{"on": "2030-01-14", "reason": "whatever"}, {"on": "x"}])
def test_what_is_no_reason_or_no_day_is_refused(coordinator, page, session, data):
    assert coordinator.post(page, data=data).status_code in (404, 409, 422)
    assert _count(session, Disruption) == 0


def test_another_centres_coordinator_finds_nothing(make, client_of, page):
    other = client_of(make.staff("coordinator", make.centre("leszno")))
    assert other.get(page, query_string={"on": "2030-01-14"}).status_code == 404
