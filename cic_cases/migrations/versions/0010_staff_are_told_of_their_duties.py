"""What each member of staff wants to be told of their duties, and what they know of them."""

import sqlalchemy as sa
from alembic import op

from cic_cases.foundation.db import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "staff_news",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("tomorrow", sa.Boolean(), nullable=False),
        sa.Column("changes", sa.Boolean(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.Column("told_until", sa.Date(), nullable=False),
        sa.Column("changed_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_staff_news_staff_id"),
        sa.PrimaryKeyConstraint("staff_id", name="pk_staff_news"),
    )


def downgrade() -> None:
    op.drop_table("staff_news")
