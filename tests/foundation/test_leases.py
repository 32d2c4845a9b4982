"""One of many does a job: a lease by the database's clock; a token fences off who slept."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from cic_cases.foundation import leases
from cic_cases.foundation.db import db, in_transaction
from cic_cases.foundation.leases import Heartbeat, Lease

JOB, MINUTE = "the job", timedelta(minutes=1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def context(session):
    """A database of its own."""


def take(holder: str) -> int | None:
    return in_transaction(leases.take, JOB, holder, MINUTE)


def runs_out() -> None:
    """As if the database's clock had gone on."""
    in_transaction(lambda session: session.execute(update(Lease).values(until=LONG_AGO)))


def ours(token: int) -> bool:
    return in_transaction(leases.still_ours, JOB, token)


def test_one_has_the_turn_and_keeps_its_token():
    assert (take("first"), take("second"), take("first")) == (1, None, 1)
    assert ours(1)
    assert not ours(0)


def test_whoever_slept_for_longer_than_the_lease_has_lost_it():
    asleep = take("asleep")
    runs_out()
    assert not ours(asleep)

    awake = take("awake")

    assert awake > asleep
    assert not ours(asleep)
    assert not in_transaction(leases.renew, JOB, asleep, MINUTE)
    assert take("asleep") is None
    in_transaction(leases.release, JOB, asleep)
    assert ours(awake)


def test_a_turn_that_ran_out_has_a_new_token_even_for_the_same_process():
    first = take("one")
    runs_out()

    assert take("one") == first + 1
    assert not ours(first)


def test_renewing_keeps_it_and_releasing_gives_it_to_the_next_at_once():
    token = take("first")
    assert in_transaction(leases.renew, JOB, token, timedelta(hours=1))
    [until] = db.session.scalars(select(Lease.until))
    assert until > datetime.now(UTC) + 50 * MINUTE

    in_transaction(leases.release, JOB, token)

    assert take("second") == token + 1


def test_work_of_a_turn_that_was_lost_is_not_done():
    token = take("first")
    done: list[str] = []

    def work(_session, word):
        done.append(word)

    assert in_transaction(leases.fenced, (JOB, token), work, "in time")
    runs_out()
    assert not in_transaction(leases.fenced, (JOB, token), work, "too late")
    assert done == ["in time"]


def test_of_many_at_once_one_has_it(app):
    start, found = threading.Barrier(4), []

    def one(number: int) -> None:
        with app.app_context():
            start.wait()
            found.append(take(f"process {number}"))
            db.session.remove()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(found, key=str) == [1, None, None, None]


def test_silence_counts_from_the_last_heartbeat_of_any_process():
    assert leases.silence(db.session()) is None

    in_transaction(leases.beat, "one")
    in_transaction(leases.beat, "other")
    in_transaction(
        lambda session: session.execute(
            update(Heartbeat).where(Heartbeat.process == "one").values(at=LONG_AGO)
        )
    )

    assert leases.silence(db.session()) < MINUTE


def test_a_process_that_was_silent_for_a_day_is_forgotten():
    in_transaction(leases.beat, "dead")
    in_transaction(lambda session: session.execute(update(Heartbeat).values(at=LONG_AGO)))

    in_transaction(leases.beat, "alive")

    assert list(db.session.scalars(select(Heartbeat.process))) == ["alive"]
