"""What is wrong in a region file is told in one go: file, key, reason, what to do."""

from datetime import date, time
from pathlib import Path

import pytest

from cic_cases.centres.region_entries import Opening
from cic_cases.centres.region_file import RegionFileProblems, read
from cic_cases.foundation.resources import resource

REAL = resource("regions/wielkopolska.toml")
TEXT = REAL.read_text(encoding="utf-8")
LEGAL = 'key = "legal_advice"\nminutes = 40\nbooking = "slot"\nsecrecy = "author"\n'
ANOTHER_CENTRE = TEXT[TEXT.index('[[centre]]\nslug = "pila"') : TEXT.index("# Offices whose")]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "region.toml"


def problems_of(file: Path) -> tuple[str, ...]:
    with pytest.raises(RegionFileProblems) as caught:
        read(file)
    return caught.value.lines


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        pytest.param(
            'sms_name = "CIC Poznań"\n',
            "",
            'centre.poznan.sms_name: is missing, add sms_name = "…"',
            id="a key is missing",
        ),
        pytest.param(
            'sms_name = "CIC Konin"',
            'smsname = "CIC Konin"\nsms_name = "CIC Konin"',
            "centre.konin.smsname: is not a known key, did you mean «sms_name»?",
            id="a key is misspelt",
        ),
        pytest.param(
            'booking = "walk_in"\nsecrecy = "open"',
            'booking = "walk-in"\nsecrecy = "open"',
            "service.information.booking: «walk-in» is not known, did you mean «walk_in»?",
            id="a word is misspelt",
        ),
        pytest.param(
            '[[institution]]\nkey = "WUP"',
            '[[institutions]]\nkey = "X"\n[[institution]]\nkey = "WUP"',
            "institutions: is not a known key, did you mean «institution»?",
            id="a table is misspelt",
        ),
        pytest.param(
            'institution = "WUP"',
            'institution = "WUPP"',
            "service.career_advice.institution: «WUPP» is not known, did you mean «WUP»?",
            id="a service refers to an unknown institution",
        ),
        pytest.param(
            'bring = ["card", "notebook"]\n[service.names]\npl = "Kurs j',
            'bring = ["card", "notebok"]\n[service.names]\npl = "Kurs j',
            "service.polish_course.bring: «notebok» is not known, did you mean «notebook»?",
            id="a service refers to an unknown thing to bring",
        ),
        pytest.param(
            "on = 2026-12-12\n",
            'on = 2026-12-12\ncentres = ["poznan", "lezsno"]\n',
            "opening_date.2026-12-12.centres: «lezsno» is not known, did you mean «leszno»?",
            id="a date refers to an unknown centre",
        ),
        pytest.param(
            "on = 2027-01-09\n",
            "on = 2026-12-12\n",
            "opening_date.2026-12-12.on: 2026-12-12 is there twice for poznan, leszno, "
            "konin, kalisz, pila, take one away",
            id="a date is there twice",
        ),
        pytest.param(
            "on = 2027-01-09\n",
            'on = "2027-01-09"\n',
            "opening_date.2027-01-09.on: '2027-01-09' is not what belongs here, "
            "write on = 2026-12-12",
            id="a date is in quotes",
        ),
        pytest.param(
            "# Offices whose",
            ANOTHER_CENTRE + "# Offices whose",
            "centre.pila.slug: «pila» is there twice, rename or remove one",
            id="a centre is there twice",
        ),
        pytest.param(
            'slug = "konin"',
            'slug = "Konin!"',
            "centre.Konin!.slug: «Konin!» has the wrong shape, write it like poznan",
            id="a slug that cannot stand in an address",
        ),
        pytest.param(
            'wed = ["07:30", "19:00"]',
            'wed = ["19:00", "07:30"]',
            "hours.wed: 07:30 is not after 19:00, write opening time first",
            id="a day closes before it opens",
        ),
        pytest.param(
            'wed = ["07:30", "19:00"]',
            'wed = ["7.30", "19:00"]',
            "hours.wed: «7.30» is not a time, write hours and minutes like 07:30",
            id="a time of the wrong shape",
        ),
        pytest.param(
            'wed = ["07:30", "19:00"]',
            'wed = ["07:30"]',
            'hours.wed: needs two times, write wed = ["07:30", "15:30"]',
            id="a day that never closes",
        ),
        pytest.param(
            'wed = ["07:30", "19:00"]',
            'wen = ["07:30", "19:00"]',
            "hours.wen: is not a known key, did you mean «wed»?",
            id="a weekday is misspelt",
        ),
        pytest.param(
            'phone = "+48887063112"',
            'phone = "887 063 112"',
            "centre.poznan.phone: «887 063 112» is no such number, write it like +48887063112",
            id="a phone without its country",
        ),
        pytest.param(
            'phone = "+48887063112"',
            'phone = "+48007063112"',
            "centre.poznan.phone: «+48007063112» is no such number, write it like +48887063112",
            id="a phone that cannot exist",
        ),
        pytest.param(
            'ka = "იურიდიული კონსულტაცია"\n',
            "",
            'service.legal_advice.names.ka: is missing, add ka = "…"',
            id="a name is missing in one language",
        ),
        pytest.param(
            'az = "dəftər və qələm"\n',
            "",
            'bring.notebook.az: is missing, add az = "…"',
            id="a thing to bring is missing in one language",
        ),
        pytest.param(
            'en = "Legal advice"',
            'en = " "',
            "service.legal_advice.names.en: is empty, or has spaces around it or line breaks, "
            "write plain text",
            id="a name is blank",
        ),
        pytest.param(
            'timezone = "Europe/Warsaw"',
            'timezone = "Europe/Warszawa"',
            "region.timezone: «Europe/Warszawa» is not known, did you mean «Europe/Warsaw»?",
            id="an unknown time zone",
        ),
        pytest.param(
            'country = "PL"',
            'country = "PO"',
            "region.country: «PO» is not known, write one of the 250 known ones, e.g. AF",
            id="an unknown country",
        ),
        pytest.param(
            '"UA", "BY"',
            '"UA", "UA"',
            "region.citizenships: «UA» is there twice, take one away",
            id="a citizenship is there twice",
        ),
        pytest.param(
            'languages = ["uk"',
            'languages = ["ua"',
            "region.languages: «ua» is not known, write one of: pl, uk, en, ru, es, tr, ka, az",
            id="an unknown language",
        ),
        pytest.param(
            'reminder_at = "10:00"',
            'reminder_at = "06:30"',
            "region.reminder_at: 06:30 wakes people, write a time from 08:00 to 20:00",
            id="reminders in the early morning",
        ),
        pytest.param(
            'city = "Konin"',
            'city = "Konin"\nreminder_at = "20:01"',
            "centre.konin.reminder_at: 20:01 wakes people, write a time from 08:00 to 20:00",
            id="one centre's reminders in the evening",
        ),
        pytest.param(
            "reminder_days = [1]",
            "reminder_days = [1, 1]",
            "region.reminder_days: is no list of different numbers, write some from 1 to 14",
            id="two reminders on one day",
        ),
        pytest.param(
            "reminder_days = [1]",
            "reminder_days = [30, 1]",
            "region.reminder_days: is no list of different numbers, write some from 1 to 14",
            id="a reminder a month before",
        ),
        pytest.param(
            "reminder_days = [1]",
            "reminder_days = []",
            "region.reminder_days: is no list of different numbers, write some from 1 to 14",
            id="no reminder at all",
        ),
        pytest.param(
            LEGAL,
            LEGAL + "desk = true\n",
            "service.legal_advice.desk: confidential help is recorded by its author, "
            "write desk = false",
            id="confidential help on the desk's tiles",
        ),
        pytest.param(
            LEGAL,
            LEGAL.replace("author", "open"),
            "service.legal_advice.secrecy: such help is confidential by law, "
            'write secrecy = "author"',
            id="confidential help shown to reception",
        ),
        pytest.param(
            'key = "integration_event"',
            'key = "quick_contact"',
            "service.quick_contact.key: a quick contact has no person and is no service, "
            "remove this table",
            id="a quick contact as a service",
        ),
        pytest.param(
            "minutes = 50",
            "minutes = true",
            "service.psychological_support.minutes: True is not what belongs here, "
            "write minutes = 5",
            id="a length that is no number",
        ),
        pytest.param(
            "minutes = 50\n",
            "",
            "service.psychological_support.minutes: is missing, add minutes = 5",
            id="a slot without a length",
        ),
        pytest.param(
            "minutes = 50",
            "minutes = 500",
            "service.psychological_support.minutes: 500 is out of range, "
            "write a number from 5 to 480",
            id="a length beyond a day's work",
        ),
        pytest.param(
            'city = "Poznań"',
            f'city = "{"P" * 81}"',
            "centre.poznan.city: has 81 characters, shorten it to 80",
            id="a text that does not fit",
        ),
    ],
)
def test_one_mistake_is_named(file: Path, old: str, new: str, line: str) -> None:
    assert old in TEXT
    file.write_text(TEXT.replace(old, new, 1), encoding="utf-8")

    assert problems_of(file) == (f"{file}: {line}",)


