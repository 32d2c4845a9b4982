"""No message tells the kind of help, the specialist, a name, or an institution that reveals it.

Every kind, in every language, in both modes, by both ways, from every centre of the region: what
really leaves the house is made as delivery makes it, taken apart as a mail program does, and
searched. Last, words are put in on purpose: each of them is found, wherever it is hidden.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest
from icalendar import Calendar

from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Status
from cic_cases.foundation.i18n import PERSON_LOCALES, pgettext
from cic_cases.foundation.resources import PACKAGE
from cic_cases.notifications import letters, manage_links, queries, rules
from cic_cases.notifications.channels import TextMessage, post_settings
from cic_cases.notifications.ics import has_entry
from cic_cases.notifications.kinds import OF_PEOPLE, Kind, Means, Mode
from cic_cases.notifications.letters import Letter
from cic_cases.notifications.models import Message
from cic_cases.notifications.sms_text import fold
from cic_cases.notifications.texts import SUBJECTS, TEXTS, says_something
from cic_cases.notifications.writing import finished
from tests.conftest import MONDAY
from tests.errand import Errand
from tests.notifications.forbidden import INNOCENT, everywhere, names_of_help, plain, said_in
from tests.notifications.speech import speaking

CENTRES = tomllib.loads((PACKAGE / "regions" / "wielkopolska.toml").read_text(encoding="utf-8"))[
    "centre"
]
OUTSIDE = {Kind.REMINDER_EXTERNAL, Kind.REMINDER_EXTERNAL_ON_DATE}
TOLD = [case for case in product(OF_PEOPLE, Mode) if says_something(*case)]
UID = "7b0c9a52-64fd-4f0c-9a5e-0d9d3f8a6f11"
MESSAGE_ID = "2f6e0a5e-5a0e-4bb5-8f0e-6f5a3f1f0c11"
TOMORROW = MONDAY + timedelta(days=1, hours=3)
HELD = rules.Held(TOMORROW + timedelta(days=6), TOMORROW - timedelta(hours=2))
FOLDED = ("pl", "es", "tr", "az")
WORDS = {  # one for each language, in a case and number of its own
    "pl": "u Psychologa",
    "uk": "до юриста",
    "en": "LEGAL advice",
    "ru": "к психологу",
    "es": "abogada",
    "tr": "Hukukî danışma",
    "ka": "ფსიქოლოგთან",
    "az": "vəkillə",
}


class House:
    """One person with an appointment here and one outside, in a house full of secrets."""

    def __init__(self, make, clock) -> None:
        self.errand = Errand.of(make, clock)
        self.session = make.session
        office = make.institution("WUW")
        self.helper = make.staff("psychologist", self.errand.centre, initials="Z.Q.")
        self.service = make.service("psychological_support", institution=office)
        self.room = make.room(self.errand.centre, "Gabinet 7")
        make.contact(self.errand.case, email="person@example.com", phone="+48600100200")
        self.outside = self.errand.note()
        self.booking = make.save(self._booking())

    def _booking(self) -> Booking:
        return Booking(
            reference="QNJ5TQ",
            case_id=self.errand.case.id,
            service_id=self.service.id,
            centre_id=self.errand.centre.id,
            booked_centre_id=self.errand.centre.id,
            staff_id=self.helper.id,
            room_id=self.room.id,
            starts_at=TOMORROW,
            ends_at=TOMORROW + timedelta(minutes=50),
            language="uk",
            status=Status.BOOKED,
            calendar_uid=UID,
            made_at=MONDAY,
            made_by=self.helper.id,
        )

    def stands_in(self, entry: dict[str, str]) -> None:
        """The centre becomes the one of the region file."""
        for name in ("city", "name", "sms_name", "address", "phone", "email"):
            setattr(self.errand.centre, name, entry[name])
        self.session.commit()

    def secrets(self) -> list[str]:
        """What nobody is ever told; names of help, institutions and roles come besides."""
        place, here = self.errand.place, [self.service.key, self.room.label, self.errand.code]
        names = [*self.service.names.values(), *place.names.values(), place.key, place.address]
        return [*names, *here, self.helper.initials, self.helper.key, self.helper.email]

    def whereabouts(self) -> list[str]:
        """What a discreet message keeps to itself besides."""
        centre, base = self.errand.centre, "127.0.0.1"
        named = [centre.name, centre.sms_name, centre.city, centre.address, centre.email]
        return [*named, "QNJ", "example.org", base, "/b/"]

    def leaves(self, kind: Kind, mode: Mode, channel: Means, language: str) -> Letter | TextMessage:
        """What the post is given for such a message."""
        if kind in OUTSIDE:
            facts = queries.facts_outside(self.session, self.outside.id)
        else:
            facts = queries.facts(self.session, self.booking.id)
        if kind in rules.NEEDS_A_HELD_TIME:
            facts = replace(facts, held=HELD)
        message = Message(id=MESSAGE_ID, kind=kind, channel=channel, mode=mode, language=language)
        sent = finished(message, facts, mode, post_settings(), MONDAY)
        assert sent is not None
        return sent


@pytest.fixture
def house(make, clock) -> House:
    return House(make, clock)


def pieces(sent: Letter | TextMessage) -> Iterator[tuple[str, str]]:
    """`everywhere`, without what is random: a link's token may spell anything."""
    for where, text in everywhere(sent):
        yield where, re.sub(r"/b/[\w-]{20,}", "/b/", text)


def told_in(sent: Letter | TextMessage, secrets: list[str]) -> list[tuple[str, str]]:
    """Each forbidden thing that stands in the message, and where."""
    hidden, found = {one: plain(one) for one in secrets}, []
    for where, text in pieces(sent):
        read = plain(text)
        found += [(where, what) for what in said_in(text)]
        found += [(where, one) for one, word in hidden.items() if word in read]
    return found


