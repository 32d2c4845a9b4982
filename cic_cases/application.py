"""The application factory: every room is plugged in here, and nothing starts by import."""

from typing import Protocol

from flask import Flask, g
from flask_login import current_user
from flask_migrate import Migrate
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

import cic_cases.people.factor_models
import cic_cases.people.session_models  # noqa: F401 - tables
from cic_cases import cli, failures, logs, wiring
from cic_cases.api import app as api
from cic_cases.bookings import officer_days
from cic_cases.desk import (
    absences,
    admin,
    afterwards,
    alarms,
    audit_log,
    board,
    bookings,
    call_list,
    camera,
    cases,
    crisis,
    dev_outbox,
    displaced,
    disruptions,
    door_sheet,
    external,
    forgetting,
    frame,
    further_views,
    holds,
    late,
    ledger,
    links,
    morning,
    my_day,
    my_week,
    notes,
    off_duty,
    openings,
    recovery,
    referrals,
    roles,
    rosters,
    security,
    staff_news,
    texts,
    tour,
    waiting,
    waiting_room,
)
from cic_cases.foundation import db as database
from cic_cases.foundation import events, i18n
from cic_cases.foundation.resources import PACKAGE, resource
from cic_cases.people import doors, factor_views, passkey_views, step_views
from cic_cases.people import views as people
from cic_cases.people.sessions import OFFICER_DAYS
from cic_cases.portal import calendar as portal_calendar
from cic_cases.portal import display, hooks, manage
from cic_cases.portal import views as portal
from cic_cases.privacy import edges, headers, reads, refused, walls
from cic_cases.privacy.access import open_to_all, undeclared
from cic_cases.privacy.vault import Keyring
from cic_cases.reports import views as reports

BLUEPRINTS = (
    portal.bp,
    portal_calendar.bp,
    manage.bp,
    people.bp,
    step_views.bp,
    factor_views.bp,
    passkey_views.bp,
    board.bp,
    camera.bp,
    tour.bp,
    crisis.bp,
    late.bp,
    cases.bp,
    holds.bp,
    further_views.bp,
    bookings.bp,
    my_day.bp,
    door_sheet.bp,
    morning.bp,
    my_week.bp,
    absences.bp,
    off_duty.bp,
    afterwards.bp,
    notes.bp,
    links.bp,
    forgetting.bp,
    recovery.bp,
    openings.bp,
    external.bp,
    referrals.bp,
    waiting.bp,
    waiting_room.bp,
    display.bp,
    call_list.bp,
    ledger.bp,
    roles.bp,
    rosters.bp,
    disruptions.bp,
    displaced.bp,
    reports.bp,
    admin.bp,
    texts.bp,
    audit_log.bp,
    alarms.bp,
    security.bp,
    staff_news.bp,
    dev_outbox.bp,
)
LARGEST_FORM = 1_000_000
SESSION_SECONDS = 8 * 3600


class SettingsLike(Protocol):
    """What the application needs to be told; `config.Settings` tells it."""

    @property
    def env(self) -> str: ...
    @property
    def secret_key(self) -> str: ...
    @property
    def secret_key_old(self) -> str: ...
    @property
    def database_url(self) -> str: ...
    @property
    def data_keys(self) -> str: ...
    @property
    def match_key(self) -> str: ...
    @property
    def base_url(self) -> str: ...
    @property
    def proxy_hops(self) -> int: ...
    @property
    def log_level(self) -> str: ...


def flask_config(settings: SettingsLike) -> dict[str, object]:
    """What Flask and its extensions are told of the settings."""
    https = settings.base_url.startswith("https:")
    return {
        "CIC": settings,
        "SECRET_KEY": settings.secret_key,
        "SECRET_KEY_FALLBACKS": [settings.secret_key_old] if settings.secret_key_old else [],
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": database.engine_options(settings.database_url),
        "MAX_CONTENT_LENGTH": LARGEST_FORM,
        "MAX_FORM_MEMORY_SIZE": LARGEST_FORM,
        "PERMANENT_SESSION_LIFETIME": SESSION_SECONDS,
        "SESSION_COOKIE_NAME": "__Host-cic" if https else "cic",
        "SESSION_COOKIE_SECURE": https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_TIME_LIMIT": None,
        "WTF_CSRF_SSL_STRICT": False,  # our pages send no Referer, see `privacy.headers`
        "TESTING": settings.env == "test",
    }


def _own_language() -> str | None:
    """The signed-in person's language; not asked for when the database is what fails."""
    return None if g.get("failing") else getattr(current_user, "language", None)


def create_app(settings: SettingsLike) -> Flask:
    """Build the application from settings that are already checked. Starts no thread."""
    app = Flask("cic_cases", template_folder=str(resource("templates")))
    app.config.from_mapping(flask_config(settings))
    if settings.env != "test":  # tests read what is written in their own way
        logs.set_up(settings.log_level)
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    edges.init_app(app, settings.base_url)
    app.extensions[OFFICER_DAYS] = officer_days.is_valid
    app.extensions["keyring"] = Keyring.parse(settings.data_keys)
    match = settings.match_key
    app.extensions["match_keys"] = Keyring.parse(match) if match else None
    database.init_app(app)
    walls.stand()
    Migrate(app, database.db, directory=str(PACKAGE / "migrations"), render_as_batch=True)
    csrf = CSRFProtect(app)
    i18n.init_app(app, resource("translations"), _own_language)
    headers.init_app(app, https=settings.base_url.startswith("https:"))
    doors.init_app(app)
    reads.init_app(app)
    refused.init_app(app)
    events.connect(wiring.AFTER)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    api.init_app(app, csrf)
    hooks.init_app(app, csrf)
    frame.init_app(app)
    cli.init_app(app)
    failures.init_app(app)
    open_to_all(app.view_functions["static"])
    if missing := undeclared(app):
        raise RuntimeError(f"endpoints without an access rule: {', '.join(missing)}")
    return app
