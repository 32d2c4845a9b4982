"""Headers and cookies of every kind of answer, and forms that nobody else can send."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cic_cases.application import create_app
from cic_cases.foundation.db import db
from cic_cases.people.models import Staff
from cic_cases.privacy.access import OPEN, declared
from cic_cases.privacy.policy import POLICY
from cic_cases.privacy.roles import Role
from tests.conftest import MONDAY, settings_for
from tests.factory import Factory
from tests.system.conftest import ADDRESS
from tests.system.test_access import ASKED, call, methods_of
from tests.system.two_centres import OWN, World, appointment, build

pytestmark = pytest.mark.sqlite_only
ALWAYS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'; object-src 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
UNSTORED = {**ALWAYS, "Cache-Control": "no-store"}
STORED = {**ALWAYS, "Cache-Control": "public, max-age=31536000, immutable", "Vary": "Cookie"}
PAGE = {
    **UNSTORED,
    "Content-Type": "text/html; charset=utf-8",
    "Vary": "Accept-Language, Cookie",
    "Content-Language": "pl",
}
JSON = {**UNSTORED, "Content-Type": "application/json", "Vary": "Cookie"}
PROBLEM = {**JSON, "Content-Type": "application/problem+json"}
OF_THE_FILE = {"Accept-Ranges", "Content-Disposition", "Content-Type", "Date", "ETag"}
TOO_MUCH = b"x=" + b"y" * 1_100_000
FORM = "application/x-www-form-urlencoded"

TOKEN = re.compile(r'name="csrf_token"[^>]*value="([^"]+)"')

Open = Callable[..., TestResponse]


@pytest.fixture
def browse(visitor: FlaskClient) -> Open:
    def browse(path: str, method: str = "GET", **more: object) -> TestResponse:
        return visitor.open(path, method=method, base_url=ADDRESS, buffered=True, **more)

    return browse


def bare(answer: TestResponse, *left_out: str) -> dict[str, str]:
    told = {n: v for n, v in answer.headers if n not in ("Content-Length", "Set-Cookie", *left_out)}
    if "Allow" in told:
        told["Allow"] = ", ".join(sorted(told["Allow"].split(", ")))
    return told


@pytest.mark.parametrize(
    ("method", "path", "status", "expected"),
    [
        ("GET", "/", 200, PAGE),
        ("HEAD", "/", 200, PAGE),
        ("GET", "/login", 200, PAGE),
        ("GET", "/desk", 303, {**PAGE, "Location": "/login?next=/desk"}),
        ("GET", "/nowhere", 404, PAGE),
        ("GET", "/static/nothing.css", 404, PAGE),
        ("PUT", "/", 405, {**PAGE, "Allow": "GET, HEAD, OPTIONS"}),
        ("POST", "/login", 400, PAGE),
        ("GET", "/broken", 500, PAGE),
        ("GET", "/healthz", 200, JSON),
        ("GET", "/api/v1/centres", 200, JSON),
        ("GET", "/api/v1/openapi.json", 200, JSON),
        ("GET", "/api/v1/nowhere", 404, PROBLEM),
        ("DELETE", "/api/v1/centres", 405, {**PROBLEM, "Allow": "GET, HEAD"}),
        (
            "GET",
            "/api/v1/bookings/AAAAAA",
            401,
            {**PROBLEM, "WWW-Authenticate": 'Bearer realm="CIC Cases"'},
        ),
    ],
)
def test_every_kind_of_answer_has_exactly_these_headers(
    browse: Open, method: str, path: str, status: int, expected: dict[str, str]
):
    answer = browse(path, method)

    assert answer.status_code == status
    assert bare(answer) == expected


def test_too_large_a_form_has_them_too(browse: Open):
    answer = browse("/login", "POST", data=TOO_MUCH, content_type=FORM)

    assert answer.status_code == 413
    assert bare(answer) == PAGE


def test_a_form_with_mistakes_has_them_too(browse: Open):
    token = TOKEN.search(browse("/login").text)
    sent = {"csrf_token": token.group(1), "email": "", "password": ""}

    answer = browse("/login", "POST", data=sent, headers={"Referer": f"{ADDRESS}/login"})

    assert answer.status_code == 422
    assert bare(answer) == PAGE


def test_files_of_ours_are_kept_until_their_content_changes(browse: Open):
    file = browse("/static/app.css")
    again = browse("/static/app.css", headers={"If-None-Match": file.headers["ETag"]})

    assert (file.status_code, again.status_code) == (200, 304)
    assert bare(file, *OF_THE_FILE, "Last-Modified") == STORED
    assert bare(again, *OF_THE_FILE) == STORED
    assert re.search(r'href="/static/app\.css\?v=[0-9a-f]{12}"', browse("/").text)


def test_over_http_nothing_promises_https(app: Flask):
    answer = app.test_client().get("/")

    assert "Strict-Transport-Security" not in answer.headers
    assert set(ALWAYS) - set(answer.headers.keys()) == {"Strict-Transport-Security"}


@pytest.mark.parametrize(
    ("path", "name"),
    [("/login", "__Host-cic"), ("/login?lang=uk", "lang")],
    ids=["session", "lang"],
)
def test_cookies_are_for_https_and_for_this_site_only(
    browse: Open, visitor: FlaskClient, path: str, name: str
):
    answer = browse(path)
    cookie = visitor.get_cookie(name, domain="cic.example.org")

    assert cookie is not None
    assert (cookie.secure, cookie.http_only, cookie.same_site) == (True, True, "Lax")
    assert (cookie.path, cookie.origin_only) == ("/", True)
    assert len(answer.headers.getlist("Set-Cookie")) == (1 if name == "__Host-cic" else 2)


def test_over_http_the_cookie_has_a_name_that_browsers_accept(app: Flask):
    client = app.test_client()
    app.config["WTF_CSRF_ENABLED"] = True
    client.get("/login")
    cookie = client.get_cookie("cic")

    assert cookie is not None
    assert (cookie.secure, cookie.http_only, cookie.same_site) == (False, True, "Lax")


def test_a_slip_is_not_stored_and_keeps_the_headers(
    browse: Open, production: Flask, signed_in: Callable[[str], Staff]
):
    staff = signed_in("reception")
    with production.app_context():
        make = Factory(db.session())
        code, reference = appointment(make, make.centre(), staff, 0)

    for path in (f"/bookings/{reference}/slip", f"/cases/{code}/card", f"/cases/{code}", "/desk"):
        answer = browse(path)
        assert answer.status_code == 200, path
        assert {**bare(answer), "Content-Language": "pl"} == PAGE, path


MACHINES = ("api_", "hooks.")  # they prove themselves by a token or a key, never by a cookie
CHANGING = sorted(e for e in ASKED if not e.startswith(MACHINES))


@pytest.fixture(scope="module")
def guarded(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Everybody and everything, and CSRF tokens asked for."""
    folder = tmp_path_factory.mktemp("guarded")
    database = folder / "guarded.sqlite3"
    database.write_bytes(sqlite_template.read_bytes())
    app = create_app(settings_for(f"sqlite:///{database}", folder))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("cic_cases.foundation.clock.tick", lambda: MONDAY)
        yield build(app, database)
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("endpoint", CHANGING)
def test_a_form_sent_from_elsewhere_changes_nothing(guarded: World, endpoint: str):
    if "POST" not in methods_of(guarded.app, endpoint):
        return
    action = declared(guarded.app)[endpoint]
    may = [None] if action == OPEN else sorted(POLICY[action])
    foreign = TOKEN.search(guarded.app.test_client().get("/login").text).group(1)
    for role in may:
        for sent in ({}, {"X-CSRFToken": foreign}, {"X-CSRFToken": "a.b.c"}):
            target = guarded.targets[role, OWN]
            answer = call(guarded, endpoint, "POST", role, target, headers=sent)
            assert answer.status_code == 400, (role, sent)
    assert guarded.rows() == list(guarded.kept.iterdump())


