"""Beside django-appointment from PyPI: the same specialists, hours and bookings, in one run.

Target 6. Both are asked for the next twenty free times in their own process by their own functions
(no HTTP on either side), and for one time by 32 signed-in people at once: ours over HTTP, theirs
through Django's test client in threads. What they find must be the same.
"""

import os
import secrets
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, make_url, select

from cic_cases.bookings import availability
from cic_cases.bookings.availability import Search
from cic_cases.bookings.models import Booking
from cic_cases.bookings.slots import SlotKey
from cic_cases.foundation.db import db
from tests.bench.conftest import headers_of
from tests.bench.load import drive
from tests.bench.peer import Peer, Unavailable
from tests.bench.table import line, medians, seconds
from tests.bench.world import CLOSES, OPENS, WARSAW, WORKDAYS
from tests.conftest import POSTGRES_VARIABLE
from tests.kept_postgres import on_cluster

pytestmark = pytest.mark.bench
SPECIALISTS, DAYS, SHARE, WANTED, RIVALS = 12, 60, 0.6, 20, 32


@pytest.fixture
def database(backend, tmp_path):
    """An empty database of the same kind for the peer, as Django names it."""
    if backend == "sqlite":
        yield {"ENGINE": "django.db.backends.sqlite3", "NAME": str(tmp_path / "peer.sqlite3")}
        return
    base, name = os.environ[POSTGRES_VARIABLE], f"peer_{secrets.token_hex(4)}"
    url = make_url(base)
    on_cluster(base, f"CREATE DATABASE {name}")
    yield {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": url.username,
        "HOST": url.query["host"],
    }
    on_cluster(base, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def peer(database, backend):
    try:
        with Peer(database) as peer:
            yield peer
    except Unavailable as why:
        line("6", f"django-appointment ({backend})", "NOT MEASURED", "", "≥ 30 ×; 1 winner")
        pytest.fail(str(why))


@pytest.fixture
def days(world, peer):
    """Twelve specialists with sixty days, sixty per cent booked, here and there alike."""
    world.build(centres=1, specialists=SPECIALISTS)
    first_day = datetime.now(WARSAW).date() + timedelta(days=1)
    booked = world.book(first_day, DAYS, SHARE)
    place = {lawyer.id: n for n, lawyer in enumerate(world.staff[world.centres[0].id])}
    loaded = peer.ask(
        "load",
        specialists=SPECIALISTS,
        opens=f"{OPENS:%H:%M}",
        closes=f"{CLOSES:%H:%M}",
        booked=[
            (place[lawyer.id], f"{begins.astimezone(WARSAW):%Y-%m-%dT%H:%M:%S}")
            for lawyer, begins in booked
        ],
    )
    assert loaded["appointments"] == len(booked)
    return first_day


def test_the_next_twenty_free_times(world, days, peer, backend):
    session, at = db.session(), datetime.now(UTC)
    search = Search(
        service_ids=frozenset({world.advice.id}),
        centre_ids=frozenset({world.centres[0].id}),
        first_day=days,
        last_day=days + timedelta(days=27),
        language="uk",
    )

    def ours():
        return availability.free_slots(session, search, at, limit=WANTED)

    theirs = peer.ask("next_free", first_day=days.isoformat(), limit=WANTED, times=1)
    starts = [f"{slot.time.start.astimezone(WARSAW):%Y-%m-%dT%H:%M:%S}" for slot in ours()]
    assert starts == theirs["starts"]

    def asking():
        order = {"first_day": days.isoformat(), "limit": WANTED, "times": 3}
        return peer.ask("next_free", **order)["seconds"]

    took = medians({"ours": lambda: seconds(ours, 20), "theirs": asking})
    figure = f"{took['ours'] * 1000:.1f} ms; theirs {took['theirs'] * 1000:.0f} ms"
    versions = ", ".join(f"{name} {version}" for name, version in peer.versions.items())
    ratio = f"{took['theirs'] / took['ours']:.0f} × faster"
    line("6", f"next 20 free beside {versions} ({backend})", figure, ratio, "≥ 30 ×")


def test_32_ask_one_time(make, world, days, peer, served, backend):
    lawyer, centre = world.staff[world.centres[0].id][0], world.centres[0]
    day = days + timedelta(days=DAYS)
    while day.weekday() not in WORKDAYS:
        day += timedelta(days=1)
    begins = datetime.combine(day, OPENS, WARSAW)
    slot = SlotKey(world.advice.key, lawyer.key, centre.slug, begins.astimezone(UTC)).encode()
    codes = [make.case(centre)[1] for _ in range(RIVALS)]
    headers = headers_of(make.staff("reception", centre))
    bodies = [{"slot": slot, "case": code, "language": "uk"} for code in codes]
    before = db.session.scalar(select(func.count()).select_from(Booking))
    server = served()

    load = drive(server.port, headers, [[("POST", "/api/v1/bookings", body)] for body in bodies])
    theirs = peer.ask("contest", start=f"{begins:%Y-%m-%dT%H:%M:%S}", clients=RIVALS)

    db.session.rollback()
    won = db.session.scalar(select(func.count()).select_from(Booking)) - before
    figure = f"ours {won}, theirs {theirs['winners']}"
    line("6", f"32 ask one time: winners ({backend})", figure, "", "1")
    assert won == 1, (Counter(load.statuses), server.log()[-4000:])
    assert Counter(load.statuses) == {201: 1, 409: RIVALS - 1}
