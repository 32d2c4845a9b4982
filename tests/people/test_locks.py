"""A screen left alone locks; who comes back goes on, and nobody else does."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.foundation import clock
from cic_cases.foundation.db import in_transaction
from cic_cases.people import grants, service
from cic_cases.people.models import Staff
from cic_cases.people.session_models import BrowserSession, FormDraft
from cic_cases.people.session_rules import IDLE, LONGEST, Moments, Standing, standing
from cic_cases.privacy.access import FRESH
from cic_cases.privacy.roles import Role
from tests.conftest import MONDAY, Clock
from tests.people.conftest import PASSWORD, MakePerson

SECOND = timedelta(seconds=1)
CANARY = "typed-7391"
TYPED = {"current": PASSWORD, "language": "uk", "note": CANARY, "csrf_token": "x"}


def sign_in(client: FlaskClient, staff: Staff) -> str:
    """Sign in by the page; the token that the cookie then holds."""
    answer = client.post("/login", data={"email": staff.email, "password": PASSWORD})
    assert answer.status_code == 303
    return token_in(client)


def token_in(client: FlaskClient) -> str:
    with client.session_transaction() as cookie:
        return str(cookie["_user_id"])


def put(client: FlaskClient, token: str) -> None:
    with client.session_transaction() as cookie:
        cookie["_user_id"] = token


def is_in(client: FlaskClient) -> bool:
    return client.get("/account").status_code == 200


@pytest.mark.parametrize(
    ("idle", "age", "more", "expected"),
    [
        (IDLE, IDLE, {}, Standing.OPEN),
        (IDLE + SECOND, LONGEST, {}, Standing.LOCKED),
        (timedelta(), SECOND, {"locked_at": MONDAY}, Standing.LOCKED),
        (timedelta(), LONGEST, {}, Standing.OPEN),
        (timedelta(), LONGEST + SECOND, {}, Standing.OVER),
        (SECOND, SECOND, {"waiting_for": "second_step"}, Standing.WAITING),
        (IDLE + SECOND, IDLE + SECOND, {"waiting_for": "enrolment"}, Standing.OVER),
    ],
)
def test_what_a_session_opens(idle, age, more, expected):
    assert standing(Moments(MONDAY - age, MONDAY - idle, **more), MONDAY) is expected


def test_a_screen_left_alone_locks_and_its_owner_goes_on(
    app: Flask, person: MakePerson, clock: Clock, session: Session
):
    staff, client = person(), app.test_client()
    token = sign_in(client, staff)
    clock.forward(IDLE)
    assert is_in(client)
    clock.forward(IDLE + SECOND)

    locked = client.get("/desk?lang=en")
    page = client.get(locked.location, follow_redirects=True)
    wrong = client.post("/prove", data={"password": "wrong horse battery"})
    opened = client.post("/prove", data={"password": PASSWORD, "next": "/account"})

    assert (locked.status_code, locked.location) == (303, "/login?next=/desk?lang%3Den")
    assert "The screen is locked" in page.text
    assert staff.initials in page.text
    assert wrong.status_code == 422
    assert (opened.status_code, opened.location) == (303, "/account")
    assert is_in(client)
    assert token_in(client) != token
    put(client, token)
    assert not is_in(client)


def test_three_wrong_passwords_end_a_locked_session(app: Flask, person: MakePerson, clock: Clock):
    client, token = app.test_client(), ""
    token = sign_in(client, person())
    clock.forward(IDLE + SECOND)

    answers = [client.post("/prove", data={"password": "wrong horse"}) for _ in range(3)]

    assert [one.status_code for one in answers] == [422, 422, 303]
    put(client, token)
    assert client.post("/prove", data={"password": PASSWORD}).location == "/login"


def test_what_was_typed_is_kept_sealed_for_its_owner_alone(
    app: Flask, person: MakePerson, clock: Clock, session: Session
):
    staff, other, client = person(), person(), app.test_client()
    sign_in(client, staff)
    clock.forward(IDLE + SECOND)

    answer = client.post("/account/language?x=1", data=TYPED)

    assert answer.location == "/login?next=/draft"
    kept = session.scalars(select(FormDraft)).one()
    assert not any(one in kept.sealed for one in (CANARY.encode(), PASSWORD.encode(), b"account"))
    client.post("/logout")
    sign_in(client, other)
    assert client.get("/draft").location == "/desk"
    client.post("/logout")
    sign_in(client, staff)
    page = client.get("/draft").text
    assert CANARY in page
    assert PASSWORD not in page
    sent = client.post("/draft/send", data={"note": CANARY})
    assert (sent.status_code, sent.location) == (307, "/account/language?x=1")
    assert client.get("/draft").location == "/desk"


def test_a_day_is_eight_hours_however_busy(app: Flask, person: MakePerson, clock: Clock):
    client = app.test_client()
    sign_in(client, person())
    for _ in range(60):
        clock.forward(timedelta(minutes=8))
        assert is_in(client)

    clock.forward(SECOND)

    assert not is_in(client)
    assert client.post("/prove", data={"password": PASSWORD}).location == "/login"


def revoked_by_password(staff: Staff, client: FlaskClient, session: Session) -> None:
    new = "nowy statek na rzece Warta"
    changed = client.post("/account/password", data={"current": PASSWORD, "password": new})
    assert changed.status_code == 303


def revoked_by_reset(staff: Staff, client: FlaskClient, session: Session) -> None:
    link = in_transaction(service.reset_link, staff.id, at=clock.now(), by=None)
    new = {"password": "nowy statek na rzece Warta"}
    assert client.application.test_client().post(f"/link/{link}", data=new).status_code == 303


def revoked_by_closing(staff: Staff, client: FlaskClient, session: Session) -> None:
    in_transaction(service.disable, staff.id, at=clock.now(), by=None)


def revoked_by_sign_out(staff: Staff, client: FlaskClient, session: Session) -> None:
    answer = client.post("/logout")
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'


def revoked_elsewhere(staff: Staff, client: FlaskClient, session: Session) -> None:
    first = session.scalars(select(BrowserSession).where(BrowserSession.staff_id == staff.id)).one()
    other = client.application.test_client()
    sign_in(other, staff)
    assert other.post(f"/account/sessions/{first.id}/end").status_code == 303
    assert is_in(other)


def revoked_by_other_rights(staff: Staff, client: FlaskClient, session: Session) -> None:
    held = [grants.wish_of(one) for one in grants.of(session, staff.id)]
    wanted = [replace(one, role=Role.INTERPRETER) for one in held]
    session.rollback()
    in_transaction(grants.set_roles, staff.id, wanted, seen=held, at=MONDAY, by=None)


@pytest.mark.parametrize(
    "revoke",
    [
        revoked_by_password,
        revoked_by_reset,
        revoked_by_closing,
        revoked_by_sign_out,
        revoked_elsewhere,
        revoked_by_other_rights,
    ],
)
def test_a_stolen_cookie_opens_nothing_after(
    revoke, app: Flask, person: MakePerson, session: Session
):
    staff, client, thief = person(), app.test_client(), app.test_client()
    put(thief, sign_in(client, staff))
    assert is_in(thief)

    revoke(staff, client, session)

    assert not is_in(thief)
    assert thief.get("/desk").location == "/login?next=/desk"
    assert thief.post("/prove", data={"password": PASSWORD}).location == "/login"


def test_a_planted_cookie_is_not_the_one_signed_in_with(app: Flask, person: MakePerson):
    victim, planted = app.test_client(), "planted-by-somebody-else"
    put(victim, planted)

    token = sign_in(victim, person())

    thief = app.test_client()
    put(thief, planted)
    assert token != planted
    assert is_in(victim)
    assert not is_in(thief)


def test_an_account_is_closed_only_by_who_has_just_proved_who_they_are(
    app: Flask, person: MakePerson, clock: Clock, session: Session
):
    boss, below, client = person("coordinator"), person(), app.test_client()
    token = sign_in(client, boss)
    for _ in range(2):
        clock.forward(FRESH / 2 + SECOND)
        assert is_in(client)

    asked = client.post(f"/admin/{below.key}/disable", data={"sure": "1"})
    assert asked.location == "/prove?next=/draft"
    session.refresh(below)
    assert below.disabled_at is None
    client.post("/prove", data={"password": PASSWORD, "next": "/draft"})
    sent = client.post("/draft/send")

    assert (sent.status_code, sent.location) == (307, f"/admin/{below.key}/disable")
    assert token_in(client) != token
    assert client.post(sent.location).status_code == 303
    session.refresh(below)
    assert below.disabled_at is not None
