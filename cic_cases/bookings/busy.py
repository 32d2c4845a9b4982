"""What is taken, by resource: whether two times clash is one binary search. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from datetime import datetime, timedelta

from cic_cases.foundation.intervals import Interval

ONE_MINUTE = timedelta(minutes=1)
Stretch = tuple[datetime, datetime]


class Busy:
    """The taken times of many resources, each one's sorted and separate."""

    __slots__ = ("_taken",)

    def __init__(self, taken: Iterable[tuple[int, Iterable[Stretch]]] = ()) -> None:
        """Each resource once, with the start and end (UTC) of all that is taken, in any order."""
        self._taken: dict[int, tuple[list[datetime], list[datetime]]] = {}
        for resource, stretches in taken:
            starts: list[datetime] = []
            ends: list[datetime] = []
            for start, end in sorted(stretches):
                if ends and start < ends[-1]:  # one of the two is a hold that expires meanwhile
                    ends[-1] = max(ends[-1], end)
                else:
                    starts.append(start)
                    ends.append(end)
            self._taken[resource] = starts, ends

    def clashes(self, resource: int, start: datetime, end: datetime) -> bool:
        """Whether the resource is taken at any moment of [start, end)."""
        taken = self._taken.get(resource)
        if taken is None:
            return False
        starts, ends = taken
        first_open = bisect_right(ends, start)
        return first_open < len(starts) and starts[first_open] < end

    def gap(self, resource: int, within: Interval, least: timedelta) -> Interval | None:
        """The first part of `within`, of at least `least`, in which the resource is not taken."""
        starts, ends = self._taken.get(resource, ([], []))
        begin = within.start
        for number in range(bisect_right(ends, within.start), len(starts)):
            if starts[number] >= within.end or starts[number] - begin >= least:
                break
            begin = max(begin, ends[number])
        following = bisect_left(starts, begin)
        end = min(starts[following], within.end) if following < len(starts) else within.end
        return Interval(begin, end) if end - begin >= least else None

    def minutes(self, resource: int, within: Interval) -> int:
        """For how many minutes of `within` the resource is taken."""
        taken = self._taken.get(resource)
        if taken is None:
            return 0
        total = timedelta()
        for number in range(bisect_right(taken[1], within.start), len(taken[0])):
            start, end = taken[0][number], taken[1][number]
            if start >= within.end:
                break
            total += min(end, within.end) - max(start, within.start)
        return total // ONE_MINUTE
