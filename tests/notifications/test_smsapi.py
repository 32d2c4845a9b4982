"""SMS by SMSAPI and its client: what it is told, what it answers, and that none goes twice."""

import socket
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cic_cases.notifications import jobs, report_rules
from cic_cases.notifications.channels import (
    NoConnection,
    PermanentFailure,
    Receipt,
    TemporaryFailure,
    TextMessage,
    offered,
    open_post,
    smsapi,
)
from cic_cases.notifications.kinds import Kind, Means, Mode, State
from cic_cases.notifications.rules import Way
from tests.conftest import MONDAY
from tests.notifications.people import Told
from tests.notifications.sms_gateway import HANG_UP, HOST, SILENCE
from tests.notifications.smsapi_gateway import SmsApi, taken

THURSDAY = datetime(2030, 1, 10, 9, tzinfo=ZoneInfo("Europe/Warsaw"))
FIVE_MINUTES = timedelta(minutes=5)
SMS = TextMessage(
    message_id="0b8e3f0c-52a6-4f9a-8d0e-7d6a5b1c2e3f", recipient="+48600100200", text="Візит 24.11"
)
KEY = "k" * 32


@dataclass(frozen=True)
class Settings:
    sms_url: str = "smsapi://secret?sender=CIC&neutral=INFO"
    sms_report_key: str = ""
    base_url: str = "https://cic.example.org"
    mail_url: str = ""
    mail_from: str = ""
    mail_from_neutral: str = ""


@pytest.fixture
def gateway(monkeypatch):
    with SmsApi() as running:
        monkeypatch.setattr(smsapi, "DOMAIN", running.domain)
        yield running


def deliver(sms: TextMessage = SMS, settings: Settings = Settings()) -> Receipt:
    with open_post(settings) as post:
        return post.deliver(sms)


def test_the_gateway_is_told_number_text_and_sender_and_a_name_that_counts_once(gateway):
    receipt = deliver()

    assert gateway.taken == [
        {
            "to": "48600100200",
            "message": "Візит 24.11",
            "from": "CIC",
            "encoding": "utf-8",
            "idx": "0b8e3f0c52a64f9a8d0e7d6a5b1c2e3f",
            "check_idx": "1",
            "details": "1",
            "format": "json",
        }
    ]
    assert gateway.authorization == ["Bearer secret"]
    assert (receipt.parts, receipt.provider_ref) == (2, "ref-1")


def test_a_discreet_sms_has_the_neutral_sender(gateway):
    deliver(replace(SMS, discreet=True))
    assert [sms["from"] for sms in gateway.taken] == ["INFO"]


def test_without_a_neutral_sender_nothing_discreet_is_offered():
    alone = Settings(sms_url="smsapi://secret?sender=CIC")
    assert offered(alone) == {Way(Means.SMS, Mode.FULL)}
    assert offered(Settings()) == {Way(Means.SMS, Mode.FULL), Way(Means.SMS, Mode.DISCREET)}


def test_what_was_taken_before_is_not_sent_twice_and_counts_as_sent(gateway):
    gateway.after = HANG_UP
    with pytest.raises(TemporaryFailure, match="no connection"):
        deliver()
    gateway.after = None

    assert deliver() == Receipt()
    assert len(gateway.taken) == 1


def test_what_is_sent_again_on_purpose_has_a_name_of_its_own(gateway):
    deliver()
    deliver(replace(SMS, message_id=f"{SMS.message_id}.1"))
    assert [sms["idx"][32:] for sms in gateway.taken] == ["", "x1"]


@pytest.mark.parametrize(
    ("said", "failure", "reason"),
    [
        pytest.param(11, PermanentFailure, "refused by the SMS gateway: error 11", id="text"),
        pytest.param(13, PermanentFailure, "no such number", id="number"),
        pytest.param(4711, PermanentFailure, "error 4711", id="an error nobody knows"),
        pytest.param(14, TemporaryFailure, "refused our sender", id="our sender"),
        pytest.param(101, NoConnection, "refused our sign-in", id="our token"),
        pytest.param(103, NoConnection, "no credit", id="our credit"),
        pytest.param(105, NoConnection, "network: not allowed", id="our network"),
        pytest.param(200, TemporaryFailure, "busy", id="not submitted"),
        pytest.param(201, TemporaryFailure, "busy", id="their own fault"),
    ],
)
def test_an_error_of_the_gateway_says_whether_trying_again_helps(gateway, said, failure, reason):
    gateway.answer = lambda sms: (200, f'{{"error": {said}, "message": "to {sms["to"]}"}}')
    with pytest.raises(failure, match=reason) as refused:
        deliver()
    assert "600100200" not in str(refused.value)
    assert type(refused.value) is failure


