"""Walls: nobody reads about people unless it is known who asks, not even past our own queries."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError

from cic_cases import scheduler
from cic_cases.bookings.models import Booking
from cic_cases.cases.models import Case, Contact
from cic_cases.foundation import scope
from cic_cases.foundation.db import db
from cic_cases.privacy import walls
from cic_cases.privacy.walls import PEOPLE, Unscoped
from tests.kept_postgres import as_owner
from tests.system.two_centres import another_centre, appointment, told


def seen(who: str) -> dict[str, int]:
    """How many rows of each table are there for whoever asks, by plain statements."""
    with db.engine.connect() as connection:
        ask = text("SELECT set_config('cic.scope', :who, true)")
        found = {}
        for table in sorted(PEOPLE):
            count = text(f"SELECT count(*) FROM {table}")  # noqa: S608
            connection.execute(ask, {"who": who})
            found[table] = connection.execute(count).scalar_one()
        return found


@pytest.fixture
def two_regions(make):
    """Poznań with two appointments and a mail about each, and a foreign centre with one."""
    here = make.centre()
    at_desk, admin = make.staff("reception", here), make.staff("admin", here)
    lawyer = make.staff("lawyer", here)
    for nth in (0, 1):
        told(make, appointment(make, here, lawyer, nth)[1])
    there = another_centre(make)
    stranger = make.staff("lawyer", there)
    told(make, appointment(make, there, stranger, 0)[1])
    db.session.remove()
    return at_desk, admin, stranger


@pytest.mark.parametrize("asked", [select(Case), select(func.count(Booking.id)), select(Contact)])
def test_a_query_that_nobody_asks_for_raises(app, session, monkeypatch, asked):
    monkeypatch.setattr(scope, "outside_by_default", "")

    with pytest.raises(Unscoped):
        session.execute(asked)
    with walls.named("worker"):
        session.execute(asked)
    with app.test_request_context(), pytest.raises(Unscoped):
        session.execute(asked)


def test_a_subquery_or_a_change_that_nobody_asks_for_raises_too(session, monkeypatch):
    monkeypatch.setattr(scope, "outside_by_default", "")
    for statement in (
        select(1).where(select(Case.id).where(Case.id == 1).exists()),
        Booking.__table__.update().values(version=2),
    ):
        with pytest.raises(Unscoped):
            session.execute(statement)


def test_a_way_around_has_a_name_and_a_reason():
    with pytest.raises(LookupError):
        walls.named("whoever")
    assert all(len(reason) > 20 for reason in walls.NAMED.values())


@pytest.mark.postgresql_only
def test_the_database_shows_each_asker_their_region_and_nobody_anything(
    app, session, two_regions, database_url
):
    at_desk, admin, stranger = two_regions
    everything = seen("named:worker")
    filled = ("booking", "card", "case_centre", "case_file", "contact", "message")
    assert {name: rows for name, rows in everything.items() if rows} == dict.fromkeys(filled, 3)

    assert seen("") == dict.fromkeys(PEOPLE, 0)
    assert seen("staff:0") == dict.fromkeys(PEOPLE, 0)
    assert seen(f"staff:{admin.id}") == dict.fromkeys(PEOPLE, 0)
    ours, theirs = seen(f"staff:{at_desk.id}"), seen(f"staff:{stranger.id}")
    assert (ours["booking"], theirs["booking"]) == (2, 1)
    assert {name: ours[name] + theirs[name] for name in PEOPLE} == everything
    as_owner(database_url, "UPDATE staff SET disabled_at = now()")
    assert seen(f"staff:{at_desk.id}") == dict.fromkeys(PEOPLE, 0)


@pytest.mark.postgresql_only
def test_who_asks_is_forgotten_with_the_transaction(app, session, two_regions, monkeypatch):
    monkeypatch.setattr(scope, "outside_by_default", "")
    count = text("SELECT count(*) FROM booking")
    with db.engine.connect() as connection:
        with walls.named("worker"):
            assert connection.execute(count).scalar_one() == 3
        assert connection.execute(count).scalar_one() == 0
        inner = connection.begin_nested()
        with walls.named("worker"):
            assert connection.execute(count).scalar_one() == 3
            inner.rollback()
        assert connection.execute(count).scalar_one() == 0
        connection.commit()
        assert connection.execute(text("SHOW cic.scope")).scalar_one() == ""


@pytest.mark.postgresql_only
def test_the_applications_role_cannot_take_the_wall_away(app, session, two_regions):
    for statement in (
        "ALTER TABLE booking DISABLE ROW LEVEL SECURITY",
        "DROP POLICY cic_booking ON booking",
        "UPDATE alembic_version SET version_num = '0001'",
        "SET ROLE cic",
    ):
        with db.engine.connect() as connection, pytest.raises(ProgrammingError):
            connection.execute(text(statement))


def test_pages_and_the_worker_say_who_asks(app, session, two_regions, client_of, monkeypatch):
    at_desk, _admin, _stranger = two_regions
    monkeypatch.setattr(scope, "outside_by_default", "")

    assert client_of(at_desk).get("/desk").status_code == 200
    assert app.test_client().get("/readyz").status_code in (200, 503)
    scheduler.run_due(app)


def test_doctor_says_when_the_wall_does_not_hold(app, clock, runner, database_url, backend):
    clock.at = datetime.now(UTC)
    assert "walls around people: ok" in runner.invoke(args=["doctor"]).output
    if backend == "postgresql":
        as_owner(database_url, "ALTER TABLE visit DISABLE ROW LEVEL SECURITY")
        assert "no row-level security on visit" in runner.invoke(args=["doctor"]).output
