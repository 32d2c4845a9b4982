"""Who asked through the link to be called about another date: on the list until it is done."""

import pytest
from sqlalchemy import select

from cic_cases.bookings.events import BookingCancelled, BookingMoved, BookingReassigned
from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Status
from cic_cases.notifications import call_list, jobs, manage_links, replies
from cic_cases.notifications.models import Answer, Reply
from tests.conftest import MONDAY
from tests.notifications.people import Pile
from tests.notifications.unreached import AT, BOTH, FRIDAY, HOUR, WEDNESDAY, Line
from tests.portal.managed import PRIVATE

ASKED = ["asked booking_confirmation"]


@pytest.fixture
def line(make) -> Line:
    return Line(make)


def asks(line: Line, booking: Booking, answer: Answer = Answer.CALL_ME) -> None:
    link = manage_links.link_for(line.session, booking, at=MONDAY)
    token = link.partition("/b/")[2].partition("?")[0]
    assert replies.reply(line.session, token, answer, at=AT)
    line.session.commit()


@pytest.fixture
def booking(line) -> Booking:
    """Told in full, by mail and by SMS."""
    booking = line.booked(BOTH)
    jobs.send_due(MONDAY, Pile())
    assert line.why() == []
    return booking


def comes_after_all(line: Line, booking: Booking) -> None:
    asks(line, booking, Answer.COMING)


def is_moved(line: Line, booking: Booking) -> None:
    line.moves(booking, FRIDAY, at=AT)
    replies.on_changed(line.session, BookingMoved(booking.id, AT))
    line.session.commit()
    jobs.send_due(AT, Pile())


def is_cancelled(line: Line, booking: Booking) -> None:
    line.cancels(booking, at=AT)
    replies.on_changed(line.session, BookingCancelled(booking.id, AT, "person"))
    line.session.commit()


def is_told(line: Line, booking: Booking) -> None:
    line.call(booking, "told")


def arrives(line: Line, booking: Booking) -> None:
    booking.status = Status.ARRIVED
    line.session.commit()


OFF = [comes_after_all, is_moved, is_cancelled, is_told, arrives]


def test_who_asks_is_called_before_the_appointment(line, booking):
    asks(line, booking)

    assert line.why() == ASKED
    [one] = line.calls()
    assert one.due.by == WEDNESDAY
    assert line.calls(WEDNESDAY) == []


@pytest.mark.parametrize("happen", OFF)
def test_what_takes_somebody_off_the_list(line, booking, happen):
    asks(line, booking)
    happen(line, booking)

    assert line.why() == []
    settled = line.session.scalars(select(Reply.settled_at).where(Reply.answer == "call_me")).one()
    assert (settled is not None) is (happen is not arrives)


def test_a_substitute_is_no_answer(line, booking):
    asks(line, booking)
    line.reassigns(booking, line.make.staff("lawyer", line.centre).id, at=AT)
    replies.on_same(line.session, BookingReassigned(booking.id, AT))
    line.session.commit()

    assert line.why() == ASKED


def test_not_reached_stays_on_the_list_with_the_number_of_tries(line, booking):
    asks(line, booking)
    line.call(booking, "not_reached")

    [one] = line.calls()
    assert one.tries.number == 1


def test_a_call_of_before_they_asked_does_not_answer_them(line):
    booking = line.booked(BOTH)
    line.fails()
    line.call(booking, "told")
    asks(line, booking)

    assert line.why(AT + HOUR) == ASKED


def test_whoever_asks_and_was_not_reached_by_a_message_is_called_once(line):
    booking = line.booked(BOTH)
    line.fails()
    asks(line, booking)

    assert line.why() == ASKED


def test_without_a_number_nobody_is_on_the_list(line, booking):
    asks(line, booking)
    line.contact(phone_sealed=None)

    assert line.calls() == []


def test_what_is_said_is_the_date_and_nothing_of_what_for(line, booking):
    asks(line, booking)
    [one] = line.calls()

    said = call_list.words(one, AT, "en")

    assert "09.01" in said
    assert not [word for word in PRIVATE if word in said]
    assert "http" not in said
