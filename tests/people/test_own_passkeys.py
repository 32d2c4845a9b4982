"""One's own passkeys: added, named, removed; and where none can be."""

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cic_cases.foundation.db import in_transaction
from cic_cases.people import passkey_rules, passkeys, service
from cic_cases.people.factor_models import RecoveryCode
from cic_cases.people.models import Staff
from cic_cases.people.passkeys import Purpose
from tests.conftest import MONDAY
from tests.people.conftest import MakePerson, added
from tests.people.soft_passkey import SoftPasskey
from tests.people.test_passkeys import refused, sign_in, told
from tests.people.test_second_step import type_password


def test_whoever_lost_everything_has_no_passkey_left(site: Flask, owner: Staff, key: SoftPasskey):
    in_transaction(service.reset_link, owner.id, at=MONDAY, by=None, phone_lost=True)
    client = site.test_client()

    assert refused(client, sign_in(client, key))
    assert type_password(client, owner).location == "/enrol"


def test_one_adds_names_and_removes_ones_own(
    site: Flask, owner: Staff, key: SoftPasskey, person: MakePerson, session: Session
):
    client, other = site.test_client(), site.test_client()
    sign_in(client, key)
    second = SoftPasskey()
    form = {"name": " my watch ", "credential": second.make(told(client, Purpose.ADD))}
    assert client.post("/account/passkeys/new", data=form).location == "/account"
    again = {"name": "twice", "credential": second.make(told(client, Purpose.ADD))}
    assert client.post("/account/passkeys/new", data=again).status_code == 422
    page = client.get("/account?lang=en").text
    assert "my watch" in page
    rows = {one.name: one.id for one in passkeys.of(session, owner.id)}
    sign_in(other, added(person("lawyer"), SoftPasskey()))
    for act in ("rename", "remove"):
        path = f"/account/passkeys/{rows['phone']}/{act}"
        assert other.post(path, data={"name": "mine"}).status_code == 404

    path = f"/account/passkeys/{rows['my watch']}"
    assert client.post(f"{path}/rename", data={"name": "x" * 41}).status_code == 422
    assert client.post(f"{path}/rename", data={"name": "watch"}).location == "/account"
    assert client.post(f"{path}/remove").location == "/account"

    session.rollback()
    assert [one.name for one in passkeys.of(session, owner.id)] == ["phone"]
    thief = site.test_client()
    assert refused(thief, sign_in(thief, second))


def test_with_the_last_second_step_the_recovery_codes_go(
    site: Flask, owner: Staff, key: SoftPasskey, session: Session
):
    client = site.test_client()
    sign_in(client, key)
    left = select(func.count()).where(RecoveryCode.staff_id == owner.id)
    assert session.scalar(left) == 10
    number = passkeys.of(session, owner.id)[0].id

    client.post(f"/account/passkeys/{number}/remove")

    session.rollback()
    assert session.scalar(left) == 0
    assert type_password(site.test_client(), owner).location == "/enrol"


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        ("https://cic.example.org", ("cic.example.org", "https://cic.example.org")),
        ("https://CIC.example.org:8443/", ("cic.example.org", "https://cic.example.org:8443")),
        ("http://localhost:8000", ("localhost", "http://localhost:8000")),
        ("http://127.0.0.1:8000", None),
        ("https://[::1]:8000", None),
        ("http://cic.example.org", None),
    ],
)
def test_passkeys_belong_to_the_name_of_the_site(base_url: str, expected: tuple[str, str] | None):
    found = passkey_rules.party(base_url)

    assert (found and (found.domain, found.origin)) == expected


def test_where_the_site_has_no_name_no_passkey_is_offered(app: Flask, person: MakePerson):
    client = app.test_client()
    assert "data-passkey" not in client.get("/login").text
    type_password(client, person())

    page = client.get("/account/passkeys/new?lang=en").text

    assert "Passkeys work only where this site has a name of its own" in page
    assert client.post("/passkeys/options/sign-in").status_code == 404
