"""The application as real people meet it: production, https, CSRF tokens asked for."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask, current_app
from flask.testing import FlaskClient

from cic_cases.application import create_app
from cic_cases.foundation.db import db
from cic_cases.people.models import Staff
from cic_cases.privacy.access import open_to_all
from tests.conftest import settings_for
from tests.factory import Factory
from tests.signed_in import cookie_of

CANARY = "canary-7391"
ADDRESS = "https://cic.example.org"


@open_to_all
def broken() -> str:
    """A mistake with something typed in its text, as mistakes have."""
    raise ZeroDivisionError(f"cannot divide {CANARY}")


@pytest.fixture
def production(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """Production on an empty database, with one page that has a mistake in it."""
    app = create_app(settings_for(database_url, tmp_path, env="production", base_url=ADDRESS))
    app.add_url_rule("/broken", "broken", broken, methods=["GET", "POST"])
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def visitor(production: Flask) -> FlaskClient:
    """A browser that comes by https."""
    client = production.test_client()
    client.environ_base["wsgi.url_scheme"] = "https"
    return client


@pytest.fixture
def signed_in(production: Flask, visitor: FlaskClient) -> Callable[[str], Staff]:
    """Sign somebody of this role in, with the cookie that a sign-in leaves."""

    def signed_in(role: str) -> Staff:
        with production.app_context():
            staff = Factory(db.session()).staff(role)
            assert current_app.config["CIC"].production
        with visitor.session_transaction(base_url=ADDRESS) as cookie:
            cookie.update(cookie_of(production, staff.id))
        return staff

    return signed_in
