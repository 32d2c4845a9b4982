"""Which looks this process has put on record in this quarter of an hour, so as not to ask again."""

from collections.abc import Hashable
from datetime import datetime
from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from cic_cases.privacy.reading import look_of


class OnRecord:
    """What is on record in one database; nothing older than a quarter of an hour."""

    def __init__(self) -> None:
        self._look = 0
        self._known: frozenset[Hashable] = frozenset()

    def has(self, what: Hashable, at: datetime) -> bool:
        """Whether `what` needs no further line at `at` (UTC)."""
        return look_of(at) == self._look and what in self._known

    def add(self, what: Hashable, at: datetime) -> None:
        """It is on record now."""
        look = look_of(at)
        self._known = self._known | {what} if look == self._look else frozenset({what})
        self._look = look


_kept: WeakKeyDictionary[Engine, OnRecord] = WeakKeyDictionary()


def of(engine: Engine) -> OnRecord:
    """What this process knows of this database."""
    return _kept.setdefault(engine, OnRecord())


def forget() -> None:
    """As a process that has just started."""
    _kept.clear()
