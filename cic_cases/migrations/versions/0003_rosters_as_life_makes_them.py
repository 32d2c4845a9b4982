"""Rosters as life makes them: interpreters, holds, disruptions, the waiting list, feeds.

On SQLite a table that others refer to is never rebuilt (with foreign keys on, dropping it would
fail): its new columns are added by plain SQL, which is the same on both databases.
"""

import sqlalchemy as sa
from alembic import op

from cic_cases.foundation.db import UtcDateTime
from cic_cases.migrations.parts import remade

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

COLUMNS = (
    (
        "booking",
        "interpreter_id INTEGER CONSTRAINT fk_booking_interpreter_id REFERENCES staff (id)",
    ),
    (
        "booking",
        "second_staff_id INTEGER CONSTRAINT fk_booking_second_staff_id REFERENCES staff (id)",
    ),
    ("booking", "before_minutes INTEGER DEFAULT '0' NOT NULL"),
    ("booking", "after_minutes INTEGER DEFAULT '0' NOT NULL"),
    ("booking", "held_for VARCHAR(32)"),
    (
        "duty",
        "every_weeks INTEGER DEFAULT '1' NOT NULL "
        "CONSTRAINT ck_duty_every_weeks CHECK (every_weeks BETWEEN 1 AND 8)",
    ),
    ("duty", "kind VARCHAR(32) DEFAULT 'receives' NOT NULL"),
    ("duty", "remote BOOLEAN DEFAULT false NOT NULL"),
    ("duty_service", "minutes INTEGER"),
    ("duty_service", "before_minutes INTEGER DEFAULT '0' NOT NULL"),
    ("duty_service", "after_minutes INTEGER DEFAULT '0' NOT NULL"),
    ("opening_date", "set_by INTEGER CONSTRAINT fk_opening_date_set_by REFERENCES staff (id)"),
    ("opening_hours", "set_by INTEGER CONSTRAINT fk_opening_hours_set_by REFERENCES staff (id)"),
    ("service", "notice_minutes INTEGER DEFAULT '0' NOT NULL"),
    ("service", "horizon_days INTEGER DEFAULT '90' NOT NULL"),
    ("service", "per_person INTEGER"),
    ("service", "specialists INTEGER DEFAULT '1' NOT NULL"),
)
BOOKING_INDEXES = (
    ("ix_booking_interpreter_id_booking_starts_at", ["interpreter_id", "starts_at"]),
    ("ix_booking_second_staff_id_booking_starts_at", ["second_staff_id", "starts_at"]),
    ("ix_booking_status_booking_expires_at", ["status", "expires_at"]),
)
OF_ONE = "(booking_id IS NULL) <> (external_id IS NULL)"
OF_WHOM = "ck_closure_of_centre_or_institution"
BOTH_ENDS = "ck_duty_exception_hours_have_both_ends"


