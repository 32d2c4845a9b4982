"""The second step: codes of an app, recovery codes, and who is slowed down."""

import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.foundation.db import in_transaction
from cic_cases.people import factors, totp
from cic_cases.people.factor_models import CodeApp, RecoveryCode
from cic_cases.people.models import Staff
from cic_cases.people.service import reset_link
from cic_cases.people.sessions import actor_of
from tests.conftest import MONDAY
from tests.people.conftest import PASSWORD, MakePerson

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
STEP = timedelta(seconds=totp.STEP_SECONDS)


def code_at(at, secret: str = SECRET) -> str:
    return pyotp.TOTP(secret).at(at)


@pytest.fixture
def strict(app: Flask) -> Flask:
    """Whoever needs a second step has to set it up."""
    app.config["CIC"] = replace(app.config["CIC"], second_step="required")
    return app


def with_app(session: Session, staff: Staff, monkeypatch) -> list[str]:
    """Set an app up; the recovery codes. Its first code is used up by that."""
    monkeypatch.setattr(totp, "new_secret", lambda: SECRET)
    in_transaction(factors.propose, staff.id, at=MONDAY)
    return in_transaction(factors.confirm, staff.id, code_at(MONDAY - STEP), at=MONDAY)


def type_password(client: FlaskClient, staff: Staff, password: str = PASSWORD):
    return client.post("/login", data={"email": staff.email, "password": password})


@pytest.mark.parametrize(
    "typed",
    [
        "{0}",
        " {0} ",
        "{1} {2}",
        "{1}-{2}",
        "{1}\u00a0{2}",
        "\u200e{0}",
        "arabic",
        "persian",
        "wide",
    ],
)
def test_digits_are_read_however_a_keyboard_writes_them(typed: str):
    code = code_at(MONDAY)
    zeros = {"arabic": "\u0660", "persian": "\u06f0", "wide": "\uff10"}
    if typed in zeros:
        text = "".join(chr(ord(zeros[typed]) + int(one)) for one in code)
    else:
        text = typed.format(code, code[:3], code[3:])

    assert totp.counter_of(SECRET, text, MONDAY) == int(MONDAY.timestamp()) // 30


def test_a_code_of_another_time_or_shape_is_wrong():
    near = [totp.counter_of(SECRET, code_at(MONDAY + n * STEP), MONDAY) for n in range(-2, 3)]
    assert [one is not None for one in near] == [False, True, True, True, False]
    for wrong in (
        "",
        "12345",
        "1234567",
        "²²²²²²",
        code_at(MONDAY)[:5] + "x",
        "x" + code_at(MONDAY),
    ):
        assert totp.counter_of(SECRET, wrong, MONDAY) is None


def test_who_needs_a_second_step_sets_it_up_before_anything_else(
    strict: Flask, person: MakePerson, session: Session
):
    staff, client = person("lawyer"), strict.test_client()

    entered = type_password(client, staff)
    assert entered.location == "/enrol"
    assert client.get("/my-day").status_code == 303
    page = client.get("/enrol?lang=en").text
    found = re.search(r'class="secret"[^>]*>([A-Z2-7 ]+)<', page)
    assert found
    assert "<svg" in page
    secret = found[1].replace(" ", "")
    assert client.post("/enrol", data={"code": "000000"}).status_code == 422
    assert found[1] in client.get("/enrol").text
    shown = client.post("/enrol", data={"code": code_at(MONDAY, secret)})

    assert len(re.findall(r"<li>(\w{4} \w{4} \w{4} \w{4})</li>", shown.text)) == 10
    assert client.get("/my-day").status_code == 200
    row = session.scalars(select(CodeApp)).one()
    assert secret.encode() not in row.secret_sealed
    client.post("/logout")
    assert type_password(client, staff).location == "/second-step"
    used = client.post("/second-step", data={"code": code_at(MONDAY, secret)})
    assert used.status_code == 422


def test_reception_may_do_without_and_is_asked_once_it_has_one(
    strict: Flask, person: MakePerson, session: Session, monkeypatch: pytest.MonkeyPatch
):
    staff, client = person(), strict.test_client()
    assert type_password(client, staff).location == "/desk"

    codes = with_app(session, staff, monkeypatch)

    other = strict.test_client()
    assert type_password(other, staff).location == "/second-step"
    assert other.get("/desk").location == "/login?next=/desk"
    assert other.post("/second-step", data={"code": code_at(MONDAY)}).location == "/desk"
    third = strict.test_client()
    type_password(third, staff)
    assert third.post("/second-step", data={"code": codes[0].lower()}).location == "/desk"
    third.post("/logout")
    type_password(third, staff)
    assert third.post("/second-step", data={"code": codes[0]}).status_code == 422


def test_one_code_used_by_many_at_once_works_once(
    app: Flask, person: MakePerson, session: Session, monkeypatch: pytest.MonkeyPatch
):
    staff = person()
    codes = with_app(session, staff, monkeypatch)
    session.rollback()

    def use(code: str) -> bool:
        with app.app_context():
            try:
                in_transaction(factors.take_code, staff.id, code, at=MONDAY)
            except factors.WrongCode:
                return False
            return True

    with ThreadPoolExecutor(64) as pool:
        for code in (code_at(MONDAY + STEP), codes[3]):
            assert sum(pool.map(use, [code] * 64)) == 1
    left = select(RecoveryCode).where(RecoveryCode.used_at.is_(None))
    assert len(session.scalars(left).all()) == 9
    assert not use(code_at(MONDAY))  # an older one than the last


def test_who_lost_the_phone_too_is_let_in_by_a_coordinator_and_sets_up_another(
    strict: Flask, person: MakePerson, session: Session, monkeypatch: pytest.MonkeyPatch
):
    staff, boss, client = person("lawyer"), person("coordinator"), strict.test_client()
    old = with_app(session, staff, monkeypatch)
    type_password(client, staff)
    by = actor_of(session, boss.id)

    link = in_transaction(reset_link, staff.id, at=MONDAY, by=by, phone_lost=True)

    assert client.get("/second-step").location == "/login"
    new = {"password": "nowy statek na rzece Warta"}
    assert client.post(f"/link/{link}", data=new).location == "/enrol"
    with pytest.raises(factors.WrongCode):
        in_transaction(factors.take_code, staff.id, old[0], at=MONDAY)
