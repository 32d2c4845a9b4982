"""`/healthz`, `/readyz` and `doctor`: each thing broken in turn."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import create_engine, text

from cic_cases.foundation import clock as time
from cic_cases.foundation.db import db
from cic_cases.notifications.kinds import Kind, Means, Mode, State
from cic_cases.notifications.models import Message
from tests.kept_postgres import as_owner
from tests.reports.conftest import Tally

DROP_GUARD = {
    "sqlite": "DROP TRIGGER occupancy_no_overlap_insert",
    "postgresql": "ALTER TABLE occupancy DROP CONSTRAINT ex_occupancy_overlap",
}


@pytest.fixture
def wait(make):
    """A message that could have been tried so many minutes ago."""

    def wait(minutes: int, state: State = State.PENDING) -> Message:
        case, _ = make.case()
        contact = make.contact(case, email="person@example.org")
        booking = Tally(make).booking("2030-01-08T10:00", "booked", case)
        due = time.now() - timedelta(minutes=minutes)
        return make.save(
            Message(
                id=str(uuid.uuid4()),
                booking_id=booking.id,
                booking_version=1,
                kind=Kind.BOOKING_CONFIRMATION,
                channel=Means.EMAIL,
                mode=Mode.FULL,
                contact_id=contact.id,
                language="uk",
                due_at=due,
                expires_at=due + timedelta(days=1),
                state=state,
                next_try_at=due,
            )
        )

    return wait


def change(statement):
    if db.engine.dialect.name == "postgresql":
        as_owner(db.engine.url.render_as_string(hide_password=False), statement)
        return
    with db.engine.begin() as connection:
        connection.execute(text(statement))


def test_a_healthy_service_says_only_that(app):
    client = app.test_client()

    for address in ("/healthz", "/readyz"):
        answer = client.get(address)
        assert (answer.status_code, answer.json) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("minutes", "state", "status"),
    [
        pytest.param(9, State.PENDING, 200, id="nine minutes are bearable"),
        pytest.param(11, State.PENDING, 503, id="eleven are not"),
        pytest.param(-60, State.PENDING, 200, id="what is due later does not wait"),
        pytest.param(600, State.SENT, 200, id="what was sent does not wait"),
        pytest.param(600, State.FAILED, 200, id="nor what was given up"),
    ],
)
def test_a_message_that_waits_too_long_is_told(app, wait, minutes, state, status):
    wait(minutes, state)

    answer = app.test_client().get("/readyz")

    assert answer.status_code == status
    assert answer.json.get("failing", []) == (["outbox"] if status == 503 else [])


def test_a_database_of_another_version_is_not_ready(app, session):
    change("UPDATE alembic_version SET version_num = '0000'")

    answer = app.test_client().get("/readyz")

    assert (answer.status_code, answer.json) == (
        503,
        {"status": "failing", "failing": ["migrations"]},
    )


def test_without_a_database_the_process_lives_but_is_not_ready(app, session, monkeypatch):
    session.close()
    nowhere = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing?connect_timeout=1")
    with app.app_context():
        monkeypatch.setitem(db.engines, None, nowhere)
    client = app.test_client()

    assert client.get("/healthz").status_code == 200
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["failing"]) == (503, ["database"])
    assert "127.0.0.1" not in answer.text


def test_doctor_finds_a_sound_installation_sound(runner, clock):
    clock.at = datetime.now(UTC)

    examined = runner.invoke(args=["doctor"])

    assert examined.exit_code == 0, examined.output
    assert "double booking guard: ok" in examined.output


@pytest.mark.parametrize(
    ("harm", "line"),
    [
        pytest.param("clock", "clock: FAILS", id="a clock that is wrong"),
        pytest.param("migrations", "migrations: FAILS: not at the newest", id="an old database"),
        pytest.param("guard", "double booking guard: FAILS", id="a guard that was dropped"),
        pytest.param("outbox", "outbox: FAILS: a message waits for 25 minutes", id="no worker"),
    ],
)
def test_doctor_names_what_is_wrong(runner, session, backend, clock, wait, harm, line):
    clock.at = datetime.now(UTC)
    if harm == "clock":
        clock.forward(timedelta(minutes=5))
    elif harm == "migrations":
        change("UPDATE alembic_version SET version_num = '0000'")
    elif harm == "guard":
        change(DROP_GUARD[backend])
    else:
        wait(25)
        session.commit()

    examined = runner.invoke(args=["doctor"])

    assert examined.exit_code == 1
    assert line in examined.output


def numbers(app) -> dict[str, float]:
    answer = app.test_client().get("/metrics")
    assert answer.status_code == 200
    assert answer.content_type == "text/plain; version=0.0.4; charset=utf-8"
    lines = (line.split(" ") for line in answer.text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, value in lines}


def test_numbers_to_watch_tell_of_work_and_not_of_people(app, wait):
    wait(3)
    wait(7)

    found = numbers(app)

    assert found["cic_ready"] == 1
    assert found["cic_messages_due"] == 2
    assert found["cic_messages_due_oldest_seconds"] == 7 * 60
    assert found["cic_booking_guard"] == 1
    assert found["cic_audit_guard"] == 1
    assert found["cic_audit_unsealed_late"] == 0
    text = app.test_client().get("/metrics").text
    assert all(f"# TYPE {name} gauge" in text for name in found)
    assert "{" not in text  # no labels: none could name anybody


def test_numbers_tell_what_readyz_tells(app, wait):
    wait(11)

    assert app.test_client().get("/readyz").status_code == 503
    assert numbers(app)["cic_ready"] == 0


def test_a_lost_guard_shows_in_the_numbers(app, session):
    change(DROP_GUARD[db.engine.dialect.name])

    assert numbers(app)["cic_booking_guard"] == 0


def test_without_its_migrations_the_service_is_not_ready_and_says_no_more(app, session):
    change("UPDATE alembic_version SET version_num = '0001'")

    assert numbers(app) == {"cic_ready": 0}
