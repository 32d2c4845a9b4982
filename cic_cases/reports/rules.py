"""Periods of a report: local days, the months they touch and the instants these begin and end at.

Pure: no session, no request, no clock. Months are cut in Python, per centre and in its own zone,
because the zone functions of the two databases differ where the clocks change.
"""

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from cic_cases.foundation.errors import N_, Refusal
from cic_cases.foundation.intervals import Interval
from cic_cases.foundation.localtime import day_bounds

LONGEST_MONTHS = 36
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 12, 31)
MONTHS_A_YEAR, MONTHS_A_QUARTER = 12, 3


class BackwardPeriod(Refusal):
    """The period ends before it begins."""

    msgid = N_("The end must be on or after the start.")
    field = "last"


class PeriodTooLong(Refusal):
    """More months than one report counts."""

    msgid = N_("Choose at most three years.")
    field = "last"


class UnlikelyDate(Refusal):
    """A year in which no centre was or will be open: a typing error."""

    msgid = N_("Choose days between 2000 and 2100.")
    field = "first"


class Period(enum.StrEnum):
    """The periods one tap away."""

    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"
    THIS_QUARTER = "this_quarter"
    LAST_QUARTER = "last_quarter"
    THIS_YEAR = "this_year"
    LAST_YEAR = "last_year"


_LENGTH_AND_STEPS_BACK = {
    Period.THIS_MONTH: (1, 0),
    Period.LAST_MONTH: (1, 1),
    Period.THIS_QUARTER: (MONTHS_A_QUARTER, 0),
    Period.LAST_QUARTER: (MONTHS_A_QUARTER, 1),
    Period.THIS_YEAR: (MONTHS_A_YEAR, 0),
    Period.LAST_YEAR: (MONTHS_A_YEAR, 1),
}


@dataclass(frozen=True, slots=True)
class Span:
    """Local days, both ends included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Place:
    """A centre, as far as counting needs it."""

    id: int
    slug: str
    city: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Window:
    """One month in one centre, or the part of it that is asked for; `month` is a `month_key`."""

    centre_id: int
    month: int
    time: Interval


@dataclass(frozen=True, slots=True)
class ByGender:
    """Codes counted, as a whole and by gender; `other` holds «other» and «not stated» together."""

    women: int = 0
    men: int = 0
    other: int = 0
    all: int = 0

    def __add__(self, more: "ByGender") -> "ByGender":
        return ByGender(
            self.women + more.women,
            self.men + more.men,
            self.other + more.other,
            self.all + more.all,
        )


def _month(count: int) -> date:
    return date(count // MONTHS_A_YEAR, count % MONTHS_A_YEAR + 1, 1)


def span_of(period: Period, today: date) -> Span:
    """The whole month, quarter or year that holds `today`, or the one before it."""
    length, back = _LENGTH_AND_STEPS_BACK[period]
    this_month = today.year * MONTHS_A_YEAR + today.month - 1
    first = (this_month // length - back) * length
    return Span(_month(first), _month(first + length) - timedelta(days=1))


def chosen_span(first: date, last: date) -> Span:
    """The days from `first` to `last`; raises `UnlikelyDate`, `BackwardPeriod`, `PeriodTooLong`."""
    if min(first, last) < FIRST_DAY or max(first, last) > LAST_DAY:
        raise UnlikelyDate()
    if last < first:
        raise BackwardPeriod()
    if len(months(Span(first, last))) > LONGEST_MONTHS:
        raise PeriodTooLong()
    return Span(first, last)


def months(span: Span) -> list[Span]:
    """The calendar months of `span`; the first and the last may be parts of months."""
    begin = span.first.year * MONTHS_A_YEAR + span.first.month - 1
    end = span.last.year * MONTHS_A_YEAR + span.last.month - 1
    return [
        Span(max(span.first, _month(m)), min(span.last, _month(m + 1) - timedelta(days=1)))
        for m in range(begin, end + 1)
    ]


def month_key(day: date) -> int:
    """The month of `day` as one number: 203001 for January 2030."""
    return day.year * 100 + day.month


def windows(places: Iterable[Place], span: Span) -> list[Window]:
    """When each month of `span` begins and ends in each centre, on that centre's clocks."""
    return [
        Window(place.id, month_key(part.first), _time(part, place.zone))
        for place in places
        for part in months(span)
    ]


def _time(part: Span, zone: ZoneInfo) -> Interval:
    return Interval(day_bounds(part.first, zone).start, day_bounds(part.last, zone).end)


Key = TypeVar("Key")


def fold(
    lines: Sequence[tuple[Key, ByGender]], most: int, always: frozenset[Key]
) -> tuple[list[tuple[Key, ByGender]], int, ByGender]:
    """The `most` largest lines, how many others there are, and their sum.

    Lines are sorted already. Those whose key is in `always` are never folded and take no place;
    one single line is not worth folding, so it is kept.
    """
    ranked = [key for key, _ in lines if key not in always]
    kept = set(ranked[: most if len(ranked) > most + 1 else most + 1]) | always
    folded = [numbers for key, numbers in lines if key not in kept]
    return [line for line in lines if line[0] in kept], len(folded), sum(folded, ByGender())
