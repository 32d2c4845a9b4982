"""What the desk works out from a day's bookings. Pure."""

import enum
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from cic_cases.bookings.queries import Line
from cic_cases.bookings.statuses import Status
from cic_cases.foundation.codes import CASE_LENGTH, clean

TYPED_ENOUGH = 5
LATE_AFTER = timedelta(minutes=15)
EARLY = timedelta(minutes=60)


class Show(enum.StrEnum):
    """The board's filters."""

    ALL = "all"
    BOOKED = "booked"
    ARRIVED = "arrived"
    SOLVE = "solve"


@dataclass(frozen=True)
class Step:
    """A button of the board: where one tap takes the booking."""

    to: Status
    primary: bool = True


STEPS = {
    Status.BOOKED: (Step(Status.ARRIVED), Step(Status.NO_SHOW, primary=False)),
    Status.ARRIVED: (Step(Status.IN_PROGRESS), Step(Status.NO_SHOW, primary=False)),
    Status.IN_PROGRESS: (Step(Status.DONE),),
}
UNDOABLE = frozenset({Status.ARRIVED, Status.IN_PROGRESS, Status.DONE, Status.NO_SHOW})


def comes_now(line: Line, at: datetime) -> bool:
    """Whether a card shown at `at` means that its holder has come to this appointment.

    Somebody who is hours early may be here for something else: reception asks.
    """
    return line.status is Status.BOOKED and line.starts_at - EARLY <= at < line.ends_at


class Timed(Protocol):
    """An appointment or a line of the board."""

    @property
    def status(self) -> Status: ...
    @property
    def starts_at(self) -> datetime: ...


def late(line: Timed, at: datetime) -> bool:
    """Whether somebody who was booked has not come a quarter of an hour on."""
    return line.status is Status.BOOKED and line.starts_at + LATE_AFTER <= at


def unheard(line: Line, spoken: Container[str]) -> bool:
    """Whether nobody in the appointment speaks the person's language; `spoken`: the specialist."""
    return line.status in STEPS and line.interpreter_id is None and line.language not in spoken


def to_solve(line: Line, at: datetime, mute: Container[int] = ()) -> bool:
    """Whether this line needs somebody to decide: late, still going on after its end, or `mute`.

    `mute` holds the ids of lines that are `unheard`.
    """
    overdue = line.status in (Status.ARRIVED, Status.IN_PROGRESS) and line.ends_at <= at
    return late(line, at) or overdue or line.id in mute


def shown(lines: Iterable[Line], show: Show, at: datetime, mute: Container[int] = ()) -> list[Line]:
    """The lines a filter leaves; `mute` as in `to_solve`."""
    tests: dict[Show, Callable[[Line], bool]] = {
        Show.ALL: lambda line: True,
        Show.BOOKED: lambda line: line.status is Status.BOOKED,
        Show.ARRIVED: lambda line: line.status in (Status.ARRIVED, Status.IN_PROGRESS),
        Show.SOLVE: lambda line: to_solve(line, at, mute),
    }
    return [line for line in lines if tests[show](line)]


def now_at(lines: Sequence[Line], at: datetime) -> int | None:
    """The id of the line to look at: the next that is booked and not yet over."""
    coming = [n for n in lines if n.status is Status.BOOKED and n.ends_at > at]
    return coming[0].id if coming else None


def of_today(lines: Iterable[Line], typed: str) -> Line | None:
    """The one booking of today whose case code starts with what was typed.

    Five characters are enough only within today's board; elsewhere the whole code is asked.
    """
    start = clean(typed)
    if not TYPED_ENOUGH <= len(start) < CASE_LENGTH:
        return None
    found = {line.case_id: line for line in lines if line.code and line.code.startswith(start)}
    return next(iter(found.values())) if len(found) == 1 else None


def of_case(lines: Iterable[Line], case_id: int) -> Line | None:
    """The booking of a case to act on today: the first that is not over."""
    own = [line for line in lines if line.case_id == case_id]
    active = [line for line in own if line.status in STEPS]
    return active[0] if active else None
