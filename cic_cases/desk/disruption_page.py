"""What the pages of a change under appointments show: people by time, language, way of telling.

Where only the author of a record may see it (psychologists, lawyers), no codes are among it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from cic_cases.bookings import disruption_rules, roster_reach
from cic_cases.bookings.disruption_rules import Disrupting, Lost
from cic_cases.bookings.models import Cause, Told
from cic_cases.calendar.changes import (
    AT_ONCE,
    Closing,
    DateHours,
    Ending,
    OneDate,
    Replacing,
    WeekHours,
    pack,
)
from cic_cases.calendar.models import Duty
from cic_cases.calendar.rules import Hours
from cic_cases.cases import queries as cases
from cic_cases.centres.models import Centre, Secrecy, Service
from cic_cases.foundation.clock import zone
from cic_cases.foundation.i18n import _, day_short, pgettext, weekday_name
from cic_cases.notifications import preview as texts
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


def preview(
    session: Session, change: Disrupting, lost: Sequence[Lost], actor: Actor, at: datetime
) -> dict[str, Any]:
    """Everything the page needs before it is confirmed; `lost` is what the change would do."""
    scope = actor.scope("roster.change")
    place = session.get_one(Centre, roster_reach.centre_of(session, change, scope))
    local = zone(place.timezone)
    deadline = disruption_rules.answer_until(at, local)
    people = [_person(session, one, deadline, at) for one in lost]
    cause = disruption_rules.cause_of(change)
    return {
        "heading": headings()[cause][0],
        "detail": _detail(session, change),
        "cancels": cause is Cause.DUTY_CANCELLED,
        "undoable": bool(disruption_rules.undo_within(change)),
        "packed": pack(change),
        "back": back_to(change),
        "zone": local,
        "people": people,
        "counts": Counter(one.lost.told.value for one in people),
        "messages": sum(len(one.texts) for one in people),
        "deadline": deadline,
        "reasons": reasons(),
        "usual": "closed" if cause in (Cause.CLOSURE, Cause.HOURS_CHANGED) else None,
        "words": ways(),
    }


def _detail(session: Session, change: Disrupting) -> str:
    """Which days and hours the change is about."""
    match change:
        case OneDate(duty_id, on):
            duty = session.get_one(Duty, duty_id)
            hours = change.change.hours if change.change else None
            return f"{day_short(on)}, {_hours(hours or (duty.starts, duty.ends))}"
        case Ending():
            if change.last_day == AT_ONCE:
                return _("from today on")
            return _("last day: %(day)s", day=day_short(change.last_day))
        case Replacing(first_day=first_day, wish=wish):
            rule = f"{weekday_name(wish.weekday)}, {_hours(wish.hours)}"
            return rule if first_day is None else f"{rule}, {_from(first_day)}"
        case Closing(closed):
            if closed.first_day == closed.last_day:
                return day_short(closed.first_day)
            return f"{day_short(closed.first_day)} – {day_short(closed.last_day)}"
        case WeekHours():
            return f"{weekday_name(change.weekday)}, {_hours(change.hours)}"
        case DateHours():
            return f"{day_short(change.on)}, {_hours(change.hours)}"


def _from(day: date) -> str:
    return _("from %(day)s", day=day_short(day))


def _hours(hours: Hours | None) -> str:
    if hours is None:
        return _("closed")
    return f"{hours[0]:%H:%M}–{hours[1]:%H:%M}"


def back_to(change: Disrupting) -> str:
    """Where one came from, when nothing is to be saved."""
    match change:
        case OneDate():
            return url_for("rosters.overview", week=change.on.isoformat())
        case Ending() | Replacing():
            return url_for("rosters.occurrence", duty_id=change.duty_id)
        case Closing():
            return url_for("rosters.add_closure")
        case WeekHours() | DateHours():
            return url_for("rosters.hours")


def _person(session: Session, lost: Lost, deadline: datetime, at: datetime) -> Person:
    secret = session.get_one(Service, lost.service_id).secrecy is Secrecy.AUTHOR
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
        Cause.DUTY_CHANGED: (_("Change this duty"), _("Duty changed")),
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
