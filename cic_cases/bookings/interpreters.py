"""Who speaks for a person and a specialist who share no language. Pure.

An interpreter must be on duty and free for the whole appointment, but not for the minutes before
and after it. They are assumed to share the staff's common language with every specialist.
"""

from collections.abc import Iterable

from cic_cases.bookings.busy import Busy
from cic_cases.bookings.offers import InterpreterDuty, Member, Place
from cic_cases.bookings.reasons import Why
from cic_cases.calendar.rules import Stretch
from cic_cases.foundation.intervals import Interval

Present = tuple[InterpreterDuty, Stretch]


def choose(
    present: Iterable[Present],
    language: str,
    place: Place,
    time: Interval,
    busy: Busy,
    day: Interval,
    but: frozenset[int],
) -> Member | Why:
    """The least loaded interpreter of `language` for an appointment at `place`, or why none.

    `present` are those on duty that day; `but` are members who have another part in it. Among
    equals the one with the lower key is taken, so that the answer is always the same.
    """
    fitting = [
        duty.member
        for duty, held in present
        if language in duty.languages
        and duty.serves(place)
        and duty.member.id not in but
        and held.time.covers(time)
    ]
    if not fitting:
        return Why.NO_INTERPRETER
    free = [one for one in fitting if not busy.clashes(one.resource, time.start, time.end)]
    return least_loaded(free, busy, day) if free else Why.INTERPRETER_TAKEN


def least_loaded(members: Iterable[Member], busy: Busy, day: Interval) -> Member:
    """The one with the fewest taken minutes that day; among equals the lower key."""
    return min(members, key=lambda one: (busy.minutes(one.resource, day), one.key))
