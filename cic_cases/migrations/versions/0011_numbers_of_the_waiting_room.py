"""Whoever waits holds a number, and a screen calls it."""

import sqlalchemy as sa
from alembic import op

from cic_cases.foundation.db import UtcDateTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

LIVE = sa.text("revoked_at IS NULL")
WITH_BOOKING = sa.text("booking_id IS NOT NULL")


def upgrade() -> None:
    moment = UtcDateTime(timezone=True)
    op.create_table(
        "ticket",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=True),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("given_at", moment, nullable=False),
        sa.Column("given_by", sa.Integer(), nullable=False),
        sa.Column("called_at", moment, nullable=True),
        sa.CheckConstraint("number >= 1", name=op.f("ck_ticket_number")),
        sa.CheckConstraint("calls >= 0", name=op.f("ck_ticket_calls")),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name="fk_ticket_centre_id"),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name="fk_ticket_booking_id"),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name="fk_ticket_room_id"),
        sa.ForeignKeyConstraint(["given_by"], ["staff.id"], name="fk_ticket_given_by"),
        sa.PrimaryKeyConstraint("id", name="pk_ticket"),
        sa.UniqueConstraint("centre_id", "day", "number", name="uq_ticket_centre_id_day_number"),
        sa.UniqueConstraint("key_hash", name="uq_ticket_key_hash"),
    )
    op.create_index(
        "uq_ticket_booking",
        "ticket",
        ["booking_id", "day"],
        unique=True,
        sqlite_where=WITH_BOOKING,
        postgresql_where=WITH_BOOKING,
    )
    op.create_table(
        "display",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.Column("key_hash", sa.String(64), nullable=False),
        sa.Column("made_at", moment, nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("revoked_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name="fk_display_centre_id"),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name="fk_display_made_by"),
        sa.PrimaryKeyConstraint("id", name="pk_display"),
        sa.UniqueConstraint("key_hash", name="uq_display_key_hash"),
    )
    op.create_index(
        "uq_display_live",
        "display",
        ["centre_id"],
        unique=True,
        sqlite_where=LIVE,
        postgresql_where=LIVE,
    )


def downgrade() -> None:
    op.drop_table("display")
    op.drop_table("ticket")
