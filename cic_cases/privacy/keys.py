"""The keys of what is sealed: known at every start, changed while everybody works.

For each key in use a row of `key_canary` holds something only that key opens. A start with a key
that is missing, or another under the same name, stops before anything is written with it. Changing
keys goes through every sealed column in small transactions: it can be interrupted at any point,
run again and run beside the application, and a value somebody changes meanwhile is left alone.
A column tells by `info={"sealed_by": …}` which column of its row the seal is bound to.
"""

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, LargeBinary, Table, delete, func, literal, select, update
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from cic_cases.foundation.db import Base
from cic_cases.privacy.models import KeyCanary
from cic_cases.privacy.vault import Keyring, VaultError, place

DATA, MATCH = "data", "match"
SETTING = {DATA: "CIC_DATA_KEYS", MATCH: "CIC_MATCH_KEY"}
WORD = "canary"
BATCH = 200  # values in one transaction: a fraction of a second


@dataclass(frozen=True)
class SealedColumn:
    """A column of sealed values, and the one that names its row."""

    column: "Column[bytes]"
    row: "Column[str]"

    @property
    def table(self) -> Table:
        """The table it is in."""
        return self.column.table

    @property
    def name(self) -> str:
        """`table.column`, for whoever reads the progress."""
        return f"{self.table.name}.{self.column.name}"

    def place(self, row: object) -> bytes:
        """What a value of this row is bound to."""
        return place(self.table.name, str(row), self.column.name)

    def under(self, key_id: str) -> ColumnElement[bool]:
        """That a value was sealed with this key."""
        prefix = key_id.encode() + b"\0"
        start = func.substr(self.column, 1, len(prefix), type_=LargeBinary)
        return start == literal(prefix, LargeBinary)


@dataclass(frozen=True)
class Progress:
    """What one batch did; `last` is the row to go on after, None at the end."""

    last: object | None
    resealed: int
    unreadable: int


@dataclass(frozen=True)
class KeyUse:
    """One key of the settings and how many values rest under it."""

    key_id: str
    seals: bool
    values: int


def sealed_columns() -> Iterator[SealedColumn]:
    """Every column of every table that holds sealed values."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if row := column.info.get("sealed_by"):
                yield SealedColumn(column, table.columns[row])


def problems(session: Session, data: Keyring, match: Keyring | None) -> list[str]:
    """Why this process must not start with these keys; nothing when it may."""
    rings = {DATA: data, MATCH: match}
    known = session.scalars(select(KeyCanary)).all()
    found = [wrong for one in known if (wrong := _wrong(one, rings))]
    if not any(one.name.startswith(f"{DATA}:") for one in known):
        found += _older_values(session, data)
    return found


def remember(session: Session, data: Keyring, match: Keyring | None, *, at: datetime) -> None:
    """Keep a canary of each key that seals from now on; one that is kept stays as it is."""
    for ring, held in ((DATA, data), (MATCH, match)):
        if held is None:
            continue
        name = f"{ring}:{held.keys[0][0]}"
        if session.get(KeyCanary, name) is None:
            session.add(KeyCanary(name=name, proof=_proof(name, held), made_at=at))
    session.flush()


def check(session: Session, data: Keyring, match: Keyring | None, *, at: datetime) -> list[str]:
    """`problems`, and when there are none `remember`: what every start does."""
    if found := problems(session, data, match):
        return found
    remember(session, data, match, at=at)
    return []


def in_use(session: Session, ring: Keyring) -> list[KeyUse]:
    """Each key of the ring with the number of values under it, the one that seals first."""
    first = ring.keys[0][0]
    return [
        KeyUse(key_id, key_id == first, sum(_count(session, c, key_id) for c in sealed_columns()))
        for key_id, _key in ring.keys
    ]


def reseal_some(
    session: Session, where: SealedColumn, after: object | None, *, ring: Keyring
) -> Progress:
    """Seal with the first key what another sealed: the next values of one column, in row order.

    What cannot be opened is counted and left as it is.
    """
    column, row = where.column, where.row
    wanted = select(row, column).where(column.is_not(None), ~where.under(ring.keys[0][0]))
    if after is not None:
        wanted = wanted.where(row > after)
    found = session.execute(wanted.order_by(row).limit(BATCH)).all()
    unreadable = 0
    for row_id, sealed in found:
        try:
            text = ring.open(sealed, where.place(row_id))
        except VaultError:
            unreadable += 1
            continue
        new = ring.seal(text, where.place(row_id))
        mine = (row == row_id, column == sealed)  # somebody may have changed it just now
        session.execute(update(where.table).where(*mine).values({column: new}))
    return Progress(found[-1][0] if found else None, len(found) - unreadable, unreadable)


def forget_unused(session: Session, ring: Keyring) -> list[str]:
    """Drop the canaries of keys that seal nothing any more; their ids, for whoever removes them."""
    unused = [one.key_id for one in in_use(session, ring) if not one.seals and not one.values]
    names = [f"{DATA}:{key_id}" for key_id in unused]
    session.execute(delete(KeyCanary).where(KeyCanary.name.in_(names)))
    return unused


def forget_epochs(session: Session, ring: Keyring) -> None:
    """Drop the canaries of epochs of the blind index that are over."""
    kept = f"{MATCH}:{ring.keys[0][0]}"
    of_the_index = KeyCanary.name.startswith(f"{MATCH}:")
    session.execute(delete(KeyCanary).where(of_the_index, KeyCanary.name != kept))


def _proof(name: str, ring: Keyring) -> bytes:
    if name.startswith(f"{DATA}:"):
        return ring.seal(WORD, place("key_canary", name, "proof"))
    return hmac.digest(ring.keys[0][1], WORD.encode(), "sha256")


def _wrong(canary: KeyCanary, rings: dict[str, Keyring | None]) -> str | None:
    ring, _, key_id = canary.name.partition(":")
    held = rings.get(ring)
    key = dict(held.keys).get(key_id) if held else None
    if key is None:
        return f"the key {key_id!r} is missing from {SETTING[ring]}: values need it, put it back"
    if ring == MATCH:
        right = hmac.compare_digest(hmac.digest(key, WORD.encode(), "sha256"), canary.proof)
    else:
        right = _opens(Keyring(((key_id, key),)), canary.proof, "key_canary", canary.name)
    return None if right else f"the key {key_id!r} of {SETTING[ring]} is not the one in use here"


def _opens(ring: Keyring, sealed: bytes, table: str, row: str) -> bool:
    try:
        return ring.open(sealed, place(table, row, "proof")) == WORD
    except VaultError:
        return False


def _older_values(session: Session, ring: Keyring) -> list[str]:
    """A database from before the canaries: one value of each column has to open."""
    for where in sealed_columns():
        row = session.execute(
            select(where.row, where.column).where(where.column.is_not(None)).limit(1)
        ).first()
        try:
            if row is not None:
                ring.open(row[1], where.place(row[0]))
        except VaultError as error:
            return [f"a value of {where.name} does not open with {SETTING[DATA]}: {error}"]
    return []


def _count(session: Session, where: SealedColumn, key_id: str) -> int:
    wanted = select(func.count()).select_from(where.table).where(where.under(key_id))
    return session.scalar(wanted) or 0
