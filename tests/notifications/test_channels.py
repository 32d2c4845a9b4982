"""The doors messages leave through: a real SMTP server, and a folder."""

import socket
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from pathlib import Path
from typing import ClassVar

import pytest
from aiosmtpd.smtp import Envelope

from cic_cases.notifications.channels import (
    NoConnection,
    PermanentFailure,
    Post,
    TemporaryFailure,
    TextMessage,
    TooLate,
    UnknownOutcome,
    offered,
    open_post,
    smtp,
)
from cic_cases.notifications.letters import Letter
from tests.notifications.sms_gateway import SmsGateway
from tests.notifications.smtp_server import ACCEPTED, HOST, SmtpServer


@dataclass(frozen=True)
class Settings:
    mail_url: str = ""
    mail_from: str = "CIC Poznań <cic@example.org>"
    mail_from_neutral: str = "post@example.net"
    sms_url: str = ""


def letter(number: int = 1, **more: str) -> Letter:
    chosen = {"recipient": "person@example.org", "sender": "CIC Poznań <cic@example.org>", **more}
    return Letter(
        message_id=f"message-{number}",
        subject="Візит: підтвердження",
        body="CIC Poznań: візит 24.11, 14:30.",
        language="uk",
        sent_at=datetime(2030, 1, 7, 6, tzinfo=UTC),
        **chosen,
    )


SMS = TextMessage(message_id="message-9", recipient="+48600100200", text="Przypomnienie: 24.11")


def test_mail_is_received_as_it_was_written():
    with SmtpServer() as server, open_post(Settings(mail_url=server.url)) as post:
        post.deliver(letter())

    (mail,) = server.messages
    assert mail["To"] == "person@example.org"
    assert mail["From"].addresses[0].addr_spec == "cic@example.org"
    assert mail["Message-ID"] == "<message-1@example.org>"
    assert mail.get_body(("plain",)).get_content().strip() == "CIC Poznań: візит 24.11, 14:30."


def test_one_connection_serves_a_run():
    with SmtpServer() as server:
        with open_post(Settings(mail_url=server.url)) as post:
            for number in range(5):
                post.deliver(letter(number))
        assert len(server.messages) == 5
        assert server.connections == 1


def test_a_run_goes_on_when_the_server_hung_up_between_two_messages():
    with SmtpServer() as server, open_post(Settings(mail_url=server.url)) as post:
        post.deliver(letter(1))
        channel = next(iter(post._open.values()))
        channel._server.sock.shutdown(socket.SHUT_RDWR)
        post.deliver(letter(2))

    assert len(server.messages) == 2
    assert server.connections == 2


def test_what_was_last_looked_at_too_long_ago_does_not_leave():
    with (
        SmtpServer() as server,
        SmsGateway() as gateway,
        open_post(Settings(mail_url=server.url, sms_url=gateway.url())) as post,
    ):
        for late in (letter(1), SMS):
            with pytest.raises(TooLate, match="in time"):
                post.deliver(replace(late, leave_by=time.monotonic() - 1))
        post.deliver(letter(2))
        post.deliver(SMS)

    assert server.ids == ["<message-2@example.org>"]
    assert len(gateway.headers) == 1


class OfFewWords(SmtpServer):
    """Answers the first word of each mail with the next of `words`."""

    words: ClassVar[list[str]] = []

    async def handle_MAIL(
        self, _server, _session, envelope: Envelope, address: str, options
    ) -> str:
        envelope.mail_from = address
        return self.words.pop(0)


def test_a_server_that_closes_between_two_mails_is_dialled_again_but_only_once():
    with OfFewWords() as server, open_post(Settings(mail_url=server.url)) as post:
        server.words = ["250 OK", "421 closing", "250 OK", "421 closing", "421 closing"]
        for number in (1, 2):
            post.deliver(letter(number))
        with pytest.raises(NoConnection):
            post.deliver(letter(3))

    assert len(server.ids) == 2
    assert server.connections == 3


@pytest.mark.parametrize(("word", "why"), [("451 busy", "server: 451"), ("550 spam", "our sender")])
def test_a_server_that_will_not_have_our_sender_loses_nothing(word, why):
    with OfFewWords() as server, open_post(Settings(mail_url=server.url)) as post:
        server.words = [word]
        with pytest.raises(TemporaryFailure, match=why):
            post.deliver(letter())


