"""Public holidays of a country, by a library that follows the law (24 December from 2025)."""

from datetime import date
from functools import lru_cache

import holidays


@lru_cache(maxsize=32)
def _calendar(country: str) -> holidays.HolidayBase:
    language = "pl" if country == "PL" else None  # elsewhere the country's own default
    return holidays.country_holidays(country, language=language)


def is_public_holiday(country: str, day: date) -> bool:
    """Whether offices in `country` (ISO 3166) are closed by law on `day`."""
    return day in _calendar(country)


def holiday_name(country: str, day: date) -> str | None:
    """The holiday's name in the country's language, or None."""
    return _calendar(country).get(day)
