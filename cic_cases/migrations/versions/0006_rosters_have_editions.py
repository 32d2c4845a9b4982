"""Whoever changes a roster leaves a row; SQLite's guard looks at one row, not at a history."""

import sqlalchemy as sa
from alembic import op

from cic_cases.migrations.parts import add_guard, drop_guard

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "roster_change",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_roster_change"),
    )
    if op.get_bind().dialect.name == "sqlite":
        drop_guard()
        add_guard()


def downgrade() -> None:
    """Back to 0005; the guard's triggers of today decide as those of then."""
    op.drop_table("roster_change")
