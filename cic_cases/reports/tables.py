"""The reports as plain tables of keys and numbers, for files and other programs.

No word in them depends on a language: centres by slug, countries by ISO code, services by key.
"""

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from cic_cases.reports import queries, rules
from cic_cases.reports.rules import ByGender, Place, Window

ALL = "all"
CALCULATED = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")  # with these a formula begins
BY_GENDER = ("women", "men", "other_or_not_stated", "all")


@dataclass(frozen=True, slots=True)
class Table:
    """Column names and the rows under them."""

    columns: tuple[str, ...]
    rows: list[tuple[str | int, ...]]

    def as_csv(self) -> str:
        """Comma-separated values with a header line; no cell is a formula to a spreadsheet."""
        text = io.StringIO()
        rows = ([_cell(one) for one in row] for row in (self.columns, *self.rows))
        csv.writer(text, lineterminator="\n").writerows(rows)
        return text.getvalue()

    def as_json(self, **about: object) -> str:
        """A JSON object: what the table is about, and its rows as objects."""
        rows = [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        return json.dumps({**about, "rows": rows}, ensure_ascii=False, indent=2)


def _cell(value: str | int) -> str | int:
    """A word that a spreadsheet would calculate gets a quote before it (OWASP ASVS 5.0, 1.2.10)."""
    return f"'{value}" if isinstance(value, str) and value.startswith(CALCULATED) else value


def overview(
    session: Session, places: Sequence[Place], windows: Sequence[Window], at: datetime
) -> Table:
    """Codes, visits, quick contacts and appointments by centre and month, with totals."""
    counted = queries.overview(session, windows, at)
    months = sorted({window.month for window in windows})
    centres = [(place.id, place.slug) for place in places]
    rows = [
        (slug, _month_name(month), *astuple(counted.get((centre, month), queries.Figures())))
        for centre, slug in [*centres, (queries.ALL, ALL)]
        for month in [*months, queries.ALL]
    ]
    columns = ("centre", "month", "codes", "visits", "quick_contacts", "booked", "kept")
    return Table(columns, rows)


def countries(
    session: Session, places: Sequence[Place], windows: Sequence[Window], at: datetime
) -> Table:
    """Codes by citizenship and gender; every country, none folded."""
    lines = [(code, *_cells(n)) for code, n in queries.countries(session, windows)]
    return _with_everyone(session, windows, "citizenship", lines)


def support(
    session: Session, places: Sequence[Place], windows: Sequence[Window], at: datetime
) -> Table:
    """Codes by kind of support and gender; one code may use several kinds."""
    lines = [(kind.key, *_cells(n)) for kind, n in queries.support(session, windows)]
    return _with_everyone(session, windows, "service", lines)


TABLES: dict[str, Callable[[Session, Sequence[Place], Sequence[Window], datetime], Table]] = {
    "overview": overview,
    "countries": countries,
    "support": support,
}


def table(
    session: Session, name: str, places: Sequence[Place], span: rules.Span, at: datetime
) -> Table:
    """The report called `name` over `span` in these centres; KeyError when there is none."""
    return TABLES[name](session, places, rules.windows(places, span), at)


def _month_name(month: int) -> str:
    return f"{month // 100}-{month % 100:02}" if month else ALL


def _cells(numbers: ByGender) -> tuple[int, int, int, int]:
    return numbers.women, numbers.men, numbers.other, numbers.all


def _with_everyone(
    session: Session, windows: Sequence[Window], key: str, lines: Sequence[tuple[str | int, ...]]
) -> Table:
    total = (ALL, *_cells(queries.everyone(session, windows)))
    return Table((key, *BY_GENDER), [*lines, total])
