"""The calendar entry as somebody else's calendar reads it: a second parser, by other people."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
import vobject
from icalendar import Calendar

from cic_cases.foundation.i18n import PERSON_LOCALES
from cic_cases.notifications.ics import CalendarEntry, Method, calendar, has_entry, method
from cic_cases.notifications.kinds import OF_PEOPLE, Mode
from cic_cases.notifications.letters import Letter, mail
from tests.notifications.speech import speaking

STAMP = datetime(2030, 1, 7, 6, tzinfo=UTC)
UID = "7b0c9a52-64fd-4f0c-9a5e-0d9d3f8a6f11"
FULL = CalendarEntry(
    uid=UID,
    version=3,
    starts_at=datetime(2030, 1, 10, 13, 30, tzinfo=UTC),
    ends_at=datetime(2030, 1, 10, 14, 10, tzinfo=UTC),
    sender="Centrum <cic@example.org>",
    address="Al. Powstańców Wielkopolskich 75/13, Piła",
)
ENTRY = {
    Mode.FULL: FULL,
    Mode.DISCREET: replace(FULL, sender="post@example.net", address=None),
}
LONG = {
    "Latin": "Aleja Powstańców Wielkopolskich i Żołnierzy; wejście od ul. Łąkowej, Piła" * 2,
    "Cyrillic": "вулиця Незалежності, 75/13; вхід з подвір’я, третій поверх" * 3,
    "Georgian": "დამოუკიდებლობის ქუჩა, 75/13; შესასვლელი ეზოდან, მესამე სართული" * 3,
    "folded by one letter": "ą" * 400,
}
WITH_ENTRY = [kind for kind in OF_PEOPLE if has_entry(kind)]


def made(entry: CalendarEntry, what: Method, language: str) -> bytes:
    with speaking(language):
        return calendar(entry, what, stamp=STAMP)


def read(content: bytes):
    """The one calendar in the file, strictly read and found valid."""
    [found] = vobject.readComponents(content.decode())
    assert found.validate(raiseException=True)
    return found


@pytest.mark.parametrize("language", PERSON_LOCALES)
@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("kind", WITH_ENTRY)
def test_both_parsers_read_the_same_entry(kind, mode, language):
    content = made(ENTRY[mode], method(kind), language)
    found = read(content)
    [event] = found.vevent_list
    [ours] = Calendar.from_ical(content).walk("VEVENT")

    assert found.method.value == method(kind).value
    assert (event.dtstart.value, event.dtend.value) == (FULL.starts_at, FULL.ends_at)
    assert (event.dtstart.value.tzinfo, event.dtstamp.value) == (vobject.icalendar.utc, STAMP)
    assert event.uid.value == str(ours["UID"])
    assert event.summary.value == str(ours["SUMMARY"]) != ""
    assert int(event.sequence.value) == ours["SEQUENCE"] == FULL.version - 1
    assert event.organizer.value == f"mailto:{ENTRY[mode].sender.split('<')[-1].rstrip('>')}"
    cancelling = method(kind) is Method.CANCEL
    assert event.status.value == ("CANCELLED" if cancelling else "CONFIRMED")


@pytest.mark.parametrize("language", PERSON_LOCALES)
@pytest.mark.parametrize("what", Method)
def test_a_discreet_entry_holds_nothing_else_and_names_a_neutral_domain(what, language):
    [event] = read(made(ENTRY[Mode.DISCREET], what, language)).vevent_list

    assert set(event.contents) == {
        *("uid", "sequence", "dtstamp", "dtstart", "dtend", "summary"),
        *("organizer", "status", "class"),
    }
    assert event.uid.value == f"{UID}@example.net"


@pytest.mark.parametrize("letters", LONG)
def test_long_lines_are_folded_between_letters_and_come_back_whole(letters):
    address = LONG[letters]
    content = made(replace(FULL, address=address), Method.PUBLISH, "ka")

    assert max(map(len, content.split(b"\r\n"))) <= 75
    for line in content.split(b"\r\n"):
        line.decode()  # raises where a letter was cut in two
    [event] = read(content).vevent_list
    assert event.location.value == address
    assert str(Calendar.from_ical(content).walk("VEVENT")[0]["LOCATION"]) == address


class Phone:
    """A person's calendar: it keeps the entry with the highest number for each UID."""

    def __init__(self) -> None:
        self.entries: dict[str, tuple[int, str, datetime]] = {}

    def opens(self, content: bytes) -> None:
        [event] = read(content).vevent_list
        number = int(event.sequence.value)
        known = self.entries.get(event.uid.value)
        if known is None or number >= known[0]:
            shown = (number, event.status.value, event.dtstart.value)
            self.entries[event.uid.value] = shown


@pytest.mark.parametrize("late", [False, True], ids=["in order", "the first mail opened last"])
def test_a_moved_and_cancelled_visit_is_one_entry_that_ends_cancelled(late):
    later = FULL.starts_at + timedelta(days=1)
    moved = replace(FULL, version=4, starts_at=later, ends_at=later + timedelta(minutes=40))
    mails = [
        made(FULL, Method.PUBLISH, "uk"),
        made(moved, Method.PUBLISH, "uk"),
        made(replace(moved, version=5), Method.CANCEL, "uk"),
    ]
    phone = Phone()
    for content in [*mails[1:], mails[0]] if late else mails:
        phone.opens(content)

    assert phone.entries == {f"{UID}@example.org": (4, "CANCELLED", later)}


@pytest.mark.parametrize(("what", "mode"), list(product(Method, Mode)))
def test_the_mail_announces_the_method_that_its_entry_has(what, mode):
    entry = ENTRY[mode]
    letter = Letter(
        message_id="2f6e0a5e-5a0e-4bb5-8f0e-6f5a3f1f0c11",
        sender=entry.sender,
        recipient="person@example.com",
        subject="ვიზიტი",
        body="…",
        language="ka",
        sent_at=STAMP,
        calendar=made(entry, what, "ka"),
        method=what,
    )
    [part] = [p for p in mail(letter).walk() if p.get_content_type() == "text/calendar"]

    assert part["Content-Type"].params["method"] == what.value
    content = part.get_payload(decode=True)
    assert read(content).method.value == what.value
    assert content == letter.calendar
