"""Between a browser and its session: the cookie, the lock, the question who it is.

The cookie's own part of Flask holds a random token; whatever else decides is in the database.
"""

from datetime import timedelta
from typing import Any

from flask import Flask, Response, current_app, g, redirect, request, url_for
from flask import session as cookie
from flask_login import AnonymousUserMixin, LoginManager, current_user
from werkzeug.wrappers import Response as Answer

from cic_cases.foundation import clock
from cic_cases.foundation.db import db, in_transaction
from cic_cases.people import devices, drafts, session_service, sessions
from cic_cases.people.drafts import Draft
from cic_cases.people.session_rules import NOTED_EVERY, Standing
from cic_cases.people.sessions import Found, load_actor
from cic_cases.privacy.actor import Actor

TOKEN = "_user_id"  # noqa: S105 - where Flask-Login looks for it
DEVICE = "cic-device"
CLEARED = '"cache", "storage"'
HOMES = (
    ("morning.see", "/morning"),
    ("desk.see", "/desk"),
    ("day.own", "/my-day"),
    ("report.exact", "/reports"),
    ("account.manage", "/admin"),
    ("audit.alarm", "/alarms"),
)
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def init_app(app: Flask) -> None:
    """Let Flask-Login ask here."""
    login = LoginManager(app)
    login.user_loader(load_actor)
    login.unauthorized_handler(_sign_in_first)
    login.needs_refresh_handler(_prove_first)
    app.before_request(_note_activity)
    app.after_request(_hand_over_device)


def found_session() -> Found | None:
    """The session of this browser, whatever it opens; None when there is none."""
    token = cookie.get(TOKEN)
    return sessions.find(db.session(), token, clock.now()) if isinstance(token, str) else None


def known_device() -> str | None:
    """What this browser says it is known by."""
    return request.cookies.get(_device_cookie())


def carry(token: str) -> None:
    """Start the cookie afresh with this token: nothing put into it before may live on."""
    cookie.clear()
    cookie[TOKEN] = token
    cookie["_fresh"] = True
    g.pop("_login_user", None)


def carry_on(token: str) -> None:
    """The same person goes on under another token; where they were stays."""
    cookie[TOKEN] = token
    g.pop("_login_user", None)


def end_before() -> None:
    """Whoever signs in anew leaves nothing of the session before."""
    if token := cookie.get(TOKEN):
        in_transaction(session_service.end, str(token))


def forget() -> None:
    """Nothing of the session stays in this browser's cookie."""
    cookie.clear()
    g._login_user = AnonymousUserMixin()


def go_on(actor: Actor, target: str | None) -> Answer:
    """To the page that was wanted, else to where this person works."""
    home = next((path for action, path in HOMES if actor.may(action)), "/account")
    return redirect(request.script_root + (target or home), code=303)


def remember_device(staff_id: int) -> None:
    """Know this browser again when the same person signs in."""
    g.device = in_transaction(devices.remember, staff_id, known_device(), at=clock.now())


def keep_draft(staff_id: int) -> bool:
    """Keep the form that came with this request for this person; whether there was one."""
    if request.method != "POST" or request.mimetype not in FORMS:
        return False
    path = request.script_root + request.full_path.rstrip("?")
    kept = drafts.sealed(Draft(path, tuple(request.form.items(multi=True))))
    if kept is None:
        return False
    in_transaction(drafts.keep, staff_id, *kept, at=clock.now())
    return True


def _sign_in_first() -> Answer:
    found = found_session()
    if found is not None and found.standing in (Standing.LOCKED, Standing.OVER):
        wanted = url_for("steps.draft") if keep_draft(found.actor.id) else _here()
    else:
        wanted = _here()
    return redirect(url_for("people.login", next=wanted), code=303)


def _prove_first() -> Answer:
    actor: Any = current_user
    wanted = url_for("steps.draft") if keep_draft(actor.id) else _here()
    return redirect(url_for("steps.prove", next=wanted), code=303)


def _here() -> str | None:
    return request.full_path.rstrip("?") if request.method == "GET" else None


def _note_activity() -> None:
    """A request is a sign of a person, unless the page asks by itself; noted now and then."""
    view = current_app.view_functions.get(request.endpoint or "static")
    if TOKEN not in cookie or request.endpoint == "static" or request.path.startswith("/api/"):
        return
    if getattr(view, "by_itself", False) or not current_user.is_authenticated:
        return
    at, browser = clock.now(), current_user.browser
    if browser and at - browser.active_at >= NOTED_EVERY:
        in_transaction(session_service.note_activity, browser.token, at=at)


def _device_cookie() -> str:
    return f"__Host-{DEVICE}" if current_app.config["SESSION_COOKIE_SECURE"] else DEVICE


def _hand_over_device(answer: Response) -> Response:
    if token := g.pop("device", None):
        answer.set_cookie(
            _device_cookie(),
            token,
            max_age=devices.REMEMBERED // timedelta(seconds=1),
            secure=current_app.config["SESSION_COOKIE_SECURE"],
            httponly=True,
            samesite="Lax",
        )
    return answer
