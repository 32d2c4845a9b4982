"""Signing in and out, one-time links, one's own account."""

from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user

from cic_cases.foundation import clock
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import Refusal
from cic_cases.foundation.i18n import _
from cic_cases.people import feeds, queries, rules, service, signin
from cic_cases.people.forms import (
    ChangePasswordForm,
    LanguageForm,
    NewPasswordForm,
    PeopleForm,
    SignInForm,
)
from cic_cases.people.models import Purpose
from cic_cases.people.passwords import RETRY_AFTER_SECONDS, SHORTEST, Busy
from cic_cases.people.queries import OpenLink
from cic_cases.people.rules import WrongLink
from cic_cases.privacy.access import allows, current_actor, open_to_all
from cic_cases.privacy.actor import Actor

bp = Blueprint("people", __name__)
HOMES = (
    ("desk.see", "/desk"),
    ("day.own", "/my-day"),
    ("report.exact", "/reports"),
    ("account.manage", "/admin"),
)


@bp.route("/login", methods=["GET", "POST"])
@open_to_all
def login() -> ResponseReturnValue:
    """Sign in with e-mail and password, then go where the person wanted to go."""
    target = rules.safe_target(request.values.get("next"))
    if request.method != "POST" and current_user.is_authenticated:
        return _enter(current_actor(), target)
    form = SignInForm()
    form.next.data = target or ""
    if not form.validate_on_submit():
        return render_template("people/login.html", form=form), 422 if form.errors else 200
    try:
        actor = signin.by_password(str(form.email.data), str(form.password.data), at=clock.now())
    except Refusal as refusal:
        return _refused("people/login.html", form, refusal)
    _begin_session(actor)
    return _enter(actor, target)


@bp.post("/logout")
@open_to_all
def logout() -> ResponseReturnValue:
    """Sign out: nothing of the session stays in this browser."""
    session.clear()
    logout_user()
    flash(_("You have been signed out."), "ok")
    return redirect(url_for("people.login"), code=303)


@bp.route("/link/<token>", methods=["GET", "POST"])
@open_to_all
def link(token: str) -> ResponseReturnValue:
    """A one-time link: choose a password, or (for checks, not in production) sign in."""
    found = queries.open_link(db.session(), token, clock.now())
    if found is None:
        return _over()
    if found.purpose is not Purpose.SIGNIN:
        return _choose_password(token, found)
    if current_app.config["CIC"].env == "production":
        return _over()
    if request.method != "POST":
        return render_template("people/link_signin.html", person=found)
    try:
        actor = signin.by_link(token, at=clock.now())
    except WrongLink:
        return _over()
    _begin_session(actor)
    return _enter(actor, None)


@bp.get("/account")
@allows("account.own")
def account() -> ResponseReturnValue:
    """One's own language, password and calendar."""
    return _account()


@bp.post("/account/language")
@allows("account.own")
def choose_language() -> ResponseReturnValue:
    """Choose the language of one's own pages."""
    form = LanguageForm()
    if not form.validate_on_submit():
        return _account(language=form), 422
    language = form.language.data
    try:
        in_transaction(service.set_language, current_actor().id, language, at=clock.now())
    except Refusal as refusal:
        form.refuse(refusal)
        return _account(language=form), refusal.status
    return redirect(url_for(".account", lang=language), code=303)


@bp.post("/account/password")
@allows("account.own")
def change_password() -> ResponseReturnValue:
    """Change one's own password; sessions elsewhere end."""
    form, actor = ChangePasswordForm(), current_actor()
    if not form.validate_on_submit():
        return _account(password=form), 422
    try:
        actor = signin.change_password(
            actor, str(form.current.data), str(form.password.data), at=clock.now()
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return _account(password=form), refusal.status, _retry(refusal)
    _begin_session(actor)
    flash(_("The password is changed. You are signed out everywhere else."), "ok")
    return redirect(url_for(".account"), code=303)


@bp.post("/account/calendar")
@allows("account.own")
def open_calendar() -> ResponseReturnValue:
    """A new secret address of one's own calendar, shown in this answer and never again."""
    key = in_transaction(feeds.open_feed, at=clock.now(), by=current_actor())
    return _account(address=feeds.calendar_address(current_app.config["CIC"].base_url, key))


@bp.post("/account/calendar/stop")
@allows("account.own")
def stop_calendar() -> ResponseReturnValue:
    """The address of one's own calendar opens nothing any more."""
    in_transaction(feeds.stop_feed, at=clock.now(), by=current_actor())
    flash(_("The calendar address is stopped. Calendar programs show nothing new."), "ok")
    return redirect(url_for(".account"), code=303)


def _choose_password(token: str, found: OpenLink) -> ResponseReturnValue:
    form, page = NewPasswordForm(), "people/link_password.html"
    shown = {"person": found, "least": SHORTEST}
    if not form.validate_on_submit():
        return render_template(page, form=form, **shown), 422 if form.errors else 200
    try:
        actor = signin.with_new_password(token, found, str(form.password.data), at=clock.now())
    except WrongLink:
        return _over()
    except Refusal as refusal:
        return _refused(page, form, refusal, **shown)
    _begin_session(actor)
    flash(_("Your password is set."), "ok")
    return _enter(actor, None)


def _account(
    language: LanguageForm | None = None,
    password: ChangePasswordForm | None = None,
    address: str | None = None,
) -> str:
    actor = current_actor()
    return render_template(
        "people/account.html",
        person=actor,
        language=language or LanguageForm(language=actor.language),
        password_form=password or ChangePasswordForm(),
        least=SHORTEST,
        calendar_since=feeds.opened_at(db.session(), actor.id),
        calendar_address=address,
    )


def _refused(page: str, form: PeopleForm, refusal: Refusal, **shown: object) -> ResponseReturnValue:
    form.refuse(refusal)
    return render_template(page, form=form, **shown), refusal.status, _retry(refusal)


def _retry(refusal: Refusal) -> dict[str, str]:
    return {"Retry-After": str(RETRY_AFTER_SECONDS)} if isinstance(refusal, Busy) else {}


def _over() -> ResponseReturnValue:
    return render_template("people/link_over.html", sentence=WrongLink().text()), 404


def _begin_session(actor: Actor) -> None:
    """Start afresh: nothing that was put into the cookie before may live on."""
    session.clear()
    login_user(actor)


def _enter(actor: Actor, target: str | None) -> ResponseReturnValue:
    home = next((path for action, path in HOMES if actor.may(action)), "/account")
    return redirect(request.script_root + (target or home), code=303)
