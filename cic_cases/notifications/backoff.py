"""When a message that could not leave is tried again: by what stood in the way. Pure.

What the other side asks for is kept to, within an hour. Otherwise waits grow: quickly over for a
line that broke, slower for a server that wants a mail to come again (greylisting, RFC 6647), slow
for a mailbox that somebody has to empty. Each wait is jittered, so that a thousand messages that
met the same trouble do not come back at the same moment.
"""

import enum
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from random import Random

JITTER = 0.2
SHORTEST, LONGEST = timedelta(seconds=10), timedelta(hours=1)
"""Between these a wait that was asked for is kept to."""


class Hurdle(enum.StrEnum):
    """What stood in the way of a message that may leave later."""

    AWAY = "away"  # no connection, or none of our messages is wanted (sign-in, credit)
    BROKE_OFF = "broke off"  # the line, before the whole message was handed over; or silence
    BUSY = "busy"  # too many at once: 421, 429, 503
    NOT_YET = "not yet"  # this message, for now: greylisting, a fault of theirs
    OURS = "ours"  # our sender or address: somebody of the house has to see to it
    FULL = "full"  # the mailbox, which its owner has to empty


RESTS = frozenset({Hurdle.AWAY, Hurdle.BUSY})
"""What stands in the way of every message of the channel: the next one would fare no better."""


def _minutes(*steps: int) -> tuple[timedelta, ...]:
    return tuple(timedelta(minutes=step) for step in steps)


WAITS: Mapping[Hurdle, tuple[timedelta, ...]] = {
    Hurdle.AWAY: _minutes(1, 2, 4, 8, 15),
    Hurdle.BROKE_OFF: _minutes(1, 2, 4, 8, 15),
    Hurdle.BUSY: _minutes(2, 4, 8, 15, 30),
    Hurdle.NOT_YET: _minutes(5, 5, 10, 20, 30),
    Hurdle.OURS: _minutes(5, 10, 15),
    Hurdle.FULL: _minutes(30, 60, 120),
}
"""How long after the first, the second … try; after the last of them as long again each time."""


def wait_after(
    hurdle: Hurdle, attempts: int, seed: str, asked: timedelta | None = None
) -> timedelta:
    """How long to wait after so many attempts; `asked` is what the other side asked for.

    The same seed waits equally long, so a test can tell; different messages spread out.
    """
    steps = WAITS[hurdle]
    step = steps[min(max(attempts, 1), len(steps)) - 1]
    if asked is not None:
        step = min(max(asked, SHORTEST), LONGEST)
    return step * (1 + JITTER * Random(f"{seed}:{attempts}").random())  # noqa: S311 (no secret)


def asked_in(retry_after: str | None, at: datetime) -> timedelta | None:
    """What a Retry-After header asks for: seconds or a date (RFC 9110, 10.2.3); None: nothing."""
    told = (retry_after or "").strip()
    if told.isascii() and told.isdecimal():
        return min(timedelta(seconds=int(told[:9])), LONGEST)
    try:
        moment = parsedate_to_datetime(told)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - at
