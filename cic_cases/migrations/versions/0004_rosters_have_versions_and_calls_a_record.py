"""A resource's roster has a version; calls are on record; a lost time comes first in line."""

import sqlalchemy as sa
from alembic import op

from cic_cases.foundation.db import UtcDateTime
from cic_cases.migrations.parts import remade

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COLUMNS = (
    ("resource", "version INTEGER DEFAULT '0' NOT NULL"),
    ("waiting", "ahead BOOLEAN DEFAULT false NOT NULL"),
)


def upgrade() -> None:
    for name, column in COLUMNS:
        op.execute(f"ALTER TABLE {name} ADD COLUMN {column}")
    with remade("displaced") as table:
        table.drop_column("calls")
        table.drop_column("last_call_at")
        table.add_column(sa.Column("waiting_id", sa.Integer(), nullable=True))
        table.create_foreign_key("fk_displaced_waiting_id", "waiting", ["waiting_id"], ["id"])
        table.create_unique_constraint("uq_displaced_waiting_id", ["waiting_id"])
    op.create_table(
        "call",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=True),
        sa.Column("external_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=32), nullable=False),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("(booking_id IS NULL) <> (external_id IS NULL)", name="about_one_thing"),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name="fk_call_booking_id"),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name="fk_call_by_id"),
        sa.ForeignKeyConstraint(
            ["external_id"], ["external_appointment.id"], name="fk_call_external_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_call"),
    )
    op.create_index("ix_call_booking_id", "call", ["booking_id"])
    op.create_index("ix_call_external_id", "call", ["external_id"])


def downgrade() -> None:
    """Back to 0003; what was noted of calls is gone."""
    op.drop_table("call")
    with remade("displaced") as table:
        table.drop_constraint("uq_displaced_waiting_id", type_="unique")
        table.drop_constraint("fk_displaced_waiting_id", type_="foreignkey")
        table.drop_column("waiting_id")
        calls = sa.Column("calls", sa.Integer(), nullable=False, server_default="0")
        table.add_column(calls)
        table.add_column(sa.Column("last_call_at", UtcDateTime(timezone=True), nullable=True))
    with remade("waiting") as table:
        table.drop_column("ahead")
    with remade("resource") as table:
        table.drop_column("version")
