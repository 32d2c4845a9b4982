"""Channels that are not asked for now: until the next run, or for as long as they asked for."""

from collections.abc import Iterator
from datetime import datetime

from cic_cases.notifications.kinds import Means


class Resting:
    """What one process knows of its channels; the other processes find out for themselves.

    It outlives a run, because a gateway that said «not before a minute has passed» means it.
    """

    def __init__(self) -> None:
        self._until: dict[Means, datetime] = {}
        self._resting: set[Means] = set()

    def begin(self, at: datetime) -> None:
        """A run begins at `at`: whoever has rested for long enough is asked again."""
        self._until = {channel: until for channel, until in self._until.items() if until > at}
        self._resting = set(self._until)

    def rest(self, channel: Means, until: datetime | None) -> None:
        """The channel is left alone for the rest of this run, and until then if it said so."""
        self._resting.add(channel)
        if until is not None:
            self._until[channel] = until

    def __contains__(self, channel: object) -> bool:
        return channel in self._resting

    def __iter__(self) -> Iterator[Means]:
        return iter(self._resting)

    def __len__(self) -> int:
        return len(self._resting)
