"""The rotas of searches: read for whole weeks, because the next search asks for the next days."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from cic_cases.bookings.editions import keeps, kept
from cic_cases.bookings.offers import Search
from cic_cases.bookings.rota import Rota

WEEKS = timedelta(weeks=5)  # most searches look no further


def of(session: Session, search: Search, read: Callable[[Session, Search], Rota]) -> Rota:
    """The rota of the search's days, or of the weeks around them; `read` is asked when needed.

    While writing, of these days only: it is read for nobody else.
    """
    if not keeps(session):
        return read(session, search)
    wide = replace(search, first_day=_monday(search.first_day), last_day=_last_day(search))
    return kept(session, _key(wide), lambda: read(session, wide))


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _last_day(search: Search) -> date:
    """The end of as many weeks as most searches need, or of the week in which this one ends."""
    one_day = timedelta(days=1)
    own = _monday(search.last_day) + timedelta(weeks=1)
    return max(own, _monday(search.first_day) + WEEKS) - one_day


def _key(wide: Search) -> tuple[Any, ...]:
    """What a rota depends on; a language only where interpreters are looked for."""
    language = wide.language if wide.interpreter else None
    days = wide.first_day, wide.last_day
    return "rota", wide.service_ids, wide.centre_ids, days, wide.specialist_key, language
