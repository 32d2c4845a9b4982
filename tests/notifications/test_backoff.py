"""When a message is tried again: by what stood in the way, and by what the other side asks for."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cic_cases.notifications import backoff, jobs
from cic_cases.notifications.backoff import Hurdle, asked_in, wait_after
from cic_cases.notifications.channels import (
    TAKEN,
    PermanentFailure,
    TemporaryFailure,
    TextMessage,
    open_post,
    smsapi,
)
from cic_cases.notifications.kinds import Kind, Means
from cic_cases.notifications.resting import Resting
from tests.conftest import MONDAY
from tests.notifications.people import Pile, Told
from tests.notifications.sms_gateway import HOST, SmsGateway
from tests.notifications.smsapi_gateway import SmsApi
from tests.notifications.smtp_server import SmtpServer
from tests.notifications.test_channels import Settings as MailSettings
from tests.notifications.test_channels import closed_port, letter
from tests.notifications.test_smsapi import Settings

MINUTE = timedelta(minutes=1)
CONFIRMED = Kind.BOOKING_CONFIRMATION
THURSDAY = datetime(2030, 1, 10, 9, tzinfo=ZoneInfo("Europe/Warsaw"))
SMS = TextMessage(message_id="message-9", recipient="+48600100200", text="Przypomnienie: 24.11")
GROWS = {
    Hurdle.AWAY: (1, 2, 4, 8, 15, 15),
    Hurdle.BROKE_OFF: (1, 2, 4, 8, 15, 15),
    Hurdle.BUSY: (2, 4, 8, 15, 30, 30),
    Hurdle.NOT_YET: (5, 5, 10, 20, 30, 30),
    Hurdle.OURS: (5, 10, 15, 15),
    Hurdle.FULL: (30, 60, 120, 120),
}


@pytest.mark.parametrize("hurdle", Hurdle)
def test_waits_grow_by_what_stood_in_the_way_and_are_spread(hurdle):
    seeds = [f"message {number}" for number in range(50)]
    for attempts, minutes in enumerate(GROWS[hurdle], start=1):
        waits = [wait_after(hurdle, attempts, seed) / MINUTE for seed in seeds]
        assert minutes <= min(waits) < max(waits) <= minutes * (1 + backoff.JITTER)
        assert len(set(waits)) > 40
    assert wait_after(hurdle, 3, "same") == wait_after(hurdle, 3, "same")


@given(st.sampled_from(Hurdle), st.integers(0, 10**6), st.none() | st.timedeltas())
def test_whatever_is_asked_for_nobody_waits_for_ever_or_comes_back_at_once(hurdle, tries, asked):
    wait = wait_after(hurdle, tries, "seed", asked)
    assert backoff.SHORTEST <= wait <= 2 * timedelta(hours=1) * (1 + backoff.JITTER)


@pytest.mark.parametrize(
    ("said", "asks_for"),
    [
        ("120", 2 * MINUTE),
        (" 0 ", 0 * MINUTE),
        ("9" * 400, backoff.LONGEST),
        ("Mon, 07 Jan 2030 06:05:00 GMT", 5 * MINUTE),
        ("Mon, 07 Jan 2030 07:05:00 +0100", 5 * MINUTE),
        ("Mon, 07 Jan 2030 06:05:00 -0000", 5 * MINUTE),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("１２", None),
        ("Mon, 99 Foo 2030", None),
    ],
)
def test_what_a_retry_after_asks_for(said, asks_for):
    assert asked_in(said, MONDAY.astimezone(UTC)) == asks_for


def by_mail(reply: str) -> TemporaryFailure | PermanentFailure:
    """How a mail fails that is answered so."""
    server = SmtpServer(answer=lambda _envelope: reply)
    with server, open_post(MailSettings(mail_url=server.url)) as post:
        return failure_of(post, letter())


def by_gateway(*answer) -> TemporaryFailure | PermanentFailure:
    """How an SMS fails at a JSON gateway that answers so."""
    with SmsGateway(lambda _sms: answer) as to, open_post(Settings(sms_url=to.url())) as post:
        return failure_of(post, SMS)


def by_smsapi(code: int) -> TemporaryFailure | PermanentFailure:
    """How an SMS fails at SMSAPI with this error."""
    with pytest.MonkeyPatch.context() as patch, SmsApi() as to:
        patch.setattr(smsapi, "DOMAIN", to.domain)
        to.answer = lambda _sms: (200, f'{{"error": {code}, "message": ""}}')
        with open_post(Settings()) as post:
            return failure_of(post, SMS)


def to_nobody(kind: str) -> TemporaryFailure | PermanentFailure:
    """How anything fails at an address where nobody listens."""
    where = f"{HOST}:{closed_port()}"
    if kind == "mail":
        with open_post(MailSettings(mail_url=f"smtp://{where}")) as post:
            return failure_of(post, letter())
    with open_post(Settings(sms_url=f"http://{where}/")) as post:
        return failure_of(post, SMS)


def failure_of(post, message) -> TemporaryFailure | PermanentFailure:
    with pytest.raises((TemporaryFailure, PermanentFailure)) as failed:
        post.deliver(message)
    return failed.value


CASES = {
    "mail: nobody listens": (to_nobody, ("mail",), Hurdle.AWAY, None),
    "mail: greylisted": (by_mail, ("450 4.7.1 greylisted",), Hurdle.NOT_YET, None),
    "mail: greylisted without a reason": (by_mail, ("451 come back",), Hurdle.NOT_YET, None),
    "mail: too many at once": (by_mail, ("450 4.7.28 slowly",), Hurdle.BUSY, None),
    "mail: congested": (by_mail, ("451 4.4.5 congestion",), Hurdle.BUSY, None),
    "mail: closing after the first word": (by_mail, ("421 4.3.2 bye",), Hurdle.BUSY, None),
    "mail: the mailbox is full": (by_mail, ("450 4.2.2 over quota",), Hurdle.FULL, None),
    "mail: no storage": (by_mail, ("452 no room",), Hurdle.FULL, None),
    "mail: too many recipients": (by_mail, ("452 4.5.3 too many",), Hurdle.NOT_YET, None),
    "mail: the mailbox is full for good": (by_mail, ("552 5.2.2 full",), None, None),
    "mail: no such mailbox": (by_mail, ("550 5.1.1 unknown",), None, None),
    "gateway: nobody listens": (to_nobody, ("sms",), Hurdle.AWAY, None),
    "gateway: throttled, says for how long": (
        by_gateway,
        (429, {}, {"Retry-After": "90"}),
        Hurdle.BUSY,
        timedelta(seconds=90),
    ),
    "gateway: throttled": (by_gateway, (429, {}), Hurdle.BUSY, None),
    "gateway: closed for now": (
        by_gateway,
        (503, {}, {"Retry-After": "600"}),
        Hurdle.BUSY,
        10 * MINUTE,
    ),
    "gateway: its own fault": (by_gateway, (500, {}), Hurdle.NOT_YET, None),
    "gateway: it timed out": (by_gateway, (408, {}), Hurdle.NOT_YET, None),
    "gateway: our token": (by_gateway, (401, {}), Hurdle.AWAY, None),
    "gateway: our credit": (by_gateway, (402, {}), Hurdle.AWAY, None),
    "gateway: the number": (by_gateway, (422, {}), None, None),
    "smsapi: too many requests": (by_smsapi, (203,), Hurdle.BUSY, None),
    "smsapi: too many to one number": (by_smsapi, (52,), Hurdle.NOT_YET, None),
    "smsapi: its own fault": (by_smsapi, (201,), Hurdle.NOT_YET, None),
    "smsapi: our sender": (by_smsapi, (14,), Hurdle.OURS, None),
    "smsapi: our credit": (by_smsapi, (103,), Hurdle.AWAY, None),
    "smsapi: the number": (by_smsapi, (13,), None, None),
}


@pytest.mark.parametrize("case", CASES)
def test_what_stood_in_the_way_is_known_by_what_the_other_side_said(case):
    fails, given_, hurdle, asked = CASES[case]
    failure = fails(*given_)
    if hurdle is None:
        assert type(failure) is PermanentFailure
        return
    assert isinstance(failure, TemporaryFailure)
    assert (failure.hurdle, failure.asked) == (hurdle, asked)


class Throttled(Pile):
    """A gateway that will have no SMS for ten minutes; mail leaves."""

    asked = 0

    def deliver(self, letter):
        if isinstance(letter, TextMessage) and self.fails is not None:
            self.asked += 1
            raise self.fails
        self.letters.append(letter)
        return TAKEN


def test_a_gateway_that_asks_to_be_left_alone_is_left_alone_and_nothing_else_waits(make):
    told, post, resting = Told(make), Throttled(), Resting()
    post.fails = TemporaryFailure("SMS gateway: 429", Hurdle.BUSY, 10 * MINUTE)
    for number in range(3):
        told.books(told.person(phone="+48600100200"), THURSDAY + number * MINUTE, at=MONDAY)

    for minutes in range(10):
        jobs.send_due(MONDAY + minutes * MINUTE, post, resting=resting)

    sms = [m for m in told.messages() if (m.kind, m.channel) == (CONFIRMED, Means.SMS)]
    assert post.asked == 1
    assert len(post.letters) == 3
    assert sorted(m.attempts for m in sms) == [0, 0, 1]

    post.fails = None
    jobs.send_due(MONDAY + 13 * MINUTE, post, resting=resting)

    assert len(post.letters) == 6
