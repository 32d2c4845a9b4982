"""What shows that a line of the audit trail is ours: a keyed hash (HMAC-SHA256) of all it says.

The key is made by the migration and rests in the database, sealed by CIC_DATA_KEYS: whoever has
only the database can neither write a line nor change one. It is read once by a process, and sealed
anew when the data keys change; each line names its key, so there may be several.
"""

import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy.orm import Session

from cic_cases.privacy import drawn_keys
from cic_cases.privacy.models import AuditEntry, AuditKey

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
    secret, row = drawn_keys.draw(AuditKey, name, at)
    return TrailKey(name, secret), row


def current(session: Session) -> TrailKey:
    """The key that proves new lines. Raises `VaultError`, or LookupError before the migration."""
    name, secret = list(drawn_keys.of(session, AuditKey).items())[-1]
    return TrailKey(name, secret)


def known(session: Session) -> Mapping[str, TrailKey]:
    """Every key by name. Raises as `current` does."""
    kept = drawn_keys.of(session, AuditKey)
    return {name: TrailKey(name, secret) for name, secret in kept.items()}


def _plain(part: object) -> str | int | None:
    if isinstance(part, datetime):
        return part.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(part, bytes):
        return part.hex()
    if part is None or isinstance(part, str | int):
        return part
    raise TypeError(f"no part of a proof: {type(part).__name__}")
