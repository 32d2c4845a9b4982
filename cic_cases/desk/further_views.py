"""Pages beside the search: the next free times, the first in every centre, why one is not free."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from cic_cases.bookings.reasons import Reason
from cic_cases.bookings.why import Question, why
from cic_cases.centres.models import Centre
from cic_cases.desk import further
from cic_cases.desk.search_page import NothingBooked, SearchPage
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.db import db
from cic_cases.foundation.i18n import _
from cic_cases.foundation.localtime import SkippedHour, instant
from cic_cases.privacy.access import allows, current_actor

bp = Blueprint("further", __name__, url_prefix="/bookings")
YEARS = range(2000, 2101)


@dataclass(frozen=True)
class Answer:
    """What stands against a time in one centre; nothing when it is free."""

    centre: Centre
    reasons: tuple[Reason, ...]


@bp.get("/next")
@allows("slots.see")
def next_times() -> ResponseReturnValue:
    """The next twenty free times as a list, from where the last list ended."""
    session, at = db.session(), now()
    try:
        page = SearchPage.read(session, current_actor(), moving=None)
    except NothingBooked as nothing:
        return render_template("desk/no_search.html", nothing=nothing, moving=None)
    found = further.next_times(session, page.asked, at, _since(request.args.get("since")))
    return render_template("desk/next_times.html", page=page, found=found)


@bp.get("/first")
@allows("slots.see")
def first() -> ResponseReturnValue:
    """The first free time in every centre of the region."""
    session, at = db.session(), now()
    try:
        page = SearchPage.read(session, current_actor(), moving=None)
    except NothingBooked as nothing:
        return render_template("desk/no_search.html", nothing=nothing, moving=None)
    found = further.first_in(session, page.asked, page.every_centre, at)
    return render_template("desk/first_times.html", page=page, found=found)


@bp.get("/why")
@allows("slots.see")
def why_not() -> ResponseReturnValue:
    """Why a time is not free, in sentences; who is booked is never told."""
    session, at, problem = db.session(), now(), None
    try:
        page = SearchPage.read(session, current_actor(), moving=None)
        answers = list(_answers(session, page, at))
    except NothingBooked as nothing:
        return render_template("desk/no_search.html", nothing=nothing, moving=None)
    except SkippedHour as skipped:
        answers, problem = [], skipped.text()
    except ValueError:
        answers, problem = [], _("Enter a day and a time.")
    html = render_template("desk/why.html", page=page, answers=answers, problem=problem)
    return html, 422 if problem else 200


def _answers(session: Session, page: SearchPage, at: datetime) -> Iterator[Answer]:
    """One answer for each centre asked for. Raises `ValueError`, `SkippedHour`."""
    day = date.fromisoformat(request.args.get("on", ""))
    hour = time.fromisoformat(request.args.get("hour", ""))
    if day.year not in YEARS or hour.tzinfo is not None:
        raise ValueError("no day and hour of ours")
    asked = page.asked
    for centre in asked.centres:
        question = Question(
            service_id=asked.service.id,
            centre_id=centre.id,
            starts_at=instant(day, hour.replace(second=0, microsecond=0), zone(centre.timezone)),
            specialist_key=asked.specialist_key or asked.specialist,
            language=asked.language,
            interpreter=asked.interpreter,
            person=asked.person,
        )
        yield Answer(centre, why(session, question, at))


def _since(text: str | None) -> datetime | None:
    """Where the last list ended; anything unreadable begins at the beginning."""
    try:
        moment = datetime.fromisoformat((text or "").replace(" ", "+"))
    except ValueError:
        return None
    if moment.tzinfo is None or moment.year not in YEARS:
        return None
    return moment.astimezone(UTC)