def test_the_same_form_sent_from_its_own_page_is_heard(guarded: World):
    client = guarded.client(Role.RECEPTION)
    token = TOKEN.search(client.get("/desk").text).group(1)

    answer = client.post("/desk/quick-contacts", data={"csrf_token": token})

    assert (answer.status_code, answer.location) == (303, "/desk")
    assert guarded.rows() != list(guarded.kept.iterdump())
    guarded.restore()


def test_a_report_of_a_gateway_needs_its_key_and_a_cookie_opens_nothing_to_it(guarded: World):
    for client in (guarded.app.test_client(), guarded.client(Role.COORDINATOR)):
        for address in ("/hooks/sms", "/hooks/smsapi/nothing"):
            assert client.post(address, data={"MsgId": "1", "status": "404"}).status_code == 404
    assert guarded.rows() == list(guarded.kept.iterdump())


def test_a_program_needs_no_token_of_a_form_and_a_cookie_opens_nothing_to_it(guarded: World):
    body = {"centre": "poznan", "channel": "desk"}
    token = guarded.tokens[Role.RECEPTION]

    with_cookie = guarded.client(Role.RECEPTION).post("/api/v1/quick-contacts", json=body)
    assert with_cookie.status_code == 401
    assert guarded.rows() == list(guarded.kept.iterdump())
    with_token = guarded.app.test_client().post(
        "/api/v1/quick-contacts", json=body, headers={"Authorization": f"Bearer {token}"}
    )
    assert with_token.status_code == 201
    guarded.restore()
