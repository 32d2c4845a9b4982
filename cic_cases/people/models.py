"""Members of staff: shown by initials, known by a work e-mail address."""

import enum
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from cic_cases.foundation.db import Base
from cic_cases.privacy.roles import Role


class Staff(Base):
    """An account. `key` is its public name in the JSON; `resource_id` is the person's own time."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(8), unique=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    initials: Mapped[str] = mapped_column(String(8))
    language: Mapped[str] = mapped_column(String(2))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    session_version: Mapped[int] = mapped_column(default=1)
    institution_id: Mapped[int | None] = mapped_column(ForeignKey("institution.id"))
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"), unique=True)
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class StaffLanguage(Base):
    """A language in which this person can receive people."""

    __tablename__ = "staff_language"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)


class StaffGrant(Base):
    """One role in one centre, or in all centres of one region."""

    __tablename__ = "staff_grant"
    __table_args__ = (
        CheckConstraint("(centre_id IS NULL) <> (region_id IS NULL)", name="centre_or_region"),
        Index(
            "uq_staff_grant_centre",
            "staff_id",
            "role",
            "centre_id",
            unique=True,
            sqlite_where=text("centre_id IS NOT NULL"),
            postgresql_where=text("centre_id IS NOT NULL"),
        ),
        Index(
            "uq_staff_grant_region",
            "staff_id",
            "role",
            "region_id",
            unique=True,
            sqlite_where=text("region_id IS NOT NULL"),
            postgresql_where=text("region_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    role: Mapped[Role]
    centre_id: Mapped[int | None] = mapped_column(ForeignKey("centre.id"), index=True)
    region_id: Mapped[int | None] = mapped_column(ForeignKey("region.id"))


class Purpose(enum.StrEnum):
    """What a one-time link is for; a link of one purpose opens nothing else."""

    INVITE = "invite"
    RESET = "reset"
    SIGNIN = "signin"


class OneTimeLink(Base):
    """A link that works once; only the hash of its token is kept."""

    __tablename__ = "one_time_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    purpose: Mapped[Purpose]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class CalendarFeed(Base):
    """The secret address of one member's own calendar; only its hash is kept."""

    __tablename__ = "calendar_feed"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    key_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class ApiToken(Base):
    """A key for the JSON with its owner's rights; only its hash is kept."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class IdempotentAnswer(Base):
    """The answer to a POST with an Idempotency-Key, kept 24 hours, to be given again."""

    __tablename__ = "idempotent_answer"
    __table_args__ = (UniqueConstraint("staff_id", "endpoint", "key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    endpoint: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(255))
    body_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    body: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(index=True)
