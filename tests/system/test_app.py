"""What a reader sees when something goes wrong, and what the log keeps of it: no word typed."""

import json
import logging
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine

from cic_cases.foundation.db import db
from cic_cases.foundation.i18n import STAFF_LOCALES
from tests.system.conftest import ADDRESS, CANARY

pytestmark = pytest.mark.sqlite_only
FORM = "application/x-www-form-urlencoded"
OURS = ("cic_cases", "ZeroDivision", "Traceback", "sqlite", "flask", "werkzeug", CANARY)


@pytest.fixture
def nowhere(production: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A database that does not answer."""
    engine = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing?connect_timeout=1")
    with production.app_context():
        monkeypatch.setitem(db.engines, None, engine)
    yield
    engine.dispose()


def test_a_mistake_of_ours_is_a_page_without_detail(
    visitor: FlaskClient, caplog: pytest.LogCaptureFixture
):
    answer = visitor.get(f"/broken?lang=en&typed={CANARY}", base_url=ADDRESS)

    assert answer.status_code == 500
    assert "Something went wrong" in answer.text
    assert not [word for word in OURS if word in answer.text]
    assert "ZeroDivisionError" in caplog.text
    assert "in broken" in caplog.text


@pytest.mark.parametrize("sent", ["form", "json", "query", "cookie", "header"])
def test_nothing_typed_reaches_the_log(
    production: Flask, visitor: FlaskClient, caplog: pytest.LogCaptureFixture, sent: str
):
    caplog.set_level(logging.DEBUG)
    production.config["WTF_CSRF_ENABLED"] = False
    more = {
        "form": {"data": {"phone": CANARY}},
        "json": {"json": {"phone": CANARY}},
        "query": {"query_string": {"phone": CANARY}},
        "cookie": {"headers": {"Cookie": f"note={CANARY}"}},
        "header": {"headers": {"User-Agent": CANARY, "Referer": f"{ADDRESS}/{CANARY}"}},
    }[sent]
    for path in ("/broken", "/login", "/nowhere", "/api/v1/cases"):
        visitor.post(path, base_url=ADDRESS, **more)

    written = [record.getMessage() + str(record.exc_info or "") for record in caplog.records]
    assert any("ZeroDivisionError" in line for line in written)
    assert not [line for line in written if CANARY in line]


@pytest.mark.parametrize("language", STAFF_LOCALES)
def test_without_a_database_the_start_page_says_wait_in_the_reader_s_language(
    visitor: FlaskClient, nowhere: None, language: str
):
    answer = visitor.get(f"/?lang={language}", base_url=ADDRESS)

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert f'<html lang="{language}">' in answer.text
    assert ("Wait a few seconds" in answer.text) == (language == "en")
    assert "127.0.0.1" not in answer.text


def test_without_a_database_a_program_is_told_to_try_again(visitor: FlaskClient, nowhere: None):
    answer = visitor.get("/api/v1/centres", base_url=ADDRESS)

    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert answer.headers["Retry-After"] == "5"
    assert json.loads(answer.text)["status"] == 503


def test_without_a_database_a_member_of_staff_is_not_signed_out(
    production: Flask, visitor: FlaskClient, signed_in, monkeypatch: pytest.MonkeyPatch
):
    signed_in("reception")
    engine = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing?connect_timeout=1")
    with monkeypatch.context() as patch:
        with production.app_context():
            patch.setitem(db.engines, None, engine)
        assert visitor.get("/desk", base_url=ADDRESS).status_code == 503
    engine.dispose()

    assert visitor.get("/desk", base_url=ADDRESS).status_code == 200


@pytest.mark.parametrize(
    ("path", "size", "kind"),
    [
        ("/login", 1_000_100, "text/html"),
        ("/api/v1/cases", 70_000, "application/problem+json"),
    ],
)
def test_more_than_a_page_accepts_is_refused_with_a_sentence(
    production: Flask, visitor: FlaskClient, path: str, size: int, kind: str
):
    answer = visitor.post(path, base_url=ADDRESS, data=b"x=" + b"y" * size, content_type=FORM)

    assert (answer.status_code, answer.mimetype) in ((413, kind), (401, kind))


@pytest.mark.parametrize("language", STAFF_LOCALES)
def test_an_unknown_address_is_a_page_in_the_reader_s_language(visitor: FlaskClient, language: str):
    answer = visitor.get("/nowhere", base_url=ADDRESS, headers={"Accept-Language": language})

    assert answer.status_code == 404
    assert f'<html lang="{language}">' in answer.text
    assert ("Page not found" in answer.text) == (language == "en")


@pytest.mark.parametrize(
    "path", ["/%00", "/%ff%fe", "/cases/%F0%9F%92%A9", "/bookings/..%2f..%2fetc", "/b%0d%0aX: 1"]
)
def test_junk_in_an_address_is_no_mistake_of_ours(visitor: FlaskClient, path: str):
    answer = visitor.get(path, base_url=ADDRESS)

    assert answer.status_code in (303, 400, 404)


def test_in_production_nothing_is_said_to_be_invented(visitor: FlaskClient):
    assert 'class="demo"' not in visitor.get("/", base_url=ADDRESS).text
    assert visitor.get("/dev/outbox", base_url=ADDRESS).status_code == 404
