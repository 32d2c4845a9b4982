"""A substitute changes nothing for the person: not what was told, nor what failed, nor a call."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from cic_cases.notifications import call_list, jobs
from cic_cases.notifications.channels import PermanentFailure
from cic_cases.notifications.models import Call, CallOutcome
from tests.conftest import MONDAY
from tests.notifications.people import Pile, Told

THURSDAY = datetime(2030, 1, 10, 9, tzinfo=ZoneInfo("Europe/Warsaw"))


@pytest.fixture
def told(make) -> Told:
    return Told(make)


@pytest.fixture
def unreached(told, make):
    """Somebody whose number does not exist, before a substitute takes over."""
    booking = told.books(told.person(email=None, phone="+48600100200"), THURSDAY, at=MONDAY)
    pile = Pile()
    pile.fails = PermanentFailure("refused by the SMS gateway: 400")
    jobs.send_due(MONDAY, pile)
    substitute = make.staff("lawyer", told.centre, initials="S.S.")
    by = make.actor(make.staff("reception", told.centre))
    return booking, substitute, by


def waiting(told, by):
    told.session.rollback()
    return call_list.waiting_to_be_called(told.session, by.scope("call_list.see"), MONDAY)


def test_whom_no_message_reached_stays_on_the_call_list(told, unreached):
    booking, substitute, by = unreached
    told.reassigns(booking, substitute.id, at=MONDAY)
    assert [one.due.subject[1] for one in waiting(told, by)] == [booking.id]


def test_whoever_was_called_is_not_called_again(told, unreached):
    booking, substitute, by = unreached
    told.session.add(
        Call(
            booking_id=booking.id,
            version=booking.version,
            outcome=CallOutcome.TOLD,
            at=MONDAY,
            by_id=by.id,
        )
    )
    told.session.commit()
    assert waiting(told, by) == []
    told.reassigns(booking, substitute.id, at=MONDAY)
    assert waiting(told, by) == []


def test_nothing_is_told_twice(told, make):
    booking = told.books(told.person(), THURSDAY, at=MONDAY)
    pile = Pile()
    jobs.send_due(MONDAY, pile)
    told.reassigns(booking, make.staff("lawyer", told.centre, initials="S.S.").id, at=MONDAY)
    jobs.send_due(MONDAY, pile)
    assert len(pile.letters) == 1
    assert {m.booking_version for m in told.messages(booking)} == {booking.version}
