"""Who may open which door: every address, every method, every role, near, foreign and missing.

The expected answer is computed from the policy and from what each endpoint declares. A new
address needs a row in `asked.ASKED`, which only says how to fill its form or body.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, url_for
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from cic_cases import application
from cic_cases.foundation.db import db, in_transaction
from cic_cases.people import service as people
from cic_cases.privacy.access import OPEN, declared
from cic_cases.privacy.policy import POLICY
from cic_cases.privacy.roles import SPECIALISTS, Reach, Role
from cic_cases.privacy.slowdown import Pace
from tests.conftest import MONDAY, settings_for
from tests.system import two_centres
from tests.system.asked import ASKED
from tests.system.two_centres import COLLEAGUE, FOREIGN, MISSING, OWN, Target, World

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
ASKING = {"GET", *UNSAFE}
SERVED = {"GET": {200}, "POST": {200, 201, 303, 422}}


@pytest.fixture(scope="module")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for the module; every act that is allowed is undone."""
    folder = tmp_path_factory.mktemp("doors")
    database = folder / "doors.sqlite3"
    database.write_bytes(sqlite_template.read_bytes())
    app = application.create_app(settings_for(f"sqlite:///{database}", folder))
    app.config["WTF_CSRF_ENABLED"] = False
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cic_cases.foundation.clock.tick", lambda: MONDAY)
        patch.setattr("cic_cases.privacy.slowdown.USUAL", Pace(10_000))  # wrong links, in a row
        yield two_centres.build(app, database)
    with app.app_context():
        db.engine.dispose()


def rules_of(app: Flask, endpoint: str) -> list[Rule]:
    return list(app.url_map.iter_rules(endpoint))


def call(
    world: World, endpoint: str, method: str, role: Role | None, target: Target, **more: Any
) -> TestResponse:
    """Ask as somebody in this role, pointing at this target; `along` is sent with the form."""
    asked, rule = ASKED[endpoint], rules_of(world.app, endpoint)[0]
    known = {**vars(target), **asked.values}
    with world.app.test_request_context():
        values = {name: known[name] for name in rule.arguments}
        path = url_for(endpoint, **values, **asked.query(target))
    if method in UNSAFE:
        words = {**more.pop("along", {}), **asked.body(target)}
        more["json" if path.startswith("/api/") else "data"] = words
    headers = {**world.headers(role, path), **more.pop("headers", {})}
    return world.client(role).open(path, method=method, headers=headers, buffered=True, **more)


def methods_of(app: Flask, endpoint: str) -> set[str]:
    return set().union(*(rule.methods or () for rule in rules_of(app, endpoint)))


def is_api(app: Flask, endpoint: str) -> bool:
    return rules_of(app, endpoint)[0].rule.startswith("/api/")


def points(app: Flask, endpoint: str) -> bool:
    """Whether a call names something that can be foreign."""
    asked = ASKED[endpoint]
    return asked.pointed or bool(rules_of(app, endpoint)[0].arguments - set(asked.values))


def served(endpoint: str, method: str) -> set[int]:
    return ASKED[endpoint].served.get(method) or SERVED[method]


def test_the_table_has_a_row_for_every_address(world: World):
    assert set(ASKED) == set(world.app.view_functions)


def test_every_change_is_declared_by_an_action_that_is_no_mere_reading(world: World):
    reading = {action for action in POLICY if action.endswith((".see", ".exact"))}
    declares = declared(world.app)
    changing = {e for e in ASKED if methods_of(world.app, e) & set(UNSAFE)}

    # clearing the counter changes nothing but the desk's own cookie
    assert {e for e in changing if declares[e] in reading} == {"desk.close"}


@pytest.mark.parametrize("endpoint", ASKED)
def test_nobody_is_asked_to_sign_in_and_changes_nothing(world: World, endpoint: str):
    opened = declared(world.app)[endpoint] == OPEN
    before = world.rows()
    for method in sorted(methods_of(world.app, endpoint) & ASKING):
        answers = [
            call(world, endpoint, method, None, world.targets[None, near])
            for near in (OWN, FOREIGN, MISSING)
        ]
        statuses = {answer.status_code for answer in answers}
        if opened:
            assert statuses <= served(endpoint, method)
        elif is_api(world.app, endpoint):
            assert statuses == {401}
            assert {answer.mimetype for answer in answers} == {"application/problem+json"}
            assert len({answer.data for answer in answers}) == 1
        else:
            assert statuses == {303}
            assert all(answer.location.startswith("/login") for answer in answers)
    assert world.rows() == before


@pytest.mark.parametrize("endpoint", ASKED)
def test_a_role_enters_exactly_where_the_policy_lets_it(world: World, endpoint: str):
    action = declared(world.app)[endpoint]
    for method in sorted(methods_of(world.app, endpoint) & ASKING):
        for role in Role:
            may = action == OPEN or role in POLICY[action]
            answer = call(world, endpoint, method, role, world.targets[role, OWN])
            expected = served(endpoint, method) if may else {404}
            assert answer.status_code in expected, (method, role, answer.data[-900:])
            if may and (method in UNSAFE or ASKED[endpoint].on_record):
                world.restore()
            elif method in UNSAFE:
                assert world.rows() == list(world.kept.iterdump()), (method, role)


