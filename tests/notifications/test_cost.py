"""What an SMS costs with the real values of every centre, and which texts are too long."""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cic_cases.centres.region_file import read
from cic_cases.foundation.i18n import PERSON_LOCALES
from cic_cases.foundation.resources import PACKAGE
from cic_cases.notifications import own_texts
from cic_cases.notifications.cost import (
    allowed_parts,
    cost,
    dearest,
    longest_values,
    overruns,
    problems,
)
from cic_cases.notifications.sms_text import BASIC, EXTENDED, Encoding, fold, parts
from tests.conftest import MONDAY
from tests.notifications.speech import speaking

REGION = PACKAGE / "regions" / "wielkopolska.toml"
LONG = "{centre} {address} {date} {time} {phone} " + "x" * 88
LETTERS = st.sampled_from("aąłżЖჯ€[]^{}é😀 .")


@dataclass
class Place:
    slug: str = "poznan"
    city: str = "Poznań"
    sms_name: str = "CIC Poznań"
    address: str = "ul. Nowowiejskiego 25"
    phone: str = "+48887063112"


def recounted(text: str) -> int:
    """The parts of `text`, counted part by part from the letters alone."""
    plain = all(letter in BASIC | EXTENDED for letter in text)
    widths = [
        (2 if letter in EXTENDED else 1) if plain else (2 if ord(letter) > 0xFFFF else 1)
        for letter in text
    ]
    one, several = (160, 153) if plain else (70, 67)
    if sum(widths) <= one:
        return 1
    filled = [0]
    for width in widths:
        if filled[-1] + width > several:
            filled.append(0)
        filled[-1] += width
    return len(filled)


@given(st.text(LETTERS, max_size=400), st.sampled_from(PERSON_LOCALES))
def test_parts_are_those_of_a_recount_of_what_is_sent(text, language):
    found = cost(text, language, 80)

    assert found.body == fold(text, language)
    assert found.parts == parts(found.body) == recounted(found.body)
    assert found.price == found.parts * 80
    assert bool(found.too_many) == (found.parts > allowed_parts(language))


@given(st.text(LETTERS, max_size=60), st.sampled_from(["pl", "es", "tr", "az", "en"]))
def test_folding_twice_changes_nothing_more(text, language):
    assert fold(fold(text, language), language) == fold(text, language)


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("a" * 160, "pl", (Encoding.GSM7, 1, 0)),
        ("ą" * 161, "pl", (Encoding.GSM7, 2, 1)),
        ("€" * 80 + "a", "pl", (Encoding.GSM7, 2, 1)),
        ("ж" * 134, "uk", (Encoding.UCS2, 2, 0)),
        ("ж" * 135, "uk", (Encoding.UCS2, 3, 1)),
        ("ჯ" * 140, "ka", (Encoding.UCS2, 3, 6)),
        ("ж" * 71, "pl", (Encoding.UCS2, 2, 1)),
    ],
)
def test_a_text_is_too_long_by_so_many_characters(text, language, expected):
    found = cost(text, language)

    assert (found.encoding, found.parts, found.too_many) == expected
    assert found.price is None


def test_every_text_fits_at_every_centre_of_the_region():
    centres = read(REGION).centres

    assert len(centres) == 5
    with speaking("pl"):
        assert list(overruns(centres, {})) == []


def test_a_longer_address_is_told_with_text_language_and_number_of_characters():
    long = Place(address="Aleje Powstańców Wielkopolskich 75/13, klatka schodowa C")
    with speaking("pl"):
        found = list(overruns([long], {}))
        text = own_texts.fill(own_texts.usual("booking_confirmation"), longest_values(long))

    told = next(one for one in found if one.language == "pl")
    assert (told.slug, told.key) == ("poznan", "booking_confirmation")
    assert told.too_many == len(fold(text, "pl")) - 160 > 0
    assert {one.key for one in found} == {"booking_confirmation"}
    assert f"is {told.too_many} characters too long" in str(told)


def test_a_regions_own_words_are_measured_instead_of_the_usual_ones():
    own = {("discreet_call_us", "pl"): "Proszę zadzwonić: {phone}. " + "x" * 150}
    with speaking("pl"):
        found = list(overruns([Place()], own))

    assert [(one.key, one.language) for one in found] == [("discreet_call_us", "pl")]


def test_the_worst_centre_is_the_one_with_the_longest_values():
    far = replace(Place(), slug="pila", address="Al. Powstańców Wielkopolskich 75/13")

    centre, found = dearest("{centre}, {address}: {date}", "pl", [Place(), far, Place()], 80)

    assert centre is far
    assert (found.parts, found.price) == (1, 80)


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = REGION.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "region.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_a_region_file_whose_address_is_too_long_is_refused(app, tmp_path, more):
    path = changed(
        tmp_path, '"ul. Chopina 23B"', '"ul. Chopina 23B, wejście od podwórza, drugie piętro"'
    )

    result = app.test_cli_runner().invoke(args=["region", "load", str(path), *more])

    assert result.exit_code == 1
    assert (
        "centre.konin: the message «booking_confirmation» in «az» is 6 characters" in result.stderr
    )
    assert "shorten the sms_name or the address" in result.stderr
    assert app.test_cli_runner().invoke(args=["region", "load", str(REGION)]).exit_code == 0


@pytest.mark.parametrize(("text", "told"), [(LONG, 1), (LONG + " {unknown}", 0)])
def test_own_words_in_use_are_measured_when_the_region_file_is_loaded(
    app, session, make, text, told
):
    centre, key = make.centre(), "reminder_day_before"
    someone = make.staff("region", centre)
    own_texts.save(session, centre.region_id, key, "pl", text, at=MONDAY, by=someone)

    lines = problems(session, read(REGION))

    assert len(lines) == told
    assert all(f"centre.pila: the message «{key}» in «pl» is" in line for line in lines)
