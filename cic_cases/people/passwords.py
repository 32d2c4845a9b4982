"""Passwords: Argon2id, at most two at once in a process, never inside a transaction.

Twenty milliseconds and 19 MiB a check protect a stolen database, and would let sixty parallel
guesses starve the desk; so two threads hash, behind all that others do, a few wait, and the others
are asked to come back at once, which leaves the web server's threads to other pages. Each thread
that ever hashed keeps its 19 MiB: those two do, and no others. An unknown account costs the same
time as a known one.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import BoundedSemaphore
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from cic_cases.foundation.errors import N_, Refusal
from cic_cases.people.password_rules import as_bytes, is_too_long

T = TypeVar("T")
AT_ONCE, IN_LINE = 2, 4
"""How many hash and how many wait, of the eight threads that a web process has."""
WAIT_SECONDS = 4.0
RETRY_AFTER_SECONDS = 5
LAST = 19  # of the niceness of a thread: whoever wants the processor goes first

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
NOBODYS = (
    "$argon2id$v=19$m=19456,t=2,p=1$SD7C7h75rwTNkqo7jZwPaw"
    "$BaDKMBLCObQMVY07vkqw/kwRHLuizYF+Ju2hKUPpWDA"
)
"""The hash of random bytes that nobody kept: what a password of no account is compared with."""

_hashers: ThreadPoolExecutor
_turns: BoundedSemaphore
_places: BoundedSemaphore


class Busy(Refusal):
    """Too many are signing in this second; nothing is wrong with what was typed."""

    msgid = N_("Many people are signing in right now. Try again in a few seconds.")
    problem = "too-many"
    status = 503


def hashed(password: str) -> str:
    """The Argon2id hash to keep; call it outside any transaction. Raises `Busy`."""
    return _in_turn(lambda: HASHER.hash(as_bytes(password)))


def matches(password: str, stored: str | None) -> bool:
    """Whether this is the password; without a stored hash the same time passes, and it is not.

    Call it outside any transaction. Raises `Busy`.
    """
    if is_too_long(password):
        return False
    try:
        right = _in_turn(lambda: HASHER.verify(stored or NOBODYS, as_bytes(password)))
    except (VerificationError, InvalidHashError):
        return False
    return right and stored is not None


def outdated(stored: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return HASHER.check_needs_rehash(stored)


def _in_turn(work: Callable[[], T]) -> T:
    with _turn():
        return _hashers.submit(work).result()


@contextmanager
def _turn() -> Iterator[None]:
    if not _places.acquire(blocking=False):
        raise Busy
    try:
        if not _turns.acquire(timeout=WAIT_SECONDS):
            raise Busy
        try:
            yield
        finally:
            _turns.release()
    finally:
        _places.release()


def _stand_back() -> None:
    """Let every other thread of the machine go first: hashing takes the time that nobody wants.

    Linux gives each thread a niceness of its own; elsewhere it would be the whole process's.
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LAST)


def _new_hashers() -> None:
    """Threads do not live on in a process that was forked: it begins with its own."""
    global _hashers, _turns, _places
    _hashers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="hash", initializer=_stand_back)
    _turns, _places = BoundedSemaphore(AT_ONCE), BoundedSemaphore(AT_ONCE + IN_LINE)


_new_hashers()
os.register_at_fork(after_in_child=_new_hashers)