@pytest.mark.parametrize(
    ("status", "text", "failure", "reason"),
    [
        pytest.param(401, "", TemporaryFailure, "refused our sign-in", id="401"),
        pytest.param(429, "", TemporaryFailure, "gateway: 429", id="429"),
        pytest.param(503, "<h1>busy</h1>", TemporaryFailure, "gateway: 503", id="503"),
        pytest.param(400, "no", PermanentFailure, "gateway: 400", id="400"),
        pytest.param(400, '{"error": 103}', TemporaryFailure, "credit", id="with a code"),
        pytest.param(200, "<html>", TemporaryFailure, "makes sense", id="no JSON"),
        pytest.param(200, "[1]", TemporaryFailure, "makes sense", id="a list"),
        pytest.param(200, '{"list": []}', TemporaryFailure, "makes sense", id="about nothing"),
        pytest.param(200, taken("7", error="13"), PermanentFailure, "number", id="one refused"),
    ],
)
def test_whatever_answers_is_understood_or_tried_again(gateway, status, text, failure, reason):
    gateway.answer = lambda _sms: (status, text)
    with pytest.raises(failure, match=reason):
        deliver()


def test_silence_is_waited_for_no_longer_than_agreed(gateway, monkeypatch):
    monkeypatch.setattr(smsapi, "TIMEOUT_SECONDS", (0.2, 0.2))
    gateway.after = SILENCE
    with pytest.raises(TemporaryFailure, match="no answer"):
        deliver()


def test_a_gateway_that_cannot_be_reached_is_asked_once_a_run(monkeypatch):
    with socket.socket() as closed:
        closed.bind((HOST, 0))
        monkeypatch.setattr(smsapi, "DOMAIN", f"http://{HOST}:{closed.getsockname()[1]}/")
        with open_post(Settings()) as post:
            with pytest.raises(TemporaryFailure, match="no connection"):
                post.deliver(SMS)
            monkeypatch.setattr(smsapi.Client, "sms", None, raising=False)
            with pytest.raises(TemporaryFailure, match="no connection"):
                post.deliver(SMS)


def test_a_number_out_of_reach_is_not_given_away(gateway):
    narrow = Settings(sms_url="smsapi://secret?sender=CIC&reach=48")
    with pytest.raises(PermanentFailure, match="does not reach this number"):
        deliver(replace(SMS, recipient="+380501234567"), narrow)
    assert gateway.authorization == []


def test_with_a_key_the_gateway_is_told_where_to_report(gateway):
    deliver(settings=Settings(sms_report_key=KEY))
    deliver(replace(SMS, message_id="2"), Settings(sms_report_key=KEY, base_url="http://127.0.0.1"))

    secret = report_rules.smsapi_secret(KEY)
    [told, plain] = [sms.get("notify_url") for sms in gateway.taken]
    assert told == f"https://cic.example.org/hooks/smsapi/{secret}"
    assert KEY not in told
    assert plain is None


def test_an_answer_that_was_lost_leaves_one_sms_and_a_message_that_is_sent(make, gateway):
    told = Told(make)
    told.books(told.person(email=None, phone="+48600100200"), THURSDAY, at=MONDAY)
    gateway.after = HANG_UP
    with open_post(Settings()) as post:
        assert jobs.send_due(MONDAY, post) == 0
    gateway.after = None
    with open_post(Settings()) as post:
        assert jobs.send_due(MONDAY + FIVE_MINUTES, post) == 1

    told.session.rollback()
    assert len(gateway.taken) == 1
    [sent] = [m for m in told.messages() if m.kind is Kind.BOOKING_CONFIRMATION]
    assert sent.state is State.SENT
