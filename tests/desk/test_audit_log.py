"""Who opened a case is told by its code, to those who may ask; unusual reading is looked into."""

import re

import pytest
from sqlalchemy import select

from cic_cases.foundation.codes import show
from cic_cases.privacy.models import AuditEntry, ReadAlarm
from cic_cases.visits.channels import Channel
from cic_cases.visits.models import Visit
from tests.conftest import MONDAY


@pytest.fixture
def centre(make):
    return make.centre()


@pytest.fixture
def looked_at(make, centre, client_of):
    """A case whose page a receptionist has opened; its code."""
    case, code = make.case(centre)
    client_of(make.staff("reception", centre, initials="R.R.")).get(f"/cases/{show(code)}")
    return case, show(code)


def test_a_coordinator_sees_who_opened_a_case_and_that_is_on_record(
    make, centre, looked_at, client_of, session
):
    case, code = looked_at
    browser = client_of(make.staff("coordinator", centre, initials="C.C."))

    found = browser.post("/audit", data={"code": code.lower()})

    assert (found.status_code, found.location) == (303, f"/cases/{code}/opened")
    page = browser.get(found.location + "?lang=en").text
    assert page.index("Looked who opened the case") < page.index("Looked at the case")
    assert "R.R." in page
    assert "reception" in page
    told = select(AuditEntry.action).where(AuditEntry.subject_id == case.id)
    assert list(session.scalars(told.order_by(AuditEntry.id))) == [
        "case.read",
        "trail.read",
        "case.read",
    ]


def test_what_is_foreign_is_answered_like_a_typing_error(make, centre, client_of, session):
    browser = client_of(make.staff("coordinator", centre))
    _case, foreign = make.case(make.centre("konin"))
    answers = [
        browser.post("/audit?lang=en", data={"code": typed}).text
        for typed in (show(foreign), "nothing")
    ]

    for answer in answers:
        assert "The code is not right." in answer
    assert browser.get(f"/cases/{show(foreign)}/opened").status_code == 404
    assert session.scalars(select(AuditEntry.action)).all() == ["access.refused"]


def test_a_specialist_sees_it_for_their_own_people_only(make, centre, looked_at, client_of):
    case, code = looked_at
    lawyer, other = (make.staff("lawyer", centre) for _ in range(2))
    made = {"centre_id": centre.id, "channel": Channel.DESK, "language": "uk"}
    about = {"case_id": case.id, "occurred_at": MONDAY}
    make.save(Visit(key="v1", recorded_by=lawyer.id, recorded_at=MONDAY, **made, **about))

    assert client_of(lawyer).get(f"/cases/{code}/opened").status_code == 200
    assert client_of(other).get(f"/cases/{code}/opened").status_code == 404


def test_an_alarm_is_told_to_whoever_looks_after_data_protection_until_they_looked(
    make, centre, client_of, session
):
    reader = make.staff("reception", centre, initials="R.R.")
    elsewhere = make.staff("reception", make.centre("konin"), initials="K.K.")
    mine, other = (
        make.save(ReadAlarm(staff_id=who.id, at=MONDAY, reads=45, allowed=40))
        for who in (reader, elsewhere)
    )
    browser = client_of(make.staff("auditor", centre))

    page = browser.get("/alarms?lang=en").text
    assert "45 cases opened within an hour; up to 40 would be usual." in " ".join(page.split())
    assert "R.R." in page
    assert "K.K." not in page
    assert re.search(r'Alarms <span class="badge">1</span>', page)
    assert browser.post(f"/alarms/{other.id}").status_code == 404
    assert browser.post(f"/alarms/{mine.id}").status_code == 303

    assert "Looked at on 2030-01-07." in browser.get("/alarms?lang=en").text
    session.refresh(mine)
    assert mine.seen_at == MONDAY
    assert session.scalars(select(AuditEntry.action)).all() == ["access.refused", "alarm.seen"]


def test_nobody_looks_at_an_alarm_about_themselves(make, centre, client_of, session):
    region = make.staff("region", centre)
    alarm = make.save(ReadAlarm(staff_id=region.id, at=MONDAY, reads=45, allowed=40))

    assert client_of(region).post(f"/alarms/{alarm.id}").status_code == 404
    assert session.get_one(ReadAlarm, alarm.id).seen_at is None
