"""The real region: its facts, its eight languages, and what it must never show."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import date, time, timedelta

import pytest
from sqlalchemy import String

from cic_cases.calendar.public_holidays import is_public_holiday
from cic_cases.centres.models import Centre, Institution, Place, Region, Service
from cic_cases.centres.region_entries import ServiceEntry
from cic_cases.centres.region_file import read
from cic_cases.centres.region_services import CONFIDENTIAL, NOT_A_SERVICE
from cic_cases.centres.region_table import LANGUAGES
from cic_cases.foundation.i18n import PERSON_LOCALES
from cic_cases.foundation.resources import resource

REGION = read(resource("regions/wielkopolska.toml"))
SERVICES = {service.key: service for service in REGION.services}
WEDNESDAY = 2
SCRIPTS = {"uk": "CYRILLIC", "ru": "CYRILLIC", "ka": "GEORGIAN"}
FOREIGN_LETTERS = {"uk": "ыэёъ", "ru": "іїєґ", "pl": "əğış", "tr": "əłąę", "az": "łąęñ"}
TELLING = {  # words that would tell the kind of help, by their beginnings
    "pl": "psycholog|prawn|adwokat|radc|porad|podat|szko[łl]|kurs|rodzin|prac",
    "uk": "психолог|юрид|юрист|адвокат|порад|подат|школ|курс|сім|робот",
    "en": "psycholog|legal|law|advice|tax|school|course|famil|work|job",
    "ru": "психолог|юрид|юрист|адвокат|совет|налог|школ|курс|семь|работ",
}


def texts() -> Iterator[tuple[str, str, str]]:
    """Every text of the file with its place and language."""
    for institution in REGION.institutions:
        for language, name in institution.names.items():
            yield institution.key, language, name
    for place in REGION.places:
        for language, name in place.names.items():
            yield place.key, language, name
    for service in REGION.services:
        for language, name in service.names.items():
            yield service.key, language, name
        for language, items in service.bring.items():
            for item in items:
                yield f"{service.key}.bring", language, item


def test_the_five_centres_are_those_of_the_operators_document() -> None:
    facts = {
        "poznan": ("ul. Nowowiejskiego 25", "+48887063112", "info.cicpoznan@rops.poznan.pl"),
        "leszno": ("Aleje Jana Pawła II 12", "+48887068112", "info.cicleszno@rops.poznan.pl"),
        "konin": ("ul. Chopina 23B", "+48887067112", "info.cickonin@rops.poznan.pl"),
        "kalisz": ("ul. Nowy Świat 13", "+48887069112", "info.cickalisz@rops.poznan.pl"),
        "pila": (
            "Al. Powstańców Wielkopolskich 75/13",
            "+48887066112",
            "info.cicpila@rops.poznan.pl",
        ),
    }

    found = {one.slug: (one.address, one.phone, one.email) for one in REGION.centres}

    assert found == facts
    assert [centre.sms_name for centre in REGION.centres] == [
        "CIC Poznań",
        "CIC Leszno",
        "CIC Konin",
        "CIC Kalisz",
        "CIC Piła",
    ]
    assert {centre.timezone for centre in REGION.centres} == {"Europe/Warsaw"}
    assert {centre.reminder_at for centre in REGION.centres} == {time(10)}


def test_open_five_days_one_until_seven_in_the_evening_all_of_it_marked_as_assumed() -> None:
    for centre in REGION.centres:
        assert sorted(centre.week) == [0, 1, 2, 3, 4]
        assert centre.week[WEDNESDAY].closes == time(19)
        assert all(opening.assumed for opening in centre.week.values())
        assert all(opening.assumed for opening in centre.dates.values())
        assert centre.rooms_assumed
        assert 3 <= centre.rooms <= 5


def test_working_saturdays_are_no_holidays_and_never_five_weeks_apart() -> None:
    saturdays = sorted(REGION.centres[0].dates)

    assert {day.weekday() for day in saturdays} == {5}
    assert not [day for day in saturdays if is_public_holiday(REGION.country, day)]
    assert saturdays[0] == date(2026, 12, 12)
    gaps = [later - day for day, later in zip(saturdays, saturdays[1:], strict=False)]
    assert max(gaps) <= timedelta(weeks=4)


def test_the_services_are_those_of_the_catalogue_with_their_flags() -> None:
    found = {
        one.key: (one.minutes, one.booking, one.secrecy, one.public_label, one.institution)
        for one in REGION.services
    }

    assert found == {
        "information": (10, "walk_in", "open", "visit", None),
        "psychological_support": (50, "slot", "author", "visit", None),
        "legal_advice": (40, "slot", "author", "visit", None),
        "career_advice": (40, "slot", "role", "visit", "WUP"),
        "wuw_consultation": (20, "slot", "role", "visit", "WUW"),
        "mos_application_help": (60, "slot", "role", "visit", None),
        "family_reunification_help": (40, "slot", "role", "visit", None),
        "zus_consultation": (20, "slot", "role", "visit", "ZUS"),
        "tax_consultation": (20, "slot", "role", "visit", "US"),
        "polish_course": (None, "group", "open", "course", None),
        "adaptation_course": (None, "group", "open", "course", None),
        "accompaniment": (120, "slot", "role", "visit", None),
        "document_translation": (15, "walk_in", "role", "visit", None),
        "school_choice": (30, "slot", "role", "visit", None),
        "integration_event": (None, "group", "open", "event", None),
        "day_camp": (None, "group", "role", "event", None),
    }
    asked = {service.key for service in REGION.services if service.interpreter}
    assert asked == {"psychological_support", "legal_advice"}
    assert [service.position for service in REGION.services] == list(range(1, 17))


def test_a_quick_contact_is_never_a_service() -> None:
    assert NOT_A_SERVICE not in SERVICES


def test_the_desk_has_nine_tiles_and_none_is_confidential() -> None:
    tiles = [service for service in REGION.services if service.desk]

    assert len(tiles) == 9
    assert "author" not in {tile.secrecy for tile in tiles}
    assert not CONFIDENTIAL & {tile.key for tile in tiles}
    assert {SERVICES[key].secrecy for key in CONFIDENTIAL} == {"author"}


def test_the_languages_of_the_file_are_those_of_the_people_who_come() -> None:
    assert LANGUAGES == PERSON_LOCALES
    assert sorted(REGION.languages) == sorted(PERSON_LOCALES)


@pytest.mark.parametrize("service", REGION.services, ids=lambda service: service.key)
def test_every_name_and_thing_to_bring_is_there_in_eight_languages(service: ServiceEntry) -> None:
    assert set(service.names) == set(service.bring) == set(PERSON_LOCALES)
    assert all(service.names.values())
    assert len({len(items) for items in service.bring.values()}) == 1


def test_every_text_is_written_in_the_letters_of_its_language() -> None:
    for place, language, text in texts():
        script = SCRIPTS.get(language, "LATIN")
        for word in re.findall(r"[^\W\d_]+", text):
            scripts = {unicodedata.name(letter).split()[0] for letter in word if letter.isalpha()}
            assert len(scripts) == 1, f"{place}, {language}: «{word}» mixes {scripts}"
        used = {unicodedata.name(letter).split()[0] for letter in text if letter.isalpha()}
        assert script in used, f"{place}, {language}: «{text}» has no letter of its script"
        own = text.replace("Urząd Skarbowy", "").lower()
        strange = set(FOREIGN_LETTERS.get(language, "")) & set(own)
        assert not strange, f"{place}, {language}: «{text}» has {strange}"


def test_polish_acronyms_stay_in_every_language() -> None:
    for institution in REGION.institutions:
        acronym = {"UDSC": "UdSC", "US": "Urząd Skarbowy"}.get(institution.key, institution.key)
        for language, name in institution.names.items():
            assert acronym in name or name == "Tax Office (US)", f"{institution.key}, {language}"


def test_what_to_bring_never_tells_the_kind_of_help() -> None:
    for place, language, text in texts():
        if place.endswith(".bring") and language in TELLING:
            assert not re.search(rf"\b({TELLING[language]})", text, re.IGNORECASE), (place, text)


def test_a_list_to_bring_never_singles_out_confidential_help() -> None:
    lists = Counter(
        tuple(one.bring["en"]) for one in REGION.services if one.key not in CONFIDENTIAL
    )

    assert all(lists[tuple(SERVICES[key].bring["en"])] >= 3 for key in CONFIDENTIAL)


def test_every_text_fits_its_column() -> None:
    rows = {
        Region: [REGION],
        Centre: REGION.centres,
        Institution: REGION.institutions,
        Service: REGION.services,
        Place: REGION.places,
    }
    for model, entries in rows.items():
        for column in model.__table__.columns:
            if isinstance(column.type, String) and column.type.length:
                for entry in entries:
                    value = getattr(entry, column.name, "")
                    text = value if isinstance(value, str) else " ".join(map(str, value or ()))
                    assert len(text) <= column.type.length, f"{column}: {text}"


def test_people_are_accompanied_to_the_offices_of_five_towns_a_court_and_a_doctor() -> None:
    places = {place.key: place for place in REGION.places}

    assert set(places) == {
        *("wuw_poznan", "wuw_konin", "wuw_kalisz", "wuw_leszno", "wuw_pila"),
        *("zus", "tax_office", "job_office", "court", "hospital"),
    }
    assert {key for key, place in places.items() if place.institution == "WUW"} == {
        key for key in places if key.startswith("wuw_")
    }
    assert [key for key, place in places.items() if not place.assumed] == ["wuw_poznan"]
    assert all(set(place.names) == set(PERSON_LOCALES) for place in REGION.places)
    assert [place.position for place in REGION.places] == list(range(1, 11))


def test_limits_of_booking_leave_confidential_help_within_reach() -> None:
    limits = {
        one.key: (one.notice_minutes, one.horizon_days, one.per_person, one.specialists)
        for one in REGION.services
    }

    assert limits["psychological_support"] == (0, 120, 12, 1)
    assert limits["legal_advice"] == (0, 90, 4, 1)
    assert limits["accompaniment"] == (1440, 60, 4, 1)
    assert limits["polish_course"] == (0, 90, None, 1)
    assert {specialists for *_, specialists in limits.values()} == {1}
