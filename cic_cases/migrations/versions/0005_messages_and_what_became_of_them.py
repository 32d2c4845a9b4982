"""Every try at delivering is kept, and what people and operators answered; leases; own texts."""

import sqlalchemy as sa
from alembic import op

from cic_cases.foundation.db import UtcDateTime
from cic_cases.migrations.parts import remade

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

COLUMNS = (
    ("contact", "calling_code INTEGER"),
    ("centre", "reminder_days VARCHAR(20) DEFAULT '1' NOT NULL"),
    ("region", "sms_part_price INTEGER"),
)
ABOUT_ONE_THING = (
    "(CASE WHEN booking_id IS NULL THEN 0 ELSE 1 END)"
    " + (CASE WHEN external_id IS NULL THEN 0 ELSE 1 END)"
    " + (CASE WHEN staff_id IS NULL THEN 0 ELSE 1 END) = 1"
)
TABLES = ("attempt", "resending", "manage_link", "reply", "message_text", "lease", "heartbeat")
MOMENT = UtcDateTime(timezone=True)


def upgrade() -> None:
    for name, column in COLUMNS:
        op.execute(f"ALTER TABLE {name} ADD COLUMN {column}")
    with remade("message", without="ck_message_about_one_thing") as table:
        table.add_column(sa.Column("staff_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("about", sa.String(80), nullable=True))
        table.add_column(sa.Column("delivered_at", MOMENT, nullable=True))
        table.alter_column("contact_id", existing_type=sa.String(36), nullable=True)
        table.create_foreign_key("fk_message_staff_id", "staff", ["staff_id"], ["id"])
        table.create_check_constraint("about_one_thing", ABOUT_ONE_THING)
        reader = "(contact_id IS NULL) = (staff_id IS NOT NULL)"
        table.create_check_constraint("for_one_reader", reader)
        columns = ["staff_id", "kind", "channel", "about", "booking_version"]
        table.create_unique_constraint(
            "uq_message_staff_id_kind_channel_about_booking_version", columns
        )
    _tries()
    _answers()
    _leases()


def _tries() -> None:
    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(36), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(120), nullable=True),
        sa.Column("parts", sa.Integer(), nullable=True),
        sa.Column("provider_ref", sa.String(80), nullable=True),
        sa.Column("report", sa.String(32), nullable=True),
        sa.Column("reported_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name="fk_attempt_message_id"),
        sa.PrimaryKeyConstraint("id", name="pk_attempt"),
        sa.UniqueConstraint("channel", "provider_ref", name="uq_attempt_channel_provider_ref"),
    )
    op.create_index("ix_attempt_message_id", "attempt", ["message_id"])
    op.create_table(
        "resending",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.String(36), nullable=False),
        sa.Column("why", sa.String(32), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name="fk_resending_message_id"),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name="fk_resending_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_resending"),
    )
    op.create_index("ix_resending_message_id", "resending", ["message_id"])


def _answers() -> None:
    op.create_table(
        "manage_link",
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("booking_version", sa.Integer(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name="fk_manage_link_booking_id"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_manage_link"),
    )
    op.create_index("ix_manage_link_booking_id", "manage_link", ["booking_id"])
    op.create_table(
        "reply",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("booking_version", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(32), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("settled_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name="fk_reply_booking_id"),
        sa.PrimaryKeyConstraint("id", name="pk_reply"),
        sa.UniqueConstraint(
            "booking_id",
            "booking_version",
            "answer",
            name="uq_reply_booking_id_booking_version_answer",
        ),
    )
    op.create_table(
        "message_text",
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(40), nullable=False),
        sa.Column("language", sa.String(3), nullable=False),
        sa.Column("text", sa.String(600), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name="fk_message_text_region_id"),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name="fk_message_text_by_id"),
        sa.PrimaryKeyConstraint("region_id", "key", "language", name="pk_message_text"),
    )


def _leases() -> None:
    op.create_table(
        "lease",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("holder", sa.String(80), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_lease"),
    )
    op.create_table(
        "heartbeat",
        sa.Column("process", sa.String(80), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("process", name="pk_heartbeat"),
    )


def downgrade() -> None:
    """Back to 0004; messages to the staff and everything that was answered are gone."""
    for name in reversed(TABLES):
        op.drop_table(name)
    op.execute("DELETE FROM message WHERE staff_id IS NOT NULL")
    op.execute("UPDATE message SET state = 'failed' WHERE state = 'unknown'")
    with remade("message", without="ck_message_about_one_thing") as table:
        table.drop_constraint(
            "uq_message_staff_id_kind_channel_about_booking_version", type_="unique"
        )
        table.drop_constraint(op.f("ck_message_for_one_reader"), type_="check")
        table.drop_constraint("fk_message_staff_id", type_="foreignkey")
        for column in ("staff_id", "about", "delivered_at"):
            table.drop_column(column)
        table.alter_column("contact_id", existing_type=sa.String(36), nullable=False)
        one_thing = "(booking_id IS NULL) <> (external_id IS NULL)"
        table.create_check_constraint("about_one_thing", one_thing)
    for name, column in COLUMNS:
        with remade(name) as table:
            table.drop_column(column.split()[0])
