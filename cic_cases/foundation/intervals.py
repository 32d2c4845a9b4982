"""Half-open stretches of time, [start, end)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, order=True, slots=True)
class Interval:
    """From `start` up to, but not including, `end`; both aware instants."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        if self.end <= self.start:
            raise ValueError(f"{self.end} is not after {self.start}")

    def overlaps(self, other: "Interval") -> bool:
        """Whether the two share any moment; touching ends do not overlap."""
        return self.start < other.end and other.start < self.end

    def covers(self, other: "Interval") -> bool:
        """Whether `other` lies wholly inside this one."""
        return self.start <= other.start and other.end <= self.end


def merge(pieces: Iterable[Interval]) -> list[Interval]:
    """The same moments as few, sorted, separate intervals."""
    merged: list[Interval] = []
    for piece in sorted(pieces):
        if merged and piece.start <= merged[-1].end:
            merged[-1] = Interval(merged[-1].start, max(merged[-1].end, piece.end))
        else:
            merged.append(piece)
    return merged


def subtract(pieces: Iterable[Interval], taken: Iterable[Interval]) -> list[Interval]:
    """What remains of `pieces` once everything `taken` is cut out."""
    remaining = merge(pieces)
    for cut in merge(taken):
        left: list[Interval] = []
        for piece in remaining:
            if not piece.overlaps(cut):
                left.append(piece)
                continue
            if piece.start < cut.start:
                left.append(Interval(piece.start, cut.start))
            if cut.end < piece.end:
                left.append(Interval(cut.end, piece.end))
        remaining = left
    return remaining


def intersect(one: Iterable[Interval], other: Iterable[Interval]) -> list[Interval]:
    """The moments that lie in both."""
    common = [
        Interval(max(a.start, b.start), min(a.end, b.end))
        for a in merge(one)
        for b in merge(other)
        if a.overlaps(b)
    ]
    return sorted(common)
