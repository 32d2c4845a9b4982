"""What people read: complete in eight languages, short enough, and silent about the help."""

import re
import tomllib
from dataclasses import fields, replace
from datetime import UTC, datetime
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from cic_cases.foundation.i18n import PERSON_LOCALES
from cic_cases.foundation.resources import PACKAGE
from cic_cases.notifications import texts
from cic_cases.notifications.ics import CalendarEntry, calendar, has_entry, method
from cic_cases.notifications.kinds import OF_PEOPLE, Kind, Mode
from cic_cases.notifications.letters import ATTACHMENT, Letter, mail
from cic_cases.notifications.rules import Held
from cic_cases.notifications.sms_text import Encoding, encoding, fold, parts
from cic_cases.notifications.texts import SUBJECTS, TEXTS, MessageValues, body, subject
from tests.notifications.speech import catalogue, speaking

WORST = MessageValues(
    centre="CIC Poznań",
    address="Al. Powstańców Wielkopolskich 75/13, Piła",
    date="24.11",
    time="14:30",
    code="QNJ-5TQ7X",
    phone="+48887063112",
    new_date="24.11",
    new_time="14:30",
    deadline="23.11 12:00",
)
UCS2 = {"uk", "ru", "ka"}
# Letters in the worst case / parts as sent / parts if no letter were folded, in the order of
# PERSON_LOCALES: pl uk en ru es tr ka az.
LENGTHS = {
    "booking_confirmation": "140/1/3 131/2/2 154/1/3 130/2/2 153/1/3 149/1/3 129/2/2 152/1/3",
    "reminder_day_before": "105/1/2 103/2/2 108/1/2 98/2/2 103/1/2 110/1/2 89/2/2 98/1/2",
    "rescheduled": "106/1/2 97/2/2 112/1/2 100/2/2 108/1/2 110/1/2 99/2/2 112/1/2",
    "cancelled_by_centre": "117/1/2 101/2/2 122/1/2 100/2/2 111/1/2 110/1/2 96/2/2 109/1/2",
    "cancelled_on_request": "119/1/2 104/2/2 121/1/2 97/2/2 116/1/2 114/1/2 96/2/2 106/1/2",
    "cancelled_with_proposal": "151/1/3 132/2/2 152/1/3 127/2/2 155/1/3 155/1/3 125/2/2 153/1/3",
    "waiting_list_offer": "125/1/2 118/2/2 115/1/2 124/2/2 116/1/2 104/1/2 92/2/2 110/1/2",
    "reminder_external": "87/1/2 82/2/2 106/1/2 80/2/2 97/1/2 91/1/2 83/2/2 93/1/2",
    "reminder_on_date": "98/1/2 95/2/2 98/1/2 90/2/2 95/1/2 103/1/2 83/2/2 91/1/2",
    "missed_visit": "101/1/2 89/2/2 108/1/2 85/2/2 96/1/2 97/1/2 82/2/2 94/1/2",
    "evaluation_request": "111/1/2 113/2/2 120/1/2 117/2/2 106/1/2 133/1/2 103/2/2 128/1/2",
    "confirming_code": "84/1/2 84/2/2 83/1/2 86/2/2 85/1/2 70/1/1 77/2/2 73/1/2",
    "reminder_external_on_date": "80/1/2 74/2/2 98/1/2 72/2/2 90/1/2 84/1/2 77/2/2 86/1/2",
    "discreet_code": "15/1/1 15/1/1 16/1/1 15/1/1 18/1/1 15/1/1 16/1/1 15/1/1",
    "discreet_confirmation": "57/1/1 53/1/1 49/1/1 51/1/1 50/1/1 56/1/1 50/1/1 54/1/1",
    "discreet_reminder": "57/1/1 51/1/1 48/1/1 49/1/1 52/1/1 62/1/1 48/1/1 58/1/1",
    "discreet_call_us": "47/1/1 53/1/1 41/1/1 52/1/1 50/1/1 43/1/1 44/1/1 53/1/1",
    "discreet_proposal": "121/1/2 113/2/2 94/1/1 114/2/2 120/1/1 117/1/2 104/2/2 129/1/2",
    "discreet_offer": "99/1/2 95/2/2 86/1/1 93/2/2 89/1/1 97/1/2 75/2/2 98/1/2",
}
# Stems of what no message may ever hold, in every language; compared without regard to case.
_STEMS = (
    "psych психолог психоло ფსიქოლოგ psicól psicol psikolo psixolo"
    " prawni prawn юрист адвокат правов lawyer legal abogad jurídic avukat hukuk იურისტ"
    " ადვოკატ იურიდ vəkil hüquq doradc adwokat advis asesor konsult консульт consult danışman"
    " specjalist специалист спеціаліст фахів specialist uzman mütəxəssis სპეციალისტ"
    " wuw wup zus udsc mops urząd urzęd skarbow office oficina kurum idarə tłumacz interpret"
    " cudzoziem іноземц иностран foreigner extranjer yabancı უცხოელ əcnəbi terap терап"
)
HELP = _STEMS.split()
EVERY_MESSAGE = [
    pytest.param(kind, mode, language, id=f"{kind}-{mode}-{language}")
    for kind, mode, language in product(OF_PEOPLE, Mode, PERSON_LOCALES)
    if texts.says_something(kind, mode)
]
CALLING_NAMES = ("CIC", "Poznań", "Poznan", "Nowowiejskiego", "Powsta", "Wielkopolskich", "Piła")


