"""One's own second step and one's own sessions, on the account's page."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from cic_cases.foundation import clock
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.i18n import _
from cic_cases.people import factors, session_service
from cic_cases.people.forms import CodeForm
from cic_cases.people.step_views import confirmed, setting_up
from cic_cases.privacy.access import allows, current_actor, freshly

bp = Blueprint("factors", __name__, url_prefix="/account")


@bp.route("/second-step", methods=["GET", "POST"])
@allows("account.own")
@freshly
def set_up() -> ResponseReturnValue:
    """Set up an app that shows codes; the recovery codes are shown on the answer itself, once."""
    actor = current_actor()
    if factors.of(db.session(), actor.id).app_since:
        return redirect(url_for("people.account"), code=303)
    form = CodeForm()
    codes = confirmed(form, actor.id)
    if codes is None:
        return setting_up(form, actor.id, actor.email), 422 if form.errors else 200
    onward = url_for("people.account")
    return render_template("people/recovery_codes.html", codes=codes, onward=onward)


@bp.post("/recovery-codes")
@allows("account.own")
@freshly
def recovery_codes() -> ResponseReturnValue:
    """Ten new codes; those before stop working."""
    actor = current_actor()
    if not factors.of(db.session(), actor.id):
        return redirect(url_for("people.account"), code=303)
    codes = in_transaction(factors.new_recovery_codes, actor.id)
    onward = url_for("people.account")
    return render_template("people/recovery_codes.html", codes=codes, onward=onward)


@bp.post("/second-step/remove")
@allows("account.own")
@freshly
def remove() -> ResponseReturnValue:
    """Take the app away, say for another phone."""
    actor = current_actor()
    in_transaction(factors.remove_app, actor.id, at=clock.now())
    flash(_("The app is removed."), "ok")
    return redirect(url_for("people.account"), code=303)


@bp.post("/sessions/<int:number>/end")
@allows("account.own")
def end_session(number: int) -> ResponseReturnValue:
    """Sign oneself out in another browser."""
    in_transaction(session_service.end_one, number, at=clock.now(), by=current_actor())
    flash(_("You are signed out there."), "ok")
    return redirect(url_for("people.account"), code=303)
