"""Bars of a chart: how long each is, in whole per cent, so that the SVG needs no style.

The label stands beside the bar as ordinary text: it wraps, translates and never shrinks with
the drawing on a phone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

LONGEST = 82  # per cent of the drawing; the rest is for the number behind the longest bar
SHORTEST = 0.6  # anything above zero is seen


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a chart; `width` is per cent of the drawing."""

    label: str
    value: int
    width: float


def bars(lines: Sequence[tuple[str, int]]) -> list[Bar]:
    """A bar for each (label, value), the largest value drawn `LONGEST`."""
    largest = max((value for _, value in lines), default=0)
    return [Bar(label, value, _width(value, largest)) for label, value in lines]


def _width(value: int, largest: int) -> float:
    if not value:
        return 0
    return max(SHORTEST, round(value * LONGEST / largest, 1))
