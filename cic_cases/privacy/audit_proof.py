"""What shows that a line of the audit trail is ours: a keyed hash (HMAC-SHA256) of all it says.

The key is made by the migration and rests in the database, sealed by CIC_DATA_KEYS: whoever has
only the database can neither write a line nor change one. It is read once by a process, and sealed
anew when the data keys change; each line names its key, so there may be several.
"""

import base64
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from cic_cases.privacy.models import AuditEntry, AuditKey
from cic_cases.privacy.vault import open_sealed, seal

KEY_BYTES = 32
NONCE_BYTES = 16
LINE, LINK, END = b"line", b"link", b"end"  # what is proven; one never passes for another


@dataclass(frozen=True, slots=True)
class TrailKey:
    """A key by its name."""

    name: str
    secret: bytes

    def prove(self, what: bytes, *parts: object) -> bytes:
        """The hash of parts that read the same however they were stored."""
        told = json.dumps([_plain(part) for part in parts], separators=(",", ":"))
        return hmac.digest(self.secret, what + told.encode(), "sha256")


@dataclass(frozen=True, slots=True)
class Line:
    """What a line says; `at` in UTC, all else words of ours and numbers of rows."""

    at: datetime
    actor_id: int | None
    action: str
    subject_type: str
    subject_id: int
    centre_id: int | None

    def columns(self) -> dict[str, object]:
        """By column."""
        return asdict(self)

    def proof(self, key: TrailKey, nonce: bytes) -> bytes:
        """What shows that we wrote this line, and only once."""
        return key.prove(LINE, key.name, nonce, *self.columns().values())


def of(entry: AuditEntry) -> Line:
    """What a stored line says now."""
    return Line(
        entry.at,
        entry.actor_id,
        entry.action,
        entry.subject_type,
        entry.subject_id,
        entry.centre_id,
    )


def new_key(name: str, at: datetime) -> tuple[TrailKey, AuditKey]:
    """A key to prove with, and the row that keeps it."""
    key = TrailKey(name, secrets.token_bytes(KEY_BYTES))
    text = base64.b64encode(key.secret).decode()
    sealed = seal(text, table=AuditKey.__tablename__, row=name, column="key_sealed")
    return key, AuditKey(name=name, key_sealed=sealed, made_at=at)


@dataclass(frozen=True, slots=True)
class _Ring:
    keys: Mapping[str, TrailKey]
    newest: TrailKey


_rings: WeakKeyDictionary[Engine, _Ring] = WeakKeyDictionary()


def current(session: Session) -> TrailKey:
    """The key that proves new lines. Raises `VaultError`, or LookupError before the migration."""
    return _ring(session).newest


def known(session: Session) -> Mapping[str, TrailKey]:
    """Every key by name. Raises as `current` does."""
    return _ring(session).keys


def _ring(session: Session) -> _Ring:
    """The keys of this database, read once by a process."""
    engine = session.get_bind().engine
    if engine not in _rings:
        rows = session.execute(
            select(AuditKey.name, AuditKey.key_sealed).order_by(AuditKey.made_at, AuditKey.name)
        )
        keys = {name: _opened(name, sealed) for name, sealed in rows}
        if not keys:
            raise LookupError("the audit trail has no key: run `db upgrade`")
        _rings[engine] = _Ring(keys, list(keys.values())[-1])
    return _rings[engine]


def _opened(name: str, sealed: bytes) -> TrailKey:
    text = open_sealed(sealed, table=AuditKey.__tablename__, row=name, column="key_sealed")
    return TrailKey(name, base64.b64decode(text))


def _plain(part: object) -> str | int | None:
    if isinstance(part, datetime):
        return part.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(part, bytes):
        return part.hex()
    if part is None or isinstance(part, str | int):
        return part
    raise TypeError(f"no part of a proof: {type(part).__name__}")
