"""Write to the audit trail, in the same transaction as the act, each line with its proof."""

import secrets
from datetime import datetime

from sqlalchemy.orm import Session

from cic_cases.privacy import audit_proof
from cic_cases.privacy.audit_proof import NONCE_BYTES, Line
from cic_cases.privacy.models import AuditEntry


def note(
    session: Session,
    action: str,
    subject_type: str,
    subject_id: int,
    *,
    by: int | None,
    at: datetime,
    centre_id: int | None = None,
) -> None:
    """Remember that staff member `by` (None: the system) did `action` to a row, at `at` (UTC)."""
    line = Line(at, by, action, subject_type, subject_id, centre_id)
    session.add(AuditEntry(**signed(session, line, secrets.token_bytes(NONCE_BYTES))))


def signed(session: Session, line: Line, nonce: bytes) -> dict[str, object]:
    """All columns of a line but its number, with the proof that we wrote it."""
    key = audit_proof.current(session)
    proven = {"nonce": nonce, "key_id": key.name, "proof": line.proof(key, nonce)}
    return {**line.columns(), **proven}
