"""Nothing confidential is found where the policy does not say so: pages, files, logs, database."""

import email
import email.policy
import functools
import logging
import re
import sqlite3
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import func, select, update

from cic_cases import application, scheduler
from cic_cases.centres.models import Place, Service
from cic_cases.foundation.codes import show
from cic_cases.foundation.db import Base, db
from cic_cases.notifications.kinds import State
from cic_cases.notifications.models import Message
from cic_cases.people.models import Staff
from cic_cases.privacy import reading
from cic_cases.privacy.keys import sealed_columns
from cic_cases.privacy.policy import POLICY
from cic_cases.privacy.roles import Role
from cic_cases.privacy.slowdown import Pace
from cic_cases.retention.classification import Kind
from tests.conftest import settings_for
from tests.kept_postgres import owners_address
from tests.system import canaries, crawl
from tests.system.canaries import Canary
from tests.system.crawl import PASSWORD, Places, Sight
from tests.system.two_centres import OWN

PROFESSIONS = [{Role.PSYCHOLOGIST}, {Role.LAWYER, Role.ADVISER}]
CONTACTS = {"contact.phone_sealed", "contact.email_sealed"}
NUMBERS = {"call_list.number", "late.number"}
APPS = {"factors.set_up", "steps.enrol"}
May = Callable[[Places, Canary, Sight], bool]


def _own(column: str, *endpoints: str) -> May:
    def may(places: Places, canary: Canary, sight: Sight) -> bool:
        mine = canary.row[column] == places.world.staff.get(sight.role or Role.ADMIN)
        return mine and sight.role is not None and sight.endpoint.startswith(endpoints)

    return may


def _a_number(places: Places, canary: Canary, sight: Sight) -> bool:
    revealed = sight.endpoint in NUMBERS and sight.role in POLICY["contact.reveal"]
    return revealed and canary.row["case_id"] in places.here


def _a_note(places: Places, canary: Canary, sight: Sight) -> bool:
    if sight.role is None or not sight.endpoint.startswith("notes."):
        return False
    owner = places.owners[canary.row["note_id"]]
    if owner.author_id == places.world.staff[sight.role]:
        return True
    shared = any({owner.role, sight.role} <= one for one in PROFESSIONS)
    return shared and owner.kept_for == "profession"


MAY_SEE: dict[str, May] = {
    "contact.phone_sealed": _a_number,
    "contact.email_sealed": lambda *_: False,
    "note_version.text_sealed": _a_note,
    "note_draft.text_sealed": _own("author_id", "notes."),
    "form_draft.sealed": _own("staff_id", "steps.draft"),
    "code_app.secret_sealed": _own("staff_id", *APPS),
}
"""The policy once more, in other words: where a sealed value may be read, and by whom."""


def leaks(places: Places) -> list[Sight]:
    """What was seen where it should not be; secrets and foreign codes never should."""
    return [one for one in places.seen if not _may(places, one)]


def _may(places: Places, sight: Sight) -> bool:
    canary = places.planted.get(sight.word)
    return canary is not None and MAY_SEE[canary.column](places, canary, sight)


