"""Signing in and out through the pages."""

import re
import threading
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from cic_cases.foundation import clock
from cic_cases.foundation.db import db, in_transaction
from cic_cases.people import passwords, service
from cic_cases.people.models import Staff
from cic_cases.privacy.models import AuditEntry
from tests.factory import Factory
from tests.people.conftest import HASH, PASSWORD, MakePerson
from tests.people.test_rules import ELSEWHERE

ClientOf = Callable[[Staff | None], FlaskClient]


def sign_in(client: FlaskClient, email: str, password: str = PASSWORD, **more: str):
    return client.post("/login?lang=en", data={"email": email, "password": password, **more})


def without_token(page: str) -> str:
    return re.sub(r'(name="csrf_token" value=")[^"]+', r"\1", page)


@pytest.mark.parametrize(
    ("role", "home"),
    [
        ("reception", "/desk"),
        ("coordinator", "/morning"),
        ("lawyer", "/my-day"),
        ("partner", "/my-day"),
        ("interpreter", "/my-day"),
        ("region", "/reports"),
        ("admin", "/admin"),
        ("auditor", "/alarms"),
    ],
)
def test_after_signing_in_everybody_is_where_they_work(
    role: str, home: str, app: Flask, person: MakePerson
) -> None:
    answer = sign_in(app.test_client(), person(role).email)

    assert (answer.status_code, answer.location) == (303, home)


def test_the_page_that_was_wanted_opens_after_signing_in(app: Flask, person: MakePerson) -> None:
    client = app.test_client()
    asked = client.get("/account")
    assert (asked.status_code, asked.location) == (303, "/login?next=/account")
    page = client.get(asked.location).get_data(as_text=True)
    assert 'name="next" type="hidden" value="/account"' in page

    answer = sign_in(client, person().email, next="/account")

    assert answer.location == "/account"
    assert client.get("/account").status_code == 200


@pytest.mark.sqlite_only
def test_signing_in_never_leads_to_another_site(app: Flask, person: MakePerson) -> None:
    staff = person()

    for target in filter(None, ELSEWHERE):
        client = app.test_client()
        page = client.get("/login", query_string={"next": target}).text
        assert 'name="next" type="hidden" value=""' in page, target
        assert sign_in(client, staff.email, next=target).location == "/desk", target


def test_nobody_learns_which_accounts_exist(
    app: Flask, person: MakePerson, make: Factory, session: Session
) -> None:
    known, closed, invited = person(), person(), make.staff()
    in_transaction(service.disable, closed.id, at=clock.now(), by=None)
    client = app.test_client()
    pages = set()

    for email in (known.email, closed.email, invited.email, "nobody@example.org", "no address"):
        answer = sign_in(client, email, "wrong horse battery")
        assert answer.status_code == 422
        page = without_token(answer.get_data(as_text=True))
        pages.add(page.replace(email, "EMAIL"))
    right_but_closed = sign_in(client, closed.email).get_data(as_text=True)
    pages.add(without_token(right_but_closed).replace(closed.email, "EMAIL"))

    assert len(pages) == 1
    assert "The e-mail or the password is not right." in pages.pop()


