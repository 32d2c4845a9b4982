"""Who stands in line for what, said in the plainest way. Nothing of the engine's.

Times are minutes since 1970 and walls are «HH:MM» in Warsaw, as in `model_words`.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta

from tests.bookings.model_words import day_of, minutes_of, wall_of

HOUR = 60
SOONEST, SHORTEST = 2 * HOUR, 30
IN_TWO_DAYS = 48 * HOUR
ONE_DAY = timedelta(1)


@dataclass
class Offer:
    """A time held for somebody in line; `outcome` None while it stands."""

    booking: int
    outcome: str | None = None


@dataclass
class Waits:
    """Somebody in line, what they can attend, and what they were offered, in order."""

    id: int
    case: int
    service: int
    centres: frozenset[int]
    joined: int
    language: str | None = None
    interpreter: bool = False
    first: date = date.min
    last: date | None = None
    earliest: str | None = None
    latest: str | None = None
    weekdays: str = "0123456"
    notice: int = SOONEST
    ahead: bool = False
    state: str = "waiting"
    offers: list[Offer] = field(default_factory=list)

    @property
    def stands(self) -> bool:
        return self.state in ("waiting", "offered")

    @property
    def open(self) -> Offer | None:
        return next((offer for offer in self.offers if offer.outcome is None), None)

    @property
    def missed(self) -> int:
        """Offers in a row that ran out; an answer begins anew, anything else does not count."""
        count = 0
        for offer in self.offers:
            count = {"expired": count + 1, "declined": 0}.get(offer.outcome or "", count)
        return count

    def can_come(self, start: int) -> bool:
        """Whether these days and hours suit the person."""
        day, wall = day_of(start), wall_of(start)
        in_time = self.first <= day and (self.last is None or day <= self.last)
        in_hours = (self.earliest or "") <= wall and (self.latest is None or wall < self.latest)
        return in_time and in_hours and str(day.weekday()) in self.weekdays

    def answer_by(self, now: int, start: int) -> int | None:
        """Until when a time is held for them; None when it is too soon to ask them."""
        told = now if "08:00" <= wall_of(now) < "20:00" else next_at(now, "08:00")
        until = told + (2 * HOUR if start - told <= IN_TWO_DAYS else 24 * HOUR)
        if not "09:00" <= wall_of(until) < "20:00":
            until = next_at(until, "09:00")
        until = min(until, start - self.notice)
        return until if start - told >= SOONEST and until - told >= SHORTEST else None


def next_at(minute: int, wall: str) -> int:
    """The next minute at which the clocks show this wall time."""
    day = day_of(minute)
    return minutes_of(day if wall_of(minute) < wall else day + ONE_DAY)[wall]


def in_order(line: list[Waits]) -> list[Waits]:
    """Whoever missed two comes last; whoever lost an appointment first; then as they joined."""
    return sorted(line, key=lambda one: (one.missed > 1, not one.ahead, one.joined, one.id))
