"""Countries and languages to choose from, named and sorted as the reader's language does.

Babel names them; it does not sort, and the order of code points puts «Ł» after «Z» and the
Ukrainian «Є» after «Я», where nobody looks.
"""

from functools import lru_cache

from cic_cases.cases import rules
from cic_cases.foundation.i18n import country_name, language_name, locale

ALPHABETS = {
    "pl": "aąbcćdeęfghijklłmnńoóprsśtuvwxyzźż",
    "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    "ru": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
}
PLAIN = str.maketrans("áàâåäãéèêëíìîïóôöõúûüçñ’ʼ", "aaaaaaeeeeiiiioooouuucn  ")
COMMON_OF_THREE_LETTERS = ("ckb", "crh", "fil", "rom")
"""Spoken by people who come to the centres and without a code of two letters."""

Choices = list[tuple[str, str]]


def order_of(name: str, language: str) -> tuple[tuple[int, str], ...]:
    """Where a name stands in a list in `language`: by its own alphabet, others after it."""
    alphabet = ALPHABETS.get(language, "")

    def place(letter: str) -> tuple[int, str]:
        found = alphabet.find(letter)
        if found >= 0:
            return found, ""
        plain = letter.translate(PLAIN)
        found = alphabet.find(plain)
        return (found, "") if found >= 0 else (len(alphabet) if plain.isalpha() else -1, plain)

    return tuple(place(letter) for letter in name.casefold())


@lru_cache(maxsize=16)
def _countries(language: str) -> tuple[tuple[str, str], ...]:
    special = (rules.STATELESS, rules.NOT_STATED)
    named = [(code, country_name(code)) for code in rules.countries() if code not in special]
    return tuple(sorted(named, key=lambda choice: order_of(choice[1], language)))


@lru_cache(maxsize=16)
def _languages(language: str) -> tuple[tuple[str, str], ...]:
    offered = [code for code in rules.languages() if len(code) == 2] + [*COMMON_OF_THREE_LETTERS]
    named = [(code, language_name(code)) for code in offered if code in rules.languages()]
    return tuple(sorted(named, key=lambda choice: order_of(choice[1], language)))


def countries() -> Choices:
    """Every citizenship; «stateless» and «not stated» come first."""
    first = [(code, country_name(code)) for code in (rules.STATELESS, rules.NOT_STATED)]
    return [*first, *_countries(locale())]


def languages() -> Choices:
    """The languages people name when none of the tiles is theirs."""
    return list(_languages(locale()))