def _kinds_of_help() -> set[str]:
    """Every name of a service or an institution that the region file knows."""
    region = tomllib.loads((PACKAGE / "regions" / "wielkopolska.toml").read_text(encoding="utf-8"))
    named = [*region["service"], *region["institution"]]
    return {name.casefold() for entry in named for name in entry["names"].values()}


def everything_sent(kind: Kind, mode: Mode, language: str) -> str:
    """All that leaves the house for one message: mail with its calendar entry, and SMS."""
    sender = "cic@example.org" if mode is Mode.FULL else "post@example.net"
    at = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)
    with speaking(language):
        entry = CalendarEntry(
            uid="7b0c9a52-64fd-4f0c-9a5e-0d9d3f8a6f11",
            version=2,
            starts_at=at,
            ends_at=at,
            sender=sender,
            address=WORST.address if mode is Mode.FULL else None,
        )
        letter = Letter(
            message_id="2f6e0a5e-5a0e-4bb5-8f0e-6f5a3f1f0c11",
            sender=sender,
            recipient="person@example.com",
            subject=subject(kind, mode) or "",
            body=body(kind, mode, WORST) or "",
            language=language,
            sent_at=at,
            calendar=calendar(entry, method(kind), stamp=at) if has_entry(kind) else None,
        )
    message = mail(letter)
    headers = "\n".join(f"{name}: {value}" for name, value in message.items())
    written = [part.get_content() for part in message.walk() if not part.is_multipart()]
    return "\n".join([headers, ATTACHMENT, fold(letter.body, language), *written])


def written(key: str, language: str) -> str:
    """The text under `key` with the longest values."""
    with speaking(language):
        return texts.words(key, WORST)


@pytest.mark.parametrize("language", PERSON_LOCALES)
@pytest.mark.parametrize("key", TEXTS)
def test_every_text_keeps_within_its_parts(key, language):
    letters, sent, kept = map(int, LENGTHS[key].split()[PERSON_LOCALES.index(language)].split("/"))
    text = written(key, language)
    folded = fold(text, language)

    assert len(folded) == letters
    assert encoding(folded) is (Encoding.UCS2 if language in UCS2 else Encoding.GSM7)
    assert (parts(folded), parts(text)) == (sent, kept)


@pytest.mark.parametrize("language", PERSON_LOCALES)
def test_every_text_and_subject_is_in_the_catalogue_with_the_same_placeholders(language):
    known = {(entry.msgctxt, entry.msgid): entry for entry in catalogue(language)}
    wanted = [*TEXTS.items(), *(("message subject", msgid) for msgid in SUBJECTS.values())]

    for key in (*wanted, ("calendar entry", "Visit")):
        entry = known[key]
        assert entry.translated(), key
        assert _placeholders(entry.msgstr) == _placeholders(entry.msgid), key


@pytest.mark.parametrize(("kind", "mode", "language"), EVERY_MESSAGE)
def test_a_message_is_written_in_the_language_of_the_person(kind, mode, language):
    english = TEXTS[texts.text_key(kind, mode)]
    with speaking(language):
        text, title = body(kind, mode, WORST), subject(kind, mode)

    assert (text == english % vars(WORST)) == (language == "en")
    assert "%" not in text
    assert "%" not in title


@pytest.mark.parametrize(("kind", "mode", "language"), EVERY_MESSAGE)
def test_no_message_tells_the_kind_of_help(kind, mode, language):
    sent = everything_sent(kind, mode, language).casefold()

    assert [stem for stem in HELP if stem in sent] == []
    assert [name for name in _kinds_of_help() if name in sent] == []


@pytest.mark.parametrize(("kind", "mode", "language"), EVERY_MESSAGE)
def test_no_message_has_a_link(kind, mode, language):
    sent = everything_sent(kind, mode, language)

    assert not re.search(r"https?:|www\.|://", sent)


@pytest.mark.parametrize(
    ("kind", "mode", "language"),
    [case for case in EVERY_MESSAGE if case.values[1] is Mode.DISCREET],
)
def test_a_discreet_message_names_no_centre_no_place_and_no_booking(kind, mode, language):
    sent = everything_sent(kind, mode, language)

    assert [name for name in CALLING_NAMES if name.casefold() in sent.casefold()] == []
    assert WORST.code not in sent
    assert "example.org" not in sent