def answering(reply: str) -> SmtpServer:
    return SmtpServer(answer=lambda envelope: reply)


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        pytest.param("451 try later", TemporaryFailure, id="greylisted"),
        pytest.param("452 disk full", TemporaryFailure, id="no room"),
        pytest.param("550 no such person@example.org", PermanentFailure, id="no such person"),
        pytest.param("554 spam", PermanentFailure, id="refused"),
    ],
)
def test_a_refusal_is_temporary_or_permanent_and_names_no_address(reply, failure):
    with (
        answering(reply) as server,
        open_post(Settings(mail_url=server.url)) as post,
        pytest.raises(failure, match=reply[:3]) as caught,
    ):
        post.deliver(letter())

    assert "@" not in str(caught.value)
    assert server.messages == []


class RefusingPeople(SmtpServer):
    async def handle_RCPT(self, server, session, envelope: Envelope, address: str, options) -> str:
        envelope.rcpt_tos.append(address)
        return "450 later" if address.startswith("later") else "550 unknown"


@pytest.mark.parametrize(
    ("who", "failure"), [("later", TemporaryFailure), ("nobody", PermanentFailure)]
)
def test_a_refused_recipient(who, failure):
    with (
        RefusingPeople() as server,
        open_post(Settings(mail_url=server.url)) as post,
        pytest.raises(failure),
    ):
        post.deliver(letter(recipient=f"{who}@example.org"))


def test_a_refusal_does_not_stop_the_next_message():
    with SmtpServer() as server, open_post(Settings(mail_url=server.url)) as post:
        server.answer = lambda envelope: "550 no"
        with pytest.raises(PermanentFailure):
            post.deliver(letter(1))
        server.answer = lambda envelope: ACCEPTED
        post.deliver(letter(2))

    assert server.ids == ["<message-2@example.org>"]


@pytest.mark.parametrize("reply", ["hang up", "stall"])
def test_a_line_that_breaks_after_the_whole_mail_leaves_it_unknown(reply, monkeypatch):
    monkeypatch.setattr(smtp, "VERDICT_SECONDS", 0.5)
    with (
        answering(reply) as server,
        open_post(Settings(mail_url=server.url)) as post,
        pytest.raises(UnknownOutcome, match="after the whole message"),
    ):
        post.deliver(letter())


def test_a_line_that_breaks_before_the_whole_mail_is_tried_again():
    with SmtpServer() as server, open_post(Settings(mail_url=server.url)) as post:
        post.deliver(letter(1))
        channel = next(iter(post._open.values()))
        breaks = channel._server.data

        def before_the_body(_content: bytes) -> tuple[int, bytes]:
            channel._server.sock.shutdown(socket.SHUT_RDWR)
            return breaks(_content)

        channel._server.data = before_the_body
        with pytest.raises(TemporaryFailure, match="broke off"):
            post.deliver(letter(2))
        post.deliver(letter(2))

    assert server.ids == ["<message-1@example.org>", "<message-2@example.org>"]


def closed_port() -> int:
    with socket.socket() as listening:
        listening.bind((HOST, 0))
        return int(listening.getsockname()[1])


def test_no_connection_is_temporary_and_asked_for_once_a_run(monkeypatch):
    dialled = []
    dial = smtp._dial
    monkeypatch.setattr(smtp, "_dial", lambda *a: dialled.append(a) or dial(*a))
    with open_post(Settings(mail_url=f"smtp://{HOST}:{closed_port()}")) as post:
        for number in range(3):
            with pytest.raises(TemporaryFailure, match="no connection"):
                post.deliver(letter(number))

    assert len(dialled) == 1


def test_a_server_silent_from_the_start_is_given_up(monkeypatch):
    monkeypatch.setattr(smtp, "TIMEOUT_SECONDS", 0.3)
    began = time.monotonic()
    with socket.create_server((HOST, 0)) as deaf:
        url = f"smtp://{HOST}:{deaf.getsockname()[1]}"
        with open_post(Settings(mail_url=url)) as post, pytest.raises(TemporaryFailure):
            post.deliver(letter())

    assert time.monotonic() - began < 5


