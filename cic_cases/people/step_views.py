"""The steps between the right password and the pages, the lock, and the question who it is."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cic_cases.foundation import clock
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import Refusal
from cic_cases.foundation.i18n import _
from cic_cases.people import (
    doors,
    drafts,
    factors,
    passkey_entry,
    rules,
    session_service,
    signin,
    totp,
    tries,
)
from cic_cases.people.factors import Factors
from cic_cases.people.forms import CodeForm, ProveForm
from cic_cases.people.passwords import RETRY_AFTER_SECONDS, Busy
from cic_cases.people.session_rules import UNLOCK_TRIES, Standing, WaitingFor
from cic_cases.people.sessions import Found
from cic_cases.privacy.access import allows, current_actor, open_to_all
from cic_cases.privacy.actor import Actor
from cic_cases.privacy.slowdown import SlowDown

bp = Blueprint("steps", __name__)


@bp.route("/second-step", methods=["GET", "POST"])
@open_to_all
def second_step() -> ResponseReturnValue:
    """The code of the app, or a recovery code, after the right password."""
    found, target = doors.found_session(), rules.safe_target(request.values.get("next"))
    if found is None or not waits(found, WaitingFor.SECOND_STEP):
        return redirect(url_for("people.login", next=target), code=303)
    form = CodeForm()
    form.next.data = target or ""
    if not form.validate_on_submit():
        return _second_step(form, found.actor), 422 if form.errors else 200
    at, device = clock.now(), doors.known_device()
    try:
        signin.take_code(found.actor, str(form.code.data), at=at, device=device)
    except Refusal as refusal:
        form.refuse(refusal)
        return _second_step(form, found.actor), refusal.status, retry_after(refusal)
    complete(found)
    return doors.go_on(found.actor, target)


@bp.route("/enrol", methods=["GET", "POST"])
@open_to_all
def enrol() -> ResponseReturnValue:
    """The first sign-in of whoever needs a second step: it is set up before anything else."""
    found, target = doors.found_session(), rules.safe_target(request.values.get("next"))
    if found is None or not waits(found, WaitingFor.ENROLMENT):
        return redirect(url_for("people.login", next=target), code=303)
    form = CodeForm()
    form.next.data = target or ""
    codes = confirmed(form, found.actor.id)
    if codes is None:
        page = setting_up(form, found.actor.id, found.actor.email, passkeys=True)
        return page, 422 if form.errors else 200
    complete(found)
    return render_template("people/recovery_codes.html", codes=codes, onward=target or "/login")


@bp.route("/prove", methods=["GET", "POST"])
@open_to_all
def prove() -> ResponseReturnValue:
    """The password once more: after a lock, or before something that needs it."""
    found, target = doors.found_session(), rules.safe_target(request.values.get("next"))
    if found is None or found.standing not in (Standing.LOCKED, Standing.OPEN):
        return redirect(url_for("people.login", next=target), code=303)
    form = ProveForm()
    form.next.data = target or ""
    shown = _proving(form, found)
    if not form.validate_on_submit():
        return render_template("people/prove.html", **shown), 422 if form.errors else 200
    try:
        left = _proved(found, str(form.password.data))
    except Refusal as refusal:
        form.refuse(refusal)
        return render_template("people/prove.html", **shown), refusal.status, retry_after(refusal)
    if not left:
        flash(_("Too many wrong passwords. Sign in again."), "warn")
        return redirect(url_for("people.login", next=target), code=303)
    return doors.go_on(found.actor, target)


@bp.post("/lock")
@open_to_all
def lock() -> ResponseReturnValue:
    """Lock the screen: the same person goes on here with their password."""
    found = doors.found_session()
    if found is not None and found.actor.browser and found.standing is Standing.OPEN:
        in_transaction(session_service.lock, found.actor.browser.token, at=clock.now())
    return redirect(url_for("people.login", next=rules.safe_target(request.form.get("next"))), 303)


@bp.get("/draft")
@allows("account.own")
def draft() -> ResponseReturnValue:
    """What was typed when the screen was locked, to be sent or thrown away."""
    kept = drafts.kept(db.session(), current_actor().id, clock.now())
    if kept is None:
        return doors.go_on(current_actor(), None)
    return render_template("people/draft.html", draft=kept)


@bp.post("/draft/send")
@allows("account.own")
def send_draft() -> ResponseReturnValue:
    """Let the browser send it where it was meant to go, exactly as it was typed."""
    kept = drafts.kept(db.session(), current_actor().id, clock.now())
    if kept is None:
        return doors.go_on(current_actor(), None)
    in_transaction(drafts.discard, current_actor().id)
    return redirect(kept.path, code=307)


@bp.post("/draft/discard")
@allows("account.own")
def discard_draft() -> ResponseReturnValue:
    """Nothing of it stays."""
    in_transaction(drafts.discard, current_actor().id)
    flash(_("What you had typed is thrown away."), "ok")
    return doors.go_on(current_actor(), None)


def confirmed(form: CodeForm, staff_id: int) -> list[str] | None:
    """The recovery codes, once the app shows the right code; None while it does not."""
    if not form.validate_on_submit():
        return None
    counted, at = tries.second(staff_id, None), clock.now()
    try:
        in_transaction(tries.take, counted, at=at)
        codes = in_transaction(factors.confirm, staff_id, str(form.code.data), at=at)
    except Refusal as refusal:
        form.refuse(refusal)
        return None
    in_transaction(tries.opened, counted, at=at)
    return codes


def setting_up(form: CodeForm, staff_id: int, email: str, *, passkeys: bool = False) -> str:
    """The page with the picture for the app; the same secret until it is confirmed.

    `passkeys`: a passkey is offered instead, where browsers know them.
    """
    secret = in_transaction(factors.propose, staff_id, at=clock.now())
    return render_template(
        "people/enrol.html",
        form=form,
        passkeys=passkeys and passkey_entry.party() is not None,
        picture=totp.picture(secret, email),
        secret=totp.grouped(secret),
    )


def _second_step(form: CodeForm, person: Actor) -> str:
    known = factors.of(db.session(), person.id)
    page, has_passkey = "people/second_step.html", _may_use_passkey(known)
    return render_template(page, form=form, person=person, known=known, has_passkey=has_passkey)


def _may_use_passkey(known: Factors) -> bool:
    """Whether there is one, and browsers know passkeys at our address."""
    return known.passkeys > 0 and passkey_entry.party() is not None


def waits(found: Found, waiting_for: WaitingFor) -> bool:
    """Whether only this step is missing in this session."""
    return found.standing is Standing.WAITING and found.waiting_for is waiting_for


def complete(found: Found) -> None:
    """Every step is done: another token, and this browser is known from now on."""
    if found.actor.browser:
        token = in_transaction(session_service.renew, found.actor.browser.token, at=clock.now())
        doors.carry(token)
    doors.remember_device(found.actor.id)


def _proving(form: ProveForm, found: Found) -> dict[str, object]:
    has_passkey = _may_use_passkey(factors.of(db.session(), found.actor.id))
    locked = found.standing is Standing.LOCKED
    return {"form": form, "person": found.actor, "locked": locked, "has_passkey": has_passkey}


def _proved(found: Found, password: str) -> bool:
    """Go on under another token; False when the session was ended after too many wrong ones."""
    browser, at = found.actor.browser, clock.now()
    if browser is None:
        return False
    counted = (tries.name_of(tries.LOCKED, f"session {browser.id}"),)
    tried = in_transaction(tries.take, counted, at=at)
    try:
        signin.checked(found.actor.email, password, at=at, device=doors.known_device())
    except rules.WrongPassword:
        if tried < UNLOCK_TRIES:
            raise
        in_transaction(session_service.end, browser.token)
        doors.forget()
        return False
    in_transaction(tries.opened, counted, at=at)
    doors.carry_on(in_transaction(session_service.renew, browser.token, at=at))
    return True


def retry_after(refusal: Refusal) -> dict[str, str]:
    """When it may be tried again, where only time is missing."""
    if isinstance(refusal, SlowDown):
        return {"Retry-After": str(int(refusal.wait.total_seconds()) + 1)}
    return {"Retry-After": str(RETRY_AFTER_SECONDS)} if isinstance(refusal, Busy) else {}
