"""Fixtures every test may use: a clock that stands still, both databases, and a factory."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient, FlaskCliRunner
from flask_migrate import upgrade
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from cic_cases.application import create_app, flask_config
from cic_cases.foundation import scope
from cic_cases.foundation.db import db, engine_options, set_up
from cic_cases.people.models import Staff
from cic_cases.people.sessions import OFFICER_DAYS
from config import Settings
from tests.factory import Factory
from tests.kept_postgres import KeptPostgres, owners_address
from tests.private_postgres import PrivatePostgres, missing
from tests.signed_in import browser_of

MONDAY = datetime(2030, 1, 7, 6, tzinfo=UTC)  # 07:00 in Warsaw
POSTGRES_VARIABLE = "TEST_POSTGRES_URL"
BACKENDS = ("sqlite", "postgresql")
TEST_KEYS = "k1:" + "A" * 43 + "="
TEST_MATCH_KEY = "e1:" + "B" * 42 + "A="

settings.register_profile(
    "house",
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    """Start one private PostgreSQL for all workers; say loudly when there is none.

    What a test itself asks the database is named; a request still has to say who asks.
    """
    scope.outside_by_default = "tests"
    if hasattr(config, "workerinput") or os.environ.get(POSTGRES_VARIABLE):
        return
    if reason := missing():
        config.stash[NO_POSTGRES] = reason
        return
    cluster = PrivatePostgres().start()
    os.environ[POSTGRES_VARIABLE] = cluster.url
    config.add_cleanup(cluster.stop)
    config.add_cleanup(lambda: os.environ.pop(POSTGRES_VARIABLE, None))


NO_POSTGRES = pytest.StashKey[str]()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if reason := terminalreporter.config.stash.get(NO_POSTGRES, None):
        terminalreporter.write_line(f"LEFT OUT: everything on PostgreSQL: {reason}", red=True)


class Clock:
    """The time it is, for the application; moves only when told."""

    def __init__(self) -> None:
        self.at = MONDAY

    def forward(self, by: timedelta) -> datetime:
        self.at += by
        return self.at


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """It is Monday 7 January 2030, 07:00 in Warsaw, whatever the real date."""
    clock = Clock()
    monkeypatch.setattr("cic_cases.foundation.clock.tick", lambda: clock.at)
    return clock


def settings_for(database_url: str, folder: Path, **more: object) -> Settings:
    """Settings of a test: no file or variable of this machine plays a part."""
    chosen: dict[str, object] = {
        "env": "test",
        "secret_key": "t" * 40,
        "data_keys": TEST_KEYS,
        "match_key": TEST_MATCH_KEY,
        "database_url": database_url,
        "database_owner_url": owners_address(database_url),
        "mail_url": f"file:{folder / 'outbox'}",
        "sms_url": f"file:{folder / 'outbox'}",
        "mail_from": "cic@example.org",
        "mail_from_neutral": "post@example.net",
        "instance_dir": str(folder),
        "second_step": "waived",
    }
    return Settings(**{**chosen, **more})  # type: ignore[arg-type]


def _migrated(settings: Settings) -> Flask:
    app = create_app(settings)
    with app.app_context():
        upgrade()
        db.engine.dispose()
    return app


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty migrated SQLite file, copied for each test."""
    folder = tmp_path_factory.mktemp("sqlite")
    _migrated(settings_for(f"sqlite:///{folder / 'template.sqlite3'}", folder))
    return folder / "template.sqlite3"


@pytest.fixture(scope="session")
def kept_postgres(tmp_path_factory: pytest.TempPathFactory) -> KeptPostgres:
    """Migrated databases that are emptied after each test."""
    base = os.environ.get(POSTGRES_VARIABLE)
    if not base:
        pytest.skip("no PostgreSQL here")
    kept = KeptPostgres(base)
    _migrated(settings_for(kept.template_url, tmp_path_factory.mktemp("postgres")))
    kept.migrated()
    return kept


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that touches a database runs on both, unless it says otherwise."""
    if "backend" in metafunc.fixturenames:
        named = metafunc.definition.get_closest_marker
        asked = {name for name in BACKENDS if named(f"{name}_only")}
        metafunc.parametrize("backend", [one for one in BACKENDS if not asked - {one}])


@pytest.fixture
def database_url(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, migrated, empty database of its own."""
    if backend == "sqlite":
        target = tmp_path / "test.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), target)
        yield f"sqlite:///{target}"
        return
    kept: KeptPostgres = request.getfixturevalue("kept_postgres")
    url = kept.lend()
    yield url
    kept.take_back(url)


def _forget_request(_error: BaseException | None) -> None:
    """Inside the test's own app context `g` outlives a request: who and which language go."""
    for name in list(g):
        g.pop(name)


@pytest.fixture(scope="session")
def one_app(tmp_path_factory: pytest.TempPathFactory) -> tuple[Flask, dict[str, Any]]:
    """The application, built once (that takes longer than most tests), and its config as built."""
    return built_in(tmp_path_factory.mktemp("app"))


def built_in(folder: Path) -> tuple[Flask, dict[str, Any]]:
    """A new application, which a test may change, and its config.

    Officers have a duty every day, so that tests need no roster; `tests/desk/test_off_duty.py`
    and the tests of whole applications ask the roster.
    """
    app = create_app(settings_for(f"sqlite:///{folder / 'never.sqlite3'}", folder))
    app.config["WTF_CSRF_ENABLED"] = False
    app.extensions[OFFICER_DAYS] = lambda _session, _actor, _at: True
    app.teardown_request(_forget_request)
    return app, dict(app.config)


@pytest.fixture
def app(
    database_url: str, tmp_path: Path, one_app: tuple[Flask, dict[str, Any]]
) -> Iterator[Flask]:
    """The application on that database, without CSRF tokens in forms.

    One for all tests: only its settings and its database are each test's own.
    """
    app, as_built = one_app
    app.config.clear()
    app.config.update(as_built)
    app.config.from_mapping(flask_config(settings_for(database_url, tmp_path)))
    engine = create_engine(database_url, **engine_options(database_url))
    set_up(app, engine)
    with app.app_context():
        db.engines[None] = engine  # type: ignore[index]
    yield app
    with app.app_context():
        db.session.remove()
        engine.dispose()


@pytest.fixture
def session(app: Flask) -> Iterator[Session]:
    with app.app_context():
        yield db.session()


@pytest.fixture
def make(session: Session) -> Factory:
    """Builds rows; nothing else in tests calls a model."""
    return Factory(session)


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


@pytest.fixture
def client_of(app: Flask) -> Callable[[Staff | None], FlaskClient]:
    """A browser in which this member of staff is signed in."""

    def client_of(staff: Staff | None) -> FlaskClient:
        return app.test_client() if staff is None else browser_of(app, staff)

    return client_of
