"""Every try at delivering is on record; what may have arrived is not sent again by itself."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from cic_cases.notifications import jobs
from cic_cases.notifications.channels import PermanentFailure, TemporaryFailure, UnknownOutcome
from cic_cases.notifications.claims import BATCH
from cic_cases.notifications.kinds import Kind, State
from cic_cases.notifications.models import Attempt, Message, TryOutcome
from tests.conftest import MONDAY
from tests.notifications.people import Pile, Told

THURSDAY = datetime(2030, 1, 10, 9, tzinfo=ZoneInfo("Europe/Warsaw"))
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def told(make) -> Told:
    return Told(make)


def tries(told: Told) -> list[tuple[str, str | None]]:
    rows = told.session.scalars(select(Attempt).order_by(Attempt.id)).all()
    return [(row.outcome.value, row.reason) for row in rows]


def confirmation(told: Told) -> Message:
    told.session.rollback()
    [found] = [m for m in told.messages() if m.kind is Kind.BOOKING_CONFIRMATION]
    return found


def test_each_try_is_kept_with_its_reason_and_what_the_other_side_said(told):
    told.books(told.person(email=None, phone="+48600100200"), THURSDAY, at=MONDAY)
    pile = Pile()
    pile.fails = TemporaryFailure("no connection")
    jobs.send_due(MONDAY, pile)
    pile.fails = None
    jobs.send_due(MONDAY + 5 * MINUTE, pile)

    assert tries(told) == [("later", "no connection"), ("sent", None)]
    last = told.session.scalars(select(Attempt).where(Attempt.outcome == TryOutcome.SENT)).one()
    assert (last.parts, last.channel) == (1, "sms")
    assert last.provider_ref
    assert last.at >= MONDAY + 5 * MINUTE


def test_a_refusal_for_good_is_one_try(told):
    told.books(told.person(), THURSDAY, at=MONDAY)
    pile = Pile()
    pile.fails = PermanentFailure("refused by the mail server: 550")
    for hours in range(3):
        jobs.send_due(MONDAY + hours * HOUR, pile)
    assert tries(told) == [("failed", "refused by the mail server: 550")]


def test_what_may_have_been_taken_is_not_sent_again_by_itself(told):
    told.books(told.person(), THURSDAY, at=MONDAY)
    pile = Pile()
    pile.fails = UnknownOutcome("the mail server broke off after the whole message")
    assert jobs.send_due(MONDAY, pile) == 0
    pile.fails = None
    for hours in range(1, 6):
        jobs.send_due(MONDAY + hours * HOUR, pile)

    assert pile.letters == []
    found = confirmation(told)
    assert (found.state, found.sent_at, found.lease_token) == (State.UNKNOWN, None, None)
    assert tries(told) == [("unknown", "the mail server broke off after the whole message")]


def test_what_was_withdrawn_or_came_too_late_is_no_try(told):
    booking = told.books(told.person("discreet"), THURSDAY, at=MONDAY)
    told.cancels(booking, at=MONDAY)
    told.books(told.person(), THURSDAY + MINUTE, at=MONDAY)
    jobs.send_due(THURSDAY + HOUR, Pile())
    assert tries(told) == []


def test_somebody_at_the_desk_is_not_behind_those_who_wait_since_the_outage(told):
    """Of every batch one half became due last, the other would be too late soonest."""
    for number in range(3 * BATCH):
        made_at = MONDAY + timedelta(seconds=number)
        told.books(told.person(), THURSDAY + MINUTE * number, at=made_at)
    newest = told.books(told.person(), THURSDAY + 9 * HOUR, at=MONDAY + HOUR)
    pile = Pile()
    stop = iter([False] * (BATCH + 1))

    jobs.send_due(MONDAY + HOUR, pile, stopping=lambda: next(stop, True))

    sent = {m.booking_id for m in told.messages() if m.state is State.SENT}
    assert newest.id in sent
    assert len(sent) == BATCH
    first = min(m.booking_id for m in told.messages() if m.booking_id)
    assert first in sent
