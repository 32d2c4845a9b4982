"""What a person may still do with an appointment through its link: pure, no session, no clock."""

import enum
from datetime import datetime

from cic_cases.bookings.statuses import Status
from cic_cases.foundation.errors import N_, NotFound

GONE = frozenset({Status.DONE, Status.NO_SHOW, Status.HELD})
HERE = frozenset({Status.ARRIVED, Status.IN_PROGRESS})


class NoSuchLink(NotFound):
    """A wrong link, one of another message's time, or of a visit that is over: one answer."""

    msgid = N_("This link does not work any more.")


class Stage(enum.StrEnum):
    """Where an appointment stands for whoever holds the link.

    `moved`: another message tells the time that counts. `changing`: the appointment lost its time,
    and the person is told what comes in its stead. `begun`: only a call is of use.
    """

    STANDS = "stands"
    BEGUN = "begun"
    CANCELLED = "cancelled"
    MOVED = "moved"
    CHANGING = "changing"
    OVER = "over"


def stage(
    status: Status, *, moved: bool, starts_at: datetime, ends_at: datetime, at: datetime
) -> Stage:
    """Where an appointment from `starts_at` to `ends_at` stands at `at`.

    `moved`: since the message with the link.
    """
    if at >= ends_at or status in GONE:
        return Stage.OVER
    if moved:
        return Stage.MOVED
    if status is Status.CANCELLED:
        return Stage.CANCELLED
    if status is Status.NEEDS_REBOOKING:
        return Stage.CHANGING
    if at >= starts_at or status in HERE:
        return Stage.BEGUN
    return Stage.STANDS
