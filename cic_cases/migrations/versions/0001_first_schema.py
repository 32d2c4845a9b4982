"""Every table as it stood when the first centre could be run with it."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "region",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("operator", sa.String(length=160), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("citizenships", sa.String(length=120), nullable=False),
        sa.Column("languages", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_region")),
        sa.UniqueConstraint("slug", name=op.f("uq_region_slug")),
    )
    op.create_table(
        "resource",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_resource")),
    )
    op.create_table(
        "centre",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("city", sa.String(length=80), nullable=False),
        sa.Column("name", sa.String(length=160), nullable=False),
        sa.Column("sms_name", sa.String(length=40), nullable=False),
        sa.Column("address", sa.String(length=120), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("email", sa.String(length=120), nullable=False),
        sa.Column("timezone", sa.String(length=40), nullable=False),
        sa.Column("reminder_at", sa.Time(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_centre_region_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_centre")),
        sa.UniqueConstraint("slug", name=op.f("uq_centre_slug")),
    )
    op.create_index("ix_centre_region_id", "centre", ["region_id"], unique=False)

    op.create_table(
        "institution",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=20), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["region_id"], ["region.id"], name=op.f("fk_institution_region_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institution")),
        sa.UniqueConstraint("region_id", "key", name=op.f("uq_institution_region_id_key")),
    )
    op.create_table(
        "case_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.Column("citizenship", sa.String(length=2), nullable=False),
        sa.Column("gender", sa.String(length=32), nullable=False),
        sa.Column("age_band", sa.String(length=32), nullable=False),
        sa.Column("contact_language", sa.String(length=3), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_centre_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["opened_centre_id"], ["centre.id"], name=op.f("fk_case_file_opened_centre_id")
        ),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resource.id"], name=op.f("fk_case_file_resource_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_file")),
        sa.UniqueConstraint("resource_id", name=op.f("uq_case_file_resource_id")),
    )
    op.create_table(
        "closure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=True),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=120), nullable=False),
        sa.CheckConstraint(
            "(centre_id IS NULL) <> (institution_id IS NULL)",
            name=op.f("ck_closure_of_centre_or_institution"),
        ),
        sa.CheckConstraint("last_day >= first_day", name=op.f("ck_closure_days")),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_closure_centre_id")),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_closure_institution_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closure")),
    )
    op.create_index("ix_closure_centre_id", "closure", ["centre_id"], unique=False)
    op.create_index("ix_closure_first_day", "closure", ["first_day"], unique=False)
    op.create_index("ix_closure_institution_id", "closure", ["institution_id"], unique=False)

    op.create_table(
        "opening_date",
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.Column("assumed", sa.Boolean(), nullable=False),
        sa.CheckConstraint("closes > opens", name=op.f("ck_opening_date_closes_after_opening")),
        sa.ForeignKeyConstraint(
            ["centre_id"], ["centre.id"], name=op.f("fk_opening_date_centre_id")
        ),
        sa.PrimaryKeyConstraint("centre_id", "on", name=op.f("pk_opening_date")),
    )
    op.create_table(
        "opening_hours",
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("opens", sa.Time(), nullable=False),
        sa.Column("closes", sa.Time(), nullable=False),
        sa.Column("assumed", sa.Boolean(), nullable=False),
        sa.CheckConstraint("closes > opens", name=op.f("ck_opening_hours_closes_after_opening")),
        sa.ForeignKeyConstraint(
            ["centre_id"], ["centre.id"], name=op.f("fk_opening_hours_centre_id")
        ),
        sa.PrimaryKeyConstraint("centre_id", "weekday", name=op.f("pk_opening_hours")),
    )
    op.create_table(
        "room",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=20), nullable=False),
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.Column("assumed", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_room_centre_id")),
        sa.ForeignKeyConstraint(["resource_id"], ["resource.id"], name=op.f("fk_room_resource_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_room")),
        sa.UniqueConstraint("centre_id", "label", name=op.f("uq_room_centre_id_label")),
        sa.UniqueConstraint("resource_id", name=op.f("uq_room_resource_id")),
    )
    op.create_table(
        "service",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("region_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("bring", sa.JSON(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("booking", sa.String(length=32), nullable=False),
        sa.Column("secrecy", sa.String(length=32), nullable=False),
        sa.Column("public_label", sa.String(length=20), nullable=False),
        sa.Column("interpreter", sa.Boolean(), nullable=False),
        sa.Column("desk", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_service_institution_id")
        ),
        sa.ForeignKeyConstraint(["region_id"], ["region.id"], name=op.f("fk_service_region_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service")),
        sa.UniqueConstraint("region_id", "key", name=op.f("uq_service_region_id_key")),
    )
    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=8), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("initials", sa.String(length=8), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=True),
        sa.Column("session_version", sa.Integer(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=True),
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["institution_id"], ["institution.id"], name=op.f("fk_staff_institution_id")
        ),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resource.id"], name=op.f("fk_staff_resource_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_email")),
        sa.UniqueConstraint("key", name=op.f("uq_staff_key")),
        sa.UniqueConstraint("resource_id", name=op.f("uq_staff_resource_id")),
    )
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_api_token_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    op.create_index("ix_api_token_staff_id", "api_token", ["staff_id"], unique=False)

    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject_type", sa.String(length=20), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["actor_id"], ["staff.id"], name=op.f("fk_audit_entry_actor_id")),
        sa.ForeignKeyConstraint(
            ["centre_id"], ["centre.id"], name=op.f("fk_audit_entry_centre_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_index("ix_audit_entry_actor_id", "audit_entry", ["actor_id"], unique=False)
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"], unique=False)
    op.create_index(
        "ix_audit_entry_subject_type_audit_entry_subject_id",
        "audit_entry",
        ["subject_type", "subject_id"],
        unique=False,
    )

    op.create_table(
        "booking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(length=6), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.Column("booked_centre_id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("language", sa.String(length=3), nullable=False),
        sa.Column("interpreter", sa.Boolean(), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("calendar_uid", sa.String(length=36), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_booking_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["booked_centre_id"], ["centre.id"], name=op.f("fk_booking_booked_centre_id")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_booking_case_id")),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_booking_centre_id")),
        sa.ForeignKeyConstraint(["made_by"], ["staff.id"], name=op.f("fk_booking_made_by")),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_booking_room_id")),
        sa.ForeignKeyConstraint(["service_id"], ["service.id"], name=op.f("fk_booking_service_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_booking_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking")),
        sa.UniqueConstraint("reference", name=op.f("uq_booking_reference")),
    )
    op.create_index(
        "ix_booking_case_id_booking_starts_at", "booking", ["case_id", "starts_at"], unique=False
    )
    op.create_index(
        "ix_booking_centre_id_booking_starts_at",
        "booking",
        ["centre_id", "starts_at"],
        unique=False,
    )
    op.create_index(
        "ix_booking_staff_id_booking_starts_at", "booking", ["staff_id", "starts_at"], unique=False
    )

    op.create_table(
        "card",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=9), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_card_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card")),
        sa.UniqueConstraint("code", name=op.f("uq_card_code")),
    )
    op.create_index("ix_card_case_id", "card", ["case_id"], unique=False)

    op.create_table(
        "case_centre",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_centre_case_id")),
        sa.ForeignKeyConstraint(
            ["centre_id"], ["centre.id"], name=op.f("fk_case_centre_centre_id")
        ),
        sa.PrimaryKeyConstraint("case_id", "centre_id", name=op.f("pk_case_centre")),
    )
    op.create_index("ix_case_centre_centre_id", "case_centre", ["centre_id"], unique=False)

    op.create_table(
        "contact",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(length=32), nullable=False),
        sa.Column("phone_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("email_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "mode <> 'none' OR (phone_sealed IS NULL AND email_sealed IS NULL)",
            name=op.f("ck_contact_none_keeps_nothing"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_contact_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("case_id", name=op.f("uq_contact_case_id")),
    )
    op.create_table(
        "duty",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=True),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("starts", sa.Time(), nullable=False),
        sa.Column("ends", sa.Time(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True),
        sa.Column("grid_minutes", sa.Integer(), nullable=False),
        sa.CheckConstraint("ends > starts", name=op.f("ck_duty_ends_after_start")),
        sa.CheckConstraint("grid_minutes BETWEEN 5 AND 240", name=op.f("ck_duty_grid")),
        sa.CheckConstraint(
            "valid_until IS NULL OR valid_until >= valid_from", name=op.f("ck_duty_valid")
        ),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_duty_weekday")),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_duty_centre_id")),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_duty_room_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_duty_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
    )
    op.create_index("ix_duty_centre_id", "duty", ["centre_id"], unique=False)
    op.create_index("ix_duty_staff_id", "duty", ["staff_id"], unique=False)

    op.create_table(
        "idempotent_answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("endpoint", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_idempotent_answer_staff_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotent_answer")),
        sa.UniqueConstraint(
            "staff_id", "endpoint", "key", name=op.f("uq_idempotent_answer_staff_id_endpoint_key")
        ),
    )
    op.create_index(
        "ix_idempotent_answer_created_at", "idempotent_answer", ["created_at"], unique=False
    )

    op.create_table(
        "one_time_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_one_time_link_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_one_time_link_token_hash")),
    )
    op.create_index("ix_one_time_link_staff_id", "one_time_link", ["staff_id"], unique=False)

    op.create_table(
        "quick_contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["centre_id"], ["centre.id"], name=op.f("fk_quick_contact_centre_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["staff.id"], name=op.f("fk_quick_contact_recorded_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quick_contact")),
        sa.UniqueConstraint("key", name=op.f("uq_quick_contact_key")),
    )
    op.create_index(
        "ix_quick_contact_centre_id_quick_contact_occurred_at",
        "quick_contact",
        ["centre_id", "occurred_at"],
        unique=False,
    )

    op.create_table(
        "staff_grant",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=True),
        sa.Column("region_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(centre_id IS NULL) <> (region_id IS NULL)",
            name=op.f("ck_staff_grant_centre_or_region"),
        ),
        sa.ForeignKeyConstraint(
            ["centre_id"], ["centre.id"], name=op.f("fk_staff_grant_centre_id")
        ),
        sa.ForeignKeyConstraint(
            ["region_id"], ["region.id"], name=op.f("fk_staff_grant_region_id")
        ),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_staff_grant_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_grant")),
    )
    op.create_index("ix_staff_grant_centre_id", "staff_grant", ["centre_id"], unique=False)
    op.create_index("ix_staff_grant_staff_id", "staff_grant", ["staff_id"], unique=False)
    op.create_index(
        "uq_staff_grant_centre",
        "staff_grant",
        ["staff_id", "role", "centre_id"],
        unique=True,
        sqlite_where=sa.text("centre_id IS NOT NULL"),
        postgresql_where=sa.text("centre_id IS NOT NULL"),
    )
    op.create_index(
        "uq_staff_grant_region",
        "staff_grant",
        ["staff_id", "role", "region_id"],
        unique=True,
        sqlite_where=sa.text("region_id IS NOT NULL"),
        postgresql_where=sa.text("region_id IS NOT NULL"),
    )

    op.create_table(
        "staff_language",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_language_staff_id")
        ),
        sa.PrimaryKeyConstraint("staff_id", "language", name=op.f("pk_staff_language")),
    )
    op.create_table(
        "booking_trace",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("happening", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=32), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("room_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking.id"], name=op.f("fk_booking_trace_booking_id")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_booking_trace_by_id")),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_booking_trace_room_id")),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_booking_trace_staff_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking_trace")),
    )
    op.create_index(
        "ix_booking_trace_booking_id_booking_trace_id",
        "booking_trace",
        ["booking_id", "id"],
        unique=False,
    )

    op.create_table(
        "duty_exception",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("duty_id", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("starts", sa.Time(), nullable=True),
        sa.Column("ends", sa.Time(), nullable=True),
        sa.Column("room_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind = 'cancelled' OR ends > starts", name=op.f("ck_duty_exception_changed_has_hours")
        ),
        sa.ForeignKeyConstraint(["duty_id"], ["duty.id"], name=op.f("fk_duty_exception_duty_id")),
        sa.ForeignKeyConstraint(["room_id"], ["room.id"], name=op.f("fk_duty_exception_room_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty_exception")),
        sa.UniqueConstraint("duty_id", "on", name=op.f("uq_duty_exception_duty_id_on")),
    )
    op.create_table(
        "duty_service",
        sa.Column("duty_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["duty_id"], ["duty.id"], name=op.f("fk_duty_service_duty_id")),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_duty_service_service_id")
        ),
        sa.PrimaryKeyConstraint("duty_id", "service_id", name=op.f("pk_duty_service")),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("booking_version", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("mode", sa.String(length=32), nullable=False),
        sa.Column("contact_id", sa.String(length=36), nullable=False),
        sa.Column("language", sa.String(length=3), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.String(length=36), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(length=120), nullable=True),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_message_booking_id")),
        sa.ForeignKeyConstraint(["contact_id"], ["contact.id"], name=op.f("fk_message_contact_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint(
            "booking_id",
            "kind",
            "channel",
            "booking_version",
            name=op.f("uq_message_booking_id_kind_channel_booking_version"),
        ),
    )
    op.create_index(
        "ix_message_state_message_next_try_at", "message", ["state", "next_try_at"], unique=False
    )

    op.create_table(
        "occupancy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("resource_id", sa.Integer(), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_occupancy_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking.id"], name=op.f("fk_occupancy_booking_id")
        ),
        sa.ForeignKeyConstraint(
            ["resource_id"], ["resource.id"], name=op.f("fk_occupancy_resource_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occupancy")),
    )
    op.create_index("ix_occupancy_booking_id", "occupancy", ["booking_id"], unique=False)
    op.create_index(
        "ix_occupancy_resource_id_occupancy_starts_at",
        "occupancy",
        ["resource_id", "starts_at"],
        unique=False,
    )

    op.create_table(
        "visit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.Column("centre_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=3), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("booking_id", sa.Integer(), nullable=True),
        sa.Column("recorded_by", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "minutes IS NULL OR minutes BETWEEN 1 AND 720", name=op.f("ck_visit_minutes")
        ),
        sa.ForeignKeyConstraint(["booking_id"], ["booking.id"], name=op.f("fk_visit_booking_id")),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_visit_case_id")),
        sa.ForeignKeyConstraint(["centre_id"], ["centre.id"], name=op.f("fk_visit_centre_id")),
        sa.ForeignKeyConstraint(["recorded_by"], ["staff.id"], name=op.f("fk_visit_recorded_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
        sa.UniqueConstraint("key", name=op.f("uq_visit_key")),
    )
    op.create_index(
        "ix_visit_case_id_visit_occurred_at", "visit", ["case_id", "occurred_at"], unique=False
    )
    op.create_index(
        "ix_visit_centre_id_visit_occurred_at", "visit", ["centre_id", "occurred_at"], unique=False
    )
    op.create_index(
        "uq_visit_live_booking",
        "visit",
        ["booking_id"],
        unique=True,
        sqlite_where=sa.text("voided_at IS NULL AND booking_id IS NOT NULL"),
        postgresql_where=sa.text("voided_at IS NULL AND booking_id IS NOT NULL"),
    )

    op.create_table(
        "visit_service",
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("service_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["service_id"], ["service.id"], name=op.f("fk_visit_service_service_id")
        ),
        sa.ForeignKeyConstraint(["visit_id"], ["visit.id"], name=op.f("fk_visit_service_visit_id")),
        sa.PrimaryKeyConstraint("visit_id", "service_id", name=op.f("pk_visit_service")),
    )


def downgrade() -> None:
    op.drop_table("visit_service")
    op.drop_index(
        "uq_visit_live_booking",
        table_name="visit",
        sqlite_where=sa.text("voided_at IS NULL AND booking_id IS NOT NULL"),
        postgresql_where=sa.text("voided_at IS NULL AND booking_id IS NOT NULL"),
    )
    op.drop_index("ix_visit_centre_id_visit_occurred_at", table_name="visit")
    op.drop_index("ix_visit_case_id_visit_occurred_at", table_name="visit")

    op.drop_table("visit")
    op.drop_index("ix_occupancy_resource_id_occupancy_starts_at", table_name="occupancy")
    op.drop_index("ix_occupancy_booking_id", table_name="occupancy")

    op.drop_table("occupancy")
    op.drop_index("ix_message_state_message_next_try_at", table_name="message")

    op.drop_table("message")
    op.drop_table("duty_service")
    op.drop_table("duty_exception")
    op.drop_index("ix_booking_trace_booking_id_booking_trace_id", table_name="booking_trace")

    op.drop_table("booking_trace")
    op.drop_table("staff_language")
    op.drop_index(
        "uq_staff_grant_region",
        table_name="staff_grant",
        sqlite_where=sa.text("region_id IS NOT NULL"),
        postgresql_where=sa.text("region_id IS NOT NULL"),
    )
    op.drop_index(
        "uq_staff_grant_centre",
        table_name="staff_grant",
        sqlite_where=sa.text("centre_id IS NOT NULL"),
        postgresql_where=sa.text("centre_id IS NOT NULL"),
    )
    op.drop_index("ix_staff_grant_staff_id", table_name="staff_grant")
    op.drop_index("ix_staff_grant_centre_id", table_name="staff_grant")

    op.drop_table("staff_grant")
    op.drop_index(
        "ix_quick_contact_centre_id_quick_contact_occurred_at", table_name="quick_contact"
    )

    op.drop_table("quick_contact")
    op.drop_index("ix_one_time_link_staff_id", table_name="one_time_link")

    op.drop_table("one_time_link")
    op.drop_index("ix_idempotent_answer_created_at", table_name="idempotent_answer")

    op.drop_table("idempotent_answer")
    op.drop_index("ix_duty_staff_id", table_name="duty")
    op.drop_index("ix_duty_centre_id", table_name="duty")

    op.drop_table("duty")
    op.drop_table("contact")
    op.drop_index("ix_case_centre_centre_id", table_name="case_centre")

    op.drop_table("case_centre")
    op.drop_index("ix_card_case_id", table_name="card")

    op.drop_table("card")
    op.drop_index("ix_booking_staff_id_booking_starts_at", table_name="booking")
    op.drop_index("ix_booking_centre_id_booking_starts_at", table_name="booking")
    op.drop_index("ix_booking_case_id_booking_starts_at", table_name="booking")

    op.drop_table("booking")
    op.drop_index("ix_audit_entry_subject_type_audit_entry_subject_id", table_name="audit_entry")
    op.drop_index("ix_audit_entry_at", table_name="audit_entry")
    op.drop_index("ix_audit_entry_actor_id", table_name="audit_entry")

    op.drop_table("audit_entry")
    op.drop_index("ix_api_token_staff_id", table_name="api_token")

    op.drop_table("api_token")
    op.drop_table("staff")
    op.drop_table("service")
    op.drop_table("room")
    op.drop_table("opening_hours")
    op.drop_table("opening_date")
    op.drop_index("ix_closure_institution_id", table_name="closure")
    op.drop_index("ix_closure_first_day", table_name="closure")
    op.drop_index("ix_closure_centre_id", table_name="closure")

    op.drop_table("closure")
    op.drop_table("case_file")
    op.drop_table("institution")
    op.drop_index("ix_centre_region_id", table_name="centre")

    op.drop_table("centre")
    op.drop_table("resource")
    op.drop_table("region")
