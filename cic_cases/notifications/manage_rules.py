"""What a person may still do with an appointment through its link: pure, no session, no clock."""

import enum
from dataclasses import dataclass
from datetime import datetime

from cic_cases.bookings.statuses import Status
from cic_cases.foundation.errors import N_, NotFound

GONE = frozenset({Status.DONE, Status.NO_SHOW})
HERE = frozenset({Status.ARRIVED, Status.IN_PROGRESS})


class NoSuchLink(NotFound):
    """A wrong link, one of another message's time, or of a visit that is over: one answer."""

    msgid = N_("This link does not work any more.")


class Stage(enum.StrEnum):
    """Where an appointment stands for whoever holds the link.

    `moved`: another message tells the time that counts. `changing`: the appointment lost its time,
    and the person is told what comes in its stead. `begun`: only a call is of use.

    `offered`: a time of the waiting list is held for the person; `proposed`: another one instead of
    what was lost; `lapsed`: nothing is held any more.
    """

    STANDS = "stands"
    BEGUN = "begun"
    CANCELLED = "cancelled"
    MOVED = "moved"
    CHANGING = "changing"
    OVER = "over"
    OFFERED = "offered"
    PROPOSED = "proposed"
    LAPSED = "lapsed"


HOLDS = frozenset({Stage.OFFERED, Stage.PROPOSED})
"""Where the person has to say whether they take a time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What is known of an appointment from `starts_at` to `ends_at` (UTC).

    `moved`: since the message with the link. `only_held`: it is or was no more than a time of the
    waiting list. `held_until`: until when that, or what is proposed instead, is held.
    """

    status: Status
    starts_at: datetime
    ends_at: datetime
    moved: bool = False
    only_held: bool = False
    held_until: datetime | None = None


def stage(one: Known, at: datetime) -> Stage:
    """Where the appointment stands at `at`.

    What is proposed may be answered when the time that was lost has come.
    """
    status = one.status
    held = one.held_until is not None and at < one.held_until
    if status is Status.NEEDS_REBOOKING and held and not one.moved:
        return Stage.PROPOSED
    if at >= one.ends_at or status in GONE:
        return Stage.OVER
    if one.only_held:
        return Stage.OFFERED if status is Status.HELD and held else Stage.LAPSED
    if one.moved:
        return Stage.MOVED
    if status is Status.CANCELLED:
        return Stage.CANCELLED
    if status is Status.NEEDS_REBOOKING:
        return Stage.CHANGING
    if at >= one.starts_at or status in HERE:
        return Stage.BEGUN
    return Stage.STANDS