def upgrade() -> None:
    _add_places_and_appointments_elsewhere()
    for table, column in COLUMNS:
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column}")
    for name, columns in BOOKING_INDEXES:
        op.create_index(name, "booking", columns)
    _widen_exceptions_and_closures()
    _let_occupancy_and_messages_be_of_either()
    _add_waiting_list()
    _add_disruptions()
    op.create_table(
        "duty_language",
        sa.Column("duty_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.ForeignKeyConstraint(["duty_id"], ["duty.id"], name="fk_duty_language_duty_id"),
        sa.PrimaryKeyConstraint("duty_id", "language", name="pk_duty_language"),
    )
    op.create_table(
        "calendar_feed",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_calendar_feed_staff_id"),
        sa.PrimaryKeyConstraint("id", name="pk_calendar_feed"),
        sa.UniqueConstraint("key_hash", name="uq_calendar_feed_key_hash"),
    )
    op.create_index("ix_calendar_feed_staff_id", "calendar_feed", ["staff_id"])


def _add_places_and_appointments_elsewhere() -> None:
    op.create_table(
        "place",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("address", sa.String(length=120), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("assumed", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name="fk_place_institution_id"
        ),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name="fk_place_region_id"),
        sa.PrimaryKeyConstraint("id", name="pk_place"),
        sa.UniqueConstraint("region_id", "key", name="uq_place_region_id_key"),
    )
    op.create_table(
        "external_appointment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=6), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("ends_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("travel_minutes", sa.Integer(), nullable=False),
        sa.Column("company", sa.Boolean(), nullable=False),
        sa.Column("assistant_id", sa.Integer(), nullable=True),
        sa.Column("language", sa.String(length=3), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("calendar_uid", sa.String(length=36), nullable=False),
        sa.Column("made_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        sa.CheckConstraint("travel_minutes BETWEEN 0 AND 240", name="travel"),
        sa.ForeignKeyConstraint(
            ["assistant_id"], ["staff.id"], name="fk_external_appointment_assistant_id"
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case_file.id"], name="fk_external_appointment_case_id"
        ),
        sa.ForeignKeyConstraint(
            ["centre_id"], ["centre.id"], name="fk_external_appointment_centre_id"
        ),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name="fk_external_appointment_made_by"),
        sa.ForeignKeyConstraint(
            ["place_id"], ["place.id"], name="fk_external_appointment_place_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_external_appointment"),
        sa.UniqueConstraint("reference", name="uq_external_appointment_reference"),
    )
    for whose, column in (
        ("assistant", "assistant_id"),
        ("case", "case_id"),
        ("centre", "centre_id"),
    ):
        name = f"ix_external_appointment_{whose}"
        op.create_index(name, "external_appointment", [column, "starts_at"])


def _widen_exceptions_and_closures() -> None:
    with remade("duty_exception") as table:
        table.add_column(sa.Column("staff_id", sa.Integer(), nullable=True))
        table.create_foreign_key("fk_duty_exception_staff_id", "staff", ["staff_id"], ["id"])
        table.create_check_constraint(op.f(BOTH_ENDS), "(starts IS NULL) = (ends IS NULL)")
    with remade("closure", without=OF_WHOM) as table:
        table.add_column(sa.Column("room_id", sa.Integer(), nullable=True))
        table.create_foreign_key("fk_closure_room_id", "room", ["room_id"], ["id"])
        table.create_check_constraint(
            op.f(OF_WHOM), "centre_id IS NOT NULL OR institution_id IS NOT NULL"
        )


def _let_occupancy_and_messages_be_of_either() -> None:
    with remade("message") as table:
        table.add_column(sa.Column("external_id", sa.Integer(), nullable=True))
        table.alter_column("booking_id", existing_type=sa.INTEGER(), nullable=True)
        table.create_unique_constraint(
            op.f("uq_message_external_id_kind_channel_booking_version"),
            ["external_id", "kind", "channel", "booking_version"],
        )
        table.create_foreign_key(
            "fk_message_external_id", "external_appointment", ["external_id"], ["id"]
        )
        table.create_check_constraint(op.f("ck_message_about_one_thing"), OF_ONE)
    with remade("occupancy") as table:
        table.add_column(sa.Column("external_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("expires_at", UtcDateTime(timezone=True), nullable=True))
        table.alter_column("booking_id", existing_type=sa.INTEGER(), nullable=True)
        table.create_index("ix_occupancy_external_id", ["external_id"])
        table.create_foreign_key(
            "fk_occupancy_external_id", "external_appointment", ["external_id"], ["id"]
        )
        table.create_check_constraint(op.f("ck_occupancy_of_one_holder"), OF_ONE)


def _add_waiting_list() -> None:
    op.create_table(
        "waiting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=3), nullable=True),
        sa.Column("interpreter", sa.Boolean(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("from_time", sa.Time(), nullable=True),
        sa.Column("until_time", sa.Time(), nullable=True),
        sa.Column("weekdays", sa.String(length=7), nullable=False),
        sa.Column("notice_minutes", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("joined_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("joined_by", sa.Integer(), nullable=False),
        sa.Column("joined_centre_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name="fk_waiting_case_id"),
        sa.ForeignKeyConstraint(["joined_by"], ["staff.id"], name="fk_waiting_joined_by"),
        sa.ForeignKeyConstraint(
            ["joined_centre_id"], ["centre.id"], name="fk_waiting_joined_centre_id"
        ),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name="fk_waiting_service_id"),
        sa.PrimaryKeyConstraint("id", name="pk_waiting"),
    )
    op.create_index("ix_waiting_case_id", "waiting", ["case_id"])
    op.create_index("ix_waiting_joined_centre_id", "waiting", ["joined_centre_id"])
    op.create_index("ix_waiting_queue", "waiting", ["service_id", "state", "joined_at"])
    op.create_table(
        "waiting_centre",
        sa.Column("waiting_id", sa.Integer(), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name="fk_waiting_centre_centre_id"),
        sa.ForeignKeyConstraint(
            ["waiting_id"], ["waiting.id"], name="fk_waiting_centre_waiting_id"
        ),
        sa.PrimaryKeyConstraint("waiting_id", "centre_id", name="pk_waiting_centre"),
    )
    op.create_index("ix_waiting_centre_centre_id", "waiting_centre", ["centre_id"])
    op.create_table(
        "waiting_offer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("waiting_id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("offered_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("offered_by", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("settled_at", UtcDateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name="fk_waiting_offer_booking_id"),
        sa.ForeignKeyConstraint(["offered_by"], ["staff.id"], name="fk_waiting_offer_offered_by"),
        sa.ForeignKeyConstraint(["waiting_id"], ["waiting.id"], name="fk_waiting_offer_waiting_id"),
        sa.PrimaryKeyConstraint("id", name="pk_waiting_offer"),
        sa.UniqueConstraint("booking_id", name="uq_waiting_offer_booking_id"),
    )
    op.create_index("ix_waiting_offer_last", "waiting_offer", ["waiting_id", "id"])


def _add_disruptions() -> None:
    op.create_table(
        "disruption",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=32), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.Column("duty_id", sa.Integer(), nullable=True),
        sa.Column("closure_id", sa.Integer(), nullable=True),
        sa.Column("on", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("made_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("undo_until", UtcDateTime(timezone=True), nullable=False),
        sa.Column("hold_until", UtcDateTime(timezone=True), nullable=False),
        sa.Column("undone_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("undone_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name="fk_disruption_centre_id"),
        sa.ForeignKeyConstraint(["closure_id"], ["closure.id"], name="fk_disruption_closure_id"),
        sa.ForeignKeyConstraint(["duty_id"], ["duty.id"], name="fk_disruption_duty_id"),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name="fk_disruption_made_by"),
        sa.ForeignKeyConstraint(["undone_by"], ["staff.id"], name="fk_disruption_undone_by"),
        sa.PrimaryKeyConstraint("id", name="pk_disruption"),
    )
    op.create_index(
        "ix_disruption_centre_id_disruption_made_at", "disruption", ["centre_id", "made_at"]
    )
    op.create_table(
        "displaced",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("disruption_id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("proposal_id", sa.Integer(), nullable=True),
        sa.Column("told", sa.String(length=32), nullable=False),
        sa.Column("told_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("last_call_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=32), nullable=True),
        sa.Column("settled_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name="fk_displaced_booking_id"),
        sa.ForeignKeyConstraint(
            ["disruption_id"], ["disruption.id"], name="fk_displaced_disruption_id"
        ),
        sa.ForeignKeyConstraint(["proposal_id"], ["booking.id"], name="fk_displaced_proposal_id"),
        sa.ForeignKeyConstraint(["settled_by"], ["staff.id"], name="fk_displaced_settled_by"),
        sa.PrimaryKeyConstraint("id", name="pk_displaced"),
        sa.UniqueConstraint(
            "disruption_id", "booking_id", name="uq_displaced_disruption_id_booking_id"
        ),
        sa.UniqueConstraint("proposal_id", name="uq_displaced_proposal_id"),
    )
    op.create_index("ix_displaced_booking_id", "displaced", ["booking_id"])
    op.create_index("ix_displaced_open", "displaced", ["outcome", "told"])


def downgrade() -> None:
    """Back to an empty database of before; one with appointments goes back by its backup."""
    for name in ("displaced", "disruption", "waiting_offer", "waiting_centre", "waiting"):
        op.drop_table(name)
    with remade("occupancy", without="ck_occupancy_of_one_holder") as table:
        table.drop_index("ix_occupancy_external_id")
        table.drop_column("external_id")
        table.drop_column("expires_at")
        table.alter_column("booking_id", existing_type=sa.INTEGER(), nullable=False)
    with remade("message", without="ck_message_about_one_thing") as table:
        table.drop_column("external_id")
        table.alter_column("booking_id", existing_type=sa.INTEGER(), nullable=False)
    with remade("closure", without=OF_WHOM) as table:
        table.drop_column("room_id")
        table.create_check_constraint(
            op.f(OF_WHOM), "(centre_id IS NULL) <> (institution_id IS NULL)"
        )
    with remade("duty_exception", without=BOTH_ENDS) as table:
        table.drop_column("staff_id")
    for name, _columns in BOOKING_INDEXES:
        op.drop_index(name, "booking")
    for name in dict.fromkeys(name for name, _column in COLUMNS):
        without = "ck_duty_every_weeks" if name == "duty" else None
        with remade(name, without=without) as table:
            for of, column in COLUMNS:
                if of == name:
                    table.drop_column(column.split()[0])
    for name in ("calendar_feed", "duty_language", "external_appointment", "place"):
        op.drop_table(name)
