"""The catalogues themselves: complete, exact, and equal to the texts in the sources."""

import gettext
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import polib
import pytest
from babel.messages.pofile import read_po

from cic_cases.foundation.i18n import PERSON_LOCALES, STAFF_LOCALES
from cic_cases.foundation.resources import resource

FOLDER = resource("translations")
SCRIPT = Path(__file__).parents[2] / "deploy" / "catalogues.py"
FORMS = {"pl": 3, "uk": 3, "en": 2, "ru": 3, "es": 2, "tr": 1, "ka": 1, "az": 2}
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%[a-z]")
CYRILLIC, GEORGIAN = re.compile("[а-яіїєґ]", re.IGNORECASE), re.compile("[ა-ჰ]")


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("catalogues_checked", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def catalogue(language: str) -> polib.POFile:
    return polib.pofile(str(FOLDER / language / "LC_MESSAGES" / "messages.po"))


def keys(entries: polib.POFile) -> set[tuple[str | None, str, str]]:
    return {(one.msgctxt, one.msgid, one.msgid_plural) for one in entries}


def texts(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def test_there_is_a_catalogue_for_every_language_and_no_other():
    assert {path.name for path in FOLDER.iterdir() if path.is_dir()} == set(PERSON_LOCALES)


def test_the_check_of_the_build_is_content(script: ModuleType, capsys: pytest.CaptureFixture[str]):
    assert script.check() == 0, capsys.readouterr().out


@pytest.mark.parametrize("language", PERSON_LOCALES)
def test_every_text_is_translated_and_nothing_is_guessed_or_left_over(language: str):
    found = catalogue(language)

    assert [one.msgid for one in found.untranslated_entries()] == []
    assert [one.msgid for one in found.fuzzy_entries()] == []
    assert [one.msgid for one in found.obsolete_entries()] == []
    assert [one.msgid for one in found if not all(text.strip() for text in texts(one))] == []


@pytest.mark.parametrize("language", PERSON_LOCALES)
def test_plurals_have_as_many_forms_as_the_language(language: str):
    with (FOLDER / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        header = read_po(file, locale=language)
    form_of = gettext.c2py(header.plural_expr)

    assert header.num_plurals == FORMS[language]
    assert {form_of(n) for n in range(200)} == set(range(FORMS[language]))
    for entry in catalogue(language):
        if entry.msgid_plural:
            assert sorted(entry.msgstr_plural) == list(range(FORMS[language])), entry.msgid


@pytest.mark.parametrize("language", PERSON_LOCALES)
def test_no_form_of_a_translation_names_what_the_text_does_not(language: str):
    for entry in catalogue(language):
        known = set(PLACEHOLDER.findall(entry.msgid + entry.msgid_plural))
        needed = known - {"%(num)s"} if entry.msgid_plural else known
        for text in texts(entry):
            assert needed <= set(PLACEHOLDER.findall(text)) <= known, entry.msgid


@pytest.mark.parametrize("language", STAFF_LOCALES)
def test_staff_languages_hold_every_text(language: str):
    assert keys(catalogue(language)) == keys(polib.pofile(str(FOLDER / "messages.pot")))


@pytest.mark.parametrize("language", sorted(set(PERSON_LOCALES) - set(STAFF_LOCALES)))
def test_the_other_languages_hold_exactly_what_people_read(script: ModuleType, language: str):
    read = {
        (one.context, *(one.id if one.pluralizable else (one.id, "")))
        for one in script.extracted(script.READ_BY_PEOPLE)
        if one.id
    }

    assert keys(catalogue(language)) == read


@pytest.mark.parametrize("language", PERSON_LOCALES)
def test_white_space_and_the_last_mark_are_kept(language: str):
    for entry in catalogue(language):
        for text in texts(entry):
            assert text == text.strip() or entry.msgid != entry.msgid.strip(), entry.msgid
            assert ("\n" in text) == ("\n" in entry.msgid), entry.msgid


@pytest.mark.parametrize(
    ("language", "script_of", "least"),
    [("uk", CYRILLIC, 0.9), ("ru", CYRILLIC, 0.9), ("ka", GEORGIAN, 0.9)],
)
def test_translations_are_written_in_the_script_of_the_language(language, script_of, least):
    sentences = [text for one in catalogue(language) for text in texts(one) if len(text) > 12]
    written = [text for text in sentences if script_of.search(text)]

    assert len(written) >= least * len(sentences)


def test_ukrainian_and_russian_are_not_mixed_up():
    for entry in catalogue("uk"):
        assert not re.search("[ыэъё]", " ".join(texts(entry)), re.IGNORECASE), entry.msgid
    for entry in catalogue("ru"):
        assert not re.search("[іїєґ]", " ".join(texts(entry)), re.IGNORECASE), entry.msgid
