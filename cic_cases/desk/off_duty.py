"""What an officer sees on a day without a duty: when the next one is, and whom to call."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from cic_cases.bookings import officer_days
from cic_cases.centres import queries as centres
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.db import db
from cic_cases.privacy.access import open_to_all

bp = Blueprint("off_duty", __name__)


@bp.get("/off-duty")
@open_to_all
def show() -> ResponseReturnValue:
    """When the account opens next; whoever may do something today goes there."""
    if not current_user.is_authenticated or not current_user.off_duty:
        return redirect(url_for("people.login"), code=303)
    actor = current_user._get_current_object()
    coming = officer_days.next_duty(db.session(), actor, now())
    places = centres.centres_in(db.session(), officer_days.centres_of(actor))
    there = next((one for one in places if coming and one.id == coming.centre_id), None)
    return render_template(
        "desk/off_duty.html",
        person=actor,
        coming=coming,
        there=there,
        zone=zone(there.timezone) if there else None,
        places=places,
    )
