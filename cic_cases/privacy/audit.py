"""Write to the audit trail, in the same transaction as the act."""

from datetime import datetime

from sqlalchemy.orm import Session

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
    session.add(
        AuditEntry(
            at=at,
            actor_id=by,
            action=action,
            subject_type=subject_type,
            subject_id=subject_id,
            centre_id=centre_id,
        )
    )
