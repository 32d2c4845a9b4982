"""One base class, one time type, one way to write.

`in_transaction` is the only place that commits what was written. On SQLite it takes the write gate
and begins IMMEDIATE, so a writer never works on a stale snapshot; reads never wait for the gate.
"""

import enum
import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import partial
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any, Concatenate, ParamSpec, TypeVar

from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, Connection, DateTime, Dialect, Engine, Enum, MetaData, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError, InvalidatePoolError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Session, registry
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from cic_cases.foundation import scope
from cic_cases.foundation.gate import WriteGate

log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")
ATTEMPTS = 3
BUSY_SECONDS = 30
RESTED = 1.0  # seconds
_writing: ContextVar[bool] = ContextVar("writing", default=False)
_KEPT = "kept"  # in a session's info: what its transaction has read
_BEGUN = "begun"  # in a session's info: the connection of its transaction
_SINCE = "since"  # in a pooled connection's info: when it was last given back
_WROTE = "wrote"  # in a connection's info: whether its transaction did more than read


class UtcDateTime(TypeDecorator[datetime]):
    """Aware datetimes in, aware UTC out; a naive one is a bug, so it raises."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError(f"naive datetime: {value}")
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Every table: typed times, enums kept as their words, names that migrations can rely on."""

    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(column_0_N_label)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            datetime: UtcDateTime,
            dict[str, str]: JSON,
            dict[str, list[str]]: JSON,
            dict[str, Any]: JSON,
            enum.StrEnum: Enum(
                enum.StrEnum,
                native_enum=False,
                length=32,
                values_callable=lambda words: [word.value for word in words],
            ),
        },
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})


@event.listens_for(db.session, "loaded_as_persistent")
def _keep(session: Session, row: object) -> None:
    """What a transaction has read stays in reach until it ends: `get` does not read it again."""
    kept = session.info.get(_KEPT)
    if kept is not None:
        kept.append(row)


@event.listens_for(db.session, "after_begin")
def _begun(session: Session, _transaction: object, connection: Connection) -> None:
    session.info[_BEGUN] = connection


def engine_options(database_url: str) -> dict[str, Any]:
    """How to connect; SQLite leaves BEGIN to us."""
    quiet = {"hide_parameters": True}  # an error that is logged must not tell what was typed
    if make_url(database_url).get_backend_name() == "sqlite":
        return {**quiet, "connect_args": {"timeout": BUSY_SECONDS}}
    return {**quiet, "pool_size": 10, "max_overflow": 10}


def init_app(app: Flask) -> None:
    """Bind the database of the settings."""
    db.init_app(app)
    app.teardown_appcontext(_end_reading_with_the_request)  # before the session is closed
    with app.app_context():
        set_up(app, db.engine)


def set_up(app: Flask, engine: Engine) -> None:
    """How every connection behaves; SQLite's for safety (WAL, FULL, foreign keys)."""
    event.listen(engine, "begin", _nothing_written_yet)
    event.listen(engine, "before_cursor_execute", _note_writing)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        app.extensions["write_gate"] = WriteGate(Path(str(engine.url.database)))
    else:
        scope.listen(engine)
        event.listen(engine, "checkin", _rests)
        event.listen(engine, "checkout", partial(_still_alive, engine.dialect))


def _rests(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info[_SINCE] = monotonic()


def _still_alive(
    dialect: Dialect, connection: Any, record: ConnectionPoolEntry, _proxy: object
) -> None:
    """Ask a connection that has rested whether its server still knows it: a restart heals.

    One that worked a moment ago is not asked: a server does not start anew that fast, and the
    question would cost every request as much as one of its own.
    """
    if monotonic() - record.info.get(_SINCE, inf) <= RESTED:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error as error:
        raise InvalidatePoolError from error


def _nothing_written_yet(connection: Connection) -> None:
    connection.info[_WROTE] = False


def _note_writing(connection: Connection, _cursor: Any, statement: str, *_more: Any) -> None:
    if not statement.startswith(("SELECT", "BEGIN")):
        connection.info[_WROTE] = True


def end_reading(session: Session) -> None:
    """End a transaction that only read; whatever one has written outside its place is undone.

    With COMMIT, because at a ROLLBACK psycopg forgets the statements that PostgreSQL has prepared,
    and planning them costs more than running them. What was read is read again afterwards.
    """
    if session.is_active and _only_read(session):
        session.commit()
        session.expire_all()
    else:
        session.rollback()


@contextmanager
def reading_apart() -> Iterator[Session]:
    """A session of its own, to read: its rows outlive it as they were, and belong to no other."""
    with Session(db.engine, expire_on_commit=False) as session:
        yield session
        session.commit()


def _only_read(session: Session) -> bool:
    connection = session.info.get(_BEGUN)
    if connection is None or connection.closed or _unsaved(session):
        return False
    return not connection.info[_WROTE]


def _unsaved(session: Session) -> bool:
    return bool(session.new or session.dirty or session.deleted)


def _end_reading_with_the_request(error: BaseException | None) -> None:
    if error is None and db.session.registry.has():
        end_reading(db.session())


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _writing.get() else "BEGIN")


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    """On SQLite, the right to write; elsewhere nothing to wait for."""
    if engine.dialect.name != "sqlite":
        yield
        return
    with current_app.extensions["write_gate"].turn():
        token = _writing.set(True)
        try:
            yield
        finally:
            _writing.reset(token)


@contextmanager
def _keeping(session: Session) -> Iterator[None]:
    """Rows are held weakly by a session; while writing they are held on to."""
    session.info[_KEPT] = []
    try:
        yield
    finally:
        del session.info[_KEPT]


def is_writing(session: Session) -> bool:
    """Whether `in_transaction` is at work: what is read now may have been written in it."""
    return _KEPT in session.info


def lock_row(session: Session, row: Base) -> None:
    """Hold the row and read it again: nobody steps in until the transaction ends.

    SQLite needs no lock: its writers take turns at the gate.
    """
    if session.get_bind().dialect.name != "sqlite":
        session.refresh(row, with_for_update=True)


def in_transaction(
    work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """Run `work(session, ...)` and commit. On a clash run it again, so its rules see the winner.

    It may run twice: `work` touches the database and nothing else (no hashing, no network). The
    session must be clean; its read transaction ends here, so what was read before is read again.
    """
    session = db.session()
    if _unsaved(session):
        raise RuntimeError("in_transaction needs a clean session: write only inside it")
    for attempt in range(1, ATTEMPTS + 1):
        end_reading(session)
        with _turn(db.engine), _keeping(session):
            try:
                result = work(session, *args, **kwargs)
                session.commit()
                return result
            except (IntegrityError, OperationalError):
                session.rollback()
                if attempt == ATTEMPTS:
                    raise
                log.info("clash in %s, attempt %s", getattr(work, "__name__", "work"), attempt)
            except BaseException:
                session.rollback()
                raise
    raise AssertionError("unreachable")
