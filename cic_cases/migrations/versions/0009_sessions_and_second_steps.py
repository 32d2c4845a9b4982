"""Sessions on the server, known devices, drafts over a lock, and the second step of signing in."""

import sqlalchemy as sa
from alembic import op

from cic_cases.foundation.db import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = UtcDateTime(timezone=True)
TABLES = (
    "passkey_challenge",
    "passkey",
    "recovery_code",
    "code_app",
    "form_draft",
    "known_device",
    "browser_session",
)


def upgrade() -> None:
    _browsers()
    _codes()
    _passkeys()


def _of_staff(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=f"fk_{table}_staff_id")


def _browsers() -> None:
    op.create_table(
        "browser_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("waiting_for", sa.String(12), nullable=True),
        sa.Column("begun_at", MOMENT, nullable=False),
        sa.Column("active_at", MOMENT, nullable=False),
        sa.Column("proven_at", MOMENT, nullable=False),
        sa.Column("locked_at", MOMENT, nullable=True),
        _of_staff("browser_session"),
        sa.PrimaryKeyConstraint("id", name="pk_browser_session"),
        sa.UniqueConstraint("token_hash", name="uq_browser_session_token_hash"),
    )
    op.create_index("ix_browser_session_staff_id", "browser_session", ["staff_id"])
    op.create_index("ix_browser_session_begun_at", "browser_session", ["begun_at"])
    op.create_table(
        "known_device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        _of_staff("known_device"),
        sa.PrimaryKeyConstraint("id", name="pk_known_device"),
        sa.UniqueConstraint("token_hash", name="uq_known_device_token_hash"),
    )
    op.create_index("ix_known_device_staff_id", "known_device", ["staff_id"])
    op.create_index("ix_known_device_seen_at", "known_device", ["seen_at"])
    op.create_table(
        "form_draft",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(36), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", MOMENT, nullable=False),
        _of_staff("form_draft"),
        sa.PrimaryKeyConstraint("staff_id", name="pk_form_draft"),
        sa.UniqueConstraint("key", name="uq_form_draft_key"),
    )
    op.create_index("ix_form_draft_saved_at", "form_draft", ["saved_at"])


def _codes() -> None:
    op.create_table(
        "code_app",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(36), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("last_counter", sa.BigInteger(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("confirmed_at", MOMENT, nullable=True),
        _of_staff("code_app"),
        sa.PrimaryKeyConstraint("staff_id", name="pk_code_app"),
        sa.UniqueConstraint("key", name="uq_code_app_key"),
    )
    op.create_table(
        "recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        _of_staff("recovery_code"),
        sa.PrimaryKeyConstraint("id", name="pk_recovery_code"),
        sa.UniqueConstraint("code_hash", name="uq_recovery_code_code_hash"),
    )
    op.create_index("ix_recovery_code_staff_id", "recovery_code", ["staff_id"])


def _passkeys() -> None:
    op.create_table(
        "passkey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        _of_staff("passkey"),
        sa.PrimaryKeyConstraint("id", name="pk_passkey"),
        sa.UniqueConstraint("credential_id", name="uq_passkey_credential_id"),
    )
    op.create_index("ix_passkey_staff_id", "passkey", ["staff_id"])
    op.create_table(
        "passkey_challenge",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(12), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=True),
        sa.Column("expires_at", MOMENT, nullable=False),
        _of_staff("passkey_challenge"),
        sa.PrimaryKeyConstraint("id", name="pk_passkey_challenge"),
        sa.UniqueConstraint("digest", name="uq_passkey_challenge_digest"),
    )
    op.create_index("ix_passkey_challenge_staff_id", "passkey_challenge", ["staff_id"])
    op.create_index("ix_passkey_challenge_expires_at", "passkey_challenge", ["expires_at"])


def downgrade() -> None:
    """Back to 0008; everybody is signed out and signs in by password alone."""
    for name in TABLES:
        op.drop_table(name)