def test_every_try_costs_one_hash(
    app: Flask, person: MakePerson, make: Factory, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff, closed, invited = person(), person(), make.staff()
    in_transaction(service.disable, closed.id, at=clock.now(), by=None)
    checked: list[str] = []
    real = passwords.HASHER

    class Counting:
        def verify(self, stored: str, password: bytes) -> bool:
            checked.append(stored)
            return real.verify(stored, password)

    monkeypatch.setattr(passwords, "HASHER", Counting())
    for email in (staff.email, closed.email, invited.email, "nobody@example.org", "no address"):
        sign_in(app.test_client(), email, "wrong horse battery")

    assert checked == [HASH, *[passwords.NOBODYS] * 4]


@pytest.mark.parametrize(
    ("email", "password", "sentence"),
    [
        ("", PASSWORD, "Enter your e-mail."),
        ("a@example.org", "", "Enter the password."),
    ],
)
def test_what_is_missing_is_asked_for(
    email: str, password: str, sentence: str, app: Flask, make: Factory
) -> None:
    answer = sign_in(app.test_client(), email, password)

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert sentence in page
    assert f'value="{email}"' in page
    assert PASSWORD not in page


def test_no_transaction_is_open_while_a_password_is_hashed(
    app: Flask, person: MakePerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff = person()
    open_then: list[bool] = []
    real = passwords.matches

    def spy(password: str, stored: str | None) -> bool:
        open_then.append(db.session().in_transaction())
        return real(password, stored)

    monkeypatch.setattr(passwords, "matches", spy)
    assert sign_in(app.test_client(), staff.email).status_code == 303

    assert open_then == [False]


def test_an_outdated_hash_is_renewed_when_it_is_used(
    app: Flask, person: MakePerson, session: Session
) -> None:
    staff = person()
    older = passwords.PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1)
    staff.password_hash = older.hash(PASSWORD)
    session.commit()
    before = staff.password_hash

    assert sign_in(app.test_client(), staff.email).status_code == 303

    session.refresh(staff)
    assert staff.password_hash != before
    assert not passwords.outdated(str(staff.password_hash))
    assert staff.session_version == 1
    assert sign_in(app.test_client(), staff.email).status_code == 303


def test_when_too_many_sign_in_they_are_asked_to_come_back(
    app: Flask, person: MakePerson, monkeypatch: pytest.MonkeyPatch
) -> None:
    staff = person()
    monkeypatch.setattr(passwords, "WAIT_SECONDS", 0.01)
    monkeypatch.setattr(passwords, "_turns", threading.BoundedSemaphore(1))

    with passwords._turns:
        answer = sign_in(app.test_client(), staff.email)

    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert "Many people are signing in right now." in answer.get_data(as_text=True)


def test_a_session_starts_afresh_when_somebody_signs_in(app: Flask, person: MakePerson) -> None:
    client = app.test_client()
    with client.session_transaction() as planted:
        planted.update(open_case=1, csrf_token="planted", centre="leszno")

    sign_in(client, person().email)

    with client.session_transaction() as kept:
        assert not {"open_case", "csrf_token", "centre"} & set(kept)
        assert "_user_id" in kept


def test_signing_out_leaves_nothing_behind(client_of: ClientOf, person: MakePerson) -> None:
    client = client_of(person())
    with client.session_transaction() as kept:
        kept["open_case"] = 1
    assert client.get("/account").status_code == 200
    assert client.get("/logout").status_code == 405

    answer = client.post("/logout")

    assert (answer.status_code, answer.location) == (303, "/login")
    with client.session_transaction() as kept:
        assert set(kept) <= {"_flashes", "csrf_token"}
    assert client.get("/account").status_code == 303


def test_a_closed_account_is_out_at_the_next_request(
    client_of: ClientOf, person: MakePerson, session: Session
) -> None:
    staff = person()
    client = client_of(staff)
    assert client.get("/account").status_code == 200

    in_transaction(service.disable, staff.id, at=clock.now(), by=None)

    answer = client.get("/account")
    assert (answer.status_code, answer.location) == (303, "/login?next=/account")


def test_who_is_signed_in_need_not_sign_in_again(client_of: ClientOf, person: MakePerson) -> None:
    client = client_of(person("lawyer"))

    assert client.get("/login").location == "/my-day"
    assert client.get("/login?next=/account").location == "/account"
    assert client.get("/login?next=//evil.example").location == "/my-day"


def test_signing_in_is_remembered_in_the_trail(
    app: Flask, person: MakePerson, session: Session
) -> None:
    staff = person()
    sign_in(app.test_client(), staff.email.upper())

    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.actor_id, entry.action) == (staff.id, "staff.signed_in")


def test_forms_without_their_token_change_nothing(
    app: Flask, client_of: ClientOf, person: MakePerson, session: Session
) -> None:
    app.config["WTF_CSRF_ENABLED"] = True
    staff = person()
    client = client_of(staff)
    stolen = re.search(r'name="csrf_token" value="([^"]+)', client.get("/account").text)
    assert stolen
    written: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: written.append(args[2]))

    for path in ("/login", "/logout", "/account/language", "/account/password", "/link/x"):
        for data in ({}, {"csrf_token": "x"}):
            assert client.post(path, data=data).status_code == 400
        foreign = app.test_client().post(path, data={"csrf_token": stolen[1]})
        assert foreign.status_code == 400

    assert not [one for one in written if one.startswith(("UPDATE", "INSERT", "DELETE"))]
    answer = client.post("/account/language", data={"csrf_token": stolen[1], "language": "uk"})
    assert answer.status_code == 303


@pytest.mark.sqlite_only
@pytest.mark.parametrize("language", ["pl", "uk", "en", "ru"])
def test_the_page_asks_in_the_language_of_the_reader(
    language: str, app: Flask, make: Factory
) -> None:
    page = app.test_client().get(f"/login?lang={language}").text

    assert f'<html lang="{language}">' in page
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    assert "style=" not in page
    assert " on" not in re.sub(r">[^<]*<", "><", page).replace(" only", "")
