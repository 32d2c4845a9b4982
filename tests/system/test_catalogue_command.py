"""`make catalogues` on a small project: nothing is guessed, nothing is lost, nothing churns."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest
from babel.messages.pofile import read_po

SCRIPT = Path(__file__).resolve().parents[2] / "deploy" / "catalogues.py"
CODE = """
from cic_cases.foundation.i18n import _, ngettext, pgettext
# Translators: on the sign-in page
_("Good morning, %(name)s", name=name)
ngettext("%(num)s visit", "%(num)s visits", visits)
pgettext("office", "Appeal")
"""
PAGE = '{{ _("Your booking") }} {{ npgettext("queue", "%(num)s day", "%(num)s days", n) }}'


@pytest.fixture
def catalogues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, working on a project of one module and one page for people."""
    spec = importlib.util.spec_from_file_location("catalogues", SCRIPT)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    monkeypatch.setattr(script, "ROOT", tmp_path)
    monkeypatch.setattr(script, "TRANSLATIONS", tmp_path / "translations")
    monkeypatch.setattr(script, "TEMPLATE", tmp_path / "translations" / "messages.pot")
    write(tmp_path / "cic_cases" / "code.py", CODE)
    write(tmp_path / "templates" / "portal" / "page.html", PAGE)
    script.update()
    return script


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def texts(script: ModuleType, language: str) -> dict[str, object]:
    with script.catalogue_path(language).open("rb") as file:
        found = read_po(file, locale=language)
    return {m.id if isinstance(m.id, str) else m.id[0]: m.string for m in found if m.id}


def translate(script: ModuleType, language: str, text: str, into: str, mark: str = "") -> None:
    path = script.catalogue_path(language)
    before = f'msgid "{text}"\nmsgstr ""'
    content = path.read_text(encoding="utf-8")
    assert before in content
    write(path, content.replace(before, f'{mark}msgid "{text}"\nmsgstr "{into}"'))


def test_staff_read_everything_and_other_languages_only_what_people_read(catalogues):
    assert set(texts(catalogues, "pl")) == {
        "Good morning, %(name)s",
        "%(num)s visit",
        "Appeal",
        "Your booking",
        "%(num)s day",
    }
    assert set(texts(catalogues, "ka")) == {"Your booking", "%(num)s day"}


@pytest.mark.parametrize(
    ("language", "forms"),
    [("pl", 3), ("uk", 3), ("ru", 3), ("en", 2), ("es", 2), ("az", 2), ("tr", 1), ("ka", 1)],
)
def test_every_language_has_its_own_number_of_plural_forms(catalogues, language, forms):
    assert len(texts(catalogues, language)["%(num)s day"]) == forms


def test_english_is_its_own_translation(catalogues):
    english = texts(catalogues, "en")

    assert english["Appeal"] == "Appeal"
    assert english["%(num)s visit"] == ("%(num)s visit", "%(num)s visits")


def test_a_second_run_changes_no_byte(catalogues):
    files = [path for path, _ in catalogues.everything()]
    before = [path.read_bytes() for path in files]

    catalogues.update()

    assert [path.read_bytes() for path in files] == before
    assert b"POT-Creation-Date" not in b"".join(before)


def test_a_translation_stays_while_its_text_moves(catalogues, tmp_path):
    translate(catalogues, "pl", "Your booking", "Twój termin")
    write(tmp_path / "templates" / "portal" / "page.html", "\n\n" + PAGE)

    catalogues.update()

    assert texts(catalogues, "pl")["Your booking"] == "Twój termin"


def test_a_changed_text_is_to_be_translated_anew_and_the_old_one_goes(catalogues, tmp_path):
    translate(catalogues, "pl", "Your booking", "Twój termin")
    write(tmp_path / "templates" / "portal" / "page.html", PAGE.replace("booking", "bookings"))

    catalogues.update()

    assert texts(catalogues, "pl")["Your bookings"] == ""
    assert "Twój termin" not in catalogues.catalogue_path("pl").read_text(encoding="utf-8")


def test_a_guess_is_no_translation(catalogues):
    translate(catalogues, "pl", "Your booking", "Twoja książka", mark="#, fuzzy\n")

    catalogues.update()

    assert texts(catalogues, "pl")["Your booking"] == ""


@pytest.mark.parametrize(
    ("into", "complaint"),
    [
        pytest.param("", "not translated: 'Good morning, %(name)s'", id="nothing"),
        pytest.param("Dzień dobry", "(%(name)s): 'Good morning", id="a placeholder lost"),
        pytest.param("%(name)s %(nmae)s", "(%(nmae)s): 'Good morning", id="one too many"),
        pytest.param("Dzień dobry, %(name)s", None, id="right"),
    ],
)
def test_the_check_says_what_is_wrong(catalogues, capsys, into, complaint):
    translate(catalogues, "pl", "Good morning, %(name)s", into)
    capsys.readouterr()

    assert catalogues.check() == 1
    about_this = [x for x in capsys.readouterr().out.splitlines() if "/pl/" in x and "Good" in x]
    assert bool(about_this) == bool(complaint)
    assert all(complaint in line for line in about_this)


@pytest.mark.parametrize(
    ("language", "forms", "right"),
    [
        ("pl", ("jedna wizyta", "%(num)s wizyty", "%(num)s wizyt"), True),
        ("pl", ("%(num)s wizyta", "wizyty", "%(num)s wizyt"), False),
        ("uk", ("один візит", "%(num)s візити", "%(num)s візитів"), False),  # also 21, 31, …
    ],
)
def test_only_a_form_for_one_number_may_leave_the_number_out(catalogues, language, forms, right):
    catalogue = catalogues.Catalog(locale=language)
    catalogue.add(("%(num)s visit", "%(num)s visits"), forms)

    assert (list(catalogues.faults(catalogue)) == []) == right


def test_the_check_notices_a_text_that_was_not_extracted(catalogues, tmp_path, capsys):
    write(tmp_path / "cic_cases" / "more.py", '_("Newly written")')

    assert catalogues.check() == 1
    assert "messages.pot: out of date" in capsys.readouterr().out
