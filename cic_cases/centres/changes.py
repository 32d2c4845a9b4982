"""Writing what a region file says into rows, and keeping count of every difference."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time

from sqlalchemy.orm import Session

from cic_cases.centres.crisis_models import CrisisLine
from cic_cases.centres.models import (
    Centre,
    Institution,
    OpeningDate,
    OpeningHours,
    Place,
    Region,
    Room,
    Service,
)
from cic_cases.centres.region_entries import Opening

Retirable = Centre | Institution | Service | Place | Room | CrisisLine
Named = Region | Retirable
Dated = OpeningHours | OpeningDate
KEPT = "kept as a coordinator set it"


@dataclass(frozen=True)
class Change:
    """One difference between the file and the database; `str` gives it as one line.

    What a coordinator set is told as kept: `old` stays, `new` is what the file says.
    """

    subject: str
    what: str
    old: str | None = None
    new: str | None = None

    @property
    def kept(self) -> bool:
        """Whether the database was left as it is, whatever the file says."""
        return self.what == KEPT

    def __str__(self) -> str:
        if self.old is None and self.new is None:
            return f"{self.subject}: {self.what}"
        if self.kept:
            return f"{self.subject}: {KEPT}: {_shown(self.old)}, the file says {_shown(self.new)}"
        return f"{self.subject}: {self.what}: {_shown(self.old)} -> {_shown(self.new)}"


class Ledger:
    """One loading: the differences found, and the rows that the audit trail will name."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.changes: list[Change] = []
        self.touched: dict[tuple[str, int, int | None], None] = {}

    def put(
        self,
        subject: str,
        row: Named,
        wanted: Mapping[str, object],
        called: Mapping[str, Mapping[object, str]] | None = None,
    ) -> None:
        """Give `row` the `wanted` columns and note each that differs; a new row is added.

        `called` tells what people call the values of a column, such as ids.
        """
        changes = [
            Change(subject, *difference)
            for column, new in wanted.items()
            for difference in _differences(
                column, getattr(row, column), new, (called or {}).get(column)
            )
        ]
        for column, new in wanted.items():
            setattr(row, column, new)
        if row not in self.session:
            self.session.add(row)
            self.session.flush()
            changes = [Change(subject, "added")]
        if changes:
            self._note(row, changes)

    def retire(self, subject: str, row: Retirable) -> None:
        """Take out of use what the file does not name; what refers to it stays whole."""
        if row.active:
            row.active = False
            self._note(row, [Change(subject, "inactive, the file does not name it")])

    def set_hours(self, subject: str, centre: Centre, row: Dated, opening: Opening | None) -> None:
        """Make `row`, in the database or not yet, hold `opening`; without one it is removed.

        Hours that a coordinator set are theirs: they stay, and where the file differs is told.
        """
        known = row in self.session
        old = Opening(row.opens, row.closes, row.assumed) if known else None
        if old == opening:
            return
        if row.set_by is not None:
            if _hours(old) != _hours(opening):
                self.changes.append(Change(subject, KEPT, _hours(old), _span(opening)))
            return
        if opening is None:
            self.session.delete(row)
        else:
            row.opens, row.closes, row.assumed = opening.opens, opening.closes, opening.assumed
            self.session.add(row)
        self._note(centre, [Change(subject, "open", _span(old), _span(opening))])

    def _note(self, row: Named, changes: list[Change]) -> None:
        self.changes += changes
        centre_id = row.id if isinstance(row, Centre) else getattr(row, "centre_id", None)
        self.touched[(row.__tablename__, row.id, centre_id)] = None


def _differences(
    column: str, old: object, new: object, called: Mapping[object, str] | None = None
) -> Iterator[tuple[str, str, str]]:
    """What differs, old and new as text; names in languages are told language by language."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            yield from _differences(f"{column}.{key}", old.get(key), new.get(key))
    elif old != new:
        yield (
            column,
            _text(called.get(old) if called else old),
            _text(called.get(new) if called else new),
        )


def _text(value: object) -> str:
    if isinstance(value, list):
        return "; ".join(map(str, value))
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return "" if value is None else str(value)


def _span(opening: Opening | None) -> str:
    if opening is None:
        return ""
    return f"{_hours(opening)}{' (assumed)' * opening.assumed}"


def _hours(opening: Opening | None) -> str:
    return f"{opening.opens:%H:%M}-{opening.closes:%H:%M}" if opening else ""


def _shown(text: str | None) -> str:
    return f"«{text}»" if text else "nothing"
