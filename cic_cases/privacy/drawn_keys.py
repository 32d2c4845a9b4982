"""Keys that the application draws for itself and keeps in its database, sealed by the data keys.

Whoever has only the database cannot use them. A process reads each table of them once.
"""

import base64
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from cic_cases.privacy.models import AuditKey, PseudonymKey
from cic_cases.privacy.vault import open_sealed, seal

KEY_BYTES = 32
COLUMN = "key_sealed"
Row = TypeVar("Row", AuditKey, PseudonymKey)

_read: WeakKeyDictionary[Engine, dict[str, Mapping[str, bytes]]] = WeakKeyDictionary()


def draw(kind: type[Row], name: str, at: datetime) -> tuple[bytes, Row]:
    """A new key, and the row that keeps it; `at` in UTC."""
    key = secrets.token_bytes(KEY_BYTES)
    text = base64.b64encode(key).decode()
    sealed = seal(text, table=kind.__tablename__, row=name, column=COLUMN)
    return key, kind(name=name, key_sealed=sealed, made_at=at)


def of(session: Session, kind: type[Row]) -> Mapping[str, bytes]:
    """Every key of this kind by its name, the newest last.

    Raises `VaultError` for one that the data keys do not open, LookupError before the migration.
    """
    kept = _read.setdefault(session.get_bind().engine, {})
    table = kind.__tablename__
    if table not in kept:
        rows = session.execute(select(kind.name, kind.key_sealed).order_by(kind.made_at, kind.name))
        found = {name: _opened(table, name, sealed) for name, sealed in rows}
        if not found:
            raise LookupError(f"{table} has no key: run `db upgrade`")
        kept[table] = found
    return kept[table]


def _opened(table: str, name: str, sealed: bytes) -> bytes:
    return base64.b64decode(open_sealed(sealed, table=table, row=name, column=COLUMN))
