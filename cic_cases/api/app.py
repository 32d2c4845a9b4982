"""/api/v1 in the application: its calls, its document, and what holds for all of them."""

from typing import Any

from flask import Flask, Response, g, jsonify, request
from flask_login import AnonymousUserMixin
from flask_smorest import Api
from flask_wtf import CSRFProtect

from cic_cases.api import bookings, cases, duties, holds, places, slots, visits, waiting
from cic_cases.api.answers import PREFIX
from cic_cases.api.auth import open_to_all
from cic_cases.api.schemas import Problem

ROOT = "/api/"
JSON, PROBLEM = "application/json", "application/problem+json"
LARGEST_BODY = 64 * 1024
GROUPS = (
    places.bp,
    slots.bp,
    cases.bp,
    visits.bp,
    bookings.bp,
    holds.bp,
    waiting.bp,
    duties.bp,
)
DOCUMENT = {
    "API_TITLE": "CIC Cases",
    "API_VERSION": "v1",
    "OPENAPI_VERSION": "3.0.3",
}
SECURITY = {
    "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    "security": [{"token": []}],
}


class ProblemApi(Api):  # type: ignore[misc]
    """flask-smorest, whose errors are the application's problems."""

    ERROR_SCHEMA = Problem

    def _register_error_handlers(self) -> None:
        """None of its own: `failures` answers for the whole application."""


def init_app(app: Flask, csrf: CSRFProtect) -> None:
    """Add the calls; bearer tokens instead of cookies, so no CSRF token is asked for."""
    app.config.update(DOCUMENT)
    api = ProblemApi(app, spec_kwargs=SECURITY)
    for group in GROUPS:
        csrf.exempt(group)
        api.register_blueprint(group)

    @app.get(f"{PREFIX}/openapi.json")
    @open_to_all
    def openapi() -> Response:
        return jsonify(_document(api))

    app.before_request(_prepare)
    app.after_request(_no_html)


def _document(api: Api) -> dict[str, Any]:
    """The document; refusals are of the kind they are sent as (RFC 9457)."""
    told: dict[str, Any] = api.spec.to_dict()
    for refused in told["components"]["responses"].values():
        if JSON in refused.get("content", {}):
            refused["content"] = {PROBLEM: refused["content"][JSON]}
    return told


def _prepare() -> None:
    """No cookie signs anybody in here, and no body is larger than a call needs."""
    if request.path.startswith(ROOT):
        g._login_user = AnonymousUserMixin()
        request.max_content_length = LARGEST_BODY


def _no_html(answer: Response) -> Response:
    """A redirect to the tidied address has a page in it that no program reads."""
    if request.path.startswith(ROOT) and answer.mimetype == "text/html":
        answer.set_data(b"")
        answer.mimetype = "text/plain"
    return answer
