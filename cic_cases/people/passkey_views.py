"""Passkeys: signing in with one, as the second step, as proof, and one's own on the account's page.

The browser's part is `static/passkey.js`: it fetches what is to be signed and posts the answer as
a form, so what follows is a page like any other.
"""

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cic_cases.foundation import clock
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.errors import Refusal
from cic_cases.foundation.i18n import _
from cic_cases.people import doors, passkey_entry, passkeys, rules, session_service
from cic_cases.people.forms import PasskeyForm, PasskeyNameForm
from cic_cases.people.passkeys import Purpose
from cic_cases.people.session_rules import Standing, WaitingFor
from cic_cases.people.sessions import Found
from cic_cases.people.step_views import complete, retry_after, waits
from cic_cases.privacy.access import allows, current_actor, freshly, open_to_all

bp = Blueprint("passkeys", __name__)
PURPOSES = tuple(Purpose)


@bp.post("/passkeys/options/<purpose>")
@open_to_all
def options(purpose: str) -> ResponseReturnValue:
    """What the browser is told to make or to use a passkey, for this purpose."""
    if purpose not in PURPOSES:
        abort(404)
    found, wanted = doors.found_session(), Purpose(purpose)
    if wanted is not Purpose.SIGN_IN and not (found and _may(found, wanted)):
        abort(404)
    actor = found.actor if found and wanted is not Purpose.SIGN_IN else None
    try:
        told = passkey_entry.options(wanted, actor, at=clock.now())
    except Refusal as refusal:
        return {"detail": refusal.text()}, refusal.status, retry_after(refusal)
    if told is None:
        abort(404)
    return Response(told, mimetype="application/json")


@bp.post("/passkeys/sign-in")
@open_to_all
def sign_in() -> ResponseReturnValue:
    """In by a passkey alone: the device verified who holds it."""
    form, target = PasskeyForm(), rules.safe_target(request.form.get("next"))
    try:
        entered = passkey_entry.enter(str(form.credential.data or ""), at=clock.now())
    except Refusal as refusal:
        flash(refusal.text(), "warn")
        return redirect(url_for("people.login", next=target), code=303)
    doors.end_before()
    doors.carry(entered.token)
    doors.remember_device(entered.actor.id)
    return doors.go_on(entered.actor, target)


@bp.post("/passkeys/second-step")
@open_to_all
def second_step() -> ResponseReturnValue:
    """The passkey after the right password, instead of a code."""
    found, target = doors.found_session(), rules.safe_target(request.form.get("next"))
    if found is None or not _may(found, Purpose.SECOND_STEP):
        return redirect(url_for("people.login", next=target), code=303)
    if not _confirmed(found, Purpose.SECOND_STEP):
        return redirect(url_for("steps.second_step", next=target), code=303)
    complete(found)
    return doors.go_on(found.actor, target)


@bp.post("/passkeys/prove")
@open_to_all
def prove() -> ResponseReturnValue:
    """The passkey instead of the password once more: after a lock, or before a sensitive act."""
    found, target = doors.found_session(), rules.safe_target(request.form.get("next"))
    browser = found.actor.browser if found else None
    if found is None or browser is None or not _may(found, Purpose.PROVE):
        return redirect(url_for("people.login", next=target), code=303)
    if not _confirmed(found, Purpose.PROVE):
        return redirect(url_for("steps.prove", next=target), code=303)
    doors.carry_on(in_transaction(session_service.renew, browser.token, at=clock.now()))
    return doors.go_on(found.actor, target)


@bp.post("/passkeys/enrol")
@open_to_all
def enrol() -> ResponseReturnValue:
    """A passkey is the second step that is set up at the first sign-in."""
    found, target = doors.found_session(), rules.safe_target(request.form.get("next"))
    if found is None or not _may(found, Purpose.ENROL):
        return redirect(url_for("people.login", next=target), code=303)
    form = PasskeyForm()
    answer, name = str(form.credential.data or ""), _("Passkey")
    try:
        codes = passkey_entry.add(found.actor, answer, name, Purpose.ENROL, at=clock.now())
    except Refusal as refusal:
        flash(refusal.text(), "warn")
        return redirect(url_for("steps.enrol", next=target), code=303)
    complete(found)
    onward = target or "/login"
    return render_template("people/recovery_codes.html", codes=codes or [], onward=onward)


@bp.route("/account/passkeys/new", methods=["GET", "POST"])
@allows("account.own")
@freshly
def add() -> ResponseReturnValue:
    """Add a passkey; with the first second step, recovery codes are shown once."""
    form, page = PasskeyNameForm(), "people/passkey_new.html"
    possible = passkey_entry.party() is not None
    if not form.validate_on_submit():
        return render_template(page, form=form, possible=possible), 422 if form.errors else 200
    answer, name = str(form.credential.data or ""), str(form.name.data)
    try:
        codes = passkey_entry.add(current_actor(), answer, name, Purpose.ADD, at=clock.now())
    except Refusal as refusal:
        form.refuse(refusal)
        form.credential.data = ""
        return render_template(page, form=form, possible=possible), refusal.status
    if codes is None:
        flash(_("The passkey is added."), "ok")
        return redirect(url_for("people.account"), code=303)
    onward = url_for("people.account")
    return render_template("people/recovery_codes.html", codes=codes, onward=onward)


@bp.route("/account/passkeys/<int:number>/rename", methods=["GET", "POST"])
@allows("account.own")
def rename(number: int) -> ResponseReturnValue:
    """Call one's own passkey something else."""
    form, actor = PasskeyNameForm(), current_actor()
    found = passkeys.one_of(db.session(), number, by=actor.id)
    if request.method != "POST":
        form.name.data = found.name
    if form.validate_on_submit():
        try:
            in_transaction(passkeys.rename, number, str(form.name.data), by=actor.id)
        except passkeys.NameInvalid as refusal:
            form.refuse(refusal)
        else:
            flash(_("The name is changed."), "ok")
            return redirect(url_for("people.account"), code=303)
    page = render_template("people/passkey_name.html", form=form, number=number)
    return page, 422 if form.errors else 200


@bp.post("/account/passkeys/<int:number>/remove")
@allows("account.own")
@freshly
def remove(number: int) -> ResponseReturnValue:
    """One's own passkey opens nothing any more."""
    in_transaction(passkeys.remove, number, at=clock.now(), by=current_actor().id)
    flash(_("The passkey is removed. Delete it on the device too."), "ok")
    return redirect(url_for("people.account"), code=303)


def _may(found: Found, purpose: Purpose) -> bool:
    """Whether this session stands where a passkey is asked for this purpose."""
    if purpose is Purpose.SECOND_STEP:
        return waits(found, WaitingFor.SECOND_STEP)
    if purpose is Purpose.ENROL:
        return waits(found, WaitingFor.ENROLMENT)
    if purpose is Purpose.PROVE:
        return found.standing in (Standing.LOCKED, Standing.OPEN)
    return purpose is Purpose.ADD and found.standing is Standing.OPEN


def _confirmed(found: Found, purpose: Purpose) -> bool:
    """Whether the passkey of this person signed; else the page says that it did not."""
    answer = str(PasskeyForm().credential.data or "")
    try:
        passkey_entry.confirm(found.actor, answer, purpose, at=clock.now())
    except Refusal as refusal:
        flash(refusal.text(), "warn")
        return False
    return True
