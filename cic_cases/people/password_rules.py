"""Which passwords will do: length, and not among the first that anybody would try.

No rule about kinds of characters and none about age (ASVS 6.2): they make passwords worse. Where
the password is all there is, it is long; where a second step is asked for anyway, eight will do.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from cic_cases.foundation.errors import N_, Refusal

ALONE, WITH_SECOND_STEP = 15, 8
"""Characters of a password that opens by itself, and of one beside a second step."""
LONGEST_BYTES = 256
TELLING_PART = 4  # a shorter part of an address or a name is in every second sentence
TAIL = 4  # digits and signs behind a common password that make it no better

_COMMON_HERE = """
    012345678910 098765432109 112233445566 121212121212 123123123123 123456123456 123456654321
    123456789012 1234567890123 12345678910 1234567891011 123456789abc 123456789qwe 1234qwerasdf
    123qweasdzxc 147258369147 1q2w3e4r5t6y 1q2w3e4r5t6y7u 1qaz2wsx3edc 1qazxsw23edc 987654321098
    abc123456789 abcd12345678 abcdefghijkl administrator adminadmin12 adminadminadmin asdfghjkl123
    changemechangeme footballfootball haslohaslo12 haslohaslohaslo iloveyouiloveyou letmeinletmein
    mojehaslo123 password123456 passwordpassword polskapolska poznanpoznan q1w2e3r4t5y6 qazwsxedcrfv
    qwertyqwerty qwertyuiopasdfghjkl trudnehaslo welcomewelcome zaq12wsxcde3 zaq1@wsx2wsx
    zaq1zaq1zaq1 йцукенгшщзхъ паролпароль парольпароль
"""

_CONTEXT = """
    wielkopolskie wielkopolska wielkopolski cudzoziemcow cudzoziemiec cudzoziemcy integration
    foreigners integracji integracja reception recepcja specjalista psycholog prawnik poznaniu
    koordynator coordinator centrum centres centre center poznan leszno kalisz konin pila rops
    password haslo passwort qwerty admin login polska poland cic
"""
CONTEXT = frozenset(_CONTEXT.split())
"""Words that anybody here would try first (ASVS 6.2.11), without marks."""
DIFFERENT = 4
"""So many different letters are left without those words, or a long row of different digits."""
ROW, DIFFERENT_IN_ROW = 12, 5


class PasswordRefused(Refusal):
    """This password will not do; the sentence says why."""

    field = "password"


class TooShort(PasswordRefused):
    """Length is the only rule about how a password is made."""

    msgid = N_("Use at least %(least)s characters. Several words together are easy to remember.")


class TooLong(PasswordRefused):
    """Refused before it is hashed."""

    msgid = N_("This password is too long.")


class TooCommon(PasswordRefused):
    """It is among the first that anybody would try."""

    msgid = N_("This password is among the first that anybody would try. Choose another.")


class TellsWhoYouAre(PasswordRefused):
    """It contains the name in the e-mail address."""

    msgid = N_("Do not use your e-mail address in the password.")


class TellsWhereYouWork(PasswordRefused):
    """What is left without the words of this work is too short to be a secret."""

    msgid = N_(
        "Do not use the names of the centre, its town or its services in the password. "
        "Several other words together are easy to remember."
    )


def least(*, second_step: bool) -> int:
    """How many characters a password needs; `second_step`: this account never opens without one."""
    return WITH_SECOND_STEP if second_step else ALONE


def check(password: str, email: str, *, least: int, places: Iterable[str] = ()) -> None:
    """Raise the `PasswordRefused` that says why `password` will not do for this account.

    `places` are names of centres and towns; their words are no secret here.
    """
    if is_too_long(password):
        raise TooLong
    plain = normal(password)
    if len(plain) < least:
        raise TooShort(least=least)
    plain = plain.casefold()
    if is_common(plain):
        raise TooCommon
    name = email.partition("@")[0].casefold()
    if len(name) >= TELLING_PART and name in plain:
        raise TellsWhoYouAre
    words = CONTEXT.union(words_of(email, *places))
    before, left = _left(plain, ()), _left(plain, words)
    if not _is_enough(left):
        raise TooCommon if left == before else TellsWhereYouWork


def is_common(plain: str) -> bool:
    """Whether this (normal, in small letters) or what stands before a short tail is well known."""
    stem = plain.rstrip("0123456789!@#$%^&*?.,-_+= ")
    tailed = len(plain) - len(stem) <= TAIL and stem in common()
    return plain in common() or tailed or len(set(plain)) == 1


@lru_cache(maxsize=1)
def common() -> frozenset[str]:
    """The passwords that people choose most, in small letters. Read at the first use."""
    text = Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf-8")
    _licence, _blank, listed = text.partition("\n\n")
    return frozenset(listed.split()) | frozenset(_COMMON_HERE.split())


def words_of(*texts: str) -> frozenset[str]:
    """The words of names and addresses that are long enough to tell something, without marks."""
    words = (word for text in texts for word in re.split(r"[\W\d_]+", _bare(text.casefold())))
    return frozenset(word for word in words if len(word) >= TELLING_PART)


def is_too_long(password: str) -> bool:
    """Whether this would be refused unhashed, whatever account it is for."""
    return len(as_bytes(password)) > LONGEST_BYTES


def normal(password: str) -> str:
    """Keyboards write one «ą» as one character or as two; both are the same password."""
    return unicodedata.normalize("NFC", password)


def as_bytes(password: str) -> bytes:
    """What is hashed."""
    return normal(password).encode("utf-8", "surrogatepass")


def _left(plain: str, words: Iterable[str]) -> tuple[str, str]:
    """What a guesser who knows these words would still have to guess: letters, and digits."""
    bare = _bare(plain)
    letters = "".join(one for one in bare if one.isalpha() or unicodedata.category(one) == "So")
    for word in sorted(words, key=len, reverse=True):
        letters = letters.replace(word, "")
    return letters, "".join(one for one in bare if one.isdecimal())


def _is_enough(left: tuple[str, str]) -> bool:
    letters, digits = left
    row = letters + digits
    is_row = len(row) >= ROW and len(set(row)) >= DIFFERENT_IN_ROW
    return len(set(letters)) >= DIFFERENT or is_row


def _bare(text: str) -> str:
    """Without marks above, below and through the letters."""
    apart = unicodedata.normalize("NFKD", text.replace("ł", "l"))
    return "".join(one for one in apart if not unicodedata.combining(one))
