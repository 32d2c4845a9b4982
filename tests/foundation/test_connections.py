"""A server that started anew is not met with an error: connections that rested are asked."""

import pytest
from flask import Flask
from sqlalchemy import create_engine, text

from cic_cases.foundation import db as foundation
from cic_cases.foundation.db import db

pytestmark = pytest.mark.postgresql_only


def _number_of_connection() -> int:
    with db.engine.connect() as connection:
        return connection.scalar(text("SELECT pg_backend_pid()"))


def _cut(url: str, number: int) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:number, 5000)"), {"number": number})
    engine.dispose()


def test_a_connection_that_was_cut_while_it_rested_is_replaced(
    app: Flask, database_url: str, monkeypatch: pytest.MonkeyPatch
):
    with app.app_context():
        before = _number_of_connection()
        _cut(database_url, before)
        monkeypatch.setattr(foundation, "RESTED", 0.0)
        assert _number_of_connection() != before


def test_a_connection_that_worked_a_moment_ago_is_used_without_a_question(
    app: Flask, monkeypatch: pytest.MonkeyPatch
):
    asked = []
    with app.app_context():
        known = _number_of_connection()
        monkeypatch.setattr(db.engine.dialect, "do_ping", asked.append)
        assert _number_of_connection() == known
        assert asked == []
        monkeypatch.setattr(foundation, "RESTED", 0.0)
        assert _number_of_connection() == known
        assert len(asked) == 1
