"""Whether messages leave is told to watchdogs and to whoever sees to them, and only while true."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from cic_cases.foundation import leases
from cic_cases.foundation.db import in_transaction
from cic_cases.foundation.leases import Heartbeat
from cic_cases.notifications import jobs, leaving
from tests.conftest import MONDAY
from tests.notifications.people import Pile, Told

MINUTE = timedelta(minutes=1)
THURSDAY = MONDAY + timedelta(days=3, hours=2)
WORDS = "Messages are not leaving"


@pytest.fixture
def told(make) -> Told:
    return Told(make)


@pytest.fixture
def silent(session):
    """The last process that sent said so long ago, by the database's clock."""

    def silent(minutes: float) -> None:
        in_transaction(leases.beat, "worker")
        last = leases._now(session) - minutes * MINUTE
        in_transaction(lambda session: session.execute(update(Heartbeat).values(at=last)))

    return silent


def test_a_worker_that_looks_is_well_and_a_silent_one_is_missed(app, runner, clock, silent):
    client = app.test_client()
    silent(1)
    assert client.get("/readyz").status_code == 200

    silent(3)

    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["failing"]) == (503, ["worker"])
    clock.at = datetime.now(UTC)  # the doctor compares it with the database's
    said = runner.invoke(args=["doctor"]).output
    assert "worker: FAILS: nobody has sent what is due for 3 minutes" in said


def test_while_a_mail_server_is_away_the_service_stays_in_service_and_says_so(
    app, told, silent, clock
):
    """A load balancer that took it out would close every desk because of somebody's mail."""
    told.books(told.person(), THURSDAY, at=MONDAY)
    client = app.test_client()
    clock.forward(11 * MINUTE)
    assert client.get("/readyz").status_code == 503  # nobody sends

    silent(1)

    answer = client.get("/readyz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok", "warnings": ["outbox"]})
    silent(3)
    assert client.get("/readyz").json["failing"] == ["outbox", "worker"]


def test_where_nothing_is_to_be_sent_no_worker_is_missed(app, session, silent):
    silent(30)
    nothing = replace(app.config["CIC"], mail_url="", sms_url="")

    assert leaving.nobody_for(session, app.config["CIC"]) > 29 * MINUTE
    assert leaving.nobody_for(session, nothing) is None


def test_the_coordinator_reads_on_the_board_since_when_nothing_leaves(told, client_of, clock):
    told.books(told.person(), THURSDAY, at=MONDAY)
    coordinator = client_of(told.make.staff("coordinator", told.centre))
    reception = client_of(told.make.staff("reception", told.centre))
    assert WORDS not in coordinator.get("/desk").text

    clock.forward(11 * MINUTE)

    assert f"{WORDS}. Since: today 07:00." in coordinator.get("/desk").text
    assert WORDS not in reception.get("/desk").text
    jobs.send_due(clock.at, Pile())
    assert WORDS not in coordinator.get("/desk").text


def test_a_worker_that_died_is_told_before_any_message_is_late(told, client_of, silent):
    coordinator = client_of(told.make.staff("coordinator", told.centre))
    silent(4.5)

    assert f"{WORDS}. Since: today 06:55." in coordinator.get("/desk").text
