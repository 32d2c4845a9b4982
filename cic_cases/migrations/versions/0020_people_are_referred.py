"""A person is referred to somebody else's help; members of staff are told of what nobody read."""

import sqlalchemy as sa
from alembic import op

from cic_cases.foundation.db import UtcDateTime
from cic_cases.migrations.walled import OURS, take_down, wall

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

WHY = ("asked", "beside", "instead")
STATES = ("sent", "accepted", "declined", "withdrawn", "done")
NOT_TAKEN = ("no_time", "not_ours", "already", "known", "unwanted")
SEEN = {"referral": f"centre_id = {OURS} OR sent_centre_id = {OURS}"}
POINTS_TO = {
    "case_id": "case_file",
    "centre_id": "centre",
    "service_id": "service",
    "to_staff_id": "staff",
    "sent_by": "staff",
    "sent_centre_id": "centre",
    "answered_by": "staff",
}


def _words(name: str, words: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, length=32)


def upgrade() -> None:
    answered = "(answered_by IS NULL) = (state NOT IN ('accepted', 'declined', 'done'))"
    op.create_table(
        "referral",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("to_staff_id", sa.Integer(), nullable=True),
        sa.Column("why", _words("why", WHY), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("state", _words("state", STATES), nullable=False),
        sa.Column("declined_for", _words("nottaken", NOT_TAKEN), nullable=True),
        sa.Column("sent_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("sent_by", sa.Integer(), nullable=False),
        sa.Column("sent_centre_id", sa.Integer(), nullable=False),
        sa.Column("read_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("answered_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("noted_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(answered, name=op.f("ck_referral_answered_by_somebody")),
        sa.CheckConstraint(
            "(declined_for IS NULL) = (state <> 'declined')", name=op.f("ck_referral_declined_for")
        ),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=f"fk_referral_{column}")
            for column, table in POINTS_TO.items()
        ),
        sa.PrimaryKeyConstraint("id", name="pk_referral"),
    )
    for column in ("case_id", "to_staff_id", "sent_by", "answered_by"):
        op.create_index(f"ix_referral_{column}", "referral", [column])
    op.create_index("ix_referral_centre_id_referral_state", "referral", ["centre_id", "state"])
    wall(SEEN)
    with op.batch_alter_table("staff_news") as batch:
        batch.add_column(
            sa.Column("referrals", sa.Boolean(), nullable=False, server_default=sa.true())
        )


def downgrade() -> None:
    with op.batch_alter_table("staff_news") as batch:
        batch.drop_column("referrals")
    take_down(SEEN)
    op.drop_table("referral")
