"""Pages that anybody may open, in eight languages: where the centres are, and about the data.

Nothing here asks, guesses or tells what kind of help a visitor looks for.
"""

import phonenumbers
from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from cic_cases.foundation import clock
from cic_cases.foundation.db import db
from cic_cases.foundation.i18n import PERSON_LOCALES
from cic_cases.portal import health, queries
from cic_cases.privacy.access import open_to_all

bp = Blueprint("portal", __name__)
NEUTRAL_SITE = "https://www.wikipedia.org/"  # where «Quick exit» leads; asked for only when tapped
bp.add_url_rule("/healthz", view_func=health.healthz)
bp.add_url_rule("/readyz", view_func=health.readyz)
bp.add_url_rule("/metrics", view_func=health.metrics)


@bp.context_processor
def frame() -> dict[str, object]:
    """What the frame of every page here shows."""
    return {"exit_to": NEUTRAL_SITE, "languages": PERSON_LOCALES}


@bp.app_template_filter()
def phone(number: str) -> str:
    """A stored number (E.164) as people read it: +48 887 063 112."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL)


@bp.get("/")
@open_to_all
def start() -> ResponseReturnValue:
    """The centres: address, phone, hours."""
    centres = queries.open_centres(db.session(), clock.now())
    return render_template("portal/start.html", centres=centres)


@bp.get("/privacy")
@open_to_all
def privacy() -> ResponseReturnValue:
    """What is kept about people, in plain words."""
    return render_template("portal/privacy.html", operators=queries.operators(db.session()))
