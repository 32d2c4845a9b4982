"""Whoever tries doors that do not open waits, twice as long each time: by name, by database.

A name is a keyed hash of what tried: a network, an account, a session. No address is kept: a
network's name is another one every day, and a row goes a day after the last try. A network is one
IPv4 address, or the 64 bits of IPv6 that one household has. All processes see the same rows.
While somebody waits, right and wrong are answered alike and nothing is counted.
"""

import hmac
import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from cic_cases.foundation.errors import N_, Refusal
from cic_cases.privacy.models import Slowed

FREE = 10  # a mail program that cuts a link short, and a person who tries again
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=2), timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=1)
KEPT = timedelta(days=1)
MOST_DOUBLINGS = 16  # beyond any longest wait
IPV6_NETWORK = 64
HASH_LENGTH = 32  # hexadecimal digits of the hash in a name: 128 bits


@dataclass(frozen=True)
class Pace:
    """How tries at one door are slowed: so many without waiting, then twice as long each time.

    After `forgotten_after` without a try it begins anew; a row is kept no longer than `KEPT`.
    """

    free: int = FREE
    longest: timedelta = LONGEST_WAIT
    forgotten_after: timedelta = FORGOTTEN_AFTER

    def wait(self, tries: int) -> timedelta:
        """How long to wait after so many tries."""
        if tries <= self.free:
            return timedelta()
        doublings = min(tries - self.free - 1, MOST_DOUBLINGS)
        return min(FIRST_WAIT * int(2**doublings), self.longest)


USUAL = Pace()


class SlowDown(Refusal):
    """Too many wrong tries under this name; `wait` is how long it still lasts."""

    msgid = N_("Too many attempts. Wait a few minutes and try again.")
    problem = "too-many"
    status = 429

    def __init__(self, wait: timedelta) -> None:
        super().__init__()
        self.wait = wait


def network_of(door: str, address: str | None, secret: str, at: datetime) -> str:
    """The name under which tries at `door` from this address are counted on the day of `at`."""
    return secret_name(door, f"{at:%Y-%m-%d}|{_network(address)}", secret)


def wait(session: Session, name: str, at: datetime) -> timedelta:
    """How long this name has still to wait at `at`; zero when it may try. One statement."""
    until = session.scalar(select(Slowed.until).where(Slowed.name == name))
    return max(until - at, timedelta()) if until else timedelta()


def check(session: Session, name: str, at: datetime) -> None:
    """Raise `SlowDown` while this name has to wait."""
    if left := wait(session, name, at):
        raise SlowDown(left)


def wrong(session: Session, name: str, *, at: datetime) -> None:
    """One more try that opened nothing; of those made at once each counts."""
    _count(session, name, _held(session, name), at, USUAL)


def take(session: Session, name: str, *, at: datetime, pace: Pace = USUAL) -> int:
    """One try, counted before anybody knows whether it opens: exact among parallel ones.

    Returns how many there were. Raises `SlowDown`, counting nothing.
    """
    row = _held(session, name)
    if row is not None and row.until > at:
        raise SlowDown(row.until - at)
    return _count(session, name, row, at, pace)


def give_back(session: Session, name: str, *, at: datetime) -> None:
    """A try that opened: it is no longer counted, and nobody has to wait for it."""
    row = _held(session, name)
    if row is not None:
        row.tries = max(row.tries - 1, 0)
        row.until = min(row.until, at)


def forget(session: Session, name: str) -> None:
    """Every try of this name: somebody proved that it is theirs."""
    session.execute(delete(Slowed).where(Slowed.name == name))


def any_old(session: Session, at: datetime) -> bool:
    """Whether `forget_old` would delete anything: nobody waits for a turn to write for nothing."""
    return session.scalar(select(Slowed.name).where(Slowed.until < at - KEPT).limit(1)) is not None


def forget_old(session: Session, at: datetime) -> None:
    """Delete what was tried last more than a day before `at`, at every door."""
    session.execute(delete(Slowed).where(Slowed.until < at - KEPT))


def secret_name(door: str, told: str, secret: str) -> str:
    """A name for tries at `door` about something that must not be read in it."""
    hashed = hmac.digest(secret.encode(), b"slow down|" + told.encode(), "sha256").hex()
    return f"{door}:{hashed[:HASH_LENGTH]}"


def _held(session: Session, name: str) -> Slowed | None:
    return session.get(Slowed, name, with_for_update=True, populate_existing=True)


def _count(session: Session, name: str, row: Slowed | None, at: datetime, pace: Pace) -> int:
    """One more in the row as it was judged: a row that another made meanwhile clashes, and counts.

    Looking for it once more here would let a few pass unjudged.
    """
    if row is None:
        row = Slowed(name=name, tries=0, until=at)
        session.add(row)
    if at - row.until >= pace.forgotten_after:
        row.tries = 0
    row.tries += 1
    row.until = at + pace.wait(row.tries)
    session.flush()
    return row.tries


def _network(address: str | None) -> str:
    try:
        known = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(known, ipaddress.IPv6Address):
        if known.ipv4_mapped is not None:
            return str(known.ipv4_mapped)
        return str(ipaddress.ip_network((known, IPV6_NETWORK), strict=False))
    return str(known)
