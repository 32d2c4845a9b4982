"""Passwords: Argon2id, at most two at once in a process, never inside a transaction.

Twenty milliseconds and 19 MiB a check protect a stolen database, and would let sixty parallel
guesses starve the desk; so the third waits a moment and then is asked to come back. An unknown
account costs the same time as a known one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from cic_cases.foundation.errors import N_, Refusal
from cic_cases.people.password_rules import as_bytes, is_too_long

AT_ONCE = 2
WAIT_SECONDS = 4.0
RETRY_AFTER_SECONDS = 5

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
NOBODYS = (
    "$argon2id$v=19$m=19456,t=2,p=1$SD7C7h75rwTNkqo7jZwPaw"
    "$BaDKMBLCObQMVY07vkqw/kwRHLuizYF+Ju2hKUPpWDA"
)
"""The hash of random bytes that nobody kept: what a password of no account is compared with."""

_turns = BoundedSemaphore(AT_ONCE)


class Busy(Refusal):
    """Too many are signing in this second; nothing is wrong with what was typed."""

    msgid = N_("Many people are signing in right now. Try again in a few seconds.")
    problem = "too-many"
    status = 503


def hashed(password: str) -> str:
    """The Argon2id hash to keep; call it outside any transaction. Raises `Busy`."""
    with _turn():
        return HASHER.hash(as_bytes(password))


def matches(password: str, stored: str | None) -> bool:
    """Whether this is the password; without a stored hash the same time passes, and it is not.

    Call it outside any transaction. Raises `Busy`.
    """
    if is_too_long(password):
        return False
    with _turn():
        try:
            return HASHER.verify(stored or NOBODYS, as_bytes(password)) and stored is not None
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
