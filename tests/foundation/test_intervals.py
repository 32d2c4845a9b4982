"""Intervals against a model that cannot be wrong: the set of their minutes."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cic_cases.foundation.intervals import Interval, intersect, merge, subtract

NOON = datetime(2030, 1, 7, 12, tzinfo=UTC)
LONGEST = 40


def between(start: int, end: int) -> Interval:
    return Interval(NOON + timedelta(minutes=start), NOON + timedelta(minutes=end))


@st.composite
def interval(draw: st.DrawFn) -> Interval:
    start = draw(st.integers(0, 120))
    return between(start, start + draw(st.integers(1, LONGEST)))


several = st.lists(interval(), max_size=8)


def minutes(pieces: list[Interval]) -> set[int]:
    """The minutes that lie in any of the pieces."""
    found: set[int] = set()
    for piece in pieces:
        first, last = ((t - NOON) // timedelta(minutes=1) for t in (piece.start, piece.end))
        found.update(range(first, last))
    return found


def tidy(pieces: list[Interval]) -> bool:
    """Sorted, and none touches the next."""
    return all(a.end < b.start for a, b in zip(pieces, pieces[1:], strict=False))


@given(several)
def test_merging_keeps_every_moment_in_as_few_pieces_as_can_be(pieces: list[Interval]):
    merged = merge(pieces)

    assert minutes(merged) == minutes(pieces)
    assert tidy(merged)
    assert merge(merged) == merged
    assert merge(reversed(pieces)) == merged


@given(several, several)
def test_subtracting_leaves_what_was_not_taken(pieces: list[Interval], taken: list[Interval]):
    left = subtract(pieces, taken)

    assert minutes(left) == minutes(pieces) - minutes(taken)
    assert tidy(left)


@given(several, several)
def test_intersecting_leaves_what_is_in_both(one: list[Interval], other: list[Interval]):
    common = intersect(one, other)

    assert minutes(common) == minutes(one) & minutes(other)
    assert tidy(common)
    assert common == intersect(other, one)


@given(several, several)
def test_what_is_taken_and_what_is_left_make_the_whole(one: list[Interval], cut: list[Interval]):
    assert merge([*subtract(one, cut), *intersect(one, cut)]) == merge(one)


@given(interval(), interval())
def test_two_overlap_when_they_share_a_minute(one: Interval, other: Interval):
    assert one.overlaps(other) == other.overlaps(one) == bool(minutes([one]) & minutes([other]))
    assert one.covers(other) == (minutes([other]) <= minutes([one]))


def test_touching_pieces_do_not_overlap_but_merge():
    assert not between(0, 10).overlaps(between(10, 20))
    assert merge([between(10, 20), between(0, 10)]) == [between(0, 20)]


@pytest.mark.parametrize("end", [0, -1])
def test_time_runs_forward(end: int):
    with pytest.raises(ValueError, match="is not after"):
        between(0, end)