@pytest.mark.sqlite_only
@pytest.mark.parametrize("language", PERSON_LOCALES)
def test_nothing_that_leaves_tells_the_help_the_helper_or_the_institution(house, language):
    for entry in CENTRES:
        house.stands_in(entry)
        secrets, whereabouts = house.secrets(), house.whereabouts()
        for kind, mode, channel in ((*case, channel) for case in TOLD for channel in Means):
            sent = house.leaves(kind, mode, channel, language)
            hidden = whereabouts if mode is Mode.DISCREET else []
            told = told_in(sent, [*secrets, *hidden])
            assert told == [], (entry["slug"], kind, mode, channel)


@pytest.mark.sqlite_only
def test_a_full_message_does_say_where_and_the_search_sees_it(house):
    """The search looks at the real thing: it finds what a full message is there to tell."""
    house.stands_in(CENTRES[-1])
    centre = house.errand.centre
    sent = house.leaves(Kind.BOOKING_CONFIRMATION, Mode.FULL, Means.EMAIL, "uk")

    places = {what: where for where, what in told_in(sent, [centre.sms_name, centre.address])}
    assert set(places) == {centre.sms_name, centre.address}
    found = [where for where, what in told_in(sent, [centre.address])]
    assert {"body", "calendar LOCATION"} <= set(found)


@pytest.mark.parametrize("language", PERSON_LOCALES)
def test_no_text_of_the_catalogue_tells_it_even_those_no_kind_uses_yet(language):
    with speaking(language):
        written = {key: pgettext(key, text, **_nothing(text)) for key, text in TEXTS.items()}
        titles = {title: pgettext("message subject", title) for title in SUBJECTS.values()}
        links = {kind: manage_links.line(kind, "") for kind in OF_PEOPLE}

    for key, text in {**written, **titles, **links}.items():
        assert said_in(text) == set(), key


def _nothing(text: str) -> dict[str, str]:
    return dict.fromkeys(re.findall(r"%\((\w+)\)s", text), "")


@pytest.mark.parametrize(
    "name", [n for n in sorted(names_of_help()) if n.casefold() not in INNOCENT]
)
def test_every_name_of_help_would_be_found_also_as_a_phone_shows_it(name):
    for written in (name, name.upper(), *(fold(name, language) for language in FOLDED)):
        assert said_in(f"xx {written}, 24.11") != set(), written


def _calendar_with(letter: Letter, name: str, value: str, **parameters: str) -> Letter:
    file = Calendar.from_ical(letter.calendar)
    [event] = file.walk("VEVENT")
    event.pop(name, None)
    event.add(name, value, parameters=parameters)
    return replace(letter, calendar=file.to_ical())


HIDING_PLACES = {
    "subject": lambda mail, word: replace(mail, subject=f"{mail.subject} – {word}"),
    "body": lambda mail, word: replace(mail, body=f"{mail.body}\n{word}"),
    "sender": lambda mail, word: replace(mail, sender=f"{word} <cic@example.org>"),
    "title": lambda mail, word: _calendar_with(mail, "summary", f"Visit {word}"),
    "place": lambda mail, word: _calendar_with(mail, "location", f"ul. Długa 1, {word}"),
    "notes": lambda mail, word: _calendar_with(mail, "description", word),
    "category": lambda mail, word: _calendar_with(mail, "categories", [word]),
    "own property": lambda mail, word: _calendar_with(mail, "x-help", word),
    "who invites": lambda mail, word: _calendar_with(mail, "attendee", "mailto:a@b.pl", CN=word),
}


@pytest.mark.sqlite_only
@pytest.mark.parametrize("language", PERSON_LOCALES)
def test_a_word_put_into_a_mail_is_found_wherever_it_hides(house, language):
    letter = house.leaves(Kind.BOOKING_CONFIRMATION, Mode.FULL, Means.EMAIL, language)
    assert told_in(letter, []) == []

    for place, hide in HIDING_PLACES.items():
        assert told_in(hide(letter, WORDS[language]), []) != [], place


@pytest.mark.sqlite_only
@pytest.mark.parametrize("language", PERSON_LOCALES)
def test_a_word_put_into_a_filename_is_found(house, language, monkeypatch):
    letter = house.leaves(Kind.RESCHEDULED, Mode.DISCREET, Means.EMAIL, language)
    monkeypatch.setattr(letters, "ATTACHMENT", f"{WORDS[language]}.ics")

    assert "filename" in {where for where, _what in told_in(letter, [])}


@pytest.mark.sqlite_only
def test_a_word_put_into_a_name_of_the_mail_or_an_sms_is_found(house):
    letter = house.leaves(Kind.RESCHEDULED, Mode.DISCREET, Means.EMAIL, "pl")
    named = replace(letter, message_id=f"psycholog.{MESSAGE_ID}")
    assert [where for where, _what in told_in(named, [])] == ["header Message-ID"] * len(
        said_in("psycholog")
    )
    for language, word in WORDS.items():
        text = house.leaves(Kind.RESCHEDULED, Mode.DISCREET, Means.SMS, language)
        assert isinstance(text, TextMessage)
        assert told_in(replace(text, text=fold(f"{text.text} {word}", language)), []) != []


@pytest.mark.sqlite_only
def test_what_tells_of_an_appointment_that_stands_carries_an_entry_and_is_searched(house):
    for kind, mode in TOLD:
        sent = house.leaves(kind, mode, Means.EMAIL, "ka")
        searched = {where for where, _text in pieces(sent)}
        assert ("calendar UID" in searched) is has_entry(kind)
        assert {"header Subject", "header From", "header Message-ID", "body"} <= searched
