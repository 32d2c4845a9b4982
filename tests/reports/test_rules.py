"""Periods and their edges, without a database."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from cic_cases.foundation.errors import Refusal
from cic_cases.reports import rules
from cic_cases.reports.rules import ByGender, Period, Place, Span

WARSAW = ZoneInfo("Europe/Warsaw")
POZNAN = Place(1, "poznan", "Poznań", WARSAW)


@pytest.mark.parametrize(
    ("period", "today", "first", "last"),
    [
        pytest.param("this_month", "2028-02-10", "2028-02-01", "2028-02-29", id="a leap February"),
        pytest.param("last_month", "2030-01-31", "2029-12-01", "2029-12-31", id="over New Year"),
        pytest.param("this_quarter", "2030-12-31", "2030-10-01", "2030-12-31", id="its last day"),
        pytest.param("last_quarter", "2030-02-01", "2029-10-01", "2029-12-31", id="a year earlier"),
        pytest.param("this_year", "2030-01-01", "2030-01-01", "2030-12-31", id="its first day"),
        pytest.param("last_year", "2030-12-31", "2029-01-01", "2029-12-31", id="the year before"),
    ],
)
def test_a_period_is_whole_months(period, today, first, last):
    span = rules.span_of(Period(period), date.fromisoformat(today))

    assert (span.first.isoformat(), span.last.isoformat()) == (first, last)


@pytest.mark.parametrize(
    ("first", "last", "reason"),
    [
        pytest.param("2030-02-01", "2030-01-31", "on or after the start", id="backwards"),
        pytest.param("2027-01-31", "2030-01-01", "at most three years", id="37 months"),
        pytest.param("0001-01-01", "2030-01-01", "between 2000 and 2100", id="a year left out"),
        pytest.param(
            "2030-01-01", "9999-12-31", "between 2000 and 2100", id="the last day there is"
        ),
    ],
)
def test_days_that_cannot_be_counted_are_refused_with_a_reason(first, last, reason):
    with pytest.raises(Refusal, match=reason):
        rules.chosen_span(date.fromisoformat(first), date.fromisoformat(last))


def test_three_years_are_thirty_six_months():
    span = rules.chosen_span(date(2027, 2, 1), date(2030, 1, 31))

    assert len(rules.months(span)) == 36


def test_months_at_the_ends_are_only_as_long_as_asked():
    assert rules.months(Span(date(2029, 12, 30), date(2030, 2, 1))) == [
        Span(date(2029, 12, 30), date(2029, 12, 31)),
        Span(date(2030, 1, 1), date(2030, 1, 31)),
        Span(date(2030, 2, 1), date(2030, 2, 1)),
    ]


@pytest.mark.parametrize(
    ("month", "begins", "hours"),
    [
        pytest.param("2030-03-01", "2030-02-28T23:00+00:00", 743, id="spring loses an hour"),
        pytest.param("2030-10-01", "2030-09-30T22:00+00:00", 745, id="autumn gains one"),
        pytest.param("2030-01-01", "2029-12-31T23:00+00:00", 744, id="an ordinary month"),
    ],
)
def test_a_month_begins_and_ends_at_local_midnight(month, begins, hours):
    first = date.fromisoformat(month)
    (window,) = rules.windows([POZNAN], Span(first, first.replace(day=31)))

    assert window.time.start == datetime.fromisoformat(begins)
    assert (window.time.end - window.time.start).total_seconds() == hours * 3600


def test_the_same_month_is_other_instants_in_another_zone():
    lisbon = Place(2, "lisboa", "Lisboa", ZoneInfo("Europe/Lisbon"))

    here, there = rules.windows([POZNAN, lisbon], Span(date(2030, 1, 1), date(2030, 1, 31)))

    assert (there.time.start - here.time.start).total_seconds() == 3600


ONE = ByGender(1, 0, 0, 1)


@pytest.mark.parametrize(
    ("keys", "shown", "folded"),
    [
        pytest.param("AB", "AB", 0, id="few"),
        pytest.param("ABC", "ABC", 0, id="a single other one is shown itself"),
        pytest.param("ABCD", "AB", 2, id="the smallest are folded"),
        pytest.param("ABCDZ", "ABZ", 2, id="not stated is no country and stays"),
        pytest.param("", "", 0, id="nobody"),
    ],
)
def test_the_smallest_lines_become_others(keys, shown, folded):
    lines, count, others = rules.fold([(key, ONE) for key in keys], 2, frozenset("Z"))

    assert "".join(key for key, _ in lines) == shown
    assert count == folded
    assert others == ByGender(folded, 0, 0, folded)
