"""What a form of another site, and a cookie that was revoked, open: nothing."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask, url_for
from sqlalchemy import select, update

from cic_cases import application
from cic_cases.foundation.db import db, in_transaction
from cic_cases.people import grants, passwords, service, session_service
from cic_cases.people.models import Staff
from cic_cases.people.session_models import BrowserSession
from cic_cases.people.sessions import load_actor
from cic_cases.privacy.access import FRESH, OPEN, declared
from cic_cases.privacy.roles import Role
from cic_cases.privacy.slowdown import Pace
from tests.conftest import MONDAY, settings_for
from tests.signed_in import cookie_of
from tests.system import two_centres
from tests.system.asked import ASKED
from tests.system.two_centres import OWN, World

UNSAFE = {"POST", "PUT", "PATCH", "DELETE"}
TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')
WITHOUT_COOKIES = {"hooks.gateway", "hooks.smsapi"}
"""Gateways report with a key of their own; like the JSON, no cookie opens these."""
PASSWORD = "zielony rower nad jeziorem"
HASH = passwords.HASHER.hash(PASSWORD.encode())


@pytest.fixture(scope="module")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("stolen")
    database = folder / "stolen.sqlite3"
    database.write_bytes(sqlite_template.read_bytes())
    app = application.create_app(settings_for(f"sqlite:///{database}", folder))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cic_cases.foundation.clock.tick", lambda: MONDAY)
        patch.setattr("cic_cases.privacy.slowdown.USUAL", Pace(10_000))
        yield two_centres.build(app, database)
    with app.app_context():
        db.engine.dispose()


def address(world: World, endpoint: str, role: Role | None) -> str:
    rule = next(world.app.url_map.iter_rules(endpoint))
    target = world.targets[role, OWN]
    known = {**vars(target), **ASKED[endpoint].values}
    with world.app.test_request_context():
        values = {name: known[name] for name in rule.arguments}
        return url_for(endpoint, **values, **ASKED[endpoint].query(target))


def unsafe(app: Flask, endpoint: str) -> list[str]:
    rules = app.url_map.iter_rules(endpoint)
    return sorted(set().union(*(rule.methods or () for rule in rules)) & UNSAFE)


def foreign_token(world: World) -> str:
    """The token of a form in somebody else's browser."""
    found = TOKEN.search(world.app.test_client().get("/login").text)
    assert found
    return found[1]


@pytest.mark.parametrize("endpoint", ASKED)
def test_a_form_of_another_site_changes_nothing(world: World, endpoint: str):
    path, kept = address(world, endpoint, Role.COORDINATOR), list(world.kept.iterdump())
    for method in unsafe(world.app, endpoint):
        client = world.client(Role.COORDINATOR)
        client.get("/account")
        by_cookie = not path.startswith("/api/") and endpoint not in WITHOUT_COOKIES
        body = ASKED[endpoint].body(world.targets[Role.COORDINATOR, OWN])
        for token in ({}, {"csrf_token": "x"}, {"csrf_token": foreign_token(world)}):
            answer = client.open(path, method=method, data={**body, **token})
            assert answer.status_code in ({400} if by_cookie else {401, 404}), answer.data
    assert world.rows() == kept


def by_sign_out(world: World, staff: Staff, token: str) -> None:
    in_transaction(session_service.end, token)


def by_other_password(world: World, staff: Staff, token: str) -> None:
    in_transaction(service.change_password, staff.id, HASH, HASH[::-1], at=MONDAY)


def by_reset(world: World, staff: Staff, token: str) -> None:
    link = in_transaction(service.reset_link, staff.id, at=MONDAY, by=None)
    in_transaction(service.accept_link, link, service.Purpose.RESET, HASH, at=MONDAY)


def by_closing(world: World, staff: Staff, token: str) -> None:
    in_transaction(service.disable, staff.id, at=MONDAY, by=None)


def by_ending_it_elsewhere(world: World, staff: Staff, token: str) -> None:
    actor = load_actor(token)
    assert actor is not None
    number = db.session.scalars(
        select(BrowserSession.id).order_by(BrowserSession.id.desc())
    ).first()
    db.session.rollback()
    in_transaction(session_service.end_one, number, at=MONDAY, by=actor)


def by_other_rights(world: World, staff: Staff, token: str) -> None:
    held = [grants.wish_of(one) for one in grants.of(db.session(), staff.id)]
    wanted = [replace(one, role=Role.INTERPRETER) for one in held]
    db.session.rollback()
    in_transaction(grants.set_roles, staff.id, wanted, seen=held, at=MONDAY, by=None)


@pytest.mark.parametrize(
    "revoke",
    [
        by_sign_out,
        by_other_password,
        by_reset,
        by_closing,
        by_ending_it_elsewhere,
        by_other_rights,
    ],
)
def test_a_revoked_cookie_opens_no_page(world: World, revoke: Callable[[World, Staff, str], None]):
    world.restore()
    thief, role = world.app.test_client(), Role.COORDINATOR
    carried = cookie_of(world.app, world.staff[role])
    with thief.session_transaction() as cookie:
        cookie.update(carried)
    assert thief.get("/account").status_code == 200
    with world.app.app_context():
        staff = db.session.get_one(Staff, world.staff[role])
        staff.password_hash = HASH
        db.session.commit()
        revoke(world, staff, str(carried["_user_id"]))

    for endpoint, action in declared(world.app).items():
        path = address(world, endpoint, role)
        readable = any("GET" in (r.methods or ()) for r in world.app.url_map.iter_rules(endpoint))
        if action == OPEN or not readable:
            continue
        answer = thief.get(path)
        if path.startswith("/api/"):
            assert answer.status_code == 401
        else:
            assert (answer.status_code, answer.location[:6]) == (303, "/login"), endpoint


SENSITIVE = {
    "admin.ask_disable",
    "admin.disable",
    "admin.invite",
    "admin.reset",
    "call_list.number",
    "factors.recovery_codes",
    "factors.remove",
    "factors.set_up",
    "forgetting.erase",
    "late.number",
    "openings.decide",
    "passkeys.add",
    "passkeys.remove",
    "roles.change",
}
"""Accounts, numbers of people, notes of colleagues, forgetting, one's own ways in."""


def test_every_sensitive_act_asks_again_who_it_is(world: World):
    world.restore()
    fresh = {e for e, view in world.app.view_functions.items() if getattr(view, "fresh", False)}
    assert fresh >= SENSITIVE
    role, carried = Role.COORDINATOR, {}
    with world.app.app_context():
        carried = cookie_of(world.app, world.staff[role])
        longer_ago = {"proven_at": MONDAY - FRESH - timedelta(seconds=1)}
        db.session.execute(update(BrowserSession).values(longer_ago))
        db.session.commit()
    client = world.app.test_client()
    with client.session_transaction() as cookie:
        cookie.update(carried)
    world.app.config["WTF_CSRF_ENABLED"] = False
    try:
        for endpoint in sorted(fresh):
            rule = next(world.app.url_map.iter_rules(endpoint))
            method = "POST" if "POST" in (rule.methods or ()) else "GET"
            answer = client.open(address(world, endpoint, role), method=method)
            assert (answer.status_code, answer.location[:6]) == (303, "/prove"), endpoint
    finally:
        world.app.config["WTF_CSRF_ENABLED"] = True
