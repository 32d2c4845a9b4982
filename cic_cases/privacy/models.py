"""The audit trail, chained: ids only, no personal data, no codes; proofs of keys; wrong tries.

The trail is only added to: the database itself refuses to change or take out a line of it
(`migrations/audit_guard.py`).
"""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from cic_cases.foundation.db import Base


class AuditEntry(Base):
    """Who did or read what, when. `actor_id` is empty for the system itself.

    `proof` shows that this application wrote the line, with the key `key_id`; the `nonce` is each
    line's own, so a line cannot be written twice (`privacy.audit_proof`).
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index(None, "subject_type", "subject_id"),
        Index("ix_audit_entry_actor_id_at", "actor_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    action: Mapped[str] = mapped_column(String(40))
    subject_type: Mapped[str] = mapped_column(String(20))
    subject_id: Mapped[int]
    centre_id: Mapped[int | None] = mapped_column(ForeignKey("centre.id"))
    nonce: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    key_id: Mapped[str] = mapped_column(String(20))
    proof: Mapped[bytes] = mapped_column(LargeBinary)


class AuditSeal(Base):
    """One link of the chain: the `seq`-th line that was sealed (`privacy.audit_chain`).

    It refers to its line by number only, so that it outlives whatever is done to the line.
    """

    __tablename__ = "audit_seal"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(unique=True)
    key_id: Mapped[str] = mapped_column(String(20))
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    sealed_at: Mapped[datetime]


class AuditAnchor(Base):
    """Up to `seq` the trail was let go: its lines, all from before `before`, had had their time.

    The chain goes on from `hash`; when a row is added the database takes the lines away itself.
    """

    __tablename__ = "audit_anchor"

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    before: Mapped[datetime]
    at: Mapped[datetime]
    key_id: Mapped[str] = mapped_column(String(20))
    proof: Mapped[bytes] = mapped_column(LargeBinary)


class AuditKey(Base):
    """A key of the trail's proofs, sealed by the data keys. The newest proves new lines."""

    __tablename__ = "audit_key"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    key_sealed: Mapped[bytes] = mapped_column(LargeBinary, info={"sealed_by": "name"})
    made_at: Mapped[datetime]


class PseudonymKey(Base):
    """The key of the codes under which officers see people (`privacy.pseudonyms`), sealed."""

    __tablename__ = "pseudonym_key"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    key_sealed: Mapped[bytes] = mapped_column(LargeBinary, info={"sealed_by": "name"})
    made_at: Mapped[datetime]


class ReadHabit(Base):
    """How many people's cases a role usually reads in an hour: what 99 of 100 hours stay within."""

    __tablename__ = "read_habit"

    role: Mapped[str] = mapped_column(String(20), primary_key=True)
    usual: Mapped[int]
    counted_at: Mapped[datetime]


class ReadAlarm(Base):
    """Somebody read unusually many cases: `reads` in the hour before `at`, `allowed` were usual."""

    __tablename__ = "read_alarm"
    __table_args__ = (Index("ix_read_alarm_staff_id_at", "staff_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime]
    reads: Mapped[int]
    allowed: Mapped[int]
    seen_at: Mapped[datetime | None]
    seen_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class KeyCanary(Base):
    """Something every start must be able to open: a wrong or missing key is known at once.

    `name` is the ring and the key's id («data:k1»); no row of a key stays when none needs it.
    """

    __tablename__ = "key_canary"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    proof: Mapped[bytes]
    made_at: Mapped[datetime]


class Slowed(Base):
    """How often somebody tried in vain, and until when they wait; `name` tells nobody who."""

    __tablename__ = "slowed"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    tries: Mapped[int]
    until: Mapped[datetime]
