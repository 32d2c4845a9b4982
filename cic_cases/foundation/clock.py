"""The only place that asks what time it is."""

from datetime import UTC, datetime
from functools import lru_cache, partial
from zoneinfo import ZoneInfo

tick = partial(datetime.now, UTC)  # a test puts its own clock here


def now() -> datetime:
    """This moment, aware, in UTC."""
    return tick()


@lru_cache(maxsize=64)
def zone(name: str) -> ZoneInfo:
    """The time zone called `name` (IANA), e.g. «Europe/Warsaw»."""
    return ZoneInfo(name)
