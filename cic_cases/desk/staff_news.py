"""What one wants to be told by mail of one's own duties and referrals."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import BooleanField

from cic_cases.foundation.clock import now
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.i18n import _, lazy
from cic_cases.notifications import staff_news
from cic_cases.notifications.channels import offered, post_settings
from cic_cases.notifications.kinds import Means, Mode
from cic_cases.notifications.rules import Way
from cic_cases.privacy.access import allows, current_actor

bp = Blueprint("staff_news", __name__, url_prefix="/account/reminders")


class NewsForm(FlaskForm):  # type: ignore[misc]
    """The switches."""

    tomorrow = BooleanField(lazy("Remind me in the evening of the duties I have the next day"))
    changes = BooleanField(lazy("Tell me when my duties change"))
    referrals = BooleanField(lazy("Tell me of a referral that nobody has read"))


@bp.get("")
@allows("account.own")
def show() -> ResponseReturnValue:
    """The switches as they are."""
    actor = current_actor()
    wanted = staff_news.wishes(db.session(), actor.id)
    return render_template(
        "desk/staff_news.html",
        form=NewsForm(obj=wanted),
        email=actor.email,
        mail=Way(Means.EMAIL, Mode.FULL) in offered(post_settings()),
    )


@bp.post("")
@allows("account.own")
def save() -> ResponseReturnValue:
    """Remember them; mails that wait already keep to them too."""
    form, actor = NewsForm(), current_actor()
    switches = (form.tomorrow, form.changes, form.referrals)
    wanted = staff_news.Wishes(*(bool(one.data) for one in switches))
    in_transaction(staff_news.wish, wanted, at=now(), by=actor)
    flash(_("Saved."), "ok")
    return redirect(url_for(".show"), code=303)