def test_a_server_without_the_promised_encryption_gets_no_mail():
    with (
        SmtpServer() as server,
        open_post(Settings(mail_url=f"{server.url}?starttls=1")) as post,
        pytest.raises(TemporaryFailure, match="sign-in"),
    ):
        post.deliver(letter())

    assert server.messages == []


def test_a_wrong_password_is_our_mistake_so_nothing_is_lost():
    with SmtpServer() as server:
        url = server.url.replace("//", "//us%40er:pa%3Ass@")
        with open_post(Settings(mail_url=url)) as post, pytest.raises(TemporaryFailure):
            post.deliver(letter())


def test_an_address_that_is_none_fails_at_once(tmp_path):
    for url in (f"file:{tmp_path}", f"smtp://{HOST}:{closed_port()}"):
        with open_post(Settings(mail_url=url)) as post, pytest.raises(PermanentFailure):
            post.deliver(letter(recipient="person@example.org\nBcc: other@example.org"))


def test_we_greet_with_the_neutral_domain():
    """The greeting is written into every mail's Received line, discreet or not."""
    seen = []

    class Listening(SmtpServer):
        async def handle_EHLO(self, server, session, envelope, hostname, responses):
            seen.append(hostname)
            session.host_name = hostname
            return responses

    with Listening() as server, open_post(Settings(mail_url=server.url)) as post:
        post.deliver(letter())

    assert seen == ["example.net"]


def test_files_hold_whole_messages_named_after_their_ids(tmp_path):
    box = tmp_path / "out box"
    url = f"file:{str(box).replace(' ', '%20')}"
    with open_post(Settings(mail_url=url, sms_url=url)) as post:
        post.deliver(letter())
        post.deliver(letter())
        post.deliver(SMS)

    assert sorted(path.name for path in box.iterdir()) == ["message-1.eml", "message-9.txt"]
    mail = message_from_bytes((box / "message-1.eml").read_bytes(), policy=policy.default)
    assert mail["To"] == "person@example.org"
    assert (box / "message-9.txt").read_text() == "To: +48600100200\n\nPrzypomnienie: 24.11\n"


def test_a_folder_that_cannot_be_written_is_a_temporary_failure(tmp_path):
    file = tmp_path / "file"
    file.write_text("in the way")
    with open_post(Settings(mail_url=f"file:{file}")) as post, pytest.raises(TemporaryFailure):
        post.deliver(letter())


@pytest.mark.parametrize("url", ["", "carrier-pigeon:north"])
def test_sms_without_a_channel_waits_with_a_clear_reason(url):
    with open_post(Settings(sms_url=url)) as post, pytest.raises(TemporaryFailure, match="sms"):
        post.deliver(SMS)


@pytest.mark.parametrize(
    ("settings", "ways"),
    [
        pytest.param(Settings(), "", id="nothing"),
        pytest.param(
            Settings(mail_url="file:x", mail_from_neutral=""), "email full", id="no neutral sender"
        ),
        pytest.param(
            Settings(mail_url="file:x", sms_url="file:x"),
            "email discreet, email full, sms discreet, sms full",
            id="everything",
        ),
    ],
)
def test_what_the_settings_offer(settings, ways):
    assert ", ".join(sorted(f"{way.channel} {way.mode}" for way in offered(settings))) == ways


def test_the_server_has_ten_seconds_for_a_word_and_a_minute_for_its_verdict_on_a_mail():
    waits = []

    def asked(_envelope: Envelope) -> str:
        waits.append(connection.sock.gettimeout())
        return ACCEPTED

    with SmtpServer(asked) as server:
        channel = smtp.SmtpChannel(server.url, name="cic@example.org")
        connection = channel._connection()
        assert connection.sock.gettimeout() == 10
        channel.deliver(letter())
        channel.close()

    assert waits == [60]


def test_a_post_is_what_the_jobs_take(tmp_path: Path):
    with open_post(Settings(mail_url=f"file:{tmp_path}")) as post:
        typed: Post = post
        typed.deliver(letter())
