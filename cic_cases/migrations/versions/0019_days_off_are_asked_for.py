"""Members of staff ask for days off; a coordinator decides."""

import sqlalchemy as sa
from alembic import op

from cic_cases.foundation.db import UtcDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

STATES = ("asked", "withdrawn", "approved", "declined")


def upgrade() -> None:
    op.create_table(
        "absence_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column(
            "state", sa.Enum(*STATES, name="absence", native_enum=False, length=32), nullable=False
        ),
        sa.Column("why_not", sa.String(20), nullable=True),
        sa.Column("asked_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("decided_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_absence_request_days")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_absence_request_staff_id"),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name="fk_absence_request_centre_id"),
        sa.ForeignKeyConstraint(["decided_by"], ["staff.id"], name="fk_absence_request_decided_by"),
        sa.PrimaryKeyConstraint("id", name="pk_absence_request"),
    )
    for column in ("staff_id", "centre_id"):
        op.create_index(f"ix_absence_request_{column}", "absence_request", [column])


def downgrade() -> None:
    op.drop_table("absence_request")
