"""What the pages of a cancelled duty show: people by time, language and way of telling.

Where only the author of a record may see it (psychologists, lawyers), no codes are among it.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from cic_cases.bookings import disruption_rules, disruptions
from cic_cases.bookings.disruption_rules import Lost
from cic_cases.bookings.models import Cause, Told
from cic_cases.calendar.models import Duty
from cic_cases.cases import queries as cases
from cic_cases.centres.models import Centre, Secrecy, Service
from cic_cases.foundation.clock import zone
from cic_cases.foundation.errors import NotFound
from cic_cases.foundation.i18n import _, pgettext
from cic_cases.notifications import preview as texts
from cic_cases.notifications import telling
from cic_cases.privacy.actor import Actor

CHOICE = "choice-"
WAITING_LIST = "list"


@dataclass(frozen=True, slots=True)
class Person:
    """One line: what they lose, what is held instead, and exactly what they receive."""

    lost: Lost
    code: str | None
    texts: tuple[str, ...]


def choices(form: Mapping[str, str]) -> dict[int, str | None]:
    """The times that were confirmed, one for each person of the list that was shown."""
    return {
        int(name.removeprefix(CHOICE)): None if value == WAITING_LIST else value
        for name, value in form.items()
        if name.startswith(CHOICE) and name.removeprefix(CHOICE).isdecimal()
    }


def preview(session: Session, duty_id: int, on: date, actor: Actor, at: datetime) -> dict[str, Any]:
    """Everything the page needs before it is confirmed. Raises what the change would refuse."""
    scope = actor.scope("roster.change")
    lost = disruptions.preview(
        session, duty_id, on, telling=telling.told, scope=scope, at=at, by=actor
    )
    duty = session.get(Duty, duty_id)
    if duty is None:
        raise NotFound()
    place = session.get_one(Centre, duty.centre_id)
    deadline = disruption_rules.answer_until(at, zone(place.timezone))
    people = [_person(session, one, deadline, at) for one in lost]
    return {
        "duty": duty,
        "on": on,
        "zone": zone(place.timezone),
        "people": people,
        "counts": Counter(one.lost.told.value for one in people),
        "messages": sum(len(one.texts) for one in people),
        "deadline": deadline,
        "reasons": reasons(),
        "words": ways(),
    }


def _person(session: Session, lost: Lost, deadline: datetime, at: datetime) -> Person:
    secret = session.get_one(Service, lost.service_id).secrecy is not Secrecy.OPEN
    planned = texts.of_lost(session, lost, deadline, at=at)
    code = None if secret else cases.current_code(session, lost.case_id)
    return Person(lost, code, tuple(one.text for one in planned))


def reasons() -> dict[str, str]:
    """Why a duty is cancelled; for the team only."""
    return {
        "illness": pgettext("reason", "illness"),
        "leave": pgettext("reason", "leave"),
        "training": pgettext("reason", "training"),
        "closed": pgettext("reason", "institution closed"),
        "other": pgettext("reason", "other"),
    }


def headings() -> dict[Cause, tuple[str, str]]:
    """What is about to be done, and what was done, by the cause."""
    return {
        Cause.DUTY_CANCELLED: (_("Cancel this duty"), _("Duty cancelled")),
        Cause.DUTY_CHANGED: (_("Change the hours of this duty"), _("Hours of a duty changed")),
        Cause.DUTY_ENDED: (_("End this duty"), _("Duty ended")),
        Cause.CLOSURE: (_("Enter this closure"), _("Closure entered")),
        Cause.HOURS_CHANGED: (_("Change the opening hours"), _("Opening hours changed")),
    }


def ways() -> dict[str, str]:
    """How somebody is told."""
    return {
        Told.MESSAGE: pgettext("told", "message"),
        Told.CALL: pgettext("told", "call"),
        Told.RECEPTION: pgettext("told", "tell at reception"),
    }
