"""On which days an officer's account opens: those of their duties, by the clocks of the centre.

This is the whole policy. An officer of another institution is here for a duty; on other days the
account opens nothing, so nobody else at their office can look around with it. From midnight to
midnight: they prepare in the morning and write up what happened in the evening.
A duty that is cancelled, given to a substitute, or closed that day does not count; one that they
hold for somebody else does. It is asked at every request, so a change counts at the next.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from cic_cases.bookings import duty_plan
from cic_cases.foundation.intervals import Interval
from cic_cases.foundation.localtime import local_day
from cic_cases.privacy.actor import Actor

AHEAD = 8 * 7
"""Days in which the next duty is looked for: the rarest rule is held every eight weeks."""


@dataclass(frozen=True)
class NextDuty:
    """When and in which centre an officer is expected next."""

    centre_id: int
    day: date
    time: Interval


def is_valid(session: Session, actor: Actor, at: datetime) -> bool:
    """Whether this officer has a duty on the local day of `at`. A constant number of statements."""
    around = [(at + timedelta(days=n)).date() for n in (-1, 0, 1)]
    plan = duty_plan.read(session, centres_of(actor), around[0], around[-1])
    return any(
        local_day(at, held.rule.zone) == day
        for day in around
        for _entry, held in plan.of_member(actor.id, day)
    )


def next_duty(session: Session, actor: Actor, at: datetime) -> NextDuty | None:
    """The first duty that has not begun at `at`, within `AHEAD` days."""
    first = at.date()
    days = [first + timedelta(days=n) for n in range(AHEAD + 1)]
    plan = duty_plan.read(session, centres_of(actor), first, days[-1])
    for day in days:
        for _entry, held in plan.of_member(actor.id, day):
            if held.time.start > at:
                return NextDuty(held.rule.centre_id, day, held.time)
    return None


def centres_of(actor: Actor) -> frozenset[int]:
    """The centres in which this person is an officer."""
    held = (grant.centre_ids for grant in actor.officer_grants)
    return frozenset().union(*held)
