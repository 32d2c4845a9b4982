"""How long a session lasts, when it locks, and what it still waits for."""

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta

IDLE = timedelta(minutes=10)
"""After so long without a person the screen is locked (OWASP, session management)."""
LONGEST = timedelta(hours=8)
"""A working day: whoever comes tomorrow signs in again."""
NOTED_EVERY = timedelta(seconds=30)
"""Activity is written down at most so often, so a lock comes at most so much early."""
UNLOCK_TRIES = 3


class WaitingFor(enum.StrEnum):
    """What is missing before somebody who typed the right password is in."""

    SECOND_STEP = "second_step"
    ENROLMENT = "enrolment"


class Standing(enum.StrEnum):
    """What a session opens: the pages, a step of signing in, the lock's page, nothing."""

    OPEN = "open"
    WAITING = "waiting"
    LOCKED = "locked"
    OVER = "over"


@dataclass(frozen=True)
class Moments:
    """When a session began, was used, was locked, and what it waits for."""

    begun_at: datetime
    active_at: datetime
    locked_at: datetime | None = None
    waiting_for: str | None = None


def standing(of: Moments, at: datetime) -> Standing:
    """What this session opens at `at`."""
    idle = at - of.active_at > IDLE
    if at - of.begun_at > LONGEST or (idle and of.waiting_for):
        return Standing.OVER
    if of.waiting_for:
        return Standing.WAITING
    return Standing.LOCKED if idle or of.locked_at else Standing.OPEN
