"""How Alembic meets the application: one connection, batch mode for SQLite."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import context
from alembic.operations import MigrationScript
from alembic.runtime.migration import MigrationContext
from flask import current_app
from sqlalchemy import Engine, create_engine

from cic_cases.foundation.db import engine_options, set_up
from cic_cases.migrations.rights import give_rights
from cic_cases.privacy import walls

database = current_app.extensions["migrate"].db


def _no_empty_revision(
    _context: MigrationContext, _revision: Any, directives: list[MigrationScript]
) -> None:
    """`flask db migrate` without a difference writes no file."""
    operations = directives[0].upgrade_ops if directives else None
    if operations is not None and operations.is_empty():
        directives.clear()


@contextmanager
def _owner() -> Iterator[Engine]:
    """The database by the role that owns its tables: CIC_DATABASE_OWNER_URL, or the app's own."""
    url = current_app.config["CIC"].database_owner_url
    if not url:
        yield database.engine
        return
    engine = create_engine(url, **engine_options(url))
    set_up(current_app, engine)
    try:
        yield engine
    finally:
        engine.dispose()


def run() -> None:
    """Migrate the database of the settings, and give the app's role its rights."""
    with _owner() as engine, engine.connect() as connection, walls.named("command"):
        context.configure(
            connection=connection,
            target_metadata=database.metadata,
            render_as_batch=True,
            compare_type=True,
            process_revision_directives=_no_empty_revision,
        )
        with context.begin_transaction():
            context.run_migrations()
            if current_app.config["CIC"].database_owner_url:
                give_rights(connection, database.engine.url.username)
        connection.commit()


run()
