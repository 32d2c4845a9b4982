"""What clients did to one time, and whether some serial order explains all that they were told.

A client that was cut off by a kill does not know: what it asked for happened, or did not.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

FREE, OFFERED = "free", "offered to somebody in line"


@dataclass(frozen=True)
class Event:
    """One attempt to `take` or `leave` a time, or to `accept` or `decline` it when it is offered.

    `outcome` is «won», «lost» or «cut».
    """

    act: str
    outcome: str
    booking: str  # the reference; of a cut «take» a name of its own
    begun: float
    ended: float

    @property
    def until(self) -> float:
        """When it had surely happened, if it happened."""
        return math.inf if self.outcome == "cut" else self.ended


def _after(event: Event, state: str, somebody_waits: bool) -> tuple[str, ...]:
    """The states in which the time may be once this happened; none if it cannot have happened."""
    if event.act == "take" and event.outcome == "lost":
        return () if state == FREE else (state,)
    if event.act == "take":
        return (event.booking,) if state == FREE else ()
    if event.act == "accept":
        return (event.booking,) if state == OFFERED else ()
    if event.outcome == "lost" or state != (OFFERED if event.act == "decline" else event.booking):
        return ()
    return (FREE, OFFERED) if somebody_waits else (FREE,)


def explained(events: Iterable[Event], last: str, *, somebody_waits: bool = False) -> bool:
    """Whether a serial order exists that begins with a free time and ends in the state `last`.

    `last` is the reference that has the time in the end, `FREE` or `OFFERED`; the reference of
    somebody who was cut off is «?». Tries every order that the clocks of the clients allow.
    """
    told = tuple(events)

    @cache
    def possible(left: frozenset[int], state: str) -> bool:
        if all(told[n].outcome == "cut" for n in left) and _same(state, last):
            return True
        latest = min((told[n].until for n in left), default=math.inf)
        return any(
            possible(left - {n}, after)
            for n in left
            if told[n].begun <= latest
            for after in _after(told[n], state, somebody_waits)
        )

    return possible(frozenset(range(len(told))), FREE)


def _same(state: str, last: str) -> bool:
    return state == last or (state.startswith("?") and last == "?")
