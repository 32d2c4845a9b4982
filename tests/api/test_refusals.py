"""Who may not, what is wrong, what is not there: always a problem, never a page."""

import json

import pytest

from cic_cases.foundation.clock import now
from cic_cases.foundation.codes import new_case_code, new_reference
from cic_cases.foundation.db import in_transaction
from cic_cases.people import service as people
from cic_cases.privacy.access import declared, undeclared
from tests.api.conftest import Program
from tests.conftest import MONDAY

PERSON = {
    "centre": "poznan", "citizenship": "UA", "gender": "woman", "age_band": "18_60",
    "contact_language": "uk",
}  # fmt: skip
VISIT = {
    "centre": "poznan",
    "channel": "desk",
    "services": ["integration_advice"],
    "language": "uk",
}
CALLS = [
    ("GET", "/slots?service=legal_advice", None),
    ("GET", "/slots/days?service=legal_advice", None),
    ("POST", "/cases", PERSON),
    ("GET", "/cases/836-VY9-YEX", None),
    ("POST", "/visits", VISIT),
    ("POST", "/quick-contacts", {"centre": "poznan", "channel": "desk"}),
    ("POST", "/bookings", {"slot": "x", "case": "836-VY9-YEX", "language": "uk"}),
    ("GET", "/bookings/QNJ-5TQ", None),
    ("POST", "/bookings/QNJ-5TQ/cancel", {"by": "person"}),
    ("POST", "/bookings/QNJ-5TQ/move", {"slot": "x"}),
    ("POST", "/bookings/QNJ-5TQ/status", {"status": "done"}),
    ("POST", "/bookings/QNJ-5TQ/undo", None),
]
IDS = [f"{method} {path.partition('?')[0]}" for method, path, _ in CALLS]


def call(client, method, path, body, **headers):
    return client.open(f"/api/v1{path}", method=method, json=body, headers=headers)


def problem(answer):
    assert answer.mimetype == "application/problem+json"
    found = answer.get_json()
    assert found["status"] == answer.status_code
    return found["type"].rpartition("/")[2]


@pytest.mark.sqlite_only
def test_every_endpoint_declares_who_may_enter(app):
    ours = {e: a for e, a in declared(app).items() if e.startswith("api_")}

    assert [e for e in undeclared(app) if "api" in e or "openapi" in e] == []
    assert {e for e, a in ours.items() if a == "open to all"} == {
        "api_places.centres",
        "api_places.services",
    }


@pytest.mark.sqlite_only
@pytest.mark.parametrize(("method", "path", "body"), CALLS, ids=IDS)
@pytest.mark.parametrize("header", [None, "Bearer", "Bearer wrong", "Basic YTpi", "Bearer żó"])
def test_without_a_valid_token_nobody_is_let_in(app, monday, method, path, body, header):
    headers = (
        {} if header is None else {"Authorization": header.encode("utf-8", "replace").decode()}
    )

    answer = call(app.test_client(), method, path, body, **headers)

    assert (answer.status_code, problem(answer)) == (401, "unauthorised")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.sqlite_only
def test_a_cookie_opens_nothing_here(monday, client_of):
    browser = client_of(monday.reception)

    assert browser.get("/api/v1/slots?service=legal_advice").status_code == 401


def test_a_token_that_is_revoked_or_too_old_stops(monday, program, clock):
    old = program(monday.reception)
    clock.at = MONDAY.replace(month=3)
    assert old.get("/slots", service="legal_advice").status_code == 401

    fresh = program(monday.reception)
    assert fresh.get("/slots", service="legal_advice").status_code == 200
    in_transaction(people.revoke_token, monday.reception.id, at=now(), by=None)
    assert fresh.get("/slots", service="legal_advice").status_code == 401


@pytest.mark.sqlite_only
@pytest.mark.parametrize(("method", "path", "body"), CALLS, ids=IDS)
@pytest.mark.parametrize("role", ["auditor", "admin", "interpreter"])
def test_without_the_right_nothing_is_there(monday, make, program, role, method, path, body):
    p = program(make.staff(role, monday.centre))

    answer = call(p.client, method, path, body, **p.headers)

    assert (answer.status_code, problem(answer)) == (404, "not-found")


@pytest.mark.parametrize("role", ["reception", "lawyer", "coordinator"])
def test_what_is_foreign_and_what_is_missing_are_the_same_bytes(
    monday, make, program, slots, role, session
):
    body = {"slot": slots[0]["slot"], "case": monday.code, "language": "uk"}
    reference = program(monday.reception).post("/bookings", body).get_json()["reference"]
    stranger = program(make.staff(role, make.centre("leszno")))

    def answers(case, booking):
        there = {"slot": slots[1]["slot"]}
        return [
            stranger.get(f"/cases/{case}").data,
            stranger.post("/bookings", {**body, **there, "case": case}).data,
            stranger.post("/visits", {**VISIT, "centre": "leszno", "case": case}).data,
            stranger.get(f"/bookings/{booking}").data,
            stranger.post(f"/bookings/{booking}/cancel", {"by": "person"}).data,
            stranger.post(f"/bookings/{booking}/move", there).data,
            stranger.post(f"/bookings/{booking}/status", {"status": "done"}).data,
            stranger.post(f"/bookings/{booking}/undo").data,
        ]

    foreign = answers(monday.code, reference)

    assert len(set(foreign)) == 1
    assert json.loads(foreign[0])["status"] == 404
    assert foreign == answers(new_case_code(), new_reference())
    assert foreign == answers("no-code", "no-reference")
    session.expire_all()
    read = program(monday.reception).get(f"/bookings/{reference}").get_json()
    assert (read["status"], read["version"]) == ("booked", 1)


