"""Whoever looks at a case is on record; whoever looks at very many is asked who they are."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from cic_cases.foundation.codes import show
from cic_cases.foundation.db import in_transaction
from cic_cases.people import service as people
from cic_cases.people.session_models import BrowserSession
from cic_cases.privacy import reading
from cic_cases.privacy.models import AuditEntry, ReadAlarm, ReadHabit
from tests.conftest import MONDAY

MINUTE = timedelta(minutes=1)


@pytest.fixture
def centre(make):
    return make.centre()


@pytest.fixture
def reader(make, centre):
    return make.staff("reception", centre)


def reads(session) -> list[tuple[int, int]]:
    session.rollback()
    lines = session.scalars(
        select(AuditEntry).where(AuditEntry.action == "case.read").order_by(AuditEntry.id)
    )
    return [(line.actor_id, line.subject_id) for line in lines]


def token_of(staff) -> dict[str, str]:
    lasts = timedelta(days=30)
    token = in_transaction(people.issue_token, staff.id, lasts=lasts, at=MONDAY, by=None)
    return {"Authorization": f"Bearer {token}"}


def test_one_reader_of_one_case_is_one_line_each_quarter_of_an_hour(
    app, make, centre, reader, client_of, clock, session
):
    (case, code), other = make.case(centre), make.staff("coordinator", centre)
    browser, page = client_of(reader), f"/cases/{show(code)}"
    for address in (page, page, f"{page}/card", "/desk", "/desk/live"):
        browser.get(address)
    assert reads(session) == [(reader.id, case.id)]
    assert app.test_client().get(f"/api/v1{page}", headers=token_of(other)).status_code == 200
    client_of(other).head(page)
    clock.forward(15 * MINUTE)
    browser.get(page)

    assert reads(session) == [(reader.id, case.id), (other.id, case.id), (reader.id, case.id)]


def test_what_nobody_was_shown_leaves_no_line(make, centre, reader, client_of, session):
    _case, code = make.case(make.centre("konin"))
    for address in (f"/cases/{show(code)}", "/cases/nothing"):
        assert client_of(reader).get(address).status_code == 404

    assert reads(session) == []


def test_a_page_that_cannot_be_put_on_record_is_not_sent(
    app, make, centre, reader, client_of, monkeypatch
):
    _case, code = make.case(centre)
    browser = client_of(reader)

    def fails(*_args, **_kwargs):
        raise RuntimeError("no line")

    monkeypatch.setattr(reading, "record", fails)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)

    answer = browser.get(f"/cases/{show(code)}")

    assert answer.status_code == 500
    assert show(code) not in answer.text


@pytest.fixture
def cases(make, centre, monkeypatch):
    """Seven cases; five in an hour are nothing unusual."""
    monkeypatch.setattr(reading, "FEWEST", 5)
    return [show(make.case(centre)[1]) for _ in range(7)]


def test_whoever_reads_unusually_many_is_asked_who_they_are_and_it_is_told(
    centre, reader, cases, client_of, clock, session
):
    browser = client_of(reader)
    browser.token = ""  # nobody says anew who they are
    for code in cases[:5]:
        clock.forward(MINUTE)
        assert browser.get(f"/cases/{code}").status_code == 200
    alarm = session.scalars(select(ReadAlarm)).one()
    assert (alarm.staff_id, alarm.reads, alarm.allowed) == (reader.id, 5, 5)
    clock.forward(MINUTE)

    asked = browser.get(f"/cases/{cases[5]}")

    assert (asked.status_code, asked.location.split("?")[0]) == (303, "/prove")
    assert len(reads(session)) == 5
    session.execute(update(BrowserSession).values(proven_at=clock.at))
    session.commit()
    assert browser.get(f"/cases/{cases[5]}").status_code == 200
    assert len(session.scalars(select(ReadAlarm)).all()) == 1


def test_a_program_that_reads_unusually_many_has_to_wait(app, reader, cases, clock, session):
    browser, headers = app.test_client(), token_of(reader)

    def read(code):
        return browser.get(f"/api/v1/cases/{code}", headers=headers)

    assert [read(code).status_code for code in cases[:6]] == [200] * 5 + [429]
    assert read(cases[6]).json["type"].endswith("too-many")
    clock.forward(61 * MINUTE)
    assert read(cases[6]).status_code == 200


def test_what_is_usual_for_a_role_is_not_unusual(make, centre, reader, cases, client_of, session):
    make.save(ReadHabit(role="reception", usual=3, counted_at=MONDAY))
    browser = client_of(reader)

    statuses = {browser.get(f"/cases/{code}").status_code for code in cases}

    assert statuses == {200}
    assert session.scalar(select(func.count()).select_from(ReadAlarm)) == 0
