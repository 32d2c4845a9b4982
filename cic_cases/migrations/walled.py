"""PostgreSQL's walls, one condition a table: which of its rows whoever asks sees.

A migration that makes a table with people's rows puts it up with `wall`. The conditions are words
of SQL; the functions they call read `foundation.scope`'s setting once a
statement, because a subselect that depends on no row is worked out once.
"""

from collections.abc import Mapping

from alembic import op

OURS = "ANY ((SELECT cic_centres())::integer[])"
ANYBODY = "cardinality((SELECT cic_centres())) > 0"  # somebody who works with people
MINE = "(SELECT cic_staff())"
COLLEAGUES = "ANY ((SELECT cic_professions())::text[])"
NAMED = "starts_with(current_setting('cic.scope', true), 'named:')"


def of(parent: str, column: str) -> str:
    """Rows whose `column` names a row of `parent` that is seen."""
    return f"EXISTS (SELECT FROM {parent} AS above WHERE above.id = {column})"


def wall(seen: Mapping[str, str]) -> None:
    """From now on only rows for which a table's condition holds are there."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, condition in seen.items():
        op.execute(f"CREATE POLICY cic_{table} ON {table} USING ({condition})")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")


def take_down(seen: Mapping[str, str]) -> None:
    """As if `wall` had not been."""
    if op.get_bind().dialect.name != "postgresql":
        return
    for table in seen:
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        op.execute(f"DROP POLICY cic_{table} ON {table}")
