"""The same news by another way, or by a call instead: what leaves, and who is put on the list."""

import pytest
from sqlalchemy import select

from cic_cases.notifications import call_list, jobs, resending
from cic_cases.notifications.kinds import Kind, Means, State
from cic_cases.notifications.models import Resending, WhyAgain
from cic_cases.notifications.resending_rules import NotOnTheList, NoWay, StillWaits
from cic_cases.notifications.troubles import ASKED_TO_CALL
from tests.notifications.asking_again import AT, VERBS, Desk, gives_a_phone
from tests.notifications.people import Pile
from tests.notifications.tried import BOTH, MAIL, WEDNESDAY


@pytest.fixture
def desk(make) -> Desk:
    return Desk(make)


def test_without_another_address_there_is_no_other_way(desk: Desk):
    booking = desk.booked(MAIL)
    message = desk.message(booking)
    desk.fails(message)
    assert desk.choices(message).other is None
    with pytest.raises(NoWay):
        desk.asks(resending.by_other_channel, message)


def test_another_way_writes_a_row_of_its_own_and_leaves_at_once(desk: Desk, make):
    booking = desk.booked(MAIL)
    message = desk.message(booking)
    desk.fails(message)
    gives_a_phone(desk)

    assert desk.choices(message).other is Means.SMS
    other = desk.asks(resending.by_other_channel, message, why=WhyAgain.OTHER_CHANNEL)

    assert (other.channel, other.kind, other.state) == (Means.SMS, message.kind, State.PENDING)
    assert (other.due_at, other.expires_at) == (AT, message.expires_at)
    assert other.booking_version == booking.version
    [row] = desk.session.scalars(select(Resending)).all()
    assert (row.message_id, row.why) == (other.id, WhyAgain.OTHER_CHANNEL)
    assert desk.noted() == [("message.other_way", booking.id)]
    pile = Pile()
    jobs.send_due(AT, pile)
    assert [one.recipient for one in pile.letters] == [BOTH["phone"]]


def test_a_reminder_can_still_go_another_way_on_the_eve(desk: Desk):
    booking = desk.booked(MAIL)
    eve = WEDNESDAY.replace(day=8, hour=11)
    reminder = desk.message(booking, kind=Kind.REMINDER_DAY_BEFORE)
    desk.fails(reminder, at=eve)
    gives_a_phone(desk)

    other = desk.asks(resending.by_other_channel, reminder, at=eve)
    assert (other.kind, other.due_at) == (Kind.REMINDER_DAY_BEFORE, eve)


def test_what_waits_in_vain_is_withdrawn_when_it_goes_another_way(desk: Desk):
    booking = desk.booked()
    message, other = desk.message(booking), desk.message(booking, Means.SMS)
    desk.waits(message)
    desk.fails(other)

    assert desk.asks(resending.by_other_channel, message).id == other.id
    desk.session.refresh(message)
    assert message.state is State.SUPERSEDED


@pytest.mark.parametrize("verb", VERBS[1:])
def test_what_has_not_been_tried_is_not_told_another_way(desk: Desk, verb):
    message = desk.message(desk.booked())

    assert (desk.choices(message).other, desk.choices(message).call) == (None, False)
    with pytest.raises(StillWaits):
        desk.asks(verb, message)


def test_another_way_that_waits_already_is_not_offered(desk: Desk):
    booking = desk.booked()
    message = desk.message(booking)
    desk.sent(message)

    assert desk.choices(message).other is None
    with pytest.raises(StillWaits):
        desk.asks(resending.by_other_channel, message)


def test_a_person_who_says_that_nothing_came_is_put_on_the_call_list(desk: Desk):
    booking = desk.booked()
    for channel in Means:
        desk.sent(desk.message(booking, channel))
    scope = desk.by.scope("call_list.see")
    assert call_list.number_to_call(desk.session, scope, AT) == 0
    message = desk.message(booking)
    assert desk.choices(message).call

    done = desk.asks(resending.to_call, message)

    assert (done.state, done.failure) == (State.FAILED, ASKED_TO_CALL)
    [one] = call_list.waiting_to_be_called(desk.session, scope, AT)
    assert (one.reference, one.due.kind) == (booking.reference, Kind.BOOKING_CONFIRMATION)
    assert desk.noted() == [("message.call", booking.id)]
    assert (desk.choices(message).listed, desk.choices(message).call) == (True, False)


def test_who_has_no_phone_is_not_put_on_the_list(desk: Desk):
    message = desk.message(desk.booked(MAIL))
    desk.sent(message)

    assert not desk.choices(message).call
    with pytest.raises(NotOnTheList):
        desk.asks(resending.to_call, message)
    desk.session.refresh(message)
    assert message.state is State.SENT
