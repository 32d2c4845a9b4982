"""Who no longer goes along stays in their calendar as cancelled; lines are looked over once."""

import sqlalchemy as sa
from alembic import op

from cic_cases.foundation.db import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "external_former_assistant",
        sa.Column("external_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("travel_minutes", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["external_id"],
            ["external_appointment.id"],
            name="fk_external_former_assistant_external_id",
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name="fk_external_former_assistant_staff_id"
        ),
        sa.PrimaryKeyConstraint("external_id", "staff_id", name="pk_external_former_assistant"),
    )
    op.create_index(
        "ix_external_former_assistant_staff",
        "external_former_assistant",
        ["staff_id", "starts_at"],
    )
    op.drop_table("roster_change")  # nothing is lost: what was kept is read again
    op.create_table(
        "roster_change",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("looked_over", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_roster_change"),
    )


def downgrade() -> None:
    op.drop_column("roster_change", "looked_over")
    op.drop_table("external_former_assistant")
