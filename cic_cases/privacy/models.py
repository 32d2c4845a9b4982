"""The audit trail: append-only, ids only, no personal data and no codes; proofs of the keys."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from cic_cases.foundation.db import Base


class AuditEntry(Base):
    """Who did or read what, when. `actor_id` is empty for the system itself."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index(None, "subject_type", "subject_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"), index=True)
    action: Mapped[str] = mapped_column(String(40))
    subject_type: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[int]
    centre_id: Mapped[int | None] = mapped_column(ForeignKey("centre.id"))


class KeyCanary(Base):
    """Something every start must be able to open: a wrong or missing key is known at once.

    `name` is the ring and the key's id («data:k1»); no row of a key stays when none needs it.
    """

    __tablename__ = "key_canary"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    proof: Mapped[bytes]
    made_at: Mapped[datetime]
