"""The rules of the waiting list. Pure: who can attend a freed time, and until when they may answer.

First come, first served among those who can attend; whoever lost an appointment by us is ahead of
those who did not. Whoever missed two offers in a row is called
by staff and stands behind the others meanwhile, so that a lost phone does not hold the line up;
their place returns with the first answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from cic_cases.foundation.errors import N_, Refusal
from cic_cases.foundation.localtime import instant, local_day

DAY_BEGINS, DAY_ENDS = time(8), time(20)  # nobody is woken by an offer
ANSWERS_FROM = time(9)  # no offer ends before somebody answers the phone
AHEAD = timedelta(hours=2)  # a time sooner than this is offered by people, not by messages
SOON = timedelta(hours=48)
TO_ANSWER_SOON, TO_ANSWER = timedelta(hours=2), timedelta(hours=24)
LEAST_TO_ANSWER = timedelta(minutes=30)
MISSED_TO_CALL = 2
ONE_DAY = timedelta(days=1)
EVERY_DAY = "0123456"


class AlreadyWaiting(Refusal):
    """One person stands in one line once."""

    msgid = N_("This person is already on the waiting list for this.")
    problem = "already-waiting"
    status = 409


class NoOffer(Refusal):
    """There is nothing to accept or decline, or no longer."""

    msgid = N_("No time is held for this person now.")
    problem = "no-offer"
    status = 409


class NothingToOffer(Refusal):
    """No free time suits the person, or it is too soon to offer it by a message."""

    msgid = N_("There is no free time that this person could attend.")
    problem = "nothing-to-offer"
    status = 409


class NotInLine(Refusal):
    """The person has left the list, was served, or has an offer that stands."""

    msgid = N_("This cannot be done now: this person is not waiting.")
    problem = "wrong-status"
    status = 409


class LastDayFirst(Refusal):
    """A period that ends before it begins."""

    msgid = N_("The last day cannot be before the first.")
    field = "last_day"


class NoTimeOfDay(Refusal):
    """Hours that end before they begin."""

    msgid = N_("The end must be later than the start.")
    field = "until_time"


class NoWeekday(Refusal):
    """Somebody who can come on no day waits for nothing."""

    msgid = N_("Choose at least one day of the week.")
    field = "weekdays"


class NoCentre(Refusal):
    """At least one centre that the person would come to."""

    msgid = N_("Choose at least one centre.")
    field = "centre"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a person can attend: local days and hours, `weekdays` as digits («0» is Monday).

    `from_time` and `until_time` bound the start (the latter not included); None: any time.
    """

    first_day: date
    last_day: date | None = None
    from_time: time | None = None
    until_time: time | None = None
    weekdays: str = EVERY_DAY
    notice: timedelta = timedelta(minutes=120)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody asks to wait for. `language` None: any that the person understands."""

    case_id: int
    service_id: int
    centre_ids: frozenset[int]
    language: str | None
    interpreter: bool
    limits: Limits


@dataclass(frozen=True, slots=True)
class InLine:
    """Somebody who waits, as the order is decided; `offered` are the times they had already.

    `ahead` is whoever lost an appointment by us.
    """

    id: int
    case_id: int
    joined_at: datetime
    language: str | None
    interpreter: bool
    limits: Limits
    ahead: bool = False
    missed: int = 0
    offered: frozenset[tuple[int, datetime]] = frozenset()

    @property
    def to_call(self) -> bool:
        """Whether messages did not reach them: staff call, and others go first meanwhile."""
        return self.missed >= MISSED_TO_CALL


def check(wanted: Wanted) -> None:
    """Refuse what nobody could ever attend."""
    limits = wanted.limits
    if not wanted.centre_ids:
        raise NoCentre()
    if not set(limits.weekdays) & set(EVERY_DAY):
        raise NoWeekday()
    if limits.last_day is not None and limits.last_day < limits.first_day:
        raise LastDayFirst()
    if limits.from_time and limits.until_time and limits.until_time <= limits.from_time:
        raise NoTimeOfDay()


def in_order(line: Iterable[InLine]) -> list[InLine]:
    """Those ahead, then first come, first served; who must be called stands behind the others."""
    return sorted(line, key=lambda one: (one.to_call, not one.ahead, one.joined_at, one.id))


def can_attend(limits: Limits, starts_at: datetime, place: ZoneInfo) -> bool:
    """Whether a visit that starts then fits the person's days and hours in `place`."""
    day, start = local_day(starts_at, place), starts_at.astimezone(place).time()
    return (
        limits.first_day <= day
        and (limits.last_day is None or day <= limits.last_day)
        and str(day.weekday()) in limits.weekdays
        and (limits.from_time is None or start >= limits.from_time)
        and (limits.until_time is None or start < limits.until_time)
    )


def by_day(at: datetime, place: ZoneInfo) -> datetime:
    """`at`, or the next moment at which a message disturbs nobody in `place` (UTC)."""
    local = at.astimezone(place)
    if DAY_BEGINS <= local.time() < DAY_ENDS:
        return at
    return instant(_morning_after(local, DAY_BEGINS), DAY_BEGINS, place)


def answer_by(
    at: datetime, starts_at: datetime, notice: timedelta, place: ZoneInfo
) -> datetime | None:
    """Until when a time freed at `at` is held for somebody (UTC); None: not to be offered.

    Counted from when the person is told: two hours for a visit within 48 hours, else a day. It
    never ends between 20:00 and 9:00 in `place`, and always leaves the person's `notice` to get
    there. Nothing that starts within two hours, or leaves no half an hour to answer, is offered.
    """
    told, starts_at = by_day(at, place).astimezone(UTC), starts_at.astimezone(UTC)
    if starts_at - told < AHEAD:
        return None
    until = told + (TO_ANSWER_SOON if starts_at - told <= SOON else TO_ANSWER)
    local = until.astimezone(place)
    if not ANSWERS_FROM <= local.time() < DAY_ENDS:
        until = instant(_morning_after(local, ANSWERS_FROM), ANSWERS_FROM, place)
    until = min(until, starts_at - notice)
    return until if until - told >= LEAST_TO_ANSWER else None


def _morning_after(local: datetime, begins: time) -> date:
    """The day of the next morning that begins at `begins`."""
    return local.date() if local.time() < begins else local.date() + ONE_DAY
