"""Claim, check again, deliver, settle: on both databases, to a real SMTP server."""

import logging
import threading
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, update

from cic_cases.bookings.statuses import Status
from cic_cases.cases.attributes import ContactMode
from cic_cases.cases.models import Contact
from cic_cases.foundation.db import db
from cic_cases.notifications import jobs
from cic_cases.notifications.channels import PermanentFailure, TemporaryFailure, open_post
from cic_cases.notifications.claims import BATCH
from cic_cases.notifications.kinds import Kind, State
from tests.conftest import MONDAY
from tests.notifications.people import Pile, Told
from tests.notifications.smtp_server import SmtpServer

WARSAW = ZoneInfo("Europe/Warsaw")
THURSDAY = datetime(2030, 1, 10, 9, tzinfo=WARSAW)
EVE = datetime(2030, 1, 9, 10, tzinfo=WARSAW)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def told(make) -> Told:
    return Told(make)


@pytest.fixture
def pile() -> Pile:
    return Pile()


def states(told: Told) -> list[str]:
    return [f"{m.kind} {m.state}" for m in told.messages()]


def test_a_confirmation_arrives_in_ukrainian_and_the_reminder_on_the_eve(app, told):
    booking = told.books(told.person(), THURSDAY, at=MONDAY)
    with SmtpServer() as server:
        settings = replace(app.config["CIC"], mail_url=server.url)
        for at in (MONDAY, MONDAY, EVE - MINUTE, EVE, EVE):
            with open_post(settings) as post:
                jobs.send_due(at, post)

    confirmation, reminder = server.messages
    rows = told.messages(booking)
    assert server.ids == [f"<{row.id}@example.org>" for row in rows]
    assert [row.sent_at and row.attempts for row in rows] == [1, 1]
    assert confirmation["Content-Language"] == "uk"
    assert "10.01" in confirmation.get_body(("plain",)).get_content()
    calendar = next(confirmation.iter_attachments())
    assert calendar.get_content_type() == "text/calendar"
    assert "METHOD:PUBLISH" in calendar.get_content()
    assert reminder["To"] == "person@example.org"


def test_a_discreet_mail_names_no_centre_and_comes_from_the_neutral_sender(app, told):
    told.books(told.person("discreet"), THURSDAY, at=MONDAY)
    with (
        SmtpServer() as server,
        open_post(replace(app.config["CIC"], mail_url=server.url)) as post,
    ):
        jobs.send_due(MONDAY, post)

    (mail,) = server.messages
    everything = mail.as_string() + next(mail.iter_attachments()).get_content()
    assert mail["From"] == "post@example.net"
    for word in ("CIC", "Pozna", "example.org>", "Przyk", "LOCATION"):
        assert word not in everything.replace("person@example.org", "")


def test_an_sms_is_folded_and_has_no_subject(told, pile):
    case_id = told.person(email=None, phone="+48600100200", language="pl")
    told.books(case_id, THURSDAY, at=MONDAY, language="pl")

    jobs.send_due(MONDAY, pile)

    (sms,) = pile.letters
    assert sms.recipient == "+48600100200"
    assert sms.text.startswith("CIC Poznan")


def test_nothing_leaves_before_it_is_due(told, pile):
    told.books(told.person(), THURSDAY, at=MONDAY)

    assert jobs.send_due(MONDAY - MINUTE, pile) == 0
    assert jobs.send_due(MONDAY, pile) == 1
    assert jobs.send_due(EVE - MINUTE, pile) == 0
    assert jobs.send_due(EVE, pile) == 1


@pytest.mark.parametrize(
    "late",
    [
        pytest.param(datetime(2030, 1, 9, 20, tzinfo=WARSAW), id="in the night of the eve"),
        pytest.param(datetime(2030, 1, 10, 0, 1, tzinfo=WARSAW), id="when tomorrow is today"),
        pytest.param(datetime(2030, 1, 10, 10, tzinfo=WARSAW), id="after the visit"),
    ],
)
def test_an_expired_reminder_never_goes(told, pile, late):
    told.books(told.person(), THURSDAY, at=MONDAY)
    jobs.send_due(MONDAY, pile)

    assert jobs.send_due(late, pile) == 0
    assert states(told) == ["booking_confirmation sent", "reminder_day_before expired"]


def test_what_happened_after_planning_is_seen_before_sending(told, pile):
    """The row alone would still be sent: someone changed the booking and told nobody."""
    moved = told.books(told.person(), THURSDAY, at=MONDAY)
    moved.version += 1
    absent = told.books(told.person(), THURSDAY, at=MONDAY)
    absent.status = Status.NO_SHOW
    erased = told.person()
    told.books(erased, THURSDAY, at=MONDAY)
    told.session.execute(
        update(Contact)
        .where(Contact.case_id == erased)
        .values(mode=ContactMode.NONE, email_sealed=None)
    )
    told.session.commit()

    assert jobs.send_due(MONDAY, pile) == 0
    assert Counter(m.state for m in told.messages()) == {State.SUPERSEDED: 3, State.PENDING: 3}


def test_the_mode_is_the_one_of_the_moment_of_sending(told, pile):
    case_id = told.person("full")
    told.books(case_id, THURSDAY, at=MONDAY)
    told.session.execute(update(Contact).values(mode=ContactMode.DISCREET))
    told.session.commit()

    jobs.send_due(MONDAY, pile)

    (letter,) = pile.letters
    assert letter.sender == "post@example.net"
    assert "CIC" not in letter.body


