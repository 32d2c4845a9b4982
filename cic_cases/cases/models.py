"""A case is an internal number with six attributes; people hold a card with a code."""

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from cic_cases.cases.attributes import AgeBand, ContactMode, Gender
from cic_cases.foundation.db import Base


class Case(Base):
    """One person, unnamed. Its resource is the person's own time: nobody is in two places."""

    __tablename__ = "case_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"), unique=True)
    citizenship: Mapped[str] = mapped_column(String(2))
    gender: Mapped[Gender]
    age_band: Mapped[AgeBand]
    contact_language: Mapped[str] = mapped_column(String(3))
    opened_at: Mapped[datetime]
    opened_centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"))

    contact: Mapped["Contact | None"] = relationship(viewonly=True, lazy="raise_on_sql")


class CaseCentre(Base):
    """A centre that serves the case: where it was opened, or where its card was shown."""

    __tablename__ = "case_centre"

    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), primary_key=True)
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"), primary_key=True, index=True)


class Card(Base):
    """A code that opens a case until it is revoked; a lost card is replaced, not changed."""

    __tablename__ = "card"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(9), unique=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), index=True)
    issued_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Contact(Base):
    """The vault: how a case may be told things. Addresses are sealed, never shown in a list."""

    __tablename__ = "contact"
    __table_args__ = (
        CheckConstraint(
            "mode <> 'none' OR (phone_sealed IS NULL AND email_sealed IS NULL)",
            name="none_keeps_nothing",
        ),
    )

    id: Mapped[str] = mapped_column(String(36), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"), unique=True)
    mode: Mapped[ContactMode]
    phone_sealed: Mapped[bytes | None] = mapped_column(info={"sealed_by": "id"})
    email_sealed: Mapped[bytes | None] = mapped_column(info={"sealed_by": "id"})
    calling_code: Mapped[int | None]  # 48, 380: which gateways reach the phone; all that is open
    changed_at: Mapped[datetime]


class ContactMatch(Base):
    """A keyed hash of a phone number, only to suggest a case; `epoch` is the key's id.

    Without CIC_MATCH_KEY there are none, and from the hash nobody finds the number.
    """

    __tablename__ = "contact_match"

    contact_id: Mapped[str] = mapped_column(ForeignKey("contact.id"), primary_key=True)
    epoch: Mapped[str] = mapped_column(String(40), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), index=True)


class LinkState(enum.StrEnum):
    """A suggestion waits for a coordinator; what is settled stays on record."""

    SUGGESTED = "suggested"
    LINKED = "linked"
    DECLINED = "declined"
    UNLINKED = "unlinked"


class CaseLink(Base):
    """Two cases that are said to be one person. Nothing is merged, so unlinking loses nothing."""

    __tablename__ = "case_link"
    __table_args__ = (
        CheckConstraint("first_id < second_id", name="in_order"),
        Index(None, "second_id"),
        Index(
            "uq_case_link_standing",
            "first_id",
            "second_id",
            unique=True,
            sqlite_where=text("state IN ('suggested', 'linked')"),
            postgresql_where=text("state IN ('suggested', 'linked')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    first_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    second_id: Mapped[int] = mapped_column(ForeignKey("case_file.id"))
    centre_id: Mapped[int] = mapped_column(ForeignKey("centre.id"))
    state: Mapped[LinkState] = mapped_column(default=LinkState.SUGGESTED)
    suggested_at: Mapped[datetime]
    suggested_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
