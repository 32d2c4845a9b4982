"""Rows for the measurements, and a server over them."""

from datetime import timedelta

import pytest

from cic_cases.foundation.clock import now
from cic_cases.foundation.db import db, in_transaction
from cic_cases.people import service as people
from tests.bench.table import heading
from tests.bench.world import World
from tests.system.running_server import RunningServer


@pytest.fixture(scope="session", autouse=True)
def machine():
    """What it is measured on, before the first line."""
    heading()


@pytest.fixture
def world(make):
    """Centres, specialists and bookings in any number."""
    return World(make)


@pytest.fixture
def served(database_url, tmp_path, app):
    """Start the server once the rows are there: `served()`; it ends with the test."""
    started = []

    def served() -> RunningServer:
        db.session.rollback()
        server = RunningServer(database_url, tmp_path)
        server.__enter__()
        started.append(server)
        return server

    yield served
    for server in started:
        server.__exit__()


def headers_of(staff):
    """A token of this member of staff as a program sends it."""
    lasts = timedelta(days=30)
    token = in_transaction(people.issue_token, staff.id, lasts=lasts, at=now(), by=None)
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
