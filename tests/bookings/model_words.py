"""The words of the model: minutes, days, duties, bookings, questions. Nothing of the engine's.

A moment is a whole minute since 1970, and a local day is the list of minutes at which the clocks
there show its date.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

WARSAW = ZoneInfo("Europe/Warsaw")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
CLOSED_BY_LAW = {  # in the months that the tests live in
    date(2030, 4, 21), date(2030, 4, 22), date(2030, 5, 1), date(2030, 5, 3),
    date(2030, 11, 1), date(2030, 11, 11),
}  # fmt: skip
Resource = tuple[str, int]  # «staff», «room» or «case», and its number
Slot = tuple[int, int, int, int]  # start, staff, service, centre


def minute_of(moment: datetime) -> int:
    """Minutes since 1970; the model knows whole ones only."""
    whole, rest = divmod(moment - EPOCH, timedelta(minutes=1))
    assert not rest, moment
    return whole


def moment_of(minute: int) -> datetime:
    return EPOCH + timedelta(minutes=minute)


@lru_cache(maxsize=200)
def minutes_of(day: date) -> dict[str, int]:
    """Every wall time of the day in Warsaw and the first minute at which the clocks show it."""
    shown: dict[str, int] = {}
    noon_before = minute_of(datetime(day.year, day.month, day.day, tzinfo=UTC)) - 720
    for minute in range(noon_before, noon_before + 2880):
        local = moment_of(minute).astimezone(WARSAW)
        if local.date() == day:
            shown.setdefault(f"{local:%H:%M}", minute)
    return shown


def day_of(minute: int) -> date:
    return moment_of(minute).astimezone(WARSAW).date()


def wall_of(minute: int) -> str:
    return f"{moment_of(minute).astimezone(WARSAW):%H:%M}"


@dataclass
class Given:
    """How a service is given in one duty."""

    minutes: int
    before: int = 0
    after: int = 0


@dataclass
class Duty:
    id: int
    staff: int
    centre: int
    room: int | None
    weekday: int
    starts: str
    ends: str
    first: date
    last: date | None
    grid: int
    weeks: int
    services: dict[int, Given]  # empty: it speaks for people
    languages: frozenset[str] = frozenset()
    remote: bool = False


@dataclass
class Exception_:
    """One date of a duty: cancelled, or what is not None is other."""

    cancelled: bool = False
    hours: tuple[str, str] | None = None
    room: int | None = None
    staff: int | None = None


@dataclass
class Closure:
    centre: int | None
    institution: int | None
    room: int | None
    first: date
    last: date


@dataclass
class Booking:
    """What the model remembers of a booking; `claims` is empty once its time was given back."""

    id: int
    case: int
    slot: Slot
    status: str
    claims: dict[Resource, range]
    expires: int | None = None
    steps: list[str] = field(default_factory=list)
    version: int = 1
    room: int | None = None
    made: int = 0
    touched: int = 0  # the minute of the last step
    past: set[tuple[int, int, int | None]] = field(default_factory=set)  # start, staff, room


@dataclass
class Question:
    """A search, in the model's words."""

    services: frozenset[int]
    centres: frozenset[int]
    first: date
    last: date
    language: str | None = None
    interpreter: bool = False
    staff: int | None = None
    earliest: str | None = None
    latest: str | None = None
    case: int | None = None
    moving: int | None = None


@dataclass
class Held:
    """A duty on one date."""

    duty: Duty
    staff: int
    room: int | None
    minutes: range
    grid_from: int
