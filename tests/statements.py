"""What is asked of the database inside a block."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from cic_cases.foundation.db import db


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement that is sent inside the block, in its order."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
