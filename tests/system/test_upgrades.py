"""A database in use is brought to the present: every row is kept, and the guard still guards."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import MetaData, insert, select, text
from sqlalchemy.exc import IntegrityError

from cic_cases.foundation.db import db

FOUNDATION = "0002"
MONDAY, EIGHT, NINE = date(2030, 1, 7), time(8), time(9)
START, END = (datetime(2030, 1, 7, hour, tzinfo=UTC) for hour in (7, 8))
ROWS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("resource", {"id": 1, "kind": "specialist"}),
    ("resource", {"id": 2, "kind": "room"}),
    ("resource", {"id": 3, "kind": "case"}),
    (
        "region",
        {
            "id": 1,
            "slug": "r",
            "name": "r",
            "operator": "o",
            "country": "PL",
            "citizenships": "UA",
            "languages": "uk",
        },
    ),
    (
        "centre",
        {
            "id": 1,
            "region_id": 1,
            "slug": "c",
            "city": "c",
            "name": "c",
            "sms_name": "c",
            "address": "a",
            "phone": "+48887063112",
            "email": "c@example.org",
            "timezone": "Europe/Warsaw",
            "reminder_at": EIGHT,
            "active": True,
        },
    ),
    (
        "service",
        {
            "id": 1,
            "region_id": 1,
            "key": "k",
            "names": {},
            "bring": {},
            "booking": "slot",
            "secrecy": "open",
            "public_label": "visit",
            "interpreter": False,
            "desk": False,
            "position": 1,
            "active": True,
        },
    ),
    ("room", {"id": 1, "centre_id": 1, "label": "1", "resource_id": 2, "assumed": False}),
    (
        "staff",
        {
            "id": 1,
            "key": "K",
            "email": "k@example.org",
            "initials": "K.",
            "language": "pl",
            "session_version": 1,
            "resource_id": 1,
            "created_at": START,
        },
    ),
    (
        "duty",
        {
            "id": 1,
            "staff_id": 1,
            "centre_id": 1,
            "weekday": 0,
            "starts": EIGHT,
            "ends": NINE,
            "valid_from": MONDAY,
            "grid_minutes": 20,
        },
    ),
    ("duty_service", {"duty_id": 1, "service_id": 1}),
    ("duty_exception", {"id": 1, "duty_id": 1, "on": MONDAY, "kind": "cancelled"}),
    ("closure", {"id": 1, "centre_id": 1, "first_day": MONDAY, "last_day": MONDAY, "reason": "t"}),
    ("opening_hours", {"centre_id": 1, "weekday": 0, "opens": EIGHT, "closes": NINE}),
    (
        "case_file",
        {
            "id": 1,
            "resource_id": 3,
            "citizenship": "UA",
            "gender": "woman",
            "age_band": "18_60",
            "contact_language": "uk",
            "opened_at": START,
            "opened_centre_id": 1,
        },
    ),
    ("contact", {"id": "c1", "case_id": 1, "mode": "full", "changed_at": START}),
    (
        "booking",
        {
            "id": 1,
            "reference": "QNJ5TQ",
            "case_id": 1,
            "service_id": 1,
            "centre_id": 1,
            "booked_centre_id": 1,
            "staff_id": 1,
            "starts_at": START,
            "ends_at": END,
            "language": "uk",
            "interpreter": False,
            "status": "booked",
            "version": 1,
            "calendar_uid": "u",
            "made_at": START,
            "made_by": 1,
        },
    ),
    (
        "occupancy",
        {"id": 1, "resource_id": 1, "booking_id": 1, "starts_at": START, "ends_at": END},
    ),
    (
        "message",
        {
            "id": "m1",
            "booking_id": 1,
            "booking_version": 1,
            "kind": "booking_confirmation",
            "channel": "sms",
            "mode": "full",
            "contact_id": "c1",
            "language": "uk",
            "due_at": START,
            "expires_at": END,
            "state": "pending",
            "attempts": 0,
            "next_try_at": START,
        },
    ),
)
AGAIN = text(
    "INSERT INTO occupancy (resource_id, booking_id, starts_at, ends_at) "
    "SELECT resource_id, booking_id, starts_at, ends_at FROM occupancy"
)


@pytest.fixture
def in_use(app: Flask) -> Iterator[dict[str, int]]:
    """A database as the foundation left it, with a row in each table that changed since."""
    with app.app_context():
        downgrade(revision=FOUNDATION)
        tables = MetaData()
        tables.reflect(db.engine)
        with db.engine.begin() as connection:
            for name, row in ROWS:
                table = tables.tables[name]
                given = {
                    **{c.name: True for c in table.c if c.name in ("active", "assumed")},
                    **row,
                }
                connection.execute(insert(table).values(given))
        yield counted()


def counted() -> dict[str, int]:
    """How many rows each table of `ROWS` has."""
    with db.engine.connect() as connection:
        names = {name for name, _row in ROWS}
        return {
            name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one()  # noqa: S608
            for name in names
        }


def test_an_upgrade_keeps_every_row_and_the_guard(in_use: dict[str, int]):
    upgrade()

    assert counted() == in_use
    try:
        with db.engine.begin() as connection:
            taken_twice = connection.execute(AGAIN).rowcount
    except IntegrityError:
        taken_twice = 0
    assert taken_twice == 0


def test_what_was_there_has_the_meaning_it_had(in_use: dict[str, int]):
    upgrade()

    tables = MetaData()
    tables.reflect(db.engine)
    duty, service, booking = (tables.tables[name] for name in ("duty", "service", "booking"))
    with db.engine.connect() as connection:
        weekly = connection.execute(select(duty.c.every_weeks, duty.c.kind, duty.c.remote)).one()
        limits = connection.execute(select(service.c.horizon_days, service.c.per_person)).one()
        held = connection.execute(select(booking.c.held_for, booking.c.before_minutes)).one()
    assert (weekly.every_weeks, weekly.kind, bool(weekly.remote)) == (1, "receives", False)
    assert (limits, held) == ((90, None), (None, 0))
