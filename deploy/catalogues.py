"""Keep the translation catalogues equal to the texts in the code and the templates.

`extract` writes `messages.pot`; `update` also brings every catalogue in line with it; `check`
changes nothing and exits 1 with each reason why a catalogue is out of date, incomplete or wrong.

Staff languages hold every text. The other languages hold only what the people we serve may read.
English is its own source, so its catalogue is filled here. Nothing is ever guessed from a similar
text ("fuzzy"), and no date or line number is written: only a changed text changes a file.
"""

import argparse
import gettext
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from babel import Locale
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
TRANSLATIONS = ROOT / "translations"
TEMPLATE = TRANSLATIONS / "messages.pot"
SOURCE_LANGUAGE = "en"
STAFF_LANGUAGES = ("pl", "uk", "en", "ru")
PERSON_LANGUAGES = ("es", "tr", "ka", "az")  # those that staff do not work in

EVERYTHING = ("cic_cases/**/*.py", "templates/**/*.html", "templates/**/*.txt")
READ_BY_PEOPLE = (
    "cic_cases/failures.py",
    "cic_cases/notifications/ics.py",
    "cic_cases/notifications/manage_links.py",
    "cic_cases/notifications/paper.py",
    "cic_cases/notifications/texts.py",
    "cic_cases/portal/**/*.py",
    "templates/errors/*.html",
    "templates/layouts/public.html",
    "templates/letters/**/*.html",
    "templates/portal/**/*.html",
)
METHODS = {".py": "python", ".html": "jinja2", ".txt": "jinja2"}
OPTIONS = {"jinja2": {"silent": "false"}}
KEYWORDS: dict[str, Any] = {
    "_": None,
    "N_": None,
    "gettext": None,
    "lazy": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "lazy_pgettext": ((1, "c"), 2),
    "NP_": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}
KEPT_HEADERS = (
    "Language",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Plural-Forms",
)
HEADER_LINE = re.compile(rb'^"([A-Za-z-]+): .*\\n"\n', re.MULTILINE)
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]")
COUNT = "%(num)s"
COUNTS = range(200)  # enough to meet every plural form of every language here


def extracted(patterns: tuple[str, ...]) -> Catalog:
    """Every marked text in the files that `patterns` name, in an empty catalogue."""
    catalogue = Catalog(header_comment="# Texts of CIC Cases.")
    for path in sorted({p for pattern in patterns for p in ROOT.glob(pattern)}):
        method = METHODS[path.suffix]
        found = extract_from_file(
            method,
            path,
            keywords=KEYWORDS,
            comment_tags=("Translators:",),
            options=OPTIONS.get(method, {}),
            strip_comment_tags=True,
        )
        for line, text, comments, context in found:
            where = [(str(path.relative_to(ROOT)), line)]
            catalogue.add(text, None, where, auto_comments=comments, context=context)
    return catalogue


def updated(template: Catalog, language: str) -> Catalog:
    """The catalogue of `language` for exactly the texts of `template`, translations kept."""
    path = catalogue_path(language)
    kept = _read(path, language) if path.exists() else Catalog(locale=language)
    fresh = Catalog(locale=language)
    fresh.header_comment = f"# {Locale.parse(language).english_name} texts of CIC Cases."
    for message in template:
        if message.id:
            fresh.add(
                message.id,
                _translation(message, kept, fresh),
                message.locations,
                message.flags,
                message.auto_comments,
                _user_comments(message, kept),
                context=message.context,
            )
    return fresh


def catalogue_path(language: str) -> Path:
    """Where the catalogue of `language` is."""
    return TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"


def as_bytes(catalogue: Catalog) -> bytes:
    """The catalogue as a file: sorted, without dates, authors or line numbers."""
    buffer = io.BytesIO()
    write_po(buffer, catalogue, width=100, sort_output=True, include_lineno=False)
    head, blank, rest = buffer.getvalue().partition(b"\n\n")

    def kept(line: re.Match[bytes]) -> bytes:
        return line.group() if line.group(1).decode() in KEPT_HEADERS else b""

    head = head.replace(b"#, fuzzy\n", b"")
    head = HEADER_LINE.sub(kept, head + b"\n").rstrip(b"\n")
    return (head + blank + rest).rstrip(b"\n") + b"\n"


