"""What an administrator of the database can do behind the application's back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import create_engine, make_url, text

from cic_cases.foundation.db import engine_options
from tests.kept_postgres import OWNER


@contextmanager
def behind(database_url: str) -> Iterator[Callable[[str], Any]]:
    """Run statements past every trigger that guards the audit trail; committed at the end."""
    url = make_url(database_url)
    sqlite = url.get_backend_name() == "sqlite"
    engine = create_engine(url if sqlite else url.set(username=OWNER), **engine_options(str(url)))
    try:
        with engine.connect() as connection:
            if sqlite:
                names = (
                    "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit%'"
                )
                for name in connection.scalars(text(names)).all():
                    connection.execute(text(f"DROP TRIGGER {name}"))
            else:
                connection.execute(text("SET session_replication_role = replica"))
            yield lambda statement: connection.execute(text(statement))
            connection.commit()
    finally:
        engine.dispose()
