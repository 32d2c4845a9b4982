"""The waiting room's screen, and a person's own place: numbers only, and no session.

Whoever knows a secret address sees it; it can be stopped at any time. Nothing here tells the kind
of help, a name or a code.
"""

from datetime import date, datetime
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue

from cic_cases.centres.models import Centre
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.db import db
from cic_cases.foundation.errors import NotFound
from cic_cases.foundation.i18n import ENDONYMS, STAFF_LOCALES, in_language
from cic_cases.foundation.localtime import local_day
from cic_cases.privacy import walls
from cic_cases.privacy.access import open_to_all
from cic_cases.visits import ticket_queries, tickets
from cic_cases.visits.ticket_rules import estimate

bp = Blueprint("display", __name__)
TURN = 10  # seconds in each language
EVERY = 5  # seconds between two looks of the screen


@bp.before_request
def _screen_of_all() -> None:
    walls.enter("screen")


@bp.get("/display/<slug>")
@open_to_all
def screen(slug: str) -> ResponseReturnValue:
    """The whole screen; a wrong or stopped address and another centre's are the same 404."""
    return _screen("portal/display.html", slug)


@bp.get("/display/<slug>/live")
@open_to_all
def live(slug: str) -> ResponseReturnValue:
    """Only what changes, or «not modified»."""
    answer: Response = _screen("portal/_display.html", slug)
    answer.add_etag()
    return answer.make_conditional(request)


@bp.get("/t/<key>")
@open_to_all
def place(key: str) -> ResponseReturnValue:
    """One's own place in the queue, by the code on the slip."""
    found = ticket_queries.place_of(db.session(), key)
    if found is None or found.day != local_day(now(), zone(found.timezone)):
        raise NotFound()
    wait = None if found.by_appointment else estimate(found.called, found.before)
    minutes = int(wait.total_seconds()) // 60 if wait else None
    return render_template("portal/place.html", place=found, minutes=minutes)


def _screen(template: str, slug: str) -> Response:
    centre = tickets.centre_of_display(db.session(), slug, request.args.get("key", ""))
    if centre is None:
        raise NotFound()
    at = now()
    language = STAFF_LOCALES[int(at.timestamp()) // TURN % len(STAFF_LOCALES)]
    with in_language(language):
        return Response(render_template(template, **_shown(centre, at, language)))


def _shown(centre: Centre, at: datetime, language: str) -> dict[str, Any]:
    local = zone(centre.timezone)
    today: date = local_day(at, local)
    called = ticket_queries.on_screen(db.session(), centre.id, today)
    return {
        "centre": centre,
        "at": at,
        "today": today,
        "zone": local,
        "now_called": called[0] if called else None,
        "before": called[1:],
        "spoken": [(code, ENDONYMS[code], code == language) for code in STAFF_LOCALES],
        "again_at": url_for(".live", slug=centre.slug, key=request.args["key"]),
        "every": EVERY,
    }