def test_an_impossible_email_is_named(file: Path) -> None:
    file.write_text(TEXT.replace("info.cickonin@", "info.cickonin"), encoding="utf-8")

    (line,) = problems_of(file)
    assert line.startswith(
        f"{file}: centre.konin.email: «info.cickoninrops.poznan.pl» is no e-mail"
    )


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        pytest.param(b'[region]\nslug = "x\n', "is not valid TOML: Illegal", id="an open quote"),
        pytest.param(b"[region\n", "is not valid TOML: Expected ']'", id="an open bracket"),
        pytest.param(b"a = " + b"[" * 9000, "is not valid TOML", id="brackets without end"),
        pytest.param(b'\n[region]\nname = "Pozna\xf1"\n', "line 3: is not UTF-8", id="Latin-2"),
        pytest.param(b"", "region: is missing", id="an empty file"),
        pytest.param(b"region = 7\n", "region: 7 is not what belongs here", id="no table"),
        pytest.param(b"centre = [1]\n", "centre: is not a list of tables", id="no list of tables"),
    ],
)
def test_a_file_that_is_no_region_file(file: Path, content: bytes, reason: str) -> None:
    file.write_bytes(content)

    assert any(line.startswith(f"{file}: {reason}") for line in problems_of(file))


def test_broken_toml_names_the_line(file: Path) -> None:
    file.write_text(TEXT.replace('slug = "wielkopolska"', 'slug = "wielkopolska'), encoding="utf-8")
    number = TEXT[: TEXT.index('slug = "wielkopolska"')].count("\n") + 1

    (line,) = problems_of(file)
    assert f"(at line {number}, " in line


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    assert problems_of(tmp_path / "no.toml") == (
        f"{tmp_path / 'no.toml'}: cannot be read: No such file or directory, check the path",
    )
    assert "Is a directory" in problems_of(tmp_path)[0]


