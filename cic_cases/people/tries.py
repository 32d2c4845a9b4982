"""Who guesses waits, twice as long each time, without keeping the honest person out.

A try is counted before the password is hashed, so parallel guesses are counted exactly. In a
browser in which somebody has signed in before only its own tries count; elsewhere those of the
network and those of the account do. Names are keyed hashes: no address is kept.
"""

from datetime import datetime, timedelta

from flask import current_app, request
from sqlalchemy.orm import Session

from cic_cases.privacy import slowdown

NETWORK, ACCOUNT, DEVICE, SECOND, LOCKED = "signin", "account", "device", "second", "unlock"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PACES = {
    NETWORK: slowdown.Pace(30),
    ACCOUNT: slowdown.Pace(5),
    DEVICE: slowdown.Pace(10),
    SECOND: slowdown.Pace(5, longest=HOUR, forgotten_after=DAY),
    LOCKED: slowdown.Pace(5),
}
"""A whole centre shares one network. A code has only a million values, of which three open: fewer
than fifty tries a day, so that guessing for a year opens one account in twenty at most."""


def names(email: str, device: str | None, at: datetime) -> tuple[str, ...]:
    """Where a try for this account is counted; `device` is the token of one that is known."""
    secret = current_app.config["SECRET_KEY"]
    if device is not None:
        return (slowdown.secret_name(DEVICE, device, secret),)
    network = slowdown.network_of(NETWORK, request.remote_addr, secret, at)
    return (network, slowdown.secret_name(ACCOUNT, email, secret))


def second(staff_id: int, device: str | None) -> tuple[str, ...]:
    """Where a code is counted: whoever knows the password elsewhere slows no known browser down."""
    return (name_of(SECOND, staff_id if device is None else f"{staff_id} {device}"),)


def name_of(door: str, what: object) -> str:
    """Where tries at `door` about one person or one session are counted."""
    return slowdown.secret_name(door, str(what), current_app.config["SECRET_KEY"])


def take(session: Session, counted: tuple[str, ...], *, at: datetime) -> int:
    """One more try under each name; how many at the last. Raises `SlowDown`, counting nothing."""
    tried = 0
    for name in counted:
        tried = slowdown.take(session, name, at=at, pace=PACES[name.partition(":")[0]])
    return tried


def opened(session: Session, counted: tuple[str, ...], *, at: datetime) -> None:
    """The try was right: its own names are forgotten, the network's gets one back."""
    for name in counted:
        if name.startswith(f"{NETWORK}:"):
            slowdown.give_back(session, name, at=at)
        else:
            slowdown.forget(session, name)
