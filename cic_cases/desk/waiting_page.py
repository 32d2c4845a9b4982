"""The waiting list as a page: who waits for what, since when, and today's times that came free.

It lies open on a desk, so a kind of help that is somebody's secret stands there by its public
label only; the page of finding a time, which staff open to book, says the rest.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for
from sqlalchemy.orm import Session

from cic_cases.bookings import freed, waiting_entries
from cic_cases.bookings.models import Booking, Waiting
from cic_cases.bookings.slots import Slot
from cic_cases.bookings.waiting_entries import Entry
from cic_cases.bookings.waiting_rules import EVERY_DAY, MISSED_TO_CALL
from cic_cases.cases import queries as cases
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre, Secrecy, Service
from cic_cases.desk.forms_waiting import notice_text
from cic_cases.desk.frame import current_centre
from cic_cases.desk.queries_waiting import contacts
from cic_cases.desk.timeline import Reader, Sight, sight
from cic_cases.foundation.clock import zone
from cic_cases.foundation.i18n import (
    _,
    day_short,
    endonym,
    in_reader_language,
    pgettext,
    wall_clock,
    weekday_name,
)
from cic_cases.foundation.intervals import Interval
from cic_cases.foundation.localtime import day_bounds, local_day
from cic_cases.notifications import preview
from cic_cases.privacy.actor import Actor

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Line:
    """One person of the list; `call` when no message reaches them, or two were not answered."""

    id: int
    code: str | None
    place: int
    since: datetime
    label: str
    cities: str
    limits: tuple[str, ...]
    hold: Booking | None
    hold_city: str
    call: bool


@dataclass(frozen=True)
class Gap:
    """A time of today or tomorrow that was given back, and is free."""

    slot: Slot
    label: str
    url: str


@dataclass(frozen=True)
class Standing:
    """Where a person stands in line; with a time held for them, when it is and until when."""

    id: int
    place: int
    time: str = ""
    city: str = ""
    until: str = ""
    held: str = ""  # the reference of that time


def of_case(session: Session, actor: Actor, case_id: int) -> list[Standing]:
    """What the counter must know when this card is shown, as far as the reader's scope reaches."""
    scope = actor.scope("waiting.see")
    found = waiting_entries.entries_of_case(session, case_id, scope) if scope else []
    return [_standing(session, entry) for entry in found]


def _standing(session: Session, entry: Entry) -> Standing:
    hold = entry.hold
    if hold is None or hold.expires_at is None:
        return Standing(entry.row.id, entry.place)
    centre = session.get_one(Centre, hold.centre_id)
    local = zone(centre.timezone)
    moments = [
        f"{day_short(local_day(moment, local))}, {wall_clock(moment, local)}"
        for moment in (hold.starts_at, hold.expires_at)
    ]
    return Standing(entry.row.id, entry.place, moments[0], centre.city, moments[1], hold.reference)


def context(session: Session, actor: Actor, at: datetime) -> dict[str, Any]:
    """Everything the template needs."""
    here = current_centre(actor)
    local = zone(here.timezone)
    scope = actor.scope("waiting.see")
    found = waiting_entries.entries(session, scope, centre_id=here.id if scope.centres else None)
    every = centres.all_centres(session, region_id=here.region_id)
    known = centres.services_in(session, {entry.row.service_id for entry in found})
    return {
        "lines": _lines(session, found, known, {c.id: c for c in every}, actor, local),
        "gaps": _gaps(session, every, actor, at, local),
        "centre": here,
        "zone": local,
        "at": at,
        "today": local_day(at, local),
        "own_only": not scope.centres,
    }


def _lines(
    session: Session,
    found: list[Entry],
    known: dict[int, Service],
    places: dict[int, Centre],
    actor: Actor,
    local: ZoneInfo,
) -> list[Line]:
    case_ids = {entry.row.case_id for entry in found}
    codes, reached = cases.current_codes(session, case_ids), contacts(session, case_ids)
    reader = Reader.of(actor)
    return [
        Line(
            id=entry.row.id,
            code=codes.get(entry.row.case_id),
            place=entry.place,
            since=entry.row.joined_at,
            label=_label(
                known[entry.row.service_id],
                entry.centre_ids | {entry.row.joined_centre_id},
                entry.row.joined_by,
                reader,
            ),
            cities=", ".join(places[c].city for c in sorted(entry.centre_ids) if c in places),
            limits=tuple(limits(entry.row)),
            hold=entry.hold,
            hold_city=places[entry.hold.centre_id].city if entry.hold else "",
            call=entry.missed >= MISSED_TO_CALL
            or preview.way_of_telling(reached.get(entry.row.case_id)) == preview.RECEPTION,
        )
        for entry in found
    ]


def _gaps(
    session: Session, every: Iterable[Centre], actor: Actor, at: datetime, local: ZoneInfo
) -> list[Gap]:
    """Today's and tomorrow's times that came free in the region, or one's own only."""
    today = local_day(at, local)
    days = (today, today + ONE_DAY)
    time = Interval(at, day_bounds(days[1], local).end)
    slots = freed.free_again(session, frozenset(c.id for c in every), time, days, at)
    if not actor.scope("booking.change").centres:
        slots = [slot for slot in slots if slot.staff_id == actor.id]
    known = centres.services_in(session, {slot.service_id for slot in slots})
    reader = Reader.of(actor)
    gaps = []
    for slot in slots:
        service = known[slot.service_id]
        seen = frozenset({slot.centre_id}) | reader.reception | reader.coordination
        gaps.append(Gap(slot, _label(service, seen, slot.staff_id, reader), _search(slot)))
    return gaps


def _search(slot: Slot) -> str:
    """The page of finding a time, with this one chosen."""
    return url_for(
        "bookings.search",
        service=slot.key.service_key,
        centre=slot.key.centre_slug,
        language="any",
        slot=slot.code,
    )


def limits(row: Waiting) -> Iterable[str]:
    """What the person can attend, in words; what does not limit them is left out."""
    if row.language:
        spoken = endonym(row.language)
        yield _("%(language)s, interpreter", language=spoken) if row.interpreter else spoken
    if row.weekdays != EVERY_DAY:
        yield ", ".join(weekday_name(int(day)) for day in row.weekdays)
    if row.from_time:
        yield pgettext("hours", "from %(time)s", time=f"{row.from_time:%H:%M}")
    if row.until_time:
        yield pgettext("hours", "till %(time)s", time=f"{row.until_time:%H:%M}")
    yield from _days(row.first_day, row.last_day, row.joined_at.date())
    yield _("to get there: %(time)s", time=notice_text(row.notice_minutes))


def _days(first: date, last: date | None, joined: date) -> Iterable[str]:
    if first > joined:
        yield pgettext("days", "from %(day)s", day=day_short(first))
    if last is not None:
        yield pgettext("days", "until %(day)s", day=day_short(last))


def _label(service: Service, centre_ids: frozenset[int], staff_id: int, reader: Reader) -> str:
    """The kind of help where it is no secret of its author, else its public label."""
    seen = sight(service.secrecy, centre_ids, staff_id, reader)
    open_to_desk = service.secrecy is not Secrecy.AUTHOR or staff_id == reader.specialist
    if seen is Sight.KIND and open_to_desk:
        return in_reader_language(service.names)
    return pgettext("public label", "visit")
