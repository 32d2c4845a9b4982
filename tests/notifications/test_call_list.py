"""Who is on the call list and until when, on both databases; how a call ends."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from cic_cases.bookings import displaced
from cic_cases.bookings.models import Booking, Displaced
from cic_cases.cases.attributes import ContactMode
from cic_cases.notifications import call_list, jobs
from cic_cases.notifications.channels import open_post
from cic_cases.notifications.kinds import Kind, State
from tests.conftest import MONDAY
from tests.notifications.smtp_server import SmtpServer
from tests.notifications.unreached import (
    AT,
    BOTH,
    CALL,
    DEADLINE,
    FRIDAY,
    HOUR,
    SOON,
    WAYS,
    WEDNESDAY,
    Line,
    failed,
    lost,
    lost_and_failed,
    offered,
)


@pytest.fixture
def line(make) -> Line:
    return Line(make)


@pytest.mark.parametrize("name", WAYS)
def test_who_is_on_the_list(line: Line, name: str):
    happen, at, expected = WAYS[name]
    happen(line)

    assert line.why(at) == expected


@pytest.mark.parametrize(
    "values",
    [
        pytest.param({"phone_sealed": None}, id="without a phone"),
        pytest.param(
            {"mode": ContactMode.NONE, "phone_sealed": None, "email_sealed": None}, id="wants none"
        ),
    ],
)
@pytest.mark.parametrize("happen", [failed, offered, lost(**CALL)])
def test_who_cannot_be_called_is_told_at_reception(line: Line, happen, values):
    happen(line)
    assert len(line.calls()) == 1
    line.contact(**values)

    assert line.calls() == []


def test_a_refusing_mail_server_puts_somebody_on_the_list(app, line: Line):
    line.booked({"email": "person@example.org", "phone": "+48600100200"})
    line.states(State.PENDING, State.SUPERSEDED)
    with SmtpServer(lambda _: "550 no such person here") as server:
        settings = replace(app.config["CIC"], mail_url=server.url)
        with open_post(settings) as post:
            jobs.send_due(MONDAY, post)

    assert server.reached.is_set()
    assert line.why() == ["unsent booking_confirmation"]


@pytest.mark.parametrize("happen", [failed, offered, lost(**CALL), lost_and_failed])
def test_told_is_off_the_list_and_not_reached_is_not(line: Line, happen):
    happen(line)
    [one] = line.calls()
    subject = line.session.get_one(Booking, one.due.subject[1])
    line.call(subject, "not_reached")
    line.call(subject, "not_reached", AT + HOUR)

    [one] = line.calls(AT + HOUR)
    assert (one.tries.number, one.tries.last_at) == (2, AT + HOUR)
    line.call(subject, "told", AT + 2 * HOUR)
    assert line.calls(AT + 2 * HOUR) == []


@pytest.mark.parametrize("happen", [lost(**CALL), lost_and_failed])
def test_whoever_was_told_on_another_page_is_off_the_list(line: Line, happen):
    happen(line)
    [one] = line.calls()
    displaced.told(line.session, one.due.subject[1], at=AT, by=line.by.id)
    line.session.commit()

    assert line.calls() == []


def test_who_knows_of_the_loss_may_be_called_until_the_held_time_comes(line: Line):
    lost()(line)

    assert [one.due.by for one in line.calls(SOON)] == [DEADLINE]
    assert [one.due.by for one in line.calls(DEADLINE)] == [FRIDAY]


def test_whoever_was_told_of_the_loss_is_not_called_again_before_the_deadline(line: Line):
    booking = line.lost(**CALL)
    line.call(booking, "told")

    row = line.session.scalars(select(Displaced)).one()
    assert row.told_at == AT
    assert line.calls(SOON) == line.calls(DEADLINE) == []


def test_a_call_counts_for_the_appointment_as_it_was(line: Line):
    booking = line.booked()
    line.fails()
    line.call(booking, "not_reached")
    line.call(booking, "told")
    line.moves(booking, FRIDAY, at=AT)
    line.fails(AT)

    [one] = line.calls()
    assert (one.due.kind, one.tries.number) == (Kind.RESCHEDULED, 0)


def test_the_next_deadline_comes_first_and_of_the_same_those_not_tried(line: Line):
    lost, again = line.lost(**CALL), line.lost(**CALL)
    later = line.books(line.person(**BOTH), FRIDAY, at=MONDAY)
    line.fails()
    line.call(lost, "not_reached")

    assert [one.reference for one in line.calls()] == [
        again.reference,
        lost.reference,
        later.reference,
    ]
    assert [one.due.by for one in line.calls()] == [DEADLINE, DEADLINE, FRIDAY]


def test_several_failures_of_one_appointment_are_one_call(line: Line):
    line.books(line.person(**BOTH), WEDNESDAY, at=MONDAY)
    line.fails()
    eve = WEDNESDAY.replace(day=8, hour=10)
    line.fails(eve)

    assert line.why(eve) == ["unsent booking_confirmation"]


@pytest.mark.parametrize("happen", [failed, offered, lost(**CALL)])
def test_people_of_other_centres_are_not_on_the_list(line: Line, make, happen):
    happen(line)
    other = make.actor(make.staff("reception", make.centre("leszno")))

    scope = other.scope("call_list.see")
    assert call_list.waiting_to_be_called(line.session, scope, AT) == []
    assert len(line.calls()) == 1


@pytest.mark.parametrize(("secrecy", "shown"), [("author", False), ("role", True), ("open", True)])
def test_secret_help_shows_no_code(line: Line, secrecy: str, shown: bool):
    line.service.secrecy = secrecy
    line.session.commit()
    line.booked()
    line.fails()

    [one] = line.calls()
    assert (one.code is not None) is shown