def test_every_mistake_is_told_at_once(file: Path) -> None:
    broken = TEXT.replace('phone = "+48887063112"', 'phone = "112"')
    broken = broken.replace('timezone = "Europe/Warsaw"', 'timezone = "Mars"')
    file.write_text(broken.replace('key = "US"', 'key = "us"'), encoding="utf-8")

    told = {line.split(": ")[1] for line in problems_of(file)}

    wrong_keys = {"centre.poznan.phone", "region.timezone", "institution.us.key"}
    of_us = {"service.tax_consultation.institution", "place.tax_office.institution"}
    assert told == wrong_keys | of_us


def test_a_file_written_on_windows_is_read(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())

    assert read(file).centres == read(REAL).centres


def test_a_centre_may_have_its_own_zone_reminder_hours_and_dates(file: Path) -> None:
    own = 'city = "Konin"\ntimezone = "Europe/Kyiv"\nreminder_at = "18:30"\n'
    own += "reminder_days = [1, 3]\n"
    text = TEXT.replace('city = "Konin"\n', own)
    start = text.index("rooms = 3", text.index(own))
    text = text[:start] + 'hours = { sat = ["10:00", "14:00"] }\n' + text[start:]
    text = text.replace("on = 2026-12-12\n", 'on = 2026-12-12\ncentres = ["konin"]\n')
    file.write_text(text, encoding="utf-8")

    centres = {centre.slug: centre for centre in read(file).centres}

    konin = centres["konin"]
    assert (konin.timezone, konin.reminder_at) == ("Europe/Kyiv", time(18, 30))
    assert konin.reminder_days == (3, 1)
    assert konin.week == {5: Opening(time(10), time(14), assumed=False)}
    assert date(2026, 12, 12) in konin.dates
    assert date(2026, 12, 12) not in centres["poznan"].dates
    assert centres["poznan"].timezone == "Europe/Warsaw"
