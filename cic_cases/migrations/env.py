"""How Alembic meets the application: one connection, batch mode for SQLite."""

from typing import Any

from alembic import context
from alembic.operations import MigrationScript
from alembic.runtime.migration import MigrationContext
from flask import current_app

database = current_app.extensions["migrate"].db


def _no_empty_revision(
    _context: MigrationContext, _revision: Any, directives: list[MigrationScript]
) -> None:
    """`flask db migrate` without a difference writes no file."""
    operations = directives[0].upgrade_ops if directives else None
    if operations is not None and operations.is_empty():
        directives.clear()


def run() -> None:
    """Migrate the database of the settings."""
    with database.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=database.metadata,
            render_as_batch=True,
            compare_type=True,
            process_revision_directives=_no_empty_revision,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
