"""Free time beside a constant route, and how it grows with the data; target 5."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from cic_cases.bookings import availability
from cic_cases.bookings.availability import Search
from cic_cases.foundation.db import db
from tests.bench.conftest import headers_of
from tests.bench.load import drive
from tests.bench.table import interleaved, line, medians
from tests.bench.world import WARSAW

pytestmark = pytest.mark.bench
FEW_CENTRES, CENTRES, SPECIALISTS = 5, 49, 12
DAYS, SHARE, HORIZON = 14, 0.6, timedelta(days=28)
CONSTANT = "/healthz"
NEXT = "/api/v1/slots?service=legal_advice&centre=poznan&language=uk&limit=20"
CALLS = 60


def over_http(server, headers):
    """Seconds per call of the constant route and of the next twenty, one client, kept open."""

    def asking(path):
        def ask():
            load = drive(server.port, headers, [[("GET", path, None)] * CALLS])
            assert set(load.statuses) == {200}, server.log()[-4000:]
            return sum(load.waits) / CALLS

        return ask

    works = {"constant": asking(CONSTANT), "next": asking(NEXT)}
    for work in works.values():
        work()  # warm
    return medians(works)


@pytest.fixture
def asked(make, world):
    """Five centres with twelve lawyers each, sixty per cent of two weeks booked."""
    world.build(FEW_CENTRES, SPECIALISTS)
    today = datetime.now(WARSAW).date()
    world.book(today, DAYS, SHARE)
    return today, headers_of(make.staff("reception", world.centres[0]))


def test_the_next_twenty_and_ten_times_the_data(world, asked, served, backend):
    today, headers = asked
    server = served()
    few = over_http(server, headers)
    known = world.centres
    world.build(CENTRES - FEW_CENTRES, SPECIALISTS)
    world.centres = known[FEW_CENTRES:]
    world.book(today, DAYS, SHARE)
    world.centres = known
    analysed(backend)
    many = over_http(server, headers)

    ratio = few["next"] / few["constant"]
    figure = f"{few['next'] * 1000:.1f} ms; constant {few['constant'] * 1000:.2f} ms"
    line("5", f"next 20 free over HTTP ({backend})", figure, f"{ratio:.1f} ×", "≤ 5 ×")
    grown = (many["next"] / many["constant"]) / ratio
    figure = f"{many['next'] * 1000:.1f} ms"
    line("5", f"… 10 × the data, 49 centres ({backend})", figure, f"{grown:.2f} ×", "≤ 1.5 ×")
    nationwide(world, backend)
    more_in_one_centre(world, server, headers, many, backend)


def nationwide(world, backend):
    """The first free time of forty-nine centres."""
    at, session = datetime.now(UTC), db.session()
    centres = frozenset(centre.id for centre in world.centres)
    search = Search(
        service_ids=frozenset({world.advice.id}),
        centre_ids=centres,
        first_day=at.date(),
        last_day=at.date() + HORIZON,
        language="uk",
    )
    assert len(availability.free_slots(session, search, at, limit=1)) == 1
    took = interleaved(
        {
            "select": (lambda: session.execute(text("SELECT 1")), 200),
            "first": (lambda: availability.free_slots(session, search, at, limit=1), 5),
        }
    )
    allowed = took["select"] * 40 + 0.025
    figure = f"{took['first'] * 1000:.0f} ms; SELECT 1 {took['select'] * 1000:.2f} ms"
    ratio = f"{took['first'] / allowed:.2f} of it"
    line("5", f"first free, 49 centres ({backend})", figure, ratio, "≤ 40 × SELECT 1 + 25 ms")


def more_in_one_centre(world, server, headers, before, backend):
    """Ten times the specialists in the very centre that is searched: no target, good to know."""
    world.lawyers(world.centres[0], SPECIALISTS * 9)
    analysed(backend)
    after = over_http(server, headers)
    grown = (after["next"] / after["constant"]) / (before["next"] / before["constant"])
    figure = f"{after['next'] * 1000:.1f} ms"
    line("5", f"… 120 specialists in one centre ({backend})", figure, f"{grown:.1f} ×", "–")


def analysed(backend):
    """As autovacuum would have done by the next morning."""
    if backend == "postgresql":
        db.session.execute(text("ANALYZE"))
        db.session.commit()
