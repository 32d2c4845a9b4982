"""One-time links and one's own account, through the pages."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from cic_cases.foundation.db import in_transaction
from cic_cases.people import passwords, service
from cic_cases.people.models import Staff
from cic_cases.people.rules import GrantWish, Invitation
from cic_cases.privacy.roles import Role
from tests.conftest import MONDAY, Clock, settings_for
from tests.factory import Factory
from tests.people.conftest import PASSWORD, MakePerson

ClientOf = Callable[[Staff | None], FlaskClient]
NEW = "sto lat samotno\u015bci w lesie"
OVER = "This link was used already or is too old."


@pytest.fixture
def invited(make: Factory, clock: Clock) -> tuple[Staff, str]:
    wish = Invitation(
        "new.person@example.org", "NP", "en", (GrantWish(Role.LAWYER, make.centre().id),)
    )
    return in_transaction(service.invite, wish, at=clock.at, by=None)


def test_an_invited_person_chooses_a_password_and_is_in(
    app: Flask, invited: tuple[Staff, str]
) -> None:
    staff, token = invited
    client, path = app.test_client(), f"/link/{token}?lang=en"
    for _prefetched in range(3):
        assert client.get(path).status_code == 200
        assert client.head(path).status_code == 200

    answer = client.post(path, data={"password": NEW})

    assert (answer.status_code, answer.location) == (303, "/my-day")
    assert client.get("/account").status_code == 200
    again = app.test_client().post(path, data={"password": PASSWORD})
    assert again.status_code == 404
    assert OVER in again.text
    assert (
        app.test_client().post("/login", data={"email": staff.email, "password": NEW}).status_code
        == 303
    )


@pytest.mark.parametrize(("role", "least"), [("reception", 15), ("lawyer", 8)])
def test_beside_a_second_step_that_is_needed_a_shorter_password_will_do(
    role: str, least: int, app: Flask, make: Factory
) -> None:
    app.config["CIC"] = replace(app.config["CIC"], second_step="required")
    staff = make.staff(role)
    token = in_transaction(service.reset_link, staff.id, at=MONDAY, by=None)
    client, path = app.test_client(), f"/link/{token}?lang=en"

    assert f"At least {least} characters" in client.get(path).text
    refused = client.post(path, data={"password": "ptaki-lot-12345"[: least - 1]})
    assert f"Use at least {least} characters." in refused.text
    assert client.post(path, data={"password": "ptaki-lot-12345"[:least]}).status_code == 303


def test_the_towns_of_the_centres_are_no_secret(app: Flask, make: Factory) -> None:
    centre = make.centre("poznan")
    centre.city = "Międzychód"
    staff = make.staff("reception", centre)
    token = in_transaction(service.reset_link, staff.id, at=MONDAY, by=None)

    answer = app.test_client().post(
        f"/link/{token}?lang=en", data={"password": "MIEDZYCHOD-2031-01"}
    )

    assert "Do not use the names of the centre" in answer.text


@pytest.mark.parametrize(
    ("password", "sentence"),
    [
        ("", "Enter the password."),
        ("short", "Use at least 15 characters."),
        ("new.person 2030", "Do not use your e-mail address in the password."),
        ("x" * 300, "This password is too long."),
        ("passwordpassword", "among the first that anybody would try"),
    ],
)
def test_a_password_that_will_not_do_leaves_the_link_usable(
    password: str, sentence: str, app: Flask, invited: tuple[Staff, str]
) -> None:
    client, path = app.test_client(), f"/link/{invited[1]}?lang=en"

    answer = client.post(path, data={"password": password})

    assert answer.status_code == 422
    assert sentence in answer.text
    assert not password or f'value="{password}"' not in answer.text
    assert client.post(path, data={"password": NEW}).status_code == 303


def test_a_wrong_used_or_old_link_gives_one_answer(
    app: Flask, person: MakePerson, clock: Clock, invited: tuple[Staff, str]
) -> None:
    closed = person()
    of_closed = in_transaction(service.reset_link, closed.id, at=clock.at, by=None)
    in_transaction(service.disable, closed.id, at=clock.at, by=None)
    old = in_transaction(service.reset_link, person().id, at=clock.at, by=None)
    clock.forward(timedelta(days=1))
    used = in_transaction(service.signin_link, person().id, at=clock.at, by=None)
    client = app.test_client()
    assert client.post(f"/link/{used}").status_code == 303

    answers = [
        app.test_client().get(f"/link/{token}?lang=en")
        for token in (old, used, of_closed, invited[1][:-1], "x", "\u017c", "x" * 3000)
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text.split("<main")[1] for answer in answers}) == 1
    assert OVER in answers[0].text


def test_a_reset_ends_the_sessions_and_the_old_password(
    app: Flask, client_of: ClientOf, person: MakePerson, clock: Clock
) -> None:
    staff = person()
    elsewhere = client_of(staff)
    token = in_transaction(service.reset_link, staff.id, at=clock.at, by=None)
    assert elsewhere.get("/account").status_code == 200

    assert app.test_client().post(f"/link/{token}", data={"password": NEW}).status_code == 303

    assert elsewhere.get("/account").status_code == 303
    old = app.test_client().post("/login", data={"email": staff.email, "password": PASSWORD})
    assert old.status_code == 422


def test_a_sign_in_link_asks_before_it_is_used(
    app: Flask, person: MakePerson, clock: Clock
) -> None:
    staff = person("lawyer")
    path = "/link/" + in_transaction(service.signin_link, staff.id, at=clock.at, by=None)
    client = app.test_client()

    page = client.get(path)
    assert page.status_code == 200
    assert staff.email in page.text
    answer = client.post(path)

    assert (answer.status_code, answer.location) == (303, "/my-day")
    assert client.get("/account").status_code == 200
    assert app.test_client().post(path).status_code == 404


def test_a_sign_in_link_opens_nothing_in_production(
    app: Flask, person: MakePerson, clock: Clock, tmp_path: object
) -> None:
    token = in_transaction(service.signin_link, person().id, at=clock.at, by=None)
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    app.config["CIC"] = settings_for(url, tmp_path, env="production")  # type: ignore[arg-type]

    assert app.test_client().get(f"/link/{token}").status_code == 404
    assert app.test_client().post(f"/link/{token}").status_code == 404


def test_a_changed_password_ends_the_other_sessions_only(
    client_of: ClientOf, person: MakePerson
) -> None:
    staff = person()
    here, elsewhere = client_of(staff), client_of(staff)

    answer = here.post("/account/password", data={"current": PASSWORD, "password": NEW})

    assert (answer.status_code, answer.location) == (303, "/account")
    assert here.get("/account").status_code == 200
    assert elsewhere.get("/account").status_code == 303


@pytest.mark.parametrize(
    ("current", "password", "sentence"),
    [
        ("wrong horse battery", NEW, "The current password is not right."),
        (PASSWORD, "short", "Use at least 15 characters."),
        ("", NEW, "Enter the password."),
    ],
)
def test_a_refused_change_says_why(
    current: str,
    password: str,
    sentence: str,
    client_of: ClientOf,
    person: MakePerson,
    session: Session,
) -> None:
    staff = person()
    before = staff.password_hash

    answer = client_of(staff).post(
        "/account/password?lang=en", data={"current": current, "password": password}
    )

    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="en" checked' in answer.text.replace(" required", "")
    session.refresh(staff)
    assert staff.password_hash == before
    assert passwords.matches(PASSWORD, before)


def test_the_pages_speak_the_language_that_was_chosen(
    client_of: ClientOf, person: MakePerson, session: Session
) -> None:
    staff = person(language="pl")
    client = client_of(staff)
    client.get("/account?lang=ru")  # kept in a cookie, which must not win afterwards

    answer = client.post("/account/language", data={"language": "uk"})

    assert (answer.status_code, answer.location) == (303, "/account?lang=uk")
    assert '<html lang="uk">' in client.get(answer.location).text
    assert '<html lang="uk">' in client.get("/account").text
    session.refresh(staff)
    assert staff.language == "uk"


@pytest.mark.parametrize("language", ["", "de", "PL", "../pl"])
def test_a_language_that_does_not_exist_is_refused(
    language: str, client_of: ClientOf, person: MakePerson
) -> None:
    answer = client_of(person()).post("/account/language?lang=en", data={"language": language})

    assert answer.status_code == 422
    assert "Choose one of the options." in answer.text


@pytest.mark.parametrize("role", list(Role))
def test_everybody_has_an_account_page(role: Role, client_of: ClientOf, person: MakePerson) -> None:
    assert client_of(person(role)).get("/account").status_code == 200
