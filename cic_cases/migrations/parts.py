"""What several migrations need: the guard's triggers survive a table made anew.

On SQLite a changed table is made anew and its rows copied; Alembic does not copy triggers. On
PostgreSQL there is nothing to do.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import op
from alembic.operations import BatchOperations

TRIGGER = """
CREATE TRIGGER occupancy_no_overlap_{verb} BEFORE {event} ON occupancy
WHEN NEW.starts_at < (
  SELECT other.ends_at FROM occupancy AS other
  WHERE other.resource_id = NEW.resource_id AND other.starts_at < NEW.ends_at {not_itself}
  ORDER BY other.starts_at DESC LIMIT 1
)
BEGIN SELECT RAISE(IGNORE); END
"""
# What is taken never overlaps, so of all that starts before the new end the last one ends last:
# one look into the index decides, however long the history is.


def add_guard() -> None:
    """SQLite: skip a row of a resource that is taken, so `INSERT ... RETURNING` omits it."""
    op.execute(TRIGGER.format(verb="insert", event="INSERT", not_itself=""))
    op.execute(TRIGGER.format(verb="update", event="UPDATE", not_itself="AND other.id <> NEW.id"))


def drop_guard() -> None:
    """SQLite: take the triggers away, for as long as the table is made anew."""
    op.execute("DROP TRIGGER occupancy_no_overlap_insert")
    op.execute("DROP TRIGGER occupancy_no_overlap_update")


@contextmanager
def remade(table: str, without: str | None = None) -> Iterator[BatchOperations]:
    """Change a table that nothing refers to; its checks stay but the one `without`."""
    guarded = op.get_bind().dialect.name == "sqlite" and table == "occupancy"
    if guarded:
        drop_guard()
    with op.batch_alter_table(table) as batch:
        if without is not None:
            batch.drop_constraint(op.f(without), type_="check")
        yield batch
    if guarded:
        add_guard()
