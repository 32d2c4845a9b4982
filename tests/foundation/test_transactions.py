"""One way to write: committed whole or not at all, one after another, seeing the winner."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from cic_cases.calendar.models import Resource, ResourceKind
from cic_cases.centres.models import Region
from cic_cases.foundation.db import ATTEMPTS, db, in_transaction
from cic_cases.foundation.errors import NotFound
from tests.conftest import built_in
from tests.factory import Factory

THREADS, ROUNDS = 16, 5
NAMED = {
    "name": "0",
    "operator": "ROPS",
    "country": "PL",
    "citizenships": "UA",
    "languages": "uk",
}


def add(session: Session, slug: str) -> Region:
    region = Region(slug=slug, **NAMED)
    session.add(region)
    session.flush()
    return region


def slugs(app: Flask) -> list[str]:
    """What is really kept, read by a connection of its own."""
    with app.app_context(), db.engine.connect() as connection:
        return list(connection.scalars(select(Region.slug).order_by(Region.slug)))


@pytest.fixture
def one_app(tmp_path: Path) -> tuple[Flask, dict[str, Any]]:
    """Here routes are added, so each test has an application of its own."""
    return built_in(tmp_path)


@pytest.fixture
def counter(app: Flask) -> Iterator[int]:
    """A number that several want to raise."""
    with app.app_context():
        yield in_transaction(add, "counter").id


def test_what_is_done_is_kept_and_handed_back(app: Flask, session: Session):
    assert in_transaction(add, "kept").slug == "kept"
    assert slugs(app) == ["kept"]


@pytest.mark.parametrize("mistake", [NotFound, ZeroDivisionError, KeyboardInterrupt])
def test_a_refusal_undoes_everything_and_is_raised(app: Flask, session: Session, mistake):
    def refuse(session: Session) -> None:
        add(session, "gone")
        raise mistake

    with pytest.raises(mistake):
        in_transaction(refuse)

    assert slugs(app) == []
    in_transaction(add, "next")
    assert slugs(app) == ["next"]


def test_a_session_with_something_unsaved_is_refused(app: Flask, session: Session):
    session.add(Resource(kind=ResourceKind.ROOM))

    with pytest.raises(RuntimeError, match="clean session"):
        in_transaction(add, "never")


def test_what_was_read_before_is_read_again(app: Flask, session: Session, counter: int):
    before = session.get_one(Region, counter)
    with ThreadPoolExecutor(1) as other:
        other.submit(_rename, app, counter, "changed").result()

    name = in_transaction(lambda s: s.scalar(select(Region.name).where(Region.id == counter)))

    assert (before.id, name) == (counter, "changed")


def test_after_a_clash_the_work_sees_the_winner(app: Flask, session: Session, backend: str):
    """On SQLite writers take turns, so that the winner is seen at once."""
    seen: list[bool] = []

    def add_if_missing(session: Session) -> None:
        found = session.scalar(select(Region).where(Region.slug == "same"))
        seen.append(found is not None)
        if found is None:
            if backend == "postgresql":
                _somebody_is_faster(app)
            add(session, "same")

    if backend == "sqlite":
        _somebody_is_faster(app)
    in_transaction(add_if_missing)

    assert seen == ([True] if backend == "sqlite" else [False, True])
    assert slugs(app) == ["same"]


def _somebody_is_faster(app: Flask) -> None:
    def insert() -> None:
        with app.app_context():
            in_transaction(add, "same")

    with ThreadPoolExecutor(1) as other:
        other.submit(insert).result()


def test_a_real_clash_is_tried_again_and_in_the_end_told(app: Flask, session: Session):
    in_transaction(add, "taken")
    tried: list[str] = []

    def again(session: Session) -> None:
        tried.append("taken")
        add(session, "taken")

    with pytest.raises(IntegrityError):
        in_transaction(again)

    assert len(tried) == ATTEMPTS
    assert slugs(app) == ["taken"]


def _rename(app: Flask, region_id: int, name: str) -> None:
    def rename(session: Session) -> None:
        session.get_one(Region, region_id).name = name

    with app.app_context():
        in_transaction(rename)


def _raise_by_one(session: Session, region_id: int) -> None:
    row = select(Region).where(Region.id == region_id).with_for_update()
    region = session.scalars(row).one()
    region.name = str(int(region.name) + 1)


def test_sixteen_raise_one_number_and_none_is_lost(app: Flask, counter: int):
    together = threading.Barrier(THREADS)

    def work() -> None:
        with app.app_context():
            together.wait()
            for _ in range(ROUNDS):
                in_transaction(_raise_by_one, counter)
            db.session.remove()

    with ThreadPoolExecutor(THREADS) as pool:
        for done in [pool.submit(work) for _ in range(THREADS)]:
            done.result()

    with app.app_context():
        raised = db.session().scalar(select(Region.name).where(Region.id == counter))
    assert raised == str(THREADS * ROUNDS)


def test_a_reader_does_not_wait_for_a_writer(app: Flask, counter: int):
    inside, finish = threading.Event(), threading.Event()

    def write_slowly(session: Session) -> None:
        session.get_one(Region, counter).name = "half done"
        session.flush()
        inside.set()
        assert finish.wait(10)

    def write() -> None:
        with app.app_context():
            in_transaction(write_slowly)

    with ThreadPoolExecutor(1) as pool:
        writing = pool.submit(write)
        assert inside.wait(10)
        with app.app_context(), db.engine.connect() as reader:
            read = reader.scalar(select(Region.name).where(Region.id == counter))
        finish.set()
        writing.result()

    assert read == "0"


@pytest.mark.sqlite_only
def test_sqlite_is_set_up_for_safety(app: Flask):
    with app.app_context(), db.engine.connect() as connection:
        asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        told = [connection.scalar(text(f"PRAGMA {name}")) for name in asked]

    assert told == ["wal", 2, 1, 30_000]


@pytest.mark.sqlite_only
def test_on_sqlite_a_reader_never_begins_a_write(app: Flask, session: Session, counter: int):
    begun: list[str] = []

    @event.listens_for(db.engine, "before_cursor_execute")
    def note(_connection, _cursor, statement, *_more) -> None:
        if statement.startswith("BEGIN"):
            begun.append(statement)

    session.rollback()
    session.scalar(select(func.count()).select_from(Region))
    in_transaction(_raise_by_one, counter)

    assert begun == ["BEGIN", "BEGIN IMMEDIATE"]


def test_a_reference_to_nothing_is_refused(app: Flask, session: Session, make: Factory):
    with pytest.raises(IntegrityError):
        in_transaction(
            lambda s: s.execute(text("INSERT INTO room (centre_id, label) VALUES (999, 'x')"))
        )


def test_what_was_written_outside_a_transaction_of_its_own_is_never_kept(app: Flask):
    @app.get("/careless")
    def careless() -> str:
        add(db.session(), "careless")
        with db.engine.connect() as another:
            another.execute(select(Region.slug))
        return "done"

    assert app.test_client().get("/careless").status_code == 200
    assert slugs(app) == []


def test_a_request_that_met_a_broken_transaction_ends_quietly(app: Flask, counter: int):
    @app.get("/broken")
    def broken() -> str:
        with pytest.raises(IntegrityError):
            add(db.session(), "counter")
        return "done"

    assert app.test_client().get("/broken").status_code == 200
    assert slugs(app) == ["counter"]


def test_statements_once_prepared_outlive_the_requests_that_read(app: Flask, backend: str):
    if backend == "sqlite":
        return  # its driver keeps them whatever ends a transaction

    @app.get("/read")
    def read() -> str:
        db.session.scalars(select(Region.slug)).all()
        prepared = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%region%'"
        return str(db.session.scalar(text(prepared)))

    client = app.test_client()
    assert [client.get("/read").text for _ in range(8)][-1] != "0"
