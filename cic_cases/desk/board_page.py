"""What the desk shows, gathered in a constant number of questions."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

from markupsafe import Markup
from sqlalchemy.orm import Session

from cic_cases.bookings import availability, editions
from cic_cases.bookings.availability import Search
from cic_cases.bookings.queries import Line
from cic_cases.bookings.slots import Slot
from cic_cases.cases import queries as cases
from cic_cases.cases import tiles
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre, HowBooked
from cic_cases.desk import booking_page, open_case, rules
from cic_cases.desk.kept import drawn, kept
from cic_cases.desk.live_board import Live
from cic_cases.desk.open_case import OpenCase
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.codes import clean
from cic_cases.foundation.db import db
from cic_cases.foundation.localtime import local_day
from cic_cases.privacy.actor import Actor
from cic_cases.visits import external_queries as elsewhere
from cic_cases.visits.forms import RegistrationForm, VisitForm

QUESTIONS = "desk/_visit_questions.html"
FREE_DAYS = 28
NEXT_FREE = 4


@dataclass
class DeskPage:
    """One desk at one moment: the place, its board, the case on the counter, the form.

    With `bound`, the form holds what was sent.
    """

    session: Session
    actor: Actor
    live: Live
    open: OpenCase | None
    bound: bool = False

    @classmethod
    def read(cls, actor: Actor, *, show: str | None = None, bound: bool = False) -> "DeskPage":
        """Read the desk; its board and its form only when somebody looks at them."""
        session = db.session()
        opened = open_case.read(session, actor, "desk.see")
        return cls(session, actor, Live(session, actor, show), opened, bound)

    @property
    def centre(self) -> Centre:
        """Whose desk it is."""
        return self.live.centre

    @property
    def lines(self) -> list[Line]:
        """Every appointment of today."""
        return self.live.lines

    @cached_property
    def line(self) -> Line | None:
        """Today's appointment of the case on the counter."""
        return rules.of_case(self.lines, self.open.case.id) if self.open else None

    @cached_property
    def form(self) -> Any:
        """What is asked of the person at the desk."""
        return _form(self.session, self.centre, self.open, self.bound)

    def is_open(self, typed: str) -> bool:
        """Whether what was typed is the case that is already on the counter."""
        return self.open is not None and clean(typed) == self.open.code

    def questions(self) -> Markup:
        """The form, drawn; that of a first visit is the same until a setting or the day changes."""
        if self.bound or self.open is not None:
            return drawn(QUESTIONS, self._asked())
        today = local_day(now(), zone(self.centre.timezone))
        since = editions.current(self.session)
        return kept(QUESTIONS, self.centre.id, today, since, facts=self._asked)

    def _asked(self) -> dict[str, Any]:
        return {"form": self.form, "known": self.open is not None}


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


def context(page: DeskPage) -> dict[str, Any]:
    """Everything the desk's template needs."""
    session, place = page.session, page.centre
    language = page.open.case.contact_language if page.open else None
    local = zone(place.timezone)
    return {
        "page": page,
        "live": page.live,
        "centre": place,
        "zone": local,
        "today": local_day(now(), local),
        "next_free": _next_free(session, page, language),
        "language": language,
        "without_company": elsewhere.without_company(session, [place.id], now()),
        "undo_url": booking_page.take_undo(),
        "contact": cases.contact_of(session, page.open.case.id) if page.open else None,
    }


@dataclass(frozen=True)
class _Help:
    """A kind of help that is given by appointment."""

    id: int
    key: str
    names: dict[str, str]


def _next_free(session: Session, page: DeskPage, language: str | None) -> list[tuple[_Help, Slot]]:
    """The first free time of each kind of help in this centre, earliest first."""
    offered = _by_appointment(session, page.centre.region_id)
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


def _by_appointment(session: Session, region_id: int) -> list[_Help]:
    def read() -> list[_Help]:
        offered = centres.services_of(session, region_id, HowBooked.SLOT)
        return [_Help(one.id, one.key, one.names) for one in offered]

    return editions.kept(session, ("by appointment", region_id), read)
