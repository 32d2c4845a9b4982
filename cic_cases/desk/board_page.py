"""What the desk shows, gathered in a constant number of questions."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from cic_cases.bookings import availability, queries
from cic_cases.bookings.availability import Search
from cic_cases.bookings.queries import Line
from cic_cases.bookings.slots import Slot
from cic_cases.cases import queries as cases
from cic_cases.cases import tiles
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre, HowBooked, Service
from cic_cases.desk import booking_page, live_board, open_case, rules
from cic_cases.desk.frame import current_centre
from cic_cases.desk.open_case import OpenCase
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.codes import clean
from cic_cases.foundation.db import db
from cic_cases.foundation.localtime import day_bounds, local_day
from cic_cases.privacy.actor import Actor
from cic_cases.visits import external_queries as elsewhere
from cic_cases.visits.forms import RegistrationForm, VisitForm

FREE_DAYS = 28
NEXT_FREE = 4


@dataclass
class DeskPage:
    """One desk at one moment: the place, its board, the case on the counter, the form."""

    actor: Actor
    centre: Centre
    lines: list[Line]
    open: OpenCase | None
    line: Line | None
    form: Any

    @classmethod
    def read(cls, actor: Actor, *, bound: bool = False) -> "DeskPage":
        """Read the desk; with `bound`, the form holds what was sent."""
        session, at = db.session(), now()
        centre = current_centre(actor, "desk.see")
        local = zone(centre.timezone)
        lines = queries.board(session, centre.id, day_bounds(local_day(at, local), local))
        opened = open_case.read(session, actor.scope("desk.see").centres)
        form = _form(session, centre, opened, bound)
        line = rules.of_case(lines, opened.case.id) if opened else None
        return cls(actor, centre, lines, opened, line, form)

    def is_open(self, typed: str) -> bool:
        """Whether what was typed is the case that is already on the counter."""
        return self.open is not None and clean(typed) == self.open.code


def _form(session: Session, centre: Centre, opened: OpenCase | None, bound: bool) -> Any:
    """The visit of a known person asks less than a first visit."""
    data = {} if bound else {"formdata": None}
    form: VisitForm | RegistrationForm
    if opened is not None:
        form = VisitForm(**data, language=opened.case.contact_language)
    else:
        form = RegistrationForm(**data)
    region, local = centres.region_of(session, centre.id), zone(centre.timezone)
    met = tiles.met(session, centre.id, local_day(now(), local), local)
    form.offer(region, centres.services_of(session, region.id, desk=True), met)
    return form


def context(page: DeskPage, session: Session, show: str | None) -> dict[str, Any]:
    """Everything the desk's template needs."""
    language = page.open.case.contact_language if page.open else None
    case_id = page.open.case.id if page.open else None
    return {
        **live_board.context(session, page.centre, page.lines, case_id, show),
        "page": page,
        "next_free": _next_free(session, page, language),
        "language": language,
        "without_company": elsewhere.without_company(session, [page.centre.id], now()),
        "undo_url": booking_page.take_undo(),
        "contact": cases.contact_of(session, case_id) if case_id else None,
    }


def _next_free(
    session: Session, page: DeskPage, language: str | None
) -> list[tuple[Service, Slot]]:
    """The first free time of each kind of help in this centre, earliest first."""
    offered = centres.services_of(session, page.centre.region_id, HowBooked.SLOT)
    at = now()
    today = local_day(at, zone(page.centre.timezone))
    search = Search(
        service_ids=frozenset(service.id for service in offered),
        centre_ids=frozenset({page.centre.id}),
        first_day=today,
        last_day=today + timedelta(days=FREE_DAYS),
        language=language,
        person=page.open.case.resource_id if page.open else None,
    )
    first = availability.first_free(session, search, at)
    found = [(service, first[service.id]) for service in offered if service.id in first]
    return sorted(found, key=lambda pair: pair[1].time.start)[:NEXT_FREE]