@pytest.mark.parametrize("path", ["/cases", "/visits", "/quick-contacts"])
def test_another_centre_is_not_there(monday, make, program, path):
    make.centre("leszno")
    p = program(monday.reception)
    bodies = {"/cases": PERSON, "/visits": VISIT, "/quick-contacts": {"channel": "desk"}}

    foreign = p.post(path, {**bodies[path], "centre": "leszno"})
    missing = p.post(path, {**bodies[path], "centre": "nowhere"})

    assert foreign.status_code == 404
    assert foreign.data == missing.data


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        pytest.param("/cases", {**PERSON, "gender": "x"}, "gender", id="gender"),
        pytest.param("/cases", {**PERSON, "citizenship": "QQ"}, "citizenship", id="citizenship"),
        pytest.param(
            "/cases", {**PERSON, "contact_language": "xxx"}, "contact_language", id="lang"
        ),
        pytest.param("/cases", {**PERSON, "name": "Olena"}, "name", id="no name is taken"),
        pytest.param("/cases", {**PERSON, "centre": None}, "centre", id="null"),
        pytest.param("/cases", {**PERSON, "contact": {"phone": "1"}}, "contact.mode", id="no mode"),
        pytest.param(
            "/cases",
            {**PERSON, "contact": {"mode": "full", "phone": "12"}},
            "contact.phone",
            id="tel",
        ),
        pytest.param("/cases", {**PERSON, "contact": {"mode": "full"}}, "contact.phone", id="none"),
        pytest.param("/cases", [1], "body", id="a list"),
        pytest.param("/visits", {**VISIT, "services": []}, "services", id="no service"),
        pytest.param("/visits", {**VISIT, "services": ["nothing"]}, "services", id="unknown one"),
        pytest.param("/visits", {**VISIT, "minutes": 0}, "minutes", id="no time"),
        pytest.param("/visits", {**VISIT, "occurred_at": "2030-01-01"}, "occurred_at", id="day"),
        pytest.param(
            "/visits", {**VISIT, "occurred_at": "2031-01-01T00:00:00Z"}, "occurred_at", id="future"
        ),
        pytest.param("/quick-contacts", {"centre": "poznan", "channel": "sms"}, "channel", id="x"),
    ],
)
def test_wrong_input_names_its_field(monday, program, path, body, field):
    answer = program(monday.reception).post(path, body)

    assert (answer.status_code, problem(answer)) == (422, "invalid")
    assert field in answer.get_json()["errors"]
    assert all(answer.get_json()["errors"][field])


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "service"),
        ({"service": "nothing"}, "service"),
        ({"centre": "nowhere"}, "centre"),
        ({"from": "tomorrow"}, "from"),
        ({"from": "2030-01-07T10:00:00"}, "from"),
        ({"from": "9999-12-31"}, "from"),
        ({"from": "2030-01-07", "to": "2030-01-06"}, "to"),
        ({"to": "2031-01-06"}, "to"),
        ({"limit": 201}, "limit"),
        ({"limit": "all"}, "limit"),
        ({"language": "xxx"}, "language"),
        ({"specialist": "a\0b"}, "specialist"),
    ],
)
def test_wrong_filters_name_their_field(monday, program, query, field):
    asked = query if field == "service" else {"service": "legal_advice", **query}

    answer = program(monday.reception).get("/slots", **asked)

    assert (answer.status_code, problem(answer)) == (422, "invalid")
    assert list(answer.get_json()["errors"]) == [field]


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("method", "path", "data", "content_type", "status"),
    [
        pytest.param("POST", "/cases", b"{", "application/json", 400, id="half a JSON"),
        pytest.param("POST", "/cases", b"\xff\xfe", "application/json", 400, id="no UTF-8"),
        pytest.param("POST", "/cases", b"[" * 30000, "application/json", 400, id="a deep nest"),
        pytest.param("POST", "/cases", b"9" * 5000, "application/json", 400, id="a long number"),
        pytest.param("POST", "/cases", b"a=1", "application/x-www-form-urlencoded", 422, id="form"),
        pytest.param("POST", "/cases", b" " * 70000, "application/json", 413, id="too large"),
        pytest.param("GET", "/nothing", None, None, 404, id="an unknown address"),
        pytest.param("DELETE", "/centres", None, None, 405, id="a wrong method"),
        pytest.param("OPTIONS", "/cases", None, None, 405, id="options"),
        pytest.param("GET", "//centres", None, None, 308, id="two slashes"),
        pytest.param("GET", "/cases/%00%ff", None, None, 404, id="junk in the address"),
        pytest.param("GET", "/slots?service=%00%ff", None, None, 422, id="junk in the query"),
    ],
)
def test_junk_is_answered_without_html(monday, program, method, path, data, content_type, status):
    p = program(monday.reception)

    answer = p.client.open(
        f"/api/v1{path}", method=method, data=data, content_type=content_type, headers=p.headers
    )

    assert answer.status_code == status
    assert "<" not in answer.text
    if status != 308:
        assert problem(answer) in ("invalid", "not-found")
    if status == 405:
        assert answer.headers["Allow"]


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("headers", "query"),
    [({"Accept-Language": "en"}, ""), ({}, "?lang=en")],
    ids=["header", "query"],
)
def test_sentences_speak_the_asked_language_and_not_the_accounts(
    app, monday, make, token_of, headers, query
):
    staff = make.staff("reception", monday.centre, language="uk")
    p = Program(app.test_client(), token_of(staff))

    answer = p.client.get(f"/api/v1/bookings/x{query}", headers={**p.headers, **headers})

    assert answer.get_json()["title"] == "Page not found."
