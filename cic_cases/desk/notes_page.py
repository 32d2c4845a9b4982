"""What the pages of notes show: the notes a reader may read, a form, whose notes stay closed."""

from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from cic_cases.bookings import queries as bookings
from cic_cases.bookings.models import Booking
from cic_cases.cases import queries as cases
from cic_cases.cases.models import Case
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre
from cic_cases.foundation.clock import zone
from cic_cases.foundation.codes import show
from cic_cases.foundation.i18n import day_short, wall_clock
from cic_cases.notes import queries
from cic_cases.notes.forms import OpeningForm, kept_for_choices
from cic_cases.notes.queries import NoteText
from cic_cases.notes.service import NEW, Pages
from cic_cases.privacy.actor import Actor
from cic_cases.privacy.roles import Role

RECENT = 12  # appointments to choose from


def own_appointments(session: Session, case_id: int, actor: Actor) -> list[Booking]:
    """The latest appointments of this case with this member of staff."""
    made = bookings.of_case(session, case_id)
    return [one for one in made if actor.id in (one.staff_id, one.second_staff_id)][:RECENT]


def moment(booking: Booking, place: Centre) -> str:
    """When an appointment is, in its centre."""
    here = zone(place.timezone)
    day = day_short(booking.starts_at.astimezone(here).date())
    return f"{day}, {wall_clock(booking.starts_at, here)}"


def offered(session: Session, made: list[Booking]) -> list[tuple[str, str]]:
    """Appointments to choose from: reference and moment."""
    places = {one.id: one for one in centres.centres_in(session, {b.centre_id for b in made})}
    return [(b.reference, f"{moment(b, places[b.centre_id])} · {show(b.reference)}") for b in made]


def context(
    session: Session, case: Case, actor: Actor, pages: Pages, made: list[Booking]
) -> dict[str, Any]:
    """Everything the template needs but the form."""
    code = cases.shown_code(session, case.id, actor)
    asking = OpeningForm(formdata=None)
    asking.offer()
    draft = queries.draft(session, case.id, actor.id, NEW)
    return {
        "case": case,
        "code": code,
        "pages": pages,
        "asking": asking,
        "me": actor.id,
        "zone": _zone(session, case),
        "draft_saved_at": draft.saved_at if draft else None,
        "moments": dict(_by_id(session, made)),
        "kept_words": {role.value: dict(kept_for_choices(role)) for role in Role},
        "autosave": url_for("notes.draft", code=show(code or "")),
    }


def _by_id(session: Session, made: list[Booking]) -> list[tuple[int, str]]:
    words = offered(session, made)
    return [(booking.id, text) for booking, (_reference, text) in zip(made, words, strict=True)]


def _zone(session: Session, case: Case) -> Any:
    """The clock of the centre that opened the case."""
    return zone(session.get_one(Centre, case.opened_centre_id).timezone)


def history_context(
    session: Session, case: Case, actor: Actor, versions: list[NoteText]
) -> dict[str, Any]:
    """What the page of one note shows: its versions, newest first."""
    code = cases.shown_code(session, case.id, actor)
    return {
        "code": code,
        "versions": versions,
        "note_id": versions[0].note_id,
        "zone": _zone(session, case),
        "autosave": url_for("notes.draft", code=show(code or "")),
    }
