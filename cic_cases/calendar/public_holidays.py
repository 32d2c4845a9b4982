"""Public holidays of a country, by a library that follows the law (24 December from 2025)."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

import holidays


@lru_cache(maxsize=64)
def _year(country: str, year: int) -> Mapping[date, str]:
    """One year at once, never changed afterwards: threads share it without a lock."""
    language = "pl" if country == "PL" else None  # elsewhere the country's own default
    return dict(holidays.country_holidays(country, years=year, language=language))


def is_public_holiday(country: str, day: date) -> bool:
    """Whether offices in `country` (ISO 3166) are closed by law on `day`."""
    return day in _year(country, day.year)


def holiday_name(country: str, day: date) -> str | None:
    """The holiday's name in the country's language, or None."""
    return _year(country, day.year).get(day)
