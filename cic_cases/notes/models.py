"""What a specialist writes about a case. Texts are sealed; `key` is the row a seal is bound to."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from cic_cases.foundation.db import Base
from cic_cases.notes.words import KeptFor, OpeningReason
from cic_cases.privacy.roles import Role


class Note(Base):
    """One note about a case; its versions say it. `role` is the author's at the time."""

    __tablename__ = "note"
    __table_args__ = (Index("ix_note_case_id_author_id", "case_id", "author_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"))
    booking_id: Mapped[int | None] = mapped_column(ForeignKey("booking.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    role: Mapped[Role]
    kept_for: Mapped[KeptFor]
    made_at: Mapped[datetime]


class NoteVersion(Base):
    """What a note said from `written_at` on; a correction is another version, nothing is lost."""

    __tablename__ = "note_version"
    __table_args__ = (UniqueConstraint("note_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(36), unique=True)
    note_id: Mapped[int] = mapped_column(ForeignKey("note.id"))
    number: Mapped[int]
    text_sealed: Mapped[bytes] = mapped_column(info={"sealed_by": "key"})
    written_at: Mapped[datetime]


class NoteDraft(Base):
    """What an author has typed and not saved yet; `about` is «new» or the number of a note."""

    __tablename__ = "note_draft"
    __table_args__ = (UniqueConstraint("author_id", "case_id", "about"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(36), unique=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    about: Mapped[str] = mapped_column(String(12))
    text_sealed: Mapped[bytes] = mapped_column(info={"sealed_by": "key"})
    saved_at: Mapped[datetime] = mapped_column(index=True)


class NoteOpening(Base):
    """A colleague's request to read an author's notes of one case, and what a second person said.

    Readable by `asked_by` until `until`, which is set when somebody else grants it; the author
    sees it until they have said so (`seen_at`).
    """

    __tablename__ = "note_opening"
    __table_args__ = (
        CheckConstraint("decided_by IS NULL OR decided_by <> asked_by", name="second_person"),
        CheckConstraint("asked_by <> author_id", name="not_ones_own"),
        CheckConstraint("(until IS NULL) OR (decided_by IS NOT NULL)", name="granted_by_somebody"),
        Index("ix_note_opening_case_id_asked_by", "case_id", "asked_by"),
        Index("ix_note_opening_centre_id_asked_at", "centre_id", "asked_at"),
        Index("ix_note_opening_author_id_seen_at", "author_id", "seen_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    asked_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    asked_at: Mapped[datetime]
    reason: Mapped[OpeningReason]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None]
    until: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
