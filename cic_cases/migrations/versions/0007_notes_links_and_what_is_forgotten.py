"""Sealed notes and who opened them, linked cases, proofs of keys, periods, and what was erased."""

import sqlalchemy as sa
from alembic import op

from cic_cases.foundation.db import UtcDateTime
from cic_cases.migrations.parts import remade

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = UtcDateTime(timezone=True)
PERIODS = (
    "contact_months INTEGER DEFAULT '6' NOT NULL",
    "note_months INTEGER DEFAULT '60' NOT NULL",
    "audit_months INTEGER DEFAULT '24' NOT NULL",
    "record_years INTEGER DEFAULT '5' NOT NULL",
    "last_payment_year INTEGER",
)
STANDING = sa.text("state IN ('suggested', 'linked')")
TABLES = (
    "erasure",
    "case_link",
    "contact_match",
    "key_canary",
    "note_opening",
    "note_draft",
    "note_version",
    "note",
)


def upgrade() -> None:
    for column in PERIODS:
        op.execute(f"ALTER TABLE region ADD COLUMN {column}")
    _notes()
    _drafts()
    _openings()
    _links()
    _keys_and_erasures()


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}")


def _notes() -> None:
    op.create_table(
        "note",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=True),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.Column("kept_for", sa.String(32), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        _key("note", "case_id", "case_file"),
        _key("note", "centre_id", "centre"),
        _key("note", "booking_id", "booking"),
        _key("note", "author_id", "staff"),
        sa.PrimaryKeyConstraint("id", name="pk_note"),
    )
    op.create_index("ix_note_case_id_author_id", "note", ["case_id", "author_id"])
    op.create_index("ix_note_author_id", "note", ["author_id"])
    op.create_table(
        "note_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(36), nullable=False),
        sa.Column("note_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("written_at", MOMENT, nullable=False),
        _key("note_version", "note_id", "note"),
        sa.PrimaryKeyConstraint("id", name="pk_note_version"),
        sa.UniqueConstraint("key", name="uq_note_version_key"),
        sa.UniqueConstraint("note_id", "number", name="uq_note_version_note_id_number"),
    )


def _drafts() -> None:
    op.create_table(
        "note_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(36), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("about", sa.String(12), nullable=False),
        sa.Column("text_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        _key("note_draft", "author_id", "staff"),
        _key("note_draft", "case_id", "case_file"),
        sa.PrimaryKeyConstraint("id", name="pk_note_draft"),
        sa.UniqueConstraint("key", name="uq_note_draft_key"),
        sa.UniqueConstraint(
            "author_id", "case_id", "about", name="uq_note_draft_author_id_case_id_about"
        ),
    )
    op.create_index("ix_note_draft_case_id", "note_draft", ["case_id"])
    op.create_index("ix_note_draft_saved_at", "note_draft", ["saved_at"])


def _openings() -> None:
    op.create_table(
        "note_opening",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("seen_at", MOMENT, nullable=True),
        _key("note_opening", "case_id", "case_file"),
        _key("note_opening", "centre_id", "centre"),
        _key("note_opening", "author_id", "staff"),
        _key("note_opening", "asked_by", "staff"),
        _key("note_opening", "decided_by", "staff"),
        sa.PrimaryKeyConstraint("id", name="pk_note_opening"),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> asked_by",
            name=op.f("ck_note_opening_second_person"),
        ),
        sa.CheckConstraint("asked_by <> author_id", name=op.f("ck_note_opening_not_ones_own")),
        sa.CheckConstraint(
            "(until IS NULL) OR (decided_by IS NOT NULL)",
            name=op.f("ck_note_opening_granted_by_somebody"),
        ),
    )
    op.create_index("ix_note_opening_case_id_asked_by", "note_opening", ["case_id", "asked_by"])
    op.create_index("ix_note_opening_centre_id_asked_at", "note_opening", ["centre_id", "asked_at"])
    op.create_index("ix_note_opening_author_id_seen_at", "note_opening", ["author_id", "seen_at"])


def _links() -> None:
    op.create_table(
        "contact_match",
        sa.Column("contact_id", sa.String(36), nullable=False),
        sa.Column("epoch", sa.String(40), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        _key("contact_match", "contact_id", "contact"),
        sa.PrimaryKeyConstraint("contact_id", "epoch", name="pk_contact_match"),
    )
    op.create_index("ix_contact_match_digest", "contact_match", ["digest"])
    op.create_table(
        "case_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("suggested_at", MOMENT, nullable=False),
        sa.Column("suggested_by", sa.Integer(), nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        _key("case_link", "first_id", "case_file"),
        _key("case_link", "second_id", "case_file"),
        _key("case_link", "centre_id", "centre"),
        _key("case_link", "suggested_by", "staff"),
        _key("case_link", "settled_by", "staff"),
        sa.PrimaryKeyConstraint("id", name="pk_case_link"),
        sa.CheckConstraint("first_id < second_id", name=op.f("ck_case_link_in_order")),
    )
    op.create_index("ix_case_link_second_id", "case_link", ["second_id"])
    op.create_index(
        "uq_case_link_standing",
        "case_link",
        ["first_id", "second_id"],
        unique=True,
        sqlite_where=STANDING,
        postgresql_where=STANDING,
    )


def _keys_and_erasures() -> None:
    op.create_table(
        "key_canary",
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("proof", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_key_canary"),
    )
    op.create_table(
        "erasure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(36), nullable=False),
        sa.Column("what", sa.String(32), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("opened_at", MOMENT, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        _key("erasure", "case_id", "case_file"),
        _key("erasure", "by_id", "staff"),
        sa.PrimaryKeyConstraint("id", name="pk_erasure"),
        sa.UniqueConstraint("key", name="uq_erasure_key"),
    )
    op.create_index("ix_erasure_case_id", "erasure", ["case_id"])


def downgrade() -> None:
    """Back to 0006; every note, link and record of an erasure is gone."""
    for name in TABLES:
        op.drop_table(name)
    with remade("region") as table:
        for column in PERIODS:
            table.drop_column(column.split()[0])