@pytest.mark.parametrize("language", PERSON_LOCALES)
def test_only_a_reminder_in_full_says_tomorrow(language):
    tomorrow = {
        "pl": "jutro",
        "uk": "завтра",
        "en": "tomorrow",
        "ru": "завтра",
        "es": "mañana",
        "tr": "yarın",
        "ka": " ხვალ",
        "az": "sabah",
    }[language]
    said_in = {key for key in TEXTS if tomorrow in written(key, language).casefold()}

    assert said_in == {"reminder_day_before", "reminder_external"}


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        pytest.param(Kind.BOOKING_CONFIRMATION, "discreet_confirmation", id="booked"),
        pytest.param(Kind.RESCHEDULED, "discreet_confirmation", id="moved: the new time"),
        pytest.param(Kind.REMINDER_DAY_BEFORE, "discreet_reminder", id="reminded"),
        pytest.param(Kind.CANCELLED_BY_CENTRE, "discreet_call_us", id="cancelled: please call"),
        pytest.param(Kind.CANCELLED_ON_REQUEST, None, id="cancelled as asked: nothing"),
        pytest.param(Kind.CANCELLED_WITH_PROPOSAL, "discreet_proposal", id="another time is held"),
        pytest.param(Kind.WAITING_LIST_OFFER, "discreet_offer", id="a freed time is held"),
        pytest.param(Kind.REMINDER_EXTERNAL, "discreet_reminder", id="reminded of one elsewhere"),
    ],
)
def test_which_discreet_text_serves_which_kind(kind, key):
    assert texts.text_key(kind, Mode.DISCREET) == key
    assert texts.says_something(kind, Mode.DISCREET) is (key is not None)


def test_where_nothing_is_to_be_said_there_is_neither_body_nor_subject():
    with speaking("en"):
        assert body(Kind.CANCELLED_ON_REQUEST, Mode.DISCREET, WORST) is None
        assert subject(Kind.CANCELLED_ON_REQUEST, Mode.DISCREET) is None


def test_the_values_are_those_of_the_booking_on_the_clocks_of_its_centre():
    values = MessageValues.of(
        starts_at=datetime(2026, 7, 1, 22, 30, tzinfo=UTC),
        timezone=ZoneInfo("Europe/Warsaw"),
        centre="CIC Konin",
        street="ul. Chopina 23B",
        city="Konin",
        reference="QNJ5TQ",
        phone="+48887067112",
    )

    assert (values.date, values.time) == ("02.07", "00:30")
    assert (values.address, values.code) == ("ul. Chopina 23B, Konin", "QNJ-5TQ")


def test_a_time_held_is_told_with_its_deadline_on_the_clocks_of_the_centre():
    held = Held(datetime(2026, 7, 2, 6, tzinfo=UTC), datetime(2026, 7, 1, 22, 30, tzinfo=UTC))
    values = MessageValues.of(
        starts_at=datetime(2026, 7, 1, 8, tzinfo=UTC),
        timezone=ZoneInfo("Europe/Warsaw"),
        centre="CIC Konin",
        street="ul. Chopina 23B",
        city="Konin",
        reference="QNJ5TQ",
        phone="+48887067112",
        held=held,
    )

    assert (values.date, values.time) == ("01.07", "10:00")
    assert (values.new_date, values.new_time) == ("02.07", "08:00")
    assert values.deadline == "02.07 00:30"


@pytest.mark.parametrize("language", PERSON_LOCALES)
@pytest.mark.parametrize("mode", Mode)
def test_a_time_held_for_somebody_is_told_with_date_phone_and_deadline(mode, language):
    new = replace(WORST, new_date="30.12", new_time="11:11")
    with speaking(language):
        proposal = body(Kind.CANCELLED_WITH_PROPOSAL, mode, new) or ""
        offer = body(Kind.WAITING_LIST_OFFER, mode, new) or ""

    for told in ("24.11", "14:30", "30.12", "11:11", "23.11 12:00", "+48887063112"):
        assert told in proposal
    for told in ("24.11", "14:30", "23.11 12:00", "+48887063112"):
        assert told in offer
    assert "30.12" not in offer


def test_a_message_has_no_place_for_a_service_a_specialist_or_a_room():
    may_be_said = {field.name for field in fields(MessageValues)}

    of_the_time_held = {"new_date", "new_time", "deadline"}
    assert may_be_said == {"centre", "address", "date", "time", "code", "phone"} | of_the_time_held
    assert all(_placeholders(text) <= may_be_said for text in TEXTS.values())


def _placeholders(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)s", text))
