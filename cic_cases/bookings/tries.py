"""Doing something only to see what comes of it."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import inspect
from sqlalchemy.orm import Session


@contextmanager
def tried(session: Session) -> Iterator[None]:
    """Whatever is done inside is taken back at the end: in the database and in the session."""
    session.flush()
    known = set(session.identity_map.keys())
    savepoint = session.begin_nested()
    try:
        yield
    finally:
        savepoint.rollback()
        for row in list(session.identity_map.values()):
            if inspect(row).key not in known:
                session.expunge(row)  # a row that was made here may be read under its number
