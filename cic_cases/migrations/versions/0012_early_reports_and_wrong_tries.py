"""Reports that come before our own commit are kept, and wrong tries have a table of their own."""

import sqlalchemy as sa
from alembic import op

from cic_cases.foundation.db import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

OF_NOBODY = "FROM lease WHERE holder = 'nobody'"


def upgrade() -> None:
    moment = UtcDateTime(timezone=True)
    op.create_table(
        "early_report",
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("provider_ref", sa.String(80), nullable=False),
        sa.Column("report", sa.String(32), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.PrimaryKeyConstraint("channel", "provider_ref", "report", name="pk_early_report"),
    )
    op.create_table(
        "slowed",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("until", moment, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_slowed"),
    )
    op.execute(f"INSERT INTO slowed (name, tries, until) SELECT name, token, until {OF_NOBODY}")
    op.execute(f"DELETE {OF_NOBODY}")


def downgrade() -> None:
    op.drop_table("slowed")
    op.drop_table("early_report")
