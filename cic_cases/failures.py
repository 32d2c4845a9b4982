"""What goes wrong, answered as a page in the reader's language, or as problem+json under /api."""

import logging

from flask import Flask, g, make_response, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from jinja2 import TemplateNotFound
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException, InternalServerError

from cic_cases.foundation.errors import N_, NotFound, Refusal
from cic_cases.foundation.i18n import _
from cic_cases.foundation.problems import problem_json

log = logging.getLogger(__name__)
API = "/api/"
RETRY_SECONDS = "5"
PROBLEMS = {
    400: "invalid",
    401: "unauthorised",
    404: "not-found",
    405: "invalid",
    413: "invalid",
    415: "invalid",
    422: "invalid",
    429: "too-many",
}
SENTENCES = {
    400: N_("This request could not be read"),
    404: NotFound.msgid,
    405: N_("This page cannot be opened like this"),
    413: N_("What was sent is larger than this page accepts. Send less at once."),
}
KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")


def _is_api() -> bool:
    return request.path.startswith(API)


def _answer(status: int, sentence: str, problem: str | None = None) -> ResponseReturnValue:
    """The page for `status` (our own where there is one), or the same as problem+json."""
    if _is_api():
        return problem_json(status, problem or PROBLEMS.get(status, "failed"), sentence)
    g.error_page = True  # its links lead to the start: a page out of scope echoes no address
    try:
        return render_template(f"errors/{status}.html", reason=sentence), status
    except TemplateNotFound:
        family = 400 if status < InternalServerError.code else InternalServerError.code
        return render_template(f"errors/{family}.html", reason=sentence), status


def _refused(refusal: Refusal) -> ResponseReturnValue:
    return _answer(refusal.status, refusal.text(), refusal.problem)


def _http(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None:
        return error.response
    status = error.code or 500
    sentence = _(SENTENCES[status]) if status in SENTENCES else error.description or ""
    answer = make_response(_answer(status, sentence))
    for name, value in error.get_headers():
        if name in KEPT_HEADERS:
            answer.headers[name] = value
    return answer


def _no_token(error: CSRFError) -> ResponseReturnValue:
    if _is_api():
        return _answer(400, _("Nothing was changed."))
    return render_template("errors/csrf.html"), 400


def _ask_no_database() -> None:
    """The page that tells of a failure is drawn without asking who reads it or where."""
    g.failing = True
    g._login_user = AnonymousUserMixin()  # else Flask-Login reads the account for every template


def _database_busy(error: OperationalError) -> ResponseReturnValue:
    """The database does not answer: nothing was saved, and the same again may work."""
    _ask_no_database()
    log.error("database: %s", type(error.orig).__name__)
    sentence = _("The service cannot answer just now. Wait a few seconds and try again.")
    answer = make_response(_answer(503, sentence))
    answer.headers["Retry-After"] = RETRY_SECONDS
    return answer


def _unexpected(error: Exception) -> ResponseReturnValue:
    """A mistake of ours: recorded by its place, without anything that was typed."""
    _ask_no_database()
    frame = error.__traceback__
    while frame and frame.tb_next:
        frame = frame.tb_next
    place = f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame else "?"
    log.error("%s at %s in %s", type(error).__name__, place, request.endpoint)
    return _answer(500, _("Something went wrong. Please try again."))


def init_app(app: Flask) -> None:
    """Answer every refusal and failure; in tests an unexpected error is raised instead."""
    app.register_error_handler(Refusal, _refused)
    app.register_error_handler(CSRFError, _no_token)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database_busy)
    if not app.testing:
        app.register_error_handler(Exception, _unexpected)
