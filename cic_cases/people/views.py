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

from cic_cases.foundation import clock
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import Refusal
from cic_cases.foundation.i18n import _
from cic_cases.people import (
    doors,
    factors,
    feeds,
    passkey_entry,
    passkeys,
    queries,
    rules,
    service,
    session_service,
    signin,
)
from cic_cases.people.forms import (
    ChangePasswordForm,
    LanguageForm,
    NewPasswordForm,
    PeopleForm,
    SignInForm,
)
from cic_cases.people.models import Purpose
from cic_cases.people.queries import OpenLink
from cic_cases.people.rules import WrongLink
from cic_cases.people.session_rules import Standing, WaitingFor
from cic_cases.people.signin import Entered
from cic_cases.people.step_views import retry_after
from cic_cases.privacy.access import allows, current_actor, open_to_all

bp = Blueprint("people", __name__)
STEPS = {
    WaitingFor.SECOND_STEP: "steps.second_step",
    WaitingFor.ENROLMENT: "steps.enrol",
}


@bp.route("/login", methods=["GET", "POST"])
@open_to_all
def login() -> ResponseReturnValue:
    """Sign in with e-mail and password, then go where the person wanted to go."""
    target = rules.safe_target(request.values.get("next"))
    if request.method != "POST" and (step := _step_before(target)):
        return step
    form = SignInForm()
    form.next.data = target or ""
    if not form.validate_on_submit():
        page = render_template("people/login.html", form=form, passkeys=passkey_entry.party())
        return page, 422 if form.errors else 200
    try:
        entered = signin.by_password(
            str(form.email.data),
            str(form.password.data),
            at=clock.now(),
            device=doors.known_device(),
        )
    except Refusal as refusal:
        return _refused("people/login.html", form, refusal, passkeys=passkey_entry.party())
    return _enter(entered, target)


@bp.post("/logout")
@open_to_all
def logout() -> ResponseReturnValue:
    """Sign out: nothing of the session stays, in the database or in this browser."""
    if token := session.get(doors.TOKEN):
        in_transaction(session_service.end, str(token))
    doors.forget()
    flash(_("You have been signed out."), "ok")
    answer = redirect(url_for("people.login"), code=303)
    answer.headers["Clear-Site-Data"] = doors.CLEARED
    return answer


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
        entered = signin.by_link(token, at=clock.now())
    except WrongLink:
        return _over()
    return _enter(entered, None)


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
        entered = signin.change_password(
            actor, str(form.current.data), str(form.password.data), at=clock.now()
        )
    except Refusal as refusal:
        form.refuse(refusal)
        return _account(password=form), refusal.status, retry_after(refusal)
    doors.carry(entered.token)
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
    shown = {"person": found, "least": signin.least_by_link(found)}
    if not form.validate_on_submit():
        return render_template(page, form=form, **shown), 422 if form.errors else 200
    try:
        entered = signin.with_new_password(token, found, str(form.password.data), at=clock.now())
    except WrongLink:
        return _over()
    except Refusal as refusal:
        return _refused(page, form, refusal, **shown)
    answer = _enter(entered, None)
    flash(_("Your password is set."), "ok")
    flash(_("New here? «Help» in the bar at the top shows your work in five minutes."), "info")
    return answer


def _account(
    language: LanguageForm | None = None,
    password: ChangePasswordForm | None = None,
    address: str | None = None,
) -> str:
    actor, at = current_actor(), clock.now()
    return render_template(
        "people/account.html",
        person=actor,
        language=language or LanguageForm(language=actor.language),
        password_form=password or ChangePasswordForm(),
        least=signin.least_of(actor),
        calendar_since=feeds.opened_at(db.session(), actor.id),
        calendar_address=address,
        second_step=factors.of(db.session(), actor.id),
        passkeys=passkeys.of(db.session(), actor.id),
        sessions=session_service.of(db.session(), actor, at),
        at=at,
        needs_second_step=factors.needed(actor.roles),
    )


def _refused(page: str, form: PeopleForm, refusal: Refusal, **shown: object) -> ResponseReturnValue:
    form.refuse(refusal)
    return render_template(page, form=form, **shown), refusal.status, retry_after(refusal)


def _over() -> ResponseReturnValue:
    return render_template("people/link_over.html", sentence=WrongLink().text()), 404


def _step_before(target: str | None) -> ResponseReturnValue | None:
    """Where somebody goes who has a session already: onward, to the lock, or to the next step."""
    found = doors.found_session()
    if found is None or found.standing is Standing.OVER:
        return None
    if found.standing is Standing.OPEN:
        return doors.go_on(found.actor, target)
    step = STEPS[found.waiting_for] if found.waiting_for else "steps.prove"
    return redirect(url_for(step, next=target), code=303)


def _enter(entered: Entered, target: str | None) -> ResponseReturnValue:
    """Begin the session; to the next step, else where the person wanted to go."""
    doors.end_before()
    doors.carry(entered.token)
    if entered.waiting_for is not None:
        return redirect(url_for(STEPS[entered.waiting_for], next=target), code=303)
    doors.remember_device(entered.actor.id)
    return doors.go_on(entered.actor, target)