@pytest.mark.parametrize("endpoint", ASKED)
def test_what_is_foreign_is_answered_like_what_is_missing(world: World, endpoint: str):
    action = declared(world.app)[endpoint]
    if action == OPEN or not points(world.app, endpoint):
        return
    kept = list(world.kept.iterdump())
    for method in sorted(methods_of(world.app, endpoint) & ASKING):
        for role in Role:
            target, nothing = world.targets[role, FOREIGN], world.targets[role, MISSING]
            foreign = call(world, endpoint, method, role, target)
            missing = call(world, endpoint, method, role, nothing)

            unfound = ASKED[endpoint].unfound if role in POLICY[action] else 404
            assert foreign.status_code == missing.status_code == unfound, (method, role)
            assert foreign.data == missing.data, (method, role)
            assert bare(foreign) == bare(missing), (method, role)
            assert world.rows() == kept, (method, role)


def bare(answer: TestResponse) -> list[tuple[str, str]]:
    """The headers, but for the cookie, whose signature carries the time."""
    return [one for one in answer.headers if one[0] != "Set-Cookie"]


@pytest.mark.parametrize("role", sorted(SPECIALISTS))
def test_a_specialist_does_not_find_what_is_with_a_colleague(world: World, role: Role):
    kept = list(world.kept.iterdump())
    declares = declared(world.app)
    for endpoint in ASKED:
        arguments = rules_of(world.app, endpoint)[0].arguments
        reach = POLICY.get(declares[endpoint], {}).get(role)
        if reach is not Reach.OWN or not arguments & {"code", "reference"}:
            continue
        for method in sorted(methods_of(world.app, endpoint) & ASKING):
            answer = call(world, endpoint, method, role, world.targets[role, COLLEAGUE])
            assert answer.status_code == 404, (endpoint, method)
    assert world.rows() == kept


@pytest.mark.parametrize("endpoint", ASKED)
def test_no_other_method_opens_anything(world: World, endpoint: str):
    address = rules_of(world.app, endpoint)[0].rule
    same = [rule for rule in world.app.url_map.iter_rules() if rule.rule == address]
    allowed = set().union(*(rule.methods or () for rule in same))
    kept = list(world.kept.iterdump())
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"):
        if method in allowed:
            continue
        for role in (None, Role.RECEPTION, Role.COORDINATOR):
            answer = call(world, endpoint, method, role, world.targets[role, OWN])
            assert answer.status_code == 405, (method, role)
            assert set(answer.headers["Allow"].split(", ")) == allowed
    assert world.rows() == kept


@pytest.mark.parametrize("endpoint", ASKED)
def test_head_answers_as_get_without_a_body_and_options_tells_methods_only(
    world: World, endpoint: str
):
    for role in (None, Role.RECEPTION, Role.AUDITOR):
        target = world.targets[role, OWN]
        if "GET" in methods_of(world.app, endpoint):
            get, head = (call(world, endpoint, m, role, target) for m in ("GET", "HEAD"))
            assert (head.status_code, head.data) == (get.status_code, b"")
        options = call(world, endpoint, "OPTIONS", role, target)
        assert options.status_code in (200, 405)
        if options.status_code == 200:
            assert options.data == b""


def test_a_one_time_link_is_not_used_by_asking_for_its_headers(world: World):
    with world.app.app_context():
        token = in_transaction(people.signin_link, world.staff[Role.RECEPTION], at=MONDAY, by=None)
    client = world.app.test_client()

    assert client.head(f"/link/{token}").status_code == 200
    assert client.get("/desk").status_code == 303
    assert client.post(f"/link/{token}").location == "/desk"
    world.restore()


@pytest.mark.parametrize("name", ["X-HTTP-Method-Override", "X-Method-Override", "X-HTTP-Method"])
def test_a_method_cannot_be_disguised(world: World, name: str):
    target, kept = world.targets[Role.RECEPTION, OWN], list(world.kept.iterdump())
    for endpoint in ("cases.card", "bookings.choose_move"):
        answer = call(world, endpoint, "GET", Role.RECEPTION, target, headers={name: "POST"})
        assert answer.status_code == 200
    client = world.client(Role.RECEPTION)
    assert client.get(f"/cases/{target.code}/contact?_method=POST").status_code == 405
    assert client.post(f"/cases/{target.code}", data={"_method": "GET"}).status_code == 405
    assert world.rows() == kept


def test_of_a_doubled_parameter_no_foreign_part_is_used(world: World):
    centre = world.targets[Role.COORDINATOR, FOREIGN].centre
    client = world.client(Role.COORDINATOR)

    for query in (f"centre={centre}&centre=poznan", f"centre=poznan&centre={centre}"):
        assert b"Radom" not in client.get(f"/reports?lang=en&{query}").data


def test_an_address_that_declares_nothing_stops_the_start(monkeypatch, tmp_path):
    register = application.api.init_app

    def and_one_more(app: Flask, csrf: object) -> None:
        register(app, csrf)
        app.add_url_rule("/back-door", "back_door", lambda: "welcome")

    monkeypatch.setattr(application.api, "init_app", and_one_more)

    with pytest.raises(RuntimeError, match="back_door"):
        application.create_app(settings_for("sqlite://", tmp_path))