def test_a_temporary_failure_waits_longer_each_time_and_then_goes(told, pile, caplog):
    told.books(told.person(), THURSDAY, at=MONDAY)
    pile.fails = TemporaryFailure("refused by the mail server: 451")
    at, waits = MONDAY, []
    for _ in range(7):
        jobs.send_due(at, pile)
        row = told.messages()[0]
        waits.append((row.next_try_at - at) / MINUTE)
        assert jobs.send_due(row.next_try_at - MINUTE / 2, pile) == 0
        at = row.next_try_at

    for wait, least in zip(waits, (1, 2, 4, 8, 15, 15, 15), strict=True):
        assert least <= wait <= least * 1.2 + 0.01
    assert row.failure == "refused by the mail server: 451"
    assert row.lease_until is row.lease_token is None
    pile.fails = None
    assert jobs.send_due(at, pile) == 1
    row = told.messages()[0]
    assert (row.state, row.failure, row.attempts) == (State.SENT, None, 8)


def test_a_permanent_failure_is_set_aside_with_a_reason_without_an_address(told, pile, caplog):
    told.books(told.person(), THURSDAY, at=MONDAY)
    pile.fails = PermanentFailure("bad address or header")

    with caplog.at_level(logging.INFO):
        jobs.send_due(MONDAY, pile)

    row = told.messages()[0]
    assert (row.state, row.failure) == (State.FAILED, "bad address or header")
    assert row.id in caplog.text
    assert "@" not in caplog.text


class OneIsPoison(Pile):
    """Blows up for one address in a way that nobody foresaw."""

    def deliver(self, letter):
        if letter.recipient == "poison@example.org":
            raise KeyError("poison@example.org")
        return super().deliver(letter)


def test_a_poison_message_does_not_stop_the_others(told, caplog):
    for number in range(BATCH + 5):
        told.books(told.person(), THURSDAY + MINUTE * number, at=MONDAY)
        if number == 2:
            told.books(told.person(email="poison@example.org"), THURSDAY, at=MONDAY)
    pile = OneIsPoison()

    assert jobs.send_due(MONDAY, pile) == BATCH + 5
    for hours in range(1, 6):
        assert jobs.send_due(MONDAY + timedelta(hours=hours), pile) == 0

    failed = [m for m in told.messages() if m.state is State.FAILED]
    assert [(m.failure, m.attempts) for m in failed] == [("unexpected KeyError", 5)]
    assert "poison@" not in caplog.text


def test_a_value_that_cannot_be_opened_is_set_aside(told, pile):
    told.books(told.person(), THURSDAY, at=MONDAY)
    told.session.execute(update(Contact).values(email_sealed=b"k1\0" + b"x" * 40))
    told.session.commit()

    for hours in range(6):
        jobs.send_due(MONDAY + timedelta(hours=hours), pile)

    assert told.messages()[0].failure == "unexpected VaultError"


def test_a_message_withdrawn_while_it_left_is_told_truly(told):
    """Sent is sent, even when the booking was cancelled in that very second."""
    booking = told.books(told.person(), THURSDAY, at=MONDAY)

    class Slow(Pile):
        def deliver(self, letter):
            receipt = super().deliver(letter)
            if len(self.letters) == 1:
                told.cancels(booking, at=MONDAY)
            return receipt

    jobs.send_due(MONDAY, Slow())

    assert sorted(states(told)) == [
        "booking_confirmation sent",
        "cancelled_on_request sent",
        "reminder_day_before superseded",
    ]


def test_a_failure_does_not_revive_what_was_withdrawn_meanwhile(told):
    booking = told.books(told.person("discreet"), THURSDAY, at=MONDAY)

    class Failing(Pile):
        def deliver(self, letter):
            told.cancels(booking, at=MONDAY)
            raise TemporaryFailure("away")

    jobs.send_due(MONDAY, Failing())

    assert {m.state for m in told.messages()} == {State.SUPERSEDED}


def test_a_worker_that_stops_gives_its_claims_back(told):
    for number in range(3):
        told.books(told.person(), THURSDAY + MINUTE * number, at=MONDAY)
    pile = Pile()

    jobs.send_due(MONDAY, pile, stopping=lambda: len(pile.letters) == 1)

    assert len(pile.letters) == 1
    confirmations = [m for m in told.messages() if m.kind is Kind.BOOKING_CONFIRMATION]
    assert sorted(m.attempts for m in confirmations) == [0, 0, 1]
    assert all(m.lease_token is None for m in confirmations)
    assert jobs.send_due(MONDAY, pile) == 2


def test_no_transaction_is_open_while_a_server_keeps_us_waiting(told):
    told.books(told.person(), THURSDAY, at=MONDAY)
    open_now: list[bool] = []

    class Asking(Pile):
        def deliver(self, letter):
            open_now.append(db.session().in_transaction())
            return super().deliver(letter)

    jobs.send_due(MONDAY, Asking())

    assert open_now == [False]


def test_a_message_costs_few_statements(told, pile):
    for number in range(10):
        told.books(told.person(), THURSDAY + MINUTE * number, at=MONDAY)
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))

    jobs.send_due(MONDAY, pile)

    work = [statement for statement in statements if not statement.startswith("BEGIN")]
    assert len(work) <= 3 * 10 + 14  # of each: a last look, settling, its try


def test_four_workers_at_once_send_each_message_once(app, told):
    for number in range(60):
        told.books(told.person(), THURSDAY + MINUTE * number, at=MONDAY)
    start = threading.Barrier(4)
    sent: list[int] = []

    def work(settings):
        with app.app_context(), open_post(settings) as post:
            start.wait()
            sent.append(jobs.send_due(MONDAY, post))
            db.session.remove()

    with SmtpServer() as server:
        settings = replace(app.config["CIC"], mail_url=server.url)
        workers = [threading.Thread(target=work, args=(settings,)) for _ in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()

    assert sum(sent) == 60
    assert set(Counter(server.ids).values()) == {1}
    assert len(server.ids) == 60
