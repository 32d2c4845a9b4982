"""What every column is, in law: read from `data.toml`, which one test holds complete.

The register of processing in the docs and a person's own copy of their data are made from it.
"""

import enum
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


class Kind(enum.StrEnum):
    """What a column holds; `data.toml` explains the words."""

    PLAIN = "plain"
    PERSON = "person"
    INFERRED = "inferred"
    CODE = "code"
    SEALED = "sealed"
    STAFF = "staff"
    PROOF = "proof"


ABOUT = ("person", "staff", "work", "technique")
KEPT = ("contact", "notes", "records", "audit", "day", "week", "account", "while")


@dataclass(frozen=True)
class TableFacts:
    """One table: whom it is about, what for, how long, and what each column holds.

    `ways` lead from a row to its case: column after column, each a foreign key but the last.
    """

    name: str
    about: str
    why: str
    kept: str
    ways: tuple[tuple[str, ...], ...]
    columns: Mapping[str, Kind]

    def of(self, *kinds: Kind) -> list[str]:
        """The columns of these kinds."""
        return [name for name, kind in self.columns.items() if kind in kinds]


@cache
def tables() -> Mapping[str, TableFacts]:
    """Every classified table by name; raises ValueError for a word the file does not explain."""
    told = tomllib.loads(files(__package__).joinpath("data.toml").read_text(encoding="utf-8"))
    return {name: _table(name, one) for name, one in told.items()}


def _table(name: str, told: dict[str, object]) -> TableFacts:
    columns = {column: kind for kind in Kind for column in str(told.pop(kind.value, "")).split()}
    ways = told.pop("case", [])
    about, why, kept = (str(told.pop(word, "")) for word in ("about", "why", "kept"))
    if told or about not in ABOUT or kept not in KEPT or not why:
        raise ValueError(f"data.toml, [{name}]: {', '.join(told) or 'about, why or kept is wrong'}")
    if (about == "person") is not bool(ways):
        raise ValueError(f"data.toml, [{name}]: a table about people needs «case», others do not")
    split = tuple(tuple(way.split(".")) for way in ways)  # type: ignore[attr-defined]
    return TableFacts(name, about, why, kept, split, columns)
