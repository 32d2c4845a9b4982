"""The slip and the card: in the person's language, nameless, and without a centre if asked."""

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from flask import render_template
from markupsafe import Markup

from cic_cases.foundation.i18n import PERSON_LOCALES, in_language
from cic_cases.notifications.paper import SlipFacts, card_words, qr, readable_phone
from tests.notifications.speech import speaking

FACTS = SlipFacts.of(
    starts_at=datetime(2026, 12, 1, 9, 20, tzinfo=UTC),
    timezone=ZoneInfo("Europe/Warsaw"),
    centre="Centrum Integracji Cudzoziemców w Poznaniu",
    address="ul. Nowowiejskiego 25",
    city="Poznań",
    phone="+48887063112",
    reference="QNJ5TQ",
)
BRING = ["паспорт або карта побиту", "лист з установи, якщо він у Вас є"]
CODE = "836-VY9-YEX"
INSTITUTIONS = ("CIC", "Centrum", "Центр", "Poznań", "Nowowiejskiego", "карта побиту")
BODY = re.compile(r'<div class="sheets">(.*)</div>\s*</main>', re.DOTALL)


@pytest.fixture
def printed(app):
    """The sheets that a template puts on paper, in a language."""

    def printed(template: str, language: str, **values: object) -> str:
        with app.test_request_context(), in_language(language):
            page = render_template(f"letters/{template}.html", **values)
        return BODY.search(page).group(1)

    return printed


def slip(printed, language: str = "uk", *, neutral: bool = False) -> str:
    picture = qr(FACTS.reference, label="QR")
    values = {"booking": FACTS, "bring": BRING, "qr": picture, "neutral": neutral}
    return printed("slip", language, **values)


def card(printed, language: str = "uk", *, neutral: bool = False) -> str:
    with speaking("en"):
        words = card_words(language)
    return printed(
        "card", language, code=CODE, qr=qr(CODE, label="QR"), words=words, neutral=neutral
    )


def test_the_facts_of_a_slip_are_read_off_the_clocks_of_the_centre():
    assert (FACTS.day, FACTS.time) == (date(2026, 12, 1), "10:20")
    assert FACTS.reference == "QNJ-5TQ"
    assert FACTS.phone == "+48 887 063 112"


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+48887063112", "+48 887 063 112"),
        ("+380441234567", "+380 44 123 4567"),
        ("+995322123456", "+995 32 212 34 56"),
    ],
)
def test_a_phone_number_is_shown_in_groups_with_its_country(number, shown):
    assert readable_phone(number) == shown


def test_a_qr_code_is_markup_without_a_style():
    picture = qr(CODE, label='"><script>')

    assert isinstance(picture, Markup)
    assert "<script" not in picture
    assert "style" not in picture
    assert picture.startswith('<svg class="qr" viewBox="-2 -2 25 25" role="img"')


def test_a_qr_code_has_its_three_finders_and_a_quiet_zone():
    drawn = set(re.findall(r"M(\d+) (\d+)h1v1h-1z", qr(CODE, label="QR")))
    finder = {(x, y) for x in range(7) for y in range(7) if x in (0, 6) or y in (0, 6)}

    for left, top in ((0, 0), (14, 0), (0, 14)):
        assert {(str(x + left), str(y + top)) for x, y in finder} <= drawn


@pytest.mark.parametrize("language", PERSON_LOCALES)
def test_a_card_speaks_the_language_of_its_holder_first_and_polish_to_reception(language):
    with speaking("en"):
        words = card_words(language)

    assert [line.language for line in words.front] == list(dict.fromkeys((language, "pl")))
    assert len({line.language for line in words.back}) == len(words.back) == 4
    assert words.back[0].language == language
    assert "pl" in {line.language for line in words.back}
    assert len({line.text for line in words.back}) == 4


@pytest.mark.parametrize("language", [*PERSON_LOCALES])
@pytest.mark.sqlite_only
def test_a_slip_has_all_that_is_needed_to_come(printed, language):
    text = slip(printed, language)

    for needed in ("10:20", "ul. Nowowiejskiego 25, Poznań", "QNJ-5TQ", "+48 887 063 112", *BRING):
        assert needed in text
    assert '<svg class="qr"' in text


@pytest.mark.sqlite_only
def test_a_slip_is_written_in_the_language_of_the_person(printed):
    text = slip(printed, "uk")

    assert "Ваш візит" in text
    assert "вівторок, 1 грудня" in text
    assert "псевдонімізовані дані" in text
    assert "Ім’я не потрібне. Безкоштовно." in text


@pytest.mark.parametrize("language", PERSON_LOCALES)
@pytest.mark.sqlite_only
def test_a_neutral_slip_names_no_institution_no_place_and_no_papers(printed, language):
    text = slip(printed, language, neutral=True)

    assert [name for name in (*INSTITUTIONS, "i-mark", *BRING) if name in text] == []
    assert "QNJ-5TQ" in text


@pytest.mark.sqlite_only
def test_a_card_has_the_code_twice_and_no_name(printed):
    text = card(printed)

    assert CODE in text
    assert '<svg class="qr"' in text
    assert "Покажіть цю картку на рецепції" in text
    assert "Pokaż tę kartę w recepcji" in text


@pytest.mark.sqlite_only
def test_a_neutral_card_has_the_code_and_nothing_else(printed):
    text = card(printed, neutral=True)

    assert re.sub(r"<[^>]*>", "", text).split() == [CODE]


@pytest.mark.parametrize("neutral", [False, True])
@pytest.mark.sqlite_only
def test_nothing_on_paper_is_styled_inline(printed, neutral):
    sheets = slip(printed, neutral=neutral) + card(printed, neutral=neutral)

    assert "style=" not in sheets
    assert "<script" not in sheets
