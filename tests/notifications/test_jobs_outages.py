"""Outages, sleeping workers and poison: what waits is not lost, late, or in anybody's way."""

import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from cic_cases.notifications import jobs
from cic_cases.notifications.channels import TAKEN, NoConnection, TemporaryFailure, TextMessage
from cic_cases.notifications.claims import BATCH
from cic_cases.notifications.kinds import Kind, State
from cic_cases.notifications.models import Attempt
from tests.conftest import MONDAY
from tests.notifications.people import Pile, Told

WARSAW = ZoneInfo("Europe/Warsaw")
THURSDAY = datetime(2030, 1, 10, 9, tzinfo=WARSAW)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def told(make) -> Told:
    return Told(make)


class NoMail(Pile):
    """The mail server is away, the gateway is there."""

    away = True
    asked = 0

    def deliver(self, letter):
        if self.away and not isinstance(letter, TextMessage):
            self.asked += 1
            raise NoConnection("no connection to the mail server")
        return super().deliver(letter)


def confirmations(told: Told):
    return [m for m in told.messages() if m.kind is Kind.BOOKING_CONFIRMATION]


def test_a_server_that_is_away_is_asked_once_a_run_and_holds_up_no_sms(told):
    """Nothing that waits for it is tried in vain, so all of it leaves once it is back."""
    for number in range(2 * BATCH):
        told.books(told.person(), THURSDAY + MINUTE * number, at=MONDAY)
    told.books(told.person(email=None, phone="+48600100200"), THURSDAY + HOUR, at=MONDAY)
    post = NoMail()

    assert jobs.send_due(MONDAY, post) == 1
    assert post.asked == 1
    assert sorted(m.attempts for m in confirmations(told)) == [0] * (2 * BATCH - 1) + [1, 1]
    assert all(m.lease_token is None for m in confirmations(told))

    post.away = False
    assert jobs.send_due(MONDAY + 2 * MINUTE, post) == 2 * BATCH


def test_two_hours_without_a_server_and_a_surprise_after_them_lose_nothing(told):
    """An outage is no reason to give a message up, however often it was tried."""
    told.books(told.person(), THURSDAY, at=MONDAY)
    post = Pile()
    post.fails = TemporaryFailure("refused by the mail server: 451")
    for minutes in range(0, 121, 5):
        jobs.send_due(MONDAY + minutes * MINUTE, post)
    [message] = confirmations(told)
    assert message.attempts > jobs.MOST_SURPRISES

    post.fails = KeyError("surprise")
    jobs.send_due(MONDAY + 3 * HOUR, post)
    post.fails = None

    assert confirmations(told)[0].state is State.PENDING
    assert jobs.send_due(MONDAY + 4 * HOUR, post) == 1


def test_a_channel_that_fails_slowly_rests_as_well(told, monkeypatch):
    for number in range(3):
        told.books(told.person(), THURSDAY + MINUTE * number, at=MONDAY)
    monkeypatch.setattr(jobs, "SLOW_SECONDS", 0.01)

    class Silent(Pile):
        asked = 0

        def deliver(self, letter):
            self.asked += 1
            time.sleep(0.02)
            raise TemporaryFailure("the mail server broke off")

    post = Silent()
    jobs.send_due(MONDAY, post)

    assert post.asked == 1


def test_a_refusal_of_one_message_lets_the_others_leave(told):
    for number in range(3):
        told.books(told.person(), THURSDAY + MINUTE * number, at=MONDAY)

    class OneIsGreylisted(Pile):
        def deliver(self, letter):
            if not self.letters and self.fails is None:
                self.fails = TemporaryFailure("refused by the mail server: 451")
                raise self.fails
            self.letters.append(letter)
            return super().deliver(letter) if self.fails is None else TAKEN

    assert jobs.send_due(MONDAY, OneIsGreylisted()) == 2


def test_nothing_leaves_when_too_little_of_the_lease_is_left(told, monkeypatch):
    """The facts were read, then the machine stood still: what was read may not be true any more."""
    told.books(told.person(), THURSDAY, at=MONDAY)
    post, read, asked = Pile(), jobs.InHand.now, []

    def slowly(hand, claim, ahead):
        found = read(hand, claim, ahead)
        asked.append(found)
        time.sleep(1.1)
        return found

    monkeypatch.setattr(jobs.InHand, "now", slowly)
    lease = timedelta(seconds=1)
    jobs.send_due(MONDAY, post, lease=lease, stopping=lambda: bool(asked))

    assert len(asked) == 1
    assert asked[0] is not None
    assert post.letters == []
    assert list(told.session.scalars(select(Attempt))) == []


def test_what_would_be_too_late_soonest_goes_first(told):
    """After an outage: the visit of today before the visits of next month."""
    for number in range(BATCH):
        told.books(told.person(), THURSDAY + timedelta(days=30 + number), at=MONDAY)
    soon = told.books(told.person(), MONDAY + 4 * HOUR, at=MONDAY)
    for number in range(BATCH):
        at = MONDAY + number * MINUTE
        told.books(told.person(), THURSDAY + timedelta(days=60 + number), at=at)
    post = Pile()

    jobs.send_due(MONDAY + HOUR, post, stopping=lambda: len(post.letters) == BATCH)

    sent = {m.booking_id for m in confirmations(told) if m.state is State.SENT}
    assert soon.id in sent
