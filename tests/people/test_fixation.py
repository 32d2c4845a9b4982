"""Every proof of who somebody is gives their session another token."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cic_cases.foundation.db import in_transaction
from cic_cases.people import service, session_service
from cic_cases.people.models import Staff
from cic_cases.people.session_models import BrowserSession
from tests.conftest import MONDAY
from tests.people.conftest import PASSWORD, MakePerson
from tests.people.test_locks import is_in, put, token_in
from tests.people.test_second_step import SECRET, STEP, code_at, type_password, with_app

NEW = "nowy statek na rzece Warta"
PLANTED = "planted-by-somebody-else"


def password(client: FlaskClient, staff: Staff) -> None:
    assert type_password(client, staff).status_code == 303


def reset_link(client: FlaskClient, staff: Staff) -> None:
    link = in_transaction(service.reset_link, staff.id, at=MONDAY, by=None)
    assert client.post(f"/link/{link}", data={"password": NEW}).status_code == 303


def signin_link(client: FlaskClient, staff: Staff) -> None:
    link = in_transaction(service.signin_link, staff.id, at=MONDAY, by=None)
    assert client.post(f"/link/{link}").status_code == 303


@pytest.mark.parametrize("way_in", [password, reset_link, signin_link])
def test_whoever_planted_a_session_is_not_in_it(way_in, app: Flask, person: MakePerson):
    victim, thief = app.test_client(), app.test_client()
    put(victim, PLANTED)
    put(thief, PLANTED)

    way_in(victim, person())

    assert is_in(victim)
    assert token_in(victim) != PLANTED
    assert not is_in(thief)


def second_step(client: FlaskClient, staff: Staff) -> None:
    answer = client.post("/second-step", data={"code": code_at(MONDAY)})
    assert answer.location == "/desk"


def enrolment(client: FlaskClient, staff: Staff) -> None:
    assert client.get("/enrol").status_code == 200
    assert client.post("/enrol", data={"code": code_at(MONDAY)}).status_code == 200


def proof(client: FlaskClient, staff: Staff) -> None:
    assert client.post("/prove", data={"password": PASSWORD}).status_code == 303


def new_password(client: FlaskClient, staff: Staff) -> None:
    changed = {"current": PASSWORD, "password": NEW}
    assert client.post("/account/password", data=changed).status_code == 303


@pytest.mark.parametrize(
    ("step", "role", "setting", "has_app"),
    [
        (second_step, "reception", "waived", True),
        (enrolment, "lawyer", "required", False),
        (proof, "reception", "waived", False),
        (new_password, "reception", "waived", False),
    ],
)
def test_each_further_proof_changes_the_token(
    step,
    role: str,
    setting: str,
    has_app: bool,
    app: Flask,
    person: MakePerson,
    session: Session,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr("cic_cases.people.totp.new_secret", lambda: SECRET)
    app.config["CIC"] = replace(app.config["CIC"], second_step=setting)
    staff, client, thief = person(role), app.test_client(), app.test_client()
    if has_app:
        with_app(session, staff, monkeypatch)
    password(client, staff)
    before = token_in(client)
    put(thief, before)

    step(client, staff)

    assert is_in(client)
    assert token_in(client) != before
    assert not is_in(thief)


@pytest.mark.parametrize("late", ["note_activity", "renew", "lock"])
def test_a_session_that_was_ended_is_not_brought_back_by_a_request_that_was_under_way(
    late: str, app: Flask, person: MakePerson, session: Session
):
    client = app.test_client()
    password(client, person())
    token = token_in(client)
    in_transaction(session_service.end, token)

    try:
        in_transaction(getattr(session_service, late), token, at=MONDAY + timedelta(seconds=1))
    except session_service.SessionOver:
        assert late == "renew"

    assert session.scalar(select(func.count()).select_from(BrowserSession)) == 0
    assert not is_in(client)


def test_a_code_of_the_step_before_opens_no_second_session(
    app: Flask, person: MakePerson, session: Session, monkeypatch: pytest.MonkeyPatch
):
    staff, first, second = person(), app.test_client(), app.test_client()
    with_app(session, staff, monkeypatch)
    for client in (first, second):
        password(client, staff)
    second_step(first, staff)

    for code in (code_at(MONDAY), code_at(MONDAY - STEP)):
        assert second.post("/second-step", data={"code": code}).status_code == 422

    assert not is_in(second)


def test_who_is_signed_in_stays_so_while_the_key_before_is_accepted(app: Flask, person: MakePerson):
    here, away, staff = app.test_client(), app.test_client(), person()
    for client in (here, away):
        password(client, staff)
    before = app.config["SECRET_KEY"]

    app.config.update(SECRET_KEY="n" * 40, SECRET_KEY_FALLBACKS=[before])
    assert is_in(here)  # whose cookie is signed anew by that
    app.config.update(SECRET_KEY_FALLBACKS=[])

    assert is_in(here)
    assert not is_in(away)
