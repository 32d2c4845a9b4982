"""Whoever tries doors that do not open waits, twice as long each time: per network, by database.

No address is kept: a network is a keyed hash that is another one every day, and its row goes a day
after the last try. A network is one IPv4 address, or the 64 bits of IPv6 that one household has.
All processes see the same rows; what a name, a number and a moment need is a row of the leases'
table. While somebody waits, right and wrong are answered alike and nothing is counted.
"""

import hmac
import ipaddress
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from cic_cases.foundation.errors import N_, Refusal
from cic_cases.foundation.leases import Lease

FREE = 10  # a mail program that cuts a link short, and a person who tries again
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=2), timedelta(minutes=15)
FORGOTTEN_AFTER = timedelta(hours=1)
KEPT = timedelta(days=1)
IPV6_NETWORK = 64
HASH_LENGTH = 32  # hexadecimal digits of the hash in a name: 128 bits
NOBODY = "nobody"


class SlowDown(Refusal):
    """Too many wrong tries from this network; `wait` is how long it still lasts."""

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
    """How long this network has still to wait at `at`; zero when it may try. One statement."""
    until = session.scalar(select(Lease.until).where(Lease.name == name))
    return max(until - at, timedelta()) if until else timedelta()


def check(session: Session, name: str, at: datetime) -> None:
    """Raise `SlowDown` while this network has to wait."""
    if left := wait(session, name, at):
        raise SlowDown(left)


def wrong(session: Session, name: str, *, at: datetime) -> None:
    """One more try that opened nothing. Old rows of every network go with it."""
    _sweep(session, name, at)
    _count(session, name, at, FREE)


def take(session: Session, name: str, *, at: datetime, free: int = FREE) -> int:
    """One try, counted before anybody knows whether it opens: exact among parallel ones.

    Returns how many there were. Raises `SlowDown`, counting nothing. Old rows go with it.
    """
    _sweep(session, name, at)
    row = session.get(Lease, name, with_for_update=True, populate_existing=True)
    if row is not None and row.until > at:
        raise SlowDown(row.until - at)
    return _count(session, name, at, free)


def give_back(session: Session, name: str, *, at: datetime) -> None:
    """A try that opened: it is no longer counted, and nobody has to wait for it."""
    row = session.get(Lease, name, with_for_update=True, populate_existing=True)
    if row is not None:
        row.token = max(row.token - 1, 0)
        row.until = min(row.until, at)


def forget(session: Session, name: str) -> None:
    """Every try of this name: somebody proved that it is theirs."""
    session.execute(delete(Lease).where(Lease.name == name))


def secret_name(door: str, told: str, secret: str) -> str:
    """A name for tries at `door` about something that must not be read in it."""
    hashed = hmac.digest(secret.encode(), b"slow down|" + told.encode(), "sha256").hex()
    return f"{door}:{hashed[:HASH_LENGTH]}"


def _sweep(session: Session, name: str, at: datetime) -> None:
    session.execute(
        delete(Lease).where(
            Lease.holder == NOBODY, Lease.until < at - KEPT, Lease.name.like(f"{_door(name)}:%")
        )
    )


def _count(session: Session, name: str, at: datetime, free: int) -> int:
    row = session.get(Lease, name, with_for_update=True, populate_existing=True)
    if row is None:
        row = Lease(name=name, holder=NOBODY, token=0, until=at)
        session.add(row)
    if at - row.until >= FORGOTTEN_AFTER:
        row.token = 0
    row.token += 1
    row.until = at + wait_after(row.token, free)
    session.flush()
    return row.token


def wait_after(tries: int, free: int = FREE) -> timedelta:
    """How long to wait after so many wrong tries: the first ones are free, then it doubles."""
    if tries <= free:
        return timedelta()
    doublings = min(tries - free - 1, 10)  # 2 s times 1,024 is beyond the longest wait
    return min(FIRST_WAIT * int(2**doublings), LONGEST_WAIT)


def _door(name: str) -> str:
    return name.partition(":")[0]


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
