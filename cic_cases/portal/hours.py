"""When a centre can be visited on the coming days. Pure: rules and dates in, hours out."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta

DAYS_SHOWN = 7

Hours = tuple[time, time]


@dataclass(frozen=True, slots=True)
class OpeningRules:
    """What decides a centre's hours, in local wall time.

    `weekly` by weekday (0 is Monday); `dated` wins over it; `closed` are first and last days of
    closures; `assumed` says that some hour was never confirmed by the centre.
    """

    weekly: Mapping[int, Hours]
    dated: Mapping[date, Hours]
    closed: tuple[tuple[date, date], ...] = ()
    assumed: bool = False


def coming_days(
    rules: OpeningRules, today: date, is_holiday: Callable[[date], bool]
) -> list[tuple[date, Hours | None]]:
    """The hours of today and the six days after it; None where the centre is closed."""
    days = (today + timedelta(days=ahead) for ahead in range(DAYS_SHOWN))
    return [(day, None if is_holiday(day) else _hours(rules, day)) for day in days]


def _hours(rules: OpeningRules, day: date) -> Hours | None:
    if _falls_in(day, rules.closed):
        return None
    return rules.dated.get(day) or rules.weekly.get(day.weekday())


def _falls_in(day: date, stretches: Iterable[tuple[date, date]]) -> bool:
    return any(first <= day <= last for first, last in stretches)
