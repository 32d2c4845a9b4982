"""The migrations: up, down and up again on both databases, and equal to the models."""

import re
import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import CheckConstraint, inspect, text
from sqlalchemy.exc import IntegrityError

from cic_cases.foundation.clock import now
from cic_cases.foundation.db import Base, db
from tests.factory import Factory
from tests.people.test_commands import save_booking

EXCLUSION = "ex_occupancy_overlap"
TRIGGERS = {"occupancy_no_overlap_insert", "occupancy_no_overlap_update"}
QUARTER = timedelta(minutes=15)
SQLITE_PARTS = "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY 2"
POSTGRES_PARTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT tablename, policyname, qual FROM pg_policies WHERE schemaname = 'public'
UNION ALL SELECT table_name, column_name, data_type || is_nullable FROM information_schema.columns
WHERE table_schema = 'public' ORDER BY 1, 2, 3
"""


@pytest.fixture
def in_app(app: Flask) -> Iterator[Flask]:
    with app.app_context():
        yield app


def parts(backend: str) -> list[Any]:
    """Every table, index, constraint and trigger, as the database itself tells them."""
    query = SQLITE_PARTS if backend == "sqlite" else POSTGRES_PARTS
    with db.engine.connect() as connection:
        rows = [tuple(row) for row in connection.execute(text(query))]
    return [(*row[:-1], in_any_order(row[-1])) for row in rows] if backend == "sqlite" else rows


def in_any_order(definition: str | None) -> list[str]:
    """The pieces of a definition: a table made anew lists the same constraints differently."""
    return sorted(re.split(r"[,()\s]+", (definition or "").replace('"', "")))


def tables() -> set[str]:
    return set(inspect(db.engine).get_table_names())


def test_up_down_and_up_again_gives_the_same(in_app: Flask, backend: str):
    before = parts(backend)
    assert len(before) > len(Base.metadata.tables)

    downgrade(revision="base")
    assert tables() == {"alembic_version"}
    upgrade()

    assert parts(backend) == before


def test_every_step_goes_back_and_forth(in_app: Flask, backend: str):
    before = parts(backend)

    downgrade(revision="-2")  # one may be for the other database only
    assert parts(backend) != before
    upgrade()

    assert parts(backend) == before


def test_the_database_is_what_the_models_say(in_app: Flask):
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        found = compare_metadata(context, Base.metadata)

    assert [difference for difference in found if EXCLUSION not in str(difference)] == []


def test_constraints_that_a_comparison_does_not_see_are_those_of_the_models(in_app: Flask):
    """Checks: by name, on both databases."""
    inspector = inspect(db.engine)
    for name, table in Base.metadata.tables.items():
        wanted = {
            f"ck_{name}_{str(one.name).removeprefix(f'ck_{name}_')}"
            for one in table.constraints
            if isinstance(one, CheckConstraint)
        }
        kept = {str(one["name"]) for one in inspector.get_check_constraints(name)}
        assert kept == wanted, name


def test_indexes_are_those_of_the_models_conditions_included(in_app: Flask, backend: str):
    inspector = inspect(db.engine)
    for name, table in Base.metadata.tables.items():
        wanted = {
            str(one.name): one.dialect_options[backend]["where"] is not None
            for one in table.indexes
        }
        kept = {
            str(one["name"]): bool(one["dialect_options"].get(f"{backend}_where") is not None)
            for one in inspector.get_indexes(name)
            if one["name"] != EXCLUSION and not one.get("duplicates_constraint")
        }
        assert kept == wanted, name


def test_the_guard_of_the_slots_is_there(in_app: Flask, backend: str):
    found = {row[1] for row in parts(backend)}

    assert {EXCLUSION} <= found if backend == "postgresql" else found >= TRIGGERS


Times = tuple[int, int]


@pytest.fixture
def occupy(in_app: Flask):
    """Try to take a resource by plain SQL, in quarters of an hour from now; whether it worked."""
    make = Factory(db.session())
    booking = save_booking(make, make.staff("lawyer"), now() + timedelta(days=1))
    room, other = (make.room(make.centre(), label).resource_id for label in "12")
    db.session.remove()

    def run(statement: str, **values: Any) -> bool:
        try:
            with db.engine.begin() as connection:
                return connection.execute(text(statement), values).rowcount == 1
        except IntegrityError as error:
            if EXCLUSION not in str(error):
                raise
            return False

    def occupy(times: Times, resource: str = "room", row: int | None = None) -> bool:
        start, end = (moment(now() + n * QUARTER) for n in times)
        values = {"r": room if resource == "room" else other, "s": start, "e": end}
        if row is None:
            return run(
                "INSERT INTO occupancy (resource_id, booking_id, starts_at, ends_at)"
                " VALUES (:r, :b, :s, :e)",
                b=booking.id,
                **values,
            )
        return run(
            "UPDATE occupancy SET resource_id = :r, starts_at = :s, ends_at = :e WHERE id = :id",
            id=row,
            **values,
        )

    def moment(at: Any) -> Any:
        if db.engine.dialect.name == "sqlite":
            return at.replace(tzinfo=None).isoformat(" ", "microseconds")
        return at

    return occupy


@pytest.mark.parametrize(
    ("times", "possible"),
    [
        pytest.param((4, 8), False, id="the same time"),
        pytest.param((5, 7), False, id="inside"),
        pytest.param((2, 10), False, id="around"),
        pytest.param((2, 5), False, id="its beginning"),
        pytest.param((7, 10), False, id="its end"),
        pytest.param((0, 4), True, id="right before"),
        pytest.param((8, 12), True, id="right after"),
    ],
)
@pytest.mark.parametrize("by", ["insert", "update"])
def test_a_resource_is_never_taken_twice(occupy, times: Times, possible: bool, by: str):
    assert occupy((4, 8))
    if by == "insert":
        assert occupy(times) == possible
        return
    assert occupy((40, 44))
    with db.engine.connect() as connection:
        later = connection.scalar(text("SELECT max(id) FROM occupancy"))
    assert occupy(times, row=later) == possible


def test_another_resource_is_free_until_it_is_changed_for_the_taken_one(occupy):
    assert occupy((4, 8))
    assert occupy((4, 8), resource="other")
    with db.engine.connect() as connection:
        later = connection.scalar(text("SELECT max(id) FROM occupancy"))

    assert not occupy((5, 9), row=later)
    assert occupy((6, 10), resource="other", row=later)


def test_a_row_may_move_within_its_own_time(occupy):
    assert occupy((4, 8))
    with db.engine.connect() as connection:
        only = connection.scalar(text("SELECT max(id) FROM occupancy"))

    assert occupy((5, 9), row=only)


@pytest.mark.sqlite_only
def test_the_sqlite_of_this_python_is_new_enough_to_return_rows():
    assert sqlite3.sqlite_version_info >= (3, 35)
