"""Passwords: Argon2id, at most two at once in a process, never inside a transaction.

Twenty milliseconds and 19 MiB a check protect a stolen database, and would let sixty parallel
guesses starve the desk; so the third waits a moment and then is asked to come back. An unknown
account costs the same time as a known one.
"""

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from cic_cases.foundation.errors import N_, Refusal

SHORTEST, LONGEST_BYTES = 12, 256
AT_ONCE = 2
WAIT_SECONDS = 4.0
RETRY_AFTER_SECONDS = 5
TELLING_PART = 4  # a shorter part of an address is in every second sentence

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
NOBODYS = (
    "$argon2id$v=19$m=19456,t=2,p=1$SD7C7h75rwTNkqo7jZwPaw"
    "$BaDKMBLCObQMVY07vkqw/kwRHLuizYF+Ju2hKUPpWDA"
)
"""The hash of random bytes that nobody kept: what a password of no account is compared with."""

_COMMONEST = """
    012345678910 098765432109 111111111111 112233445566 121212121212 123123123123 123456123456
    123456654321 123456789012 1234567890123 12345678910 1234567891011 123456789abc
    123456789qwe 1234qwerasdf 123qweasdzxc 147258369147 1q2w3e4r5t6y 1q2w3e4r5t6y7u
    1qaz2wsx3edc 1qazxsw23edc 987654321098 abc123456789 abcd12345678 abcdefghijkl
    administrator administrator1 adminadmin12 adminadminadmin asdfghjkl123 changemechangeme
    charlie12345 footballfootball haslohaslo12 haslohaslohaslo iloveyou1234
    iloveyouiloveyou letmeinletmein mojehaslo123 passw0rd1234
    password1234 password12345 password123456 passwordpassword poznanpoznan
    q1w2e3r4t5y6 qazwsxedcrfv qwerty123456 qwerty1234567 qwertyqwerty qwertyuiop12
    qwertyuiop123 qwertyuiopas qwertyuiopasdfghjkl trudnehaslo1 welcome12345 welcomewelcome
    wielkopolska wielkopolska1 zaq12wsxcde3 zaq1@wsx2wsx zaq1zaq1zaq1 йцукенгшщзхъ
    паролпароль12 парольпароль
"""
COMMONEST = frozenset(_COMMONEST.split())

_CONTEXT = """
    wielkopolskie wielkopolska wielkopolski cudzoziemcow cudzoziemiec cudzoziemcy integration
    foreigners integracji integracja reception recepcja specjalista psycholog prawnik poznaniu
    koordynator coordinator centrum centres centre center poznan leszno kalisz konin pila rops
    password haslo passwort qwerty admin login polska poland cic
"""
CONTEXT = tuple(sorted(_CONTEXT.split(), key=len, reverse=True))
"""Words that anybody here would try first (ASVS 6.2.11), without marks, the longest first."""
DIFFERENT = 4
"""So many different letters at least are left without them; digits alone are years and dates."""

_turns = BoundedSemaphore(AT_ONCE)


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


class Busy(Refusal):
    """Too many are signing in this second; nothing is wrong with what was typed."""

    msgid = N_("Many people are signing in right now. Try again in a few seconds.")
    problem = "too-many"
    status = 503


def check(password: str, email: str) -> None:
    """Raise the `PasswordRefused` that says why `password` will not do for this account."""
    if is_too_long(password):
        raise TooLong
    plain = _normal(password)
    if len(plain) < SHORTEST:
        raise TooShort(least=SHORTEST)
    plain = plain.casefold()
    if plain in COMMONEST or len(set(plain)) == 1:
        raise TooCommon
    name = email.partition("@")[0].casefold()
    if len(name) >= TELLING_PART and name in plain:
        raise TellsWhoYouAre
    if len(set(_without_context(plain))) < DIFFERENT:
        raise TellsWhereYouWork


def _without_context(plain: str) -> str:
    """What a guesser who knows this work would still have to guess: letters, without marks."""
    bare = unicodedata.normalize("NFKD", plain.replace("ł", "l"))
    letters = "".join(one for one in bare if one.isalpha())
    for word in CONTEXT:
        letters = letters.replace(word, "")
    return letters


def is_too_long(password: str) -> bool:
    """Whether this would be refused unhashed, whatever account it is for."""
    return len(_bytes(password)) > LONGEST_BYTES


def hashed(password: str) -> str:
    """The Argon2id hash to keep; call it outside any transaction. Raises `Busy`."""
    with _turn():
        return HASHER.hash(_bytes(password))


def matches(password: str, stored: str | None) -> bool:
    """Whether this is the password; without a stored hash the same time passes, and it is not.

    Call it outside any transaction. Raises `Busy`.
    """
    if is_too_long(password):
        return False
    with _turn():
        try:
            return HASHER.verify(stored or NOBODYS, _bytes(password)) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(stored)


@contextmanager
def _turn() -> Iterator[None]:
    if not _turns.acquire(timeout=WAIT_SECONDS):
        raise Busy
    try:
        yield
    finally:
        _turns.release()


def _normal(password: str) -> str:
    """Keyboards write one «ą» as one character or as two; both are the same password."""
    return unicodedata.normalize("NFC", password)


def _bytes(password: str) -> bytes:
    return _normal(password).encode("utf-8", "surrogatepass")
