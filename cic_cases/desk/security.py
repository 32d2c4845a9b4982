"""What happened to accounts and around confidential data: for who looks after the whole.

An administrator sees who came in, who was refused and whose rights were changed, never a case. That
somebody looked is on record like any other list.
"""

from datetime import timedelta

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from cic_cases.desk import queries_security
from cic_cases.desk.audit_words import event_names, list_names
from cic_cases.desk.frame import current_centre
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.db import db
from cic_cases.foundation.i18n import pgettext
from cic_cases.privacy import reads
from cic_cases.privacy.access import allows, current_actor

bp = Blueprint("security", __name__, url_prefix="/security")
A_DAY, SHOWN_FOR = timedelta(days=1), timedelta(days=30)
REFUSED = ("staff.sign_in_failed", "staff.second_step_failed")
PARTS: dict[str, tuple[str, ...]] = {
    "refused": (*REFUSED, "access.refused"),
    "entered": (
        "staff.signed_in",
        "staff.signin_accepted",
        "staff.recovery_used",
        "staff.session_ended",
    ),
    "accounts": (
        "staff.invited",
        "staff.invite_accepted",
        "staff.reset_link",
        "staff.reset_accepted",
        "staff.signin_link",
        "staff.password_changed",
        "staff.roles",
        "staff.disabled",
        "staff.second_step_set",
        "staff.second_step_removed",
        "staff.passkey_added",
        "staff.passkey_removed",
        "staff.token_issued",
        "staff.token_revoked",
        "calendar.opened",
        "calendar.stopped",
    ),
    "confidential": (
        "note.opening_asked",
        "note.opening_granted",
        "note.opening_refused",
        "note.read_opened",
        "contact.revealed",
        "person.exported",
        "person.erased",
        "trail.read",
        "reading.alarm",
        "alarm.seen",
    ),
    "lists": ("list.read",),
    "program": ("region.load", "walls.worker", "walls.report", "walls.retention"),
}
"""part of the page → the actions of the audit trail that stand there."""


@bp.get("")
@allows("audit.security")
def events() -> ResponseReturnValue:
    """The events of the last thirty days, one part at a time; what was refused comes first."""
    actor, at, session = current_actor(), now(), db.session()
    centre = current_centre(actor, "audit.security")
    reads.listed("security", centre.id)
    reach, since = actor.scope("audit.security").centres, at - SHOWN_FOR
    chosen = request.args.get("show", "")
    part = chosen if chosen in PARTS else "refused"
    every = [action for actions in PARTS.values() for action in actions]
    numbers = queries_security.numbers(session, reach, every, since)
    today = queries_security.numbers(session, reach, REFUSED, at - A_DAY)
    return render_template(
        "desk/security.html",
        part=part,
        parts=_named(),
        counts={key: sum(numbers.get(one, 0) for one in PARTS[key]) for key in PARTS},
        refused_today=sum(today.values()),
        events=queries_security.events(session, reach, PARTS[part], since),
        most=queries_security.SHOWN,
        names=event_names(),
        lists=list_names(),
        zone=zone(centre.timezone),
    )


def _named() -> dict[str, str]:
    """The parts in the reader's language, in their order."""
    return {
        "refused": pgettext("security", "Refused"),
        "entered": pgettext("security", "Signing in"),
        "accounts": pgettext("security", "Accounts and rights"),
        "confidential": pgettext("security", "Confidential"),
        "lists": pgettext("security", "Lists"),
        "program": pgettext("security", "The program"),
    }
