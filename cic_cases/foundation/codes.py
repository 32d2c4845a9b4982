"""Codes that people carry, type and read aloud: random characters and a check character.

Alphabet `0-9A-Z` without I, L, O, U; check character by ISO 7064, hybrid generalised to
MOD 33,32: every single wrong character and almost every swap of neighbours is caught.
A case code has 8 + 1 characters (40 bits), shown 3-3-3; a booking reference 5 + 1, shown 3-3.
"""

import re
import secrets

from cic_cases.foundation.errors import N_, NotFound, Refusal

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
MODULUS = len(ALPHABET)
CASE_LENGTH, REFERENCE_LENGTH = 9, 6
_READ_ALIKE = str.maketrans("OILo", "0110", "-‐‑‒–—− \t\r\n")


class WrongCode(Refusal):
    """The code has a typing error, or nothing is behind it: the answer is the same."""

    msgid = N_("The code is not right. Check it and type it again.")
    field = "code"
    problem = "not-found"
    status = 404


def check_character(body: str) -> str:
    """The character that completes `body` (ISO 7064 hybrid system, MOD 33,32)."""
    product = MODULUS
    for character in body:
        total = (product + ALPHABET.index(character)) % MODULUS or MODULUS
        product = total * 2 % (MODULUS + 1)
    return ALPHABET[(1 - product) % MODULUS]


def _new(length: int) -> str:
    body = "".join(secrets.choice(ALPHABET) for _ in range(length - 1))
    return body + check_character(body)


def new_case_code() -> str:
    """A fresh case code, 9 characters, without hyphens."""
    return _new(CASE_LENGTH)


def new_reference() -> str:
    """A fresh booking reference, 6 characters, without hyphens."""
    return _new(REFERENCE_LENGTH)


def clean(text: str) -> str:
    """What was typed or scanned, in canonical letters: no hyphens, O as 0, I and L as 1."""
    return text.strip().upper().translate(_READ_ALIKE)


def _read(text: str, length: int) -> str:
    code = clean(text)
    if len(code) != length or not re.fullmatch(f"[{ALPHABET}]+", code):
        raise WrongCode()
    if check_character(code[:-1]) != code[-1]:
        raise WrongCode()
    return code


def read_case_code(text: str) -> str:
    """The canonical case code in `text`; raises `WrongCode` for a typing error."""
    return _read(text, CASE_LENGTH)


def read_reference(text: str) -> str:
    """The canonical booking reference in `text`; raises `WrongCode` for a typing error."""
    return _read(text, REFERENCE_LENGTH)


def reference_asked(text: str) -> str:
    """The canonical reference in an address; a typing error finds nothing, as a foreign one.

    Raises `NotFound`.
    """
    try:
        return read_reference(text)
    except WrongCode:
        raise NotFound() from None


def show(code: str) -> str:
    """The code in groups of three: 836-VY9-YEX, QNJ-5TQ."""
    return "-".join(code[i : i + 3] for i in range(0, len(code), 3))
