"""A lease ends by the database's clock; whoever slept for longer than theirs changes nothing."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from cic_cases.foundation.db import in_transaction
from cic_cases.notifications import jobs, settling
from cic_cases.notifications.channels import TAKEN, PermanentFailure, TemporaryFailure
from cic_cases.notifications.kinds import State
from cic_cases.notifications.models import Attempt, Message, TryOutcome
from tests.conftest import MONDAY
from tests.notifications.people import Pile, Told

WARSAW = ZoneInfo("Europe/Warsaw")
THURSDAY = datetime(2030, 1, 10, 9, tzinfo=WARSAW)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def told(make) -> Told:
    return Told(make)


@pytest.fixture
def pile() -> Pile:
    return Pile()


def test_a_claimed_message_belongs_to_one_worker_until_the_lease_ends(told, pile):
    told.books(told.person(), THURSDAY, at=MONDAY)
    (claim,) = in_transaction(jobs.claim, MONDAY, jobs.LEASE)

    assert jobs.send_due(MONDAY, pile) == 0

    _leases_end(told)
    assert jobs.send_due(MONDAY, pile) == 1
    assert not in_transaction(
        settling.settle, claim, settling.Outcome(State.FAILED, "slow"), MONDAY
    )
    assert told.messages()[0].state is State.SENT


def _leases_end(told: Told) -> None:
    """As if the database's clock had gone on."""
    told.session.execute(update(Message).values(lease_until=datetime(2020, 1, 1, tzinfo=WARSAW)))
    told.session.commit()


def test_a_lease_that_was_lost_before_sending_sends_nothing(told, pile, monkeypatch):
    told.books(told.person(), THURSDAY, at=MONDAY)
    claims = in_transaction(jobs.claim, MONDAY, jobs.LEASE)
    _leases_end(told)
    monkeypatch.setattr(jobs, "claim", lambda *given: [claims.pop()] if claims else [])

    assert jobs.send_due(MONDAY, pile) == 0
    assert pile.letters == []


@pytest.mark.parametrize("fails", [None, TemporaryFailure("away"), PermanentFailure("never")])
def test_a_worker_that_was_stopped_in_the_midst_of_a_try_settles_nothing_afterwards(told, fails):
    """Its lease ended in its sleep and another worker sent the message: that stands."""
    for number in range(3):
        told.books(told.person(), THURSDAY + MINUTE * number, at=MONDAY)
    other = Pile()

    class Stopped(Pile):
        def deliver(self, letter):
            if not other.letters:
                _leases_end(told)
                assert jobs.send_due(MONDAY, other) == 3
            self.letters.append(letter)
            if fails:
                raise fails
            return TAKEN

    stopped = Stopped()
    assert jobs.send_due(MONDAY, stopped) == 0

    tries = list(told.session.scalars(select(Attempt)))
    assert [one.outcome for one in tries] == [TryOutcome.SENT] * 3
    assert {m.attempts for m in told.messages() if m.state is State.SENT} == {2}
    assert len(stopped.letters) == 1  # of the others it has seen that they are not its own
    assert stopped.letters[0].message_id in {letter.message_id for letter in other.letters}
