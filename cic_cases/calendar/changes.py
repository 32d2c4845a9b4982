"""Every way in which a roster can change, as a value: previewed, kept in a form, then done.

A change names rows by their ids and says nothing about people. `pack` and `unpack` carry it
through the page that shows who is affected.
"""

import json
from dataclasses import dataclass, fields
from datetime import date, time
from types import MappingProxyType
from typing import Any

from cic_cases.calendar.duties import DutyWish, ServiceIn
from cic_cases.calendar.models import DutyKind
from cic_cases.calendar.rules import Change, ClosedDays, Hours
from cic_cases.foundation.errors import Invalid

AT_ONCE = date.min  # the last day of a duty that is held no more
LONGEST = 20_000  # characters of a packed change


@dataclass(frozen=True, slots=True)
class OneDate:
    """One date of a duty becomes other; `change` None makes it as the rule says again."""

    duty_id: int
    on: date
    change: Change | None


@dataclass(frozen=True, slots=True)
class Ending:
    """A duty is held for the last time on `last_day`, or no more from today on (`AT_ONCE`)."""

    duty_id: int
    last_day: date


@dataclass(frozen=True, slots=True)
class Replacing:
    """A duty becomes what is wished: from `first_day` on, or as a whole when that is None."""

    duty_id: int
    first_day: date | None
    wish: DutyWish


@dataclass(frozen=True, slots=True)
class Closing:
    """A centre, a room or an institution is closed."""

    closed: ClosedDays
    reason: str


@dataclass(frozen=True, slots=True)
class Reopening:
    """A closure is taken back."""

    closure_id: int


@dataclass(frozen=True, slots=True)
class WeekHours:
    """A centre's hours on every such weekday; None: closed."""

    centre_id: int
    weekday: int
    hours: Hours | None


@dataclass(frozen=True, slots=True)
class DateHours:
    """A centre's hours on one date; None: as every week."""

    centre_id: int
    on: date
    hours: Hours | None


RosterChange = OneDate | Ending | Replacing | Closing | Reopening | WeekHours | DateHours
KINDS = MappingProxyType(
    {
        kind.__name__: kind
        for kind in (OneDate, Ending, Replacing, Closing, Reopening, WeekHours, DateHours)
    }
)
_PARTS = MappingProxyType(
    {
        ("OneDate", "change"): Change,
        ("Replacing", "wish"): DutyWish,
        ("Closing", "closed"): ClosedDays,
    }
)
_DATES = frozenset({"on", "last_day", "first_day", "valid_from", "valid_until"})


def pack(change: RosterChange) -> str:
    """The change as text for a hidden field."""
    return json.dumps({"kind": type(change).__name__, **_plain(change)}, separators=(",", ":"))


def _plain(value: Any) -> dict[str, Any]:
    return {one.name: _word(getattr(value, one.name)) for one in fields(value)}


def _word(value: Any) -> Any:
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, tuple | frozenset | list):
        return [_word(one) for one in (sorted(value) if isinstance(value, frozenset) else value)]
    if hasattr(value, "__dataclass_fields__"):
        return _plain(value)
    return value


def unpack(text: str) -> RosterChange:
    """Read `pack`'s text back; raises `Invalid` for anything else.

    What it names is checked when the change is done, as if it had just been typed.
    """
    try:
        if len(text) > LONGEST:
            raise ValueError("longer than any change")
        words = json.loads(text)
        name = words.pop("kind")
        change: RosterChange = _made(KINDS[name], name, words)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Invalid() from error
    return change


def _made(kind: type, name: str, words: dict[str, Any]) -> Any:
    """An instance of `kind` with every word read as what its field holds."""
    known = {one.name for one in fields(kind)}
    if words.keys() != known:
        raise ValueError("not the fields of this kind")
    return kind(**{key: _read(name, key, value) for key, value in words.items()})


def _read(name: str, key: str, value: Any) -> Any:
    part = _PARTS.get((name, key))
    if value is None:
        return None
    if part is not None:
        return _made(part, part.__name__, value)
    if key in _DATES:
        return date.fromisoformat(value)
    if key == "hours":
        starts, ends = value
        return time.fromisoformat(starts), time.fromisoformat(ends)
    if key == "services":
        return tuple(_made(ServiceIn, "ServiceIn", one) for one in value)
    if key == "languages":
        return frozenset(str(one)[:2] for one in value)
    if key == "kind":
        return DutyKind(value)
    return _number_or_text(key, value)


def _number_or_text(key: str, value: Any) -> Any:
    if key in ("remote", "cancelled"):
        wanted: type = bool
    elif key == "reason":
        wanted = str
    else:
        wanted = int
    if type(value) is not wanted:
        raise ValueError(f"{key} is no {wanted.__name__}")
    return value
