"""What the page for a crisis shows, in a constant number of questions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

from cic_cases.bookings import free_now
from cic_cases.bookings.free_now import Present
from cic_cases.centres import crisis
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre, HowBooked
from cic_cases.centres.region_crisis import WEEKDAYS
from cic_cases.desk import open_case
from cic_cases.foundation.clock import zone
from cic_cases.foundation.i18n import weekday_name
from cic_cases.foundation.localtime import local_day
from cic_cases.privacy.actor import Actor


@dataclass(frozen=True)
class Elsewhere:
    """Another centre, and who is free there: one calls it."""

    centre: Centre
    people: list[Present]


def context(
    session: Session, actor: Actor, centre: Centre, language: str | None, at: datetime
) -> dict[str, Any]:
    """Who is free, the lines, the rooms; a language the region does not list is none."""
    region = centres.region_of(session, centre.id)
    languages = region.languages.split()
    every = centres.all_centres(session, region_id=region.id)
    services = centres.services_of(session, region.id, HowBooked.SLOT)
    chosen = language if language in languages else _spoken(session, actor, language, languages)
    rooms = centres.rooms_of(session, centre.id)
    here_and_rooms = (centre, rooms)
    now = free_now.read(session, [s.id for s in services], every, here_and_rooms, chosen, at)
    return {
        "at": at,
        "centre": centre,
        "zone": zone(centre.timezone),
        "today": local_day(at, zone(centre.timezone)),
        "language": chosen,
        "offered": languages,
        "services": {service.id: service for service in services},
        "here": [one for one in now.people if one.place.id == centre.id],
        "elsewhere": _elsewhere(now.people, centre, every),
        "interpreters": now.interpreters,
        "rooms": now.rooms,
        "lines": crisis.lines_of(session, region.id),
        "to_check": crisis.to_check,
        "hours": hours,
    }


def _spoken(
    session: Session, actor: Actor, asked: str | None, languages: Iterable[str]
) -> str | None:
    """The language of the person on the counter, unless somebody chose «any»."""
    if asked is not None:
        return None
    opened = open_case.read(session, actor, "desk.see")
    spoken = opened.case.contact_language if opened else None
    return spoken if spoken is not None and spoken in languages else None


def _elsewhere(people: Iterable[Present], here: Centre, every: Iterable[Centre]) -> list[Elsewhere]:
    by_centre: dict[int, list[Present]] = {}
    for one in people:
        by_centre.setdefault(one.place.id, []).append(one)
    others = (centre for centre in every if centre.id != here.id and centre.id in by_centre)
    return [Elsewhere(centre, by_centre[centre.id]) for centre in others]


def hours(written: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    """When a line answers, days that follow one another with the same hours as one."""
    known = [(number, written[day]) for number, day in enumerate(WEEKDAYS) if day in written]
    runs = groupby(enumerate(known), key=lambda pair: (pair[1][0] - pair[0], pair[1][1]))
    shown = []
    for (_run, span), days in runs:
        numbers = [number for _place, (number, _span) in days]
        names = dict.fromkeys(weekday_name(number) for number in (numbers[0], numbers[-1]))
        shown.append(("–".join(names), "–".join(span)))
    return shown