def _read(path: Path, language: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def _translation(message: Message, kept: Catalog, fresh: Catalog) -> Any:
    """What `kept` says for this text, or nothing when that does not fit; English is the text."""
    if fresh.locale_identifier == SOURCE_LANGUAGE:
        return message.id
    known = kept.get(message.id, message.context)
    if known is None or known.fuzzy or known.id != message.id:
        return None
    if message.pluralizable and len(_forms(known)) != fresh.num_plurals:
        return None
    return known.string


def _user_comments(message: Message, kept: Catalog) -> list[str]:
    known = kept.get(message.id, message.context)
    return list(known.user_comments) if known else []


def everything() -> Iterator[tuple[Path, Catalog]]:
    """Each file of the translations with the catalogue that belongs into it."""
    all_texts = extracted(EVERYTHING)
    yield TEMPLATE, all_texts
    for language in STAFF_LANGUAGES:
        yield catalogue_path(language), updated(all_texts, language)
    peoples_texts = extracted(READ_BY_PEOPLE)
    for language in PERSON_LANGUAGES:
        yield catalogue_path(language), updated(peoples_texts, language)


def faults(catalogue: Catalog) -> Iterator[str]:
    """What is untranslated, or has other placeholders than the text it translates."""
    for message in catalogue:
        if message.id:
            name = _texts(message)[0]
            if not all(_forms(message)):
                yield f"not translated: {name!r}"
            elif wrong := _wrong_placeholders(message, catalogue):
                yield f"placeholders differ ({', '.join(sorted(wrong))}): {name!r}"


def _texts(message: Message) -> list[str]:
    """The text to translate, and its plural if it has one."""
    return [message.id] if isinstance(message.id, str) else list(message.id)


def _forms(message: Message) -> list[str]:
    """The translation's forms, empty strings where there is none."""
    given: Any = message.string
    return list(given) if message.pluralizable else [given or ""]


def _wrong_placeholders(message: Message, catalogue: Catalog) -> set[str]:
    """Placeholders that a form lacks or has too many of.

    A form that stands for a single number ("one visit") may leave the number out.
    """
    wanted = set(PLACEHOLDER.findall(_texts(message)[-1]))
    form_of = gettext.c2py(catalogue.plural_expr)
    used = [form_of(count) for count in COUNTS]
    wrong: set[str] = set()
    for number, form in enumerate(_forms(message)):
        differs = wanted ^ set(PLACEHOLDER.findall(form))
        for_one = message.pluralizable and used.count(number) == 1
        wrong |= differs - ({COUNT} if for_one else set())
    return wrong


def check() -> int:
    """Print each fault of each catalogue; 1 when there is any."""
    found = []
    for path, catalogue in everything():
        name = path.relative_to(ROOT)
        if not path.exists() or path.read_bytes() != as_bytes(catalogue):
            found.append(f"{name}: out of date, run `make catalogues`")
        if path != TEMPLATE:
            found += [f"{name}: {fault}" for fault in faults(catalogue)]
    print("\n".join(found) or "The catalogues are complete.")
    return 1 if found else 0


def update() -> int:
    """Write the template and every catalogue; say how much is left to translate."""
    for path, catalogue in everything():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(as_bytes(catalogue))
        left = sum(1 for fault in faults(catalogue)) if path != TEMPLATE else 0
        print(f"{path.relative_to(ROOT)}: {len(catalogue)} texts, {left} to do")
    return 0


def extract() -> int:
    """Write the template only."""
    TRANSLATIONS.mkdir(exist_ok=True)
    TEMPLATE.write_bytes(as_bytes(extracted(EVERYTHING)))
    return 0


def main() -> int:
    """Run the command named on the command line."""
    commands = {"extract": extract, "update": update, "check": check}
    parser = argparse.ArgumentParser(description="Translation catalogues of CIC Cases.")
    parser.add_argument("command", choices=commands)
    return commands[parser.parse_args().command]()


if __name__ == "__main__":
    sys.exit(main())
