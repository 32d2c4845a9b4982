"""As whom the database is asked: every transaction says it, PostgreSQL's policies rest on it.

`staff:ID` is who has signed in at this request, `named:NAME` work that nobody in particular asks
for (`privacy.walls` lists the names and why they are there), and an empty text is nobody: they see
nothing of people. On PostgreSQL it is set together with BEGIN, so it costs no way to the server
and back, and ends with the transaction; SQLite has no such wall.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from flask import g, has_request_context
from sqlalchemy import Connection, Engine, event

SETTING = "cic.scope"
_KEY = "scope"  # in a connection's info: what its transaction was told
_IN_REQUEST = "scope_name"  # in g
_outside: ContextVar[str] = ContextVar("scope", default="")
outside_by_default = ""  # what work outside a request is called when it says nothing


def current() -> str:
    """As whom the database is asked now."""
    if not has_request_context():
        name = _outside.get() or outside_by_default
    elif not (name := g.get(_IN_REQUEST, "")):
        who = g.get("token_owner") or g.get("_login_user")
        return f"staff:{int(who.id)}" if getattr(who, "is_authenticated", False) else ""
    return f"named:{name}" if name else ""


def call(name: str) -> None:
    """From here to the end of the request, work has this name."""
    setattr(g, _IN_REQUEST, name)


@contextmanager
def called(name: str) -> Iterator[None]:
    """Inside, work has this name."""
    if has_request_context():
        before = g.get(_IN_REQUEST, "")
        call(name)
        try:
            yield
        finally:
            call(before)
        return
    token = _outside.set(name)
    try:
        yield
    finally:
        _outside.reset(token)


def listen(engine: Engine) -> None:
    """PostgreSQL: every transaction of this engine says as whom it asks."""
    event.listen(engine, "connect", _leave_begin_to_us)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "before_cursor_execute", _say_again)
    event.listen(engine, "rollback_savepoint", _forget)


def _leave_begin_to_us(connection: Any, _record: object) -> None:
    connection.autocommit = True


def _begin(connection: Connection) -> None:
    _say(connection, current(), "BEGIN; ")


def _say_again(connection: Connection, *_more: Any) -> None:
    """Who asks was found out, or changed, since the transaction began."""
    if connection.info.get(_KEY) != (who := current()):
        _say(connection, who)


def _forget(connection: Connection, *_more: Any) -> None:
    connection.info.pop(_KEY, None)  # what was said since the savepoint is undone


def _say(connection: Connection, who: str, before: str = "") -> None:
    """`who` is a word of ours and a number or a name of ours, never something that was typed."""
    driver: Any = connection.connection
    statement = f"{before}SELECT set_config('{SETTING}', '{who}', true)"
    with driver.cursor() as cursor:
        cursor.execute(statement, prepare=False)
    connection.info[_KEY] = who
