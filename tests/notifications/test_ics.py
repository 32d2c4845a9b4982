"""The calendar entry: valid, movable, and as silent as the message it comes with."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from cic_cases.foundation.i18n import PERSON_LOCALES
from cic_cases.notifications.ics import CalendarEntry, Method, calendar, domain_of, method
from cic_cases.notifications.kinds import Kind
from tests.notifications.speech import speaking

STAMP = datetime(2030, 1, 7, 6, tzinfo=UTC)
FULL = CalendarEntry(
    uid="7b0c9a52-64fd-4f0c-9a5e-0d9d3f8a6f11",
    version=1,
    starts_at=datetime(2030, 1, 10, 13, 30, tzinfo=UTC),
    ends_at=datetime(2030, 1, 10, 14, 10, tzinfo=UTC),
    sender="Centrum <cic@example.org>",
    address="Al. Powstańców Wielkopolskich 75/13, Piła",
)
DISCREET = replace(FULL, sender="post@example.net", address=None)


def entry_of(content: bytes):
    (event,) = Calendar.from_ical(content).walk("VEVENT")
    return event


def made(entry: CalendarEntry, what: Method = Method.PUBLISH, language: str = "uk") -> bytes:
    with speaking(language):
        return calendar(entry, what, stamp=STAMP)


def test_the_entry_says_when_where_and_visit_in_the_language_of_the_person():
    event = entry_of(made(FULL))

    assert event["SUMMARY"] == "Візит"
    assert event["LOCATION"] == FULL.address
    assert event.decoded("DTSTART") == FULL.starts_at
    assert event.decoded("DTEND") == FULL.ends_at
    assert event.decoded("DTSTAMP") == STAMP
    assert event["UID"] == f"{FULL.uid}@example.org"


def test_times_are_written_in_utc_whatever_their_zone():
    abroad = FULL.starts_at.astimezone(ZoneInfo("Asia/Tbilisi"))
    lines = made(replace(FULL, starts_at=abroad)).decode().split("\r\n")

    assert "DTSTART:20300110T133000Z" in lines
    assert "DTEND:20300110T141000Z" in lines
    assert "DTSTAMP:20300107T060000Z" in lines
    assert "BEGIN:VTIMEZONE" not in lines


def test_a_move_keeps_the_uid_and_raises_the_sequence():
    first = entry_of(made(FULL))
    moved = entry_of(
        made(replace(FULL, version=2, starts_at=FULL.starts_at + timedelta(minutes=20)))
    )

    assert moved["UID"] == first["UID"]
    assert (first["SEQUENCE"], moved["SEQUENCE"]) == (0, 1)


def test_a_cancellation_takes_the_entry_out_of_the_calendar():
    content = made(FULL, Method.CANCEL)

    assert Calendar.from_ical(content)["METHOD"] == "CANCEL"
    assert entry_of(content)["STATUS"] == "CANCELLED"


def test_a_discreet_entry_has_a_time_a_neutral_title_and_a_neutral_domain_only():
    content = made(DISCREET)
    event = entry_of(content)

    assert set(event) == {
        *("UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY"),
        *("ORGANIZER", "STATUS", "CLASS"),
    }
    assert event["UID"] == f"{DISCREET.uid}@example.net"
    assert b"example.org" not in content
    assert b"CIC" not in content


@pytest.mark.parametrize("what", Method)
@pytest.mark.parametrize("language", PERSON_LOCALES)
@pytest.mark.parametrize("entry", [FULL, DISCREET], ids=["full", "discreet"])
def test_every_line_is_as_rfc_5545_wants_it(entry, language, what):
    content = made(replace(entry, address=entry.address and entry.address * 3), what, language)
    lines = content.split(b"\r\n")

    assert lines.pop() == b""
    assert not any(b"\n" in line or b"\r" in line for line in lines)
    assert max(map(len, lines)) <= 75
    assert all(line.decode() for line in lines)  # no character is cut in two
    for needed in (b"UID:", b"DTSTAMP:", b"ORGANIZER:", b"SEQUENCE:", b"METHOD:", b"PRODID:"):
        assert sum(line.startswith(needed) for line in lines) == 1


def test_a_comma_in_an_address_is_escaped():
    assert b"Wielkopolskich 75/13\\, Pi" in made(FULL).replace(b"\r\n ", b"")


@pytest.mark.parametrize(
    ("kind", "what"),
    [
        (Kind.BOOKING_CONFIRMATION, Method.PUBLISH),
        (Kind.REMINDER_DAY_BEFORE, Method.PUBLISH),
        (Kind.RESCHEDULED, Method.PUBLISH),
        (Kind.CANCELLED_BY_CENTRE, Method.CANCEL),
        (Kind.CANCELLED_ON_REQUEST, Method.CANCEL),
    ],
)
def test_which_message_does_what_to_the_calendar(kind, what):
    assert method(kind) is what


def test_a_sender_without_a_domain_is_an_error():
    with pytest.raises(ValueError, match="no domain"):
        domain_of("nobody")
