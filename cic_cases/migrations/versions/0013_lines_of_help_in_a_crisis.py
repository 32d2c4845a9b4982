"""Telephone lines for people in crisis are data, each with the day it was checked."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "crisis_line",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("number", sa.String(30), nullable=False),
        sa.Column("hours", sa.JSON(), nullable=False),
        sa.Column("always", sa.Boolean(), nullable=False),
        sa.Column("by_law", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(160), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name="fk_crisis_line_region_id"),
        sa.PrimaryKeyConstraint("id", name="pk_crisis_line"),
        sa.UniqueConstraint("region_id", "key", name="uq_crisis_line_region_id_key"),
    )


def downgrade() -> None:
    op.drop_table("crisis_line")
