"""Who is signed in, in which browser, with what proof: nothing here opens a door by itself."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from cic_cases.foundation.db import Base


class BrowserSession(Base):
    """One browser in which somebody signed in; only the hash of what its cookie holds is kept.

    `version` is the account's `session_version` at the beginning: when that rises, every session
    ends. `waiting_for` is empty once every step of signing in is done. `proven_at` is when the
    person last proved who they are. Neither an address nor the browser's name is kept.
    """

    __tablename__ = "browser_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    version: Mapped[int]
    waiting_for: Mapped[str | None] = mapped_column(String(12))
    begun_at: Mapped[datetime] = mapped_column(index=True)
    active_at: Mapped[datetime]
    proven_at: Mapped[datetime]
    locked_at: Mapped[datetime | None]


class KnownDevice(Base):
    """A browser in which this person once signed in; guesses elsewhere do not slow it down."""

    __tablename__ = "known_device"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    seen_at: Mapped[datetime] = mapped_column(index=True)


class FormDraft(Base):
    """What somebody had typed when their session was locked, sealed, for nobody but them.

    `key` is the row's name for the vault; the address of the form is sealed too. One a person.
    """

    __tablename__ = "form_draft"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(36), unique=True)
    sealed: Mapped[bytes] = mapped_column(LargeBinary, info={"sealed_by": "key"})
    saved_at: Mapped[datetime] = mapped_column(index=True)
