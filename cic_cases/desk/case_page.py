"""What the page of a case shows: the card, four answers, the way of contact, the past."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from cic_cases.bookings import held
from cic_cases.bookings import queries as bookings
from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Status
from cic_cases.cases import links, matching
from cic_cases.cases import queries as cases
from cic_cases.cases.forms import ContactForm, age_choices, gender_choices
from cic_cases.cases.links import Linked
from cic_cases.cases.models import Case
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre, Service
from cic_cases.desk.queries_cases import is_own
from cic_cases.desk.timeline import Reader, Sight, sight
from cic_cases.foundation.clock import zone
from cic_cases.foundation.i18n import day_short, in_reader_language, pgettext, wall_clock
from cic_cases.foundation.localtime import local_day
from cic_cases.notifications.occasions import STANDING
from cic_cases.privacy.actor import Actor
from cic_cases.visits import external_queries as elsewhere
from cic_cases.visits import queries as visits
from cic_cases.visits.external_queries import ExternalLine
from cic_cases.visits.queries import VisitFacts


@dataclass(frozen=True, slots=True)
class Event:
    """A visit or an appointment of the past or to come, with all that the rule asks about it."""

    at: datetime
    centre_id: int
    centre_ids: frozenset[int]
    staff_id: int
    service_ids: tuple[int, ...]
    status: Status
    minutes: int | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timeline, as this reader may see it."""

    day: str
    time: str
    city: str
    labels: tuple[str, ...]
    status: Status
    minutes: int | None
    reference: str | None
    external: str | None = None


def context(
    session: Session, case: Case, actor: Actor, at: datetime, form: ContactForm | None = None
) -> dict[str, Any]:
    """Everything the template needs; `form` is one that was refused, with what was typed."""
    contact = cases.contact_of(session, case.id)
    desk = actor.scope("contact.change").centres
    kept = held.for_case(session, case.id, actor.scope("booking.change"), at)
    places = {one.id: one for one in centres.centres_in(session, {one.centre_id for one in kept})}
    linked = links.of_case(session, case.id) if actor.may("case.link") else []
    return {
        "case": case,
        "code": cases.shown_code(session, case.id, actor),
        "own_to_office": actor.office is not None,
        "gender": dict(gender_choices())[case.gender],
        "age": dict(age_choices())[case.age_band],
        "contact": contact,
        "form": form or ContactForm(formdata=None, mode=contact.mode if contact else None),
        "may_change": cases.case_in(session, case.id, desk) is not None,
        "may_book": actor.may("booking.change"),
        "may_read_notes": actor.may("note.read") and is_own(session, case.id, actor.id, at),
        "links": linked,
        "same_phone": _same_phone(session, case.id, actor, linked),
        "may_note_external": actor.may("external.change"),
        "held": kept,
        "held_zone": lambda one: zone(places[one.centre_id].timezone),
        "timeline": timeline(session, case.id, Reader.of(actor), at),
    }


def _same_phone(session: Session, case_id: int, actor: Actor, linked: list[Linked]) -> list[int]:
    """Cases with the same phone number, which nobody has linked or suggested yet."""
    if not actor.may("case.link"):
        return []
    known = {one.other_id for one in linked}
    return [one for one in matching.sharing(session, case_id) if one not in known]


def timeline(session: Session, case_id: int, reader: Reader, at: datetime) -> list[Line]:
    """What `reader` may know of a person's visits and appointments, latest first."""
    made = {booking.id: booking for booking in bookings.of_case(session, case_id)}
    events = list(_events(visits.of_case(session, case_id), made))
    outside = [one for one in elsewhere.of_case(session, case_id) if _may_see(one, reader)]
    known = centres.services_in(session, {one for event in events for one in event.service_ids})
    held = {event.centre_id for event in events} | {one.centre_id for one in outside}
    places = {centre.id: centre for centre in centres.centres_in(session, held)}
    lines = [
        (event.at, _line(event, known, places[event.centre_id], reader, at)) for event in events
    ] + [(one.starts_at, _outside(one, places[one.centre_id], at)) for one in outside]
    lines.sort(key=lambda pair: pair[0], reverse=True)
    return [line for _moment, line in lines if line is not None]


def _may_see(one: ExternalLine, reader: Reader) -> bool:
    """Appointments elsewhere are seen where they were noted, and by whoever goes along."""
    here = one.centre_id in reader.reception | reader.coordination
    own = reader.specialist is not None and reader.specialist in (one.assistant_id, one.made_by)
    return here or own


def _outside(one: ExternalLine, place: Centre, at: datetime) -> Line:
    """An appointment elsewhere: that it is, never where."""
    return Line(
        day=_day(one.starts_at, at, place),
        time=wall_clock(one.starts_at, zone(place.timezone)),
        city=place.city,
        labels=(pgettext("public label", "appointment elsewhere"),),
        status=STANDING[one.status],
        minutes=None,
        reference=None,
        external=one.reference,
    )


def _events(seen: Iterable[VisitFacts], made: dict[int, Booking]) -> Iterator[Event]:
    """Visits, then the appointments that did not lead to one."""
    led_to_visit = set()
    for visit in seen:
        booking = made.get(visit.booking_id) if visit.booking_id else None
        if booking is not None:
            led_to_visit.add(booking.id)
        yield Event(
            at=visit.occurred_at,
            centre_id=visit.centre_id,
            centre_ids=_centres(booking) if booking else frozenset({visit.centre_id}),
            staff_id=booking.staff_id if booking else visit.recorded_by,
            service_ids=visit.service_ids,
            status=Status.DONE,
            minutes=visit.minutes,
            reference=booking.reference if booking else None,
        )
    for booking in made.values():
        if booking.id not in led_to_visit:
            yield Event(
                at=booking.starts_at,
                centre_id=booking.centre_id,
                centre_ids=_centres(booking),
                staff_id=booking.staff_id,
                service_ids=(booking.service_id,),
                status=booking.status,
                reference=booking.reference,
            )


def _centres(booking: Booking) -> frozenset[int]:
    return frozenset({booking.centre_id, booking.booked_centre_id})


def _line(
    event: Event, known: dict[int, Service], place: Centre, reader: Reader, at: datetime
) -> Line | None:
    """The event as `reader` may see it; None when it is not theirs to see."""
    shown = {
        one: sight(known[one].secrecy, event.centre_ids, event.staff_id, reader)
        for one in event.service_ids
    }
    labels = (_label(known[one], seen) for one, seen in shown.items() if seen is not Sight.HIDDEN)
    distinct = tuple(dict.fromkeys(labels))
    if not distinct:
        return None
    local = zone(place.timezone)
    mine = event.staff_id == reader.specialist
    return Line(
        day=_day(event.at, at, place),
        time=wall_clock(event.at, local) if event.reference else "",
        city=place.city,
        labels=distinct,
        status=event.status,
        minutes=event.minutes if mine else None,
        reference=event.reference,
    )


def _label(service: Service, seen: Sight) -> str:
    if seen is Sight.KIND:
        return in_reader_language(service.names)
    if seen is Sight.SPECIALIST:
        return pgettext("public label", "specialist")
    public = {
        "course": pgettext("public label", "course"),
        "event": pgettext("public label", "event"),
    }
    return public.get(service.public_label) or pgettext("public label", "visit")


def _day(moment: datetime, at: datetime, place: Centre) -> str:
    """Weekday and date; the year too, when it is another one."""
    local = zone(place.timezone)
    day = local_day(moment, local)
    short = day_short(day)
    return short if day.year == local_day(at, local).year else f"{short}.{day.year}"
