"""The pages of accounts: only within one's reach, only below one's own."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.people.models import OneTimeLink, Staff, StaffGrant, StaffLanguage
from cic_cases.privacy.roles import Role
from tests.factory import Factory
from tests.people.test_commands import save_booking

ClientOf = Callable[[Staff | None], FlaskClient]
INVITATION = {
    "email": "New.Person@example.org",
    "initials": "NP",
    "roles": ["reception", "lawyer"],
    "centres": ["poznan"],
    "languages": ["pl", "uk"],
    "language": "uk",
    "institution": "",
}
LINK = re.compile(r'value="(http://127\.0\.0\.1:8000/link/[^"]+)"')
MAY_MANAGE = {Role.COORDINATOR, Role.REGION, Role.ADMIN}


@pytest.mark.parametrize("role", list(Role))
def test_only_those_who_manage_accounts_find_the_pages(
    role: Role, client_of: ClientOf, make: Factory
) -> None:
    client = client_of(make.staff(role))
    other = make.staff("reception")

    status = 200 if role in MAY_MANAGE else 404
    assert client.get("/admin").status_code == status
    assert client.get("/admin/invite").status_code == status
    assert client.get(f"/admin/{other.key}/disable").status_code == status


def test_a_visitor_is_asked_to_sign_in(client_of: ClientOf, make: Factory) -> None:
    make.staff()

    answer = client_of(None).get("/admin")

    assert (answer.status_code, answer.location) == (303, "/login?next=/admin")


def test_an_invitation_shows_its_link_once_and_nowhere_else(
    app: Flask, client_of: ClientOf, make: Factory, session: Session
) -> None:
    client = client_of(make.staff("coordinator"))

    answer = client.post("/admin/invite?lang=en", data=INVITATION)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    link = LINK.search(answer.text)
    assert link
    token = link[1].rpartition("/")[2]
    assert app.test_client().get(f"/link/{token}").status_code == 200
    with client.session_transaction() as kept:
        assert token not in str(dict(kept))
    assert token not in client.get("/admin").text
    person = session.scalars(select(Staff).where(Staff.email == "new.person@example.org")).one()
    held = session.scalars(select(StaffGrant.role).where(StaffGrant.staff_id == person.id))
    assert set(held) == {Role.RECEPTION, Role.LAWYER}
    spoken = select(StaffLanguage.language).where(StaffLanguage.staff_id == person.id)
    assert set(session.scalars(spoken)) == {"pl", "uk"}


@pytest.mark.parametrize(
    ("change", "status", "sentence"),
    [
        ({"email": ""}, 422, "Enter the e-mail."),
        ({"email": "nobody"}, 422, "Enter a valid email address."),
        ({"email": "taken@example.org"}, 409, "There is already an account with this e-mail."),
        ({"initials": ""}, 422, "Enter the initials."),
        ({"initials": "ABCDEFGHIJ"}, 422, "Enter initials of at most 8 characters."),
        ({"roles": []}, 422, "Choose at least one role."),
        ({"roles": ["coordinator"]}, 422, "Choose at least one role."),
        ({"roles": ["boss"]}, 422, "Choose at least one role."),
        ({"centres": []}, 422, "Choose at least one Centre."),
        ({"centres": ["leszno"]}, 422, "Choose at least one Centre."),
        ({"language": "de"}, 422, "Choose one of the options."),
        ({"languages": ["xx"]}, 422, "Choose one of the options."),
        ({"institution": "NIX"}, 404, "There is no institution with this key."),
    ],
    ids=str,
)
def test_a_wrong_invitation_says_why_and_loses_nothing(
    change: dict[str, object],
    status: int,
    sentence: str,
    client_of: ClientOf,
    make: Factory,
    session: Session,
) -> None:
    make.staff("reception", make.centre("leszno"), email="taken@example.org")
    client = client_of(make.staff("coordinator"))
    typed = {**INVITATION, **change}

    answer = client.post("/admin/invite?lang=en", data=typed)

    assert answer.status_code == status
    assert sentence in answer.text
    assert f'value="{typed["email"]}"' in answer.text
    assert f'value="{typed["initials"]}"' in answer.text
    chosen = re.findall(r'value="(\w+)" checked', answer.text)
    offered = {"reception", "lawyer", "poznan", "pl", "uk"}
    wanted = [*typed["roles"], *typed["centres"], *typed["languages"]]  # type: ignore[misc]
    assert set(chosen) == offered & set(wanted)
    assert len(session.scalars(select(Staff)).all()) == 2


def test_a_role_for_the_region_needs_no_centre(
    client_of: ClientOf, make: Factory, session: Session
) -> None:
    make.centre()
    client = client_of(make.staff("admin", region=make.region()))
    wish = {**INVITATION, "roles": ["auditor"], "centres": []}

    assert client.post("/admin/invite", data=wish).status_code == 200

    grant = session.scalars(select(StaffGrant).order_by(StaffGrant.id.desc())).first()
    assert grant
    assert (grant.role, grant.region_id) == (Role.AUDITOR, make.region().id)


def test_what_is_out_of_reach_looks_like_what_is_missing(
    client_of: ClientOf, make: Factory, session: Session
) -> None:
    coordinator = make.staff("coordinator")
    client = client_of(coordinator)
    equal, foreign = make.staff("coordinator"), make.staff("lawyer", make.centre("leszno"))
    answers = [
        (act(f"/admin/{key}/{what}?lang=en"))
        for key in (equal.key, foreign.key, coordinator.key, "MISSING0")
        for act, what in ((client.get, "disable"), (client.post, "disable"), (client.post, "reset"))
    ]

    assert {answer.status_code for answer in answers} == {404}
    session.expire_all()
    assert not session.scalars(select(Staff).where(Staff.disabled_at.is_not(None))).all()
    assert not session.scalars(select(OneTimeLink)).all()


def test_the_list_shows_the_people_of_ones_centres(client_of: ClientOf, make: Factory) -> None:
    near, far = make.staff(), make.staff("lawyer", make.centre("leszno"))
    region = make.staff("region", region=make.region())
    client = client_of(make.staff("coordinator"))

    page = client.get("/admin?lang=en").text

    assert near.email in page
    assert region.email in page
    assert far.email not in page
    assert f"/admin/{near.key}/disable" in page
    assert f"/admin/{region.key}/disable" not in page


def test_a_new_link_replaces_the_password_only_when_it_is_used(
    app: Flask, client_of: ClientOf, make: Factory
) -> None:
    staff = make.staff()

    answer = client_of(make.staff("coordinator")).post(f"/admin/{staff.key}/reset")

    link = LINK.search(answer.text)
    assert link
    path = link[1].removeprefix("http://127.0.0.1:8000")
    assert app.test_client().get(path).status_code == 200


def test_closing_an_account_asks_once_and_shows_when_but_not_who(
    client_of: ClientOf, make: Factory, session: Session
) -> None:
    lawyer = make.staff("lawyer")
    booking = save_booking(make, lawyer, datetime(2030, 1, 8, 9, tzinfo=UTC))
    client = client_of(make.staff("coordinator"))
    path = f"/admin/{lawyer.key}/disable?lang=en"

    page = client.get(path)
    assert page.status_code == 200
    assert "10:00" in page.text
    assert "Ukrainian" in page.text
    assert "1 appointment ahead needs somebody else." in page.text
    assert booking.reference not in page.text
    answer = client.post(path)

    assert (answer.status_code, answer.location) == (303, "/admin")
    session.refresh(lawyer)
    assert lawyer.disabled_at is not None
    assert client.get(path).status_code == 404
    assert lawyer.email in client.get("/admin").text