class Kept(logging.Handler):
    """Every line of every log, as it would be written."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(logging.Formatter().format(record))

    def told(self, places: Places) -> set[str]:
        codes = codes_of(places)
        others = {*places.secrets, *places.planted, *codes, *map(show, codes)}
        return canaries.told("\n".join(self.lines), others)


@pytest.fixture
def logs() -> Iterator[Kept]:
    kept, loggers = Kept(), (logging.getLogger(), logging.getLogger("cic_cases"))
    before = [one.level for one in loggers]
    loggers[0].addHandler(kept)
    for one in loggers:
        one.setLevel(logging.DEBUG)
    yield kept
    loggers[0].removeHandler(kept)
    for one, level in zip(loggers, before, strict=True):
        one.setLevel(level)


@pytest.fixture
def places(app: Flask, monkeypatch) -> Places:
    monkeypatch.setattr(reading, "FEWEST", 100_000)
    monkeypatch.setattr("cic_cases.privacy.slowdown.USUAL", Pace(100_000))
    return crawl.build(app, canaries.Drawn(monkeypatch))


def test_every_confidential_column_has_a_canary():
    sealed = {where.name for where in sealed_columns()}
    own = {f"{name}.key_sealed" for name in canaries.OWN_KEYS}

    assert sealed == canaries.of_kind(Kind.SEALED) == {*canaries.TEXTS, *own}
    assert set(MAY_SEE) == set(canaries.TEXTS)
    hashed = canaries.DRAWN | canaries.MADE | canaries.NO_SECRET
    assert canaries.of_kind(Kind.PROOF) == hashed


def test_no_page_tells_what_is_not_for_its_reader(places, logs):
    for role in (None, *Role):
        crawl.walk(places, role)

    assert leaks(places) == []
    assert logs.told(places) == set()
    assert all(places.pages[role] > 100 for role in (None, *Role))
    assert columns_seen(places) == set(MAY_SEE) - CONTACTS  # so the walk is no blind one


def codes_of(places: Places) -> set[str]:
    """By what people are known: the codes of their cards, and those of officers."""
    known = places.world.targets.values()
    return {one.code for one in known} | {one.card for one in known if one.card}


def columns_seen(places: Places) -> set[str]:
    return {places.planted[one.word].column for one in places.seen if one.word in places.planted}


def test_no_act_message_log_or_file_tells_more(places, logs, client_of, clock, tmp_path):
    for role in Role:
        crawl.act(places, role)
    answer = places.world.app.test_client().post("/login", data=SIGN_IN)
    assert answer.status_code in (303, 422)
    with places.world.app.app_context():
        db.session.execute(update(Message).values(state=State.PENDING, lease_until=None))
        db.session.commit()
        assert scheduler.run_due(places.world.app) > 0
    letters = sorted((tmp_path / "outbox").rglob("*.*"))
    links = {link for one in letters for link in LINK.findall(readable(one))}
    for link in links:
        places.secrets.append(link)

    assert letters
    assert links
    for one in letters:
        words = canaries.told(readable(one), {*places.planted, *unsaid(places)})
        assert [places.planted[word].column for word in words] in ADDRESSED, one
    assert leaks(places) == []
    assert logs.told(places) == set()


LINK = re.compile(r"/b/([A-Za-z0-9_-]{43})")
ADDRESSED = [["contact.email_sealed"], ["contact.phone_sealed"], []]
SIGN_IN = {"email": "nobody@example.org", "password": PASSWORD}


def readable(letter: Path) -> str:
    """A mail with its parts decoded, or an SMS as it lies in the outbox."""
    if letter.suffix != ".eml":
        return letter.read_text(encoding="utf-8")
    mail = email.message_from_bytes(letter.read_bytes(), policy=email.policy.default)
    parts = [part.get_content() for part in mail.walk() if not part.is_multipart()]
    return "\n".join([*map(str, mail.values()), *map(str, parts)])


def unsaid(places: Places) -> set[str]:
    """What no message tells: codes of cases, kinds of help, places elsewhere."""
    codes = codes_of(places)
    with places.world.app.app_context():
        named = [
            *db.session.scalars(select(Service.names)),
            *db.session.scalars(select(Place.names)),
        ]
    return {*codes, *map(show, codes), *(name for one in named for name in one.values())}


def test_no_file_of_the_database_holds_what_is_sealed(places, database_url, tmp_path):
    """Not the file, nor its log of what is written, nor a copy of it."""
    with places.world.app.app_context():
        rows = db.session.scalar(select(func.count()).select_from(Message))
        assert rows
    files = sqlite_files(tmp_path) if database_url.startswith("sqlite") else dumped(database_url)
    words = {*places.secrets, *places.planted}
    assert any(b"case_file" in one for one in files)
    for held in files:
        for word in words:
            assert not any(spelt in held for spelt in canaries.spellings(word)), word


def sqlite_files(folder: Path) -> list[bytes]:
    """Whatever lies beside the database, and a backup of it."""
    source, target = (sqlite3.connect(folder / name) for name in ("test.sqlite3", "backup.sqlite3"))
    source.backup(target)
    target.close()
    files = [one.read_bytes() for one in folder.glob("*sqlite3*")]
    source.close()
    assert len(files) > 2  # the log of what is written is among them
    return files


def dumped(url: str) -> list[bytes]:
    """A dump of every table, and the server's files of this database as they lie on the disk."""
    address = owners_address(url).replace("postgresql+psycopg://", "postgresql://", 1)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        asked = "SELECT current_setting('data_directory'), oid::text FROM pg_database"
        row = connection.execute(f"{asked} WHERE datname = current_database()").fetchone()
        assert row is not None
        files = [one.read_bytes() for one in Path(row[0], "base", row[1]).iterdir()]
        written = connection.execute("SELECT pg_walfile_name(pg_current_wal_lsn())").fetchone()
        assert written is not None
        files.append(Path(row[0], "pg_wal", written[0]).read_bytes())
        for table in Base.metadata.sorted_tables:
            with connection.cursor().copy(f'COPY "{table.name}" TO STDOUT') as copy:
                files.append(table.name.encode() + b"".join(bytes(part) for part in copy))
    return files


def test_the_number_of_somebody_late_is_shown_to_whoever_asks(places, client_of, clock):
    world = places.world
    clock.forward(timedelta(hours=5))
    target = world.targets[Role.RECEPTION, OWN]
    with world.app.app_context():
        desk = client_of(db.session.get_one(Staff, world.staff[Role.RECEPTION]))
    answer = desk.post(f"/desk/late/{target.reference}/number")
    shown = canaries.told(answer.text, places.planted)

    assert [places.planted[word].column for word in shown] == ["contact.phone_sealed"]


def test_a_failure_anywhere_tells_nothing_of_what_was_read(
    backend, database_url, tmp_path, monkeypatch, logs
):
    app = application.create_app(settings_for(database_url, tmp_path, env="development"))
    app.config["WTF_CSRF_ENABLED"] = False
    places = crawl.build(app, canaries.Drawn(monkeypatch))
    for endpoint, view in [one for one in app.view_functions.items() if one[0] != "static"]:
        app.view_functions[endpoint] = broken(view)
    statuses = {
        places.look(role, "GET", path).status_code
        for role in (Role.PSYCHOLOGIST, Role.COORDINATOR)
        for path in crawl.addresses(places.world, role)
    }

    assert 500 in statuses
    assert (places.seen, logs.told(places)) == (set(), set())
    with app.app_context():
        db.engine.dispose()


def broken(view: Callable[..., object]) -> Callable[..., object]:
    """The same page, and something goes wrong just before it leaves."""

    @functools.wraps(view)
    def fails(**values: object) -> object:
        page = view(**values)
        raise RuntimeError(page)

    return fails
