"""What the pages of appointments elsewhere show. Places are named here and on paper only."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from cic_cases.calendar.appointments import is_ahead
from cic_cases.cases import queries as cases
from cic_cases.cases.models import Case
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre, Place
from cic_cases.desk import ledger_page
from cic_cases.desk.forms_external import ExternalForm
from cic_cases.foundation.clock import zone
from cic_cases.notifications.paper import SlipFacts
from cic_cases.people.models import Staff
from cic_cases.privacy.actor import Actor
from cic_cases.visits import external_queries as queries
from cic_cases.visits.external_queries import ExternalLine
from cic_cases.visits.external_rules import OUTCOMES
from cic_cases.visits.models import ExternalAppointment
from cic_cases.visits.statuses import ExternalStatus


def offered(session: Session, form: ExternalForm, centre: Centre) -> ExternalForm:
    """The form with the places and the people this centre can choose from."""
    places = centres.places_of(session, centre.region_id)
    form.offer(places, queries.assistants(session, centre.id))
    return form


def of_case(session: Session, case: Case, form: ExternalForm) -> dict[str, Any]:
    """The page of a case: what is noted, and the form for one more."""
    return {
        "case": case,
        "code": cases.current_code(session, case.id),
        "lines": queries.of_case(session, case.id),
        "form": form,
    }


def of_one(
    session: Session,
    external: ExternalAppointment,
    actor: Actor,
    at: datetime,
    form: ExternalForm | None = None,
) -> dict[str, Any]:
    """One appointment's page; `form` is one that was refused, with what was typed."""
    line = next(one for one in queries.of_case(session, external.case_id) if one.id == external.id)
    place = session.get_one(Place, external.place_id)
    centre = session.get_one(Centre, external.centre_id)
    noted = line.status is ExternalStatus.NOTED
    here = zone(centre.timezone)
    may_change = actor.may("external.change") and noted
    if may_change and form is None:
        person = session.get(Staff, line.assistant_id) if line.assistant_id else None
        form = ExternalForm.of(line, place.key, person.key if person else None)
    return {
        "line": line,
        "place": place,
        "centre": centre,
        "form": offered(session, form, centre) if may_change and form else None,
        "may_change": may_change,
        "outcomes": noted and not is_ahead(line.starts_at, at, here),
        "undoable": line.status in OUTCOMES,
        **ledger_page.of_external(session, line.id, line.version, here, at),
        "may_read_messages": actor.may("message.see"),
        "zone": here,
    }


def slip(session: Session, external: ExternalAppointment) -> dict[str, Any]:
    """What the slip prints; call it inside the person's language."""
    centre = session.get_one(Centre, external.centre_id)
    facts = SlipFacts.at(centre, external.starts_at, external.reference)
    place = session.get_one(Place, external.place_id)
    return {"booking": facts, "place": place, "accompanied": external.assistant_id is not None}


def open_tasks(lines: list[ExternalLine]) -> list[ExternalLine]:
    """Those for which somebody must still be found."""
    return [line for line in lines if line.open_task]
