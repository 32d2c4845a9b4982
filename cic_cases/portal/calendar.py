"""A member of staff's own calendar, for the calendar program of their phone.

It says when, and in which room; calendars are shown on shared screens, so nothing in it names a
person, a code, a language, a kind of help or an institution. What was cancelled, or went to
somebody else, stays in it as cancelled, so that programs take it out.
"""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

from flask import Blueprint, Response, request
from icalendar import Calendar, Event, vDuration
from sqlalchemy.orm import Session

from cic_cases.bookings import calendar_queries as bookings
from cic_cases.bookings.calendar_queries import Entry
from cic_cases.foundation.clock import now, zone
from cic_cases.foundation.db import db
from cic_cases.foundation.errors import NotFound
from cic_cases.foundation.i18n import in_language, pgettext, wall_clock
from cic_cases.foundation.intervals import Interval
from cic_cases.people import feeds
from cic_cases.privacy import walls
from cic_cases.privacy.access import open_to_all
from cic_cases.visits import external_queries as visits
from cic_cases.visits.external_queries import ExternalLine, NoLonger
from cic_cases.visits.statuses import ExternalStatus

bp = Blueprint("calendar", __name__)
BACK, AHEAD = timedelta(days=30), timedelta(days=180)
EVERY = timedelta(hours=1)  # how often a program may well ask again


@bp.get("/calendar/<key>.ics")
@open_to_all
def feed(key: str) -> Response:
    """The calendar behind a secret address; wrong, stopped and closed are the same 404."""
    session = db.session()
    owner = feeds.owner_of(session, key)
    if owner is None:
        raise NotFound()
    walls.enter("feed")
    with in_language(owner.language):
        content = written(_events(session, owner.staff_id, now()))
    answer = Response(content, content_type="text/calendar; charset=utf-8")
    answer.headers["Content-Disposition"] = 'inline; filename="calendar.ics"'
    answer.headers["Cache-Control"] = "no-store"
    answer.set_etag(hashlib.sha256(content).hexdigest())
    answer.make_conditional(request)
    return answer


def written(events: Iterable[Event]) -> bytes:
    """The whole file (RFC 5545, RFC 7986), the earliest entry first."""
    file = Calendar()
    file.add("prodid", "-//Calendar//Appointments//EN")
    file.add("version", "2.0")
    file.add("method", "PUBLISH")
    file.add("x-wr-calname", pgettext("calendar entry", "Appointments"))
    file.add("refresh-interval", EVERY, parameters={"VALUE": "DURATION"})
    file.add("x-published-ttl", vDuration(EVERY))  # a name unknown to the library
    for event in sorted(events, key=lambda one: (one.decoded("dtstart"), str(one["UID"]))):
        file.add_component(event)
    content: bytes = file.to_ical()
    return content


def _events(session: Session, staff_id: int, at: datetime) -> Iterator[Event]:
    window = Interval(at - BACK, at + AHEAD)
    yield from map(_of_booking, bookings.entries(session, staff_id, window))
    yield from map(_of_external, visits.with_assistant(session, staff_id, window))
    yield from map(_no_longer, visits.no_longer_with(session, staff_id, window))


def _of_booking(entry: Entry) -> Event:
    if entry.room is None:
        summary = pgettext("calendar entry", "Appointment")
    else:
        summary = pgettext("calendar entry", "Appointment · room %(label)s", label=entry.room)
    time = Interval(entry.starts_at, entry.ends_at)
    return _event(
        entry.uid, entry.version, time, summary, entry.changed_at, cancelled=entry.cancelled
    )


def _of_external(line: ExternalLine) -> Event:
    """The whole time one is away, the way included; the appointment's own time is in the title."""
    title = _outside(line.starts_at, line.timezone)
    cancelled = line.status is ExternalStatus.CANCELLED
    return _event(
        line.calendar_uid, line.version, line.time, title, line.made_at, cancelled=cancelled
    )


def _no_longer(was: NoLonger) -> Event:
    """Somebody else goes along: for the owner of this calendar it is cancelled."""
    title = _outside(was.starts_at, was.timezone)
    return _event(was.calendar_uid, was.version, was.time, title, was.at, cancelled=True)


def _outside(starts_at: datetime, timezone: str) -> str:
    time = wall_clock(starts_at, zone(timezone))
    return pgettext("calendar entry", "Appointment outside the Centre at %(time)s", time=time)


def _event(
    uid: str, version: int, time: Interval, summary: str, stamp: datetime, *, cancelled: bool
) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("sequence", version - 1)
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("last-modified", stamp.astimezone(UTC))
    event.add("dtstart", time.start.astimezone(UTC))
    event.add("dtend", time.end.astimezone(UTC))
    event.add("summary", summary)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if cancelled else "OPAQUE")
    event.add("class", "PRIVATE")
    return event
