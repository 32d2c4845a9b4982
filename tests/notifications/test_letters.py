"""Mails as they arrive: read back from their bytes."""

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cic_cases.notifications.ics import CalendarEntry, Method, calendar
from cic_cases.notifications.letters import Letter, UnsafeHeader, mail
from tests.notifications.speech import speaking

SENT = datetime(2030, 1, 7, 6, 0, 5, tzinfo=UTC)
LETTER = Letter(
    message_id="2f6e0a5e-5a0e-4bb5-8f0e-6f5a3f1f0c11",
    sender="Centrum Integracji <cic@example.org>",
    recipient="osoba@example.com",
    subject="Візит: підтвердження",
    body="CIC Poznań: візит 10.01, 14:30. Адреса: ul. Nowowiejskiego 25, Poznań. Код: QNJ-5TQ.",
    language="uk",
    sent_at=SENT,
)
BREAKS = ("\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029")
ADDED = ("Bcc: thief@example.net", " folded: x", "\r\n\r\nanother body", "To: two@example.net", "")


def read_back(letter: Letter) -> EmailMessage:
    message = message_from_bytes(mail(letter).as_bytes(), policy=default)
    assert message.defects == []
    return message


def with_calendar() -> Letter:
    with speaking("uk"):
        entry = CalendarEntry(
            uid="7b0c9a52-64fd-4f0c-9a5e-0d9d3f8a6f11",
            version=1,
            starts_at=SENT,
            ends_at=SENT,
            sender=LETTER.sender,
            address="ul. Nowowiejskiego 25, Poznań",
        )
        return replace(LETTER, calendar=calendar(entry, Method.CANCEL, stamp=SENT))


def test_a_mail_arrives_as_it_was_written():
    message = read_back(LETTER)

    assert message["Subject"] == LETTER.subject
    assert message.get_content().splitlines() == [LETTER.body]
    assert message.get_content_type() == "text/plain"
    assert message.get_content_charset() == "utf-8"
    assert message["From"].addresses[0].addr_spec == "cic@example.org"
    assert message["From"].addresses[0].display_name == "Centrum Integracji"
    assert [to.addr_spec for to in message["To"].addresses] == ["osoba@example.com"]
    assert message["Date"].datetime == SENT
    assert message["Content-Language"] == "uk"
    assert message["Auto-Submitted"] == "auto-generated"


def test_any_server_takes_the_mail():
    content = mail(with_calendar()).as_bytes()

    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert b"\n" not in content.replace(b"\r\n", b"")


def test_a_repeated_delivery_is_the_same_mail():
    later = replace(LETTER, sent_at=SENT.replace(hour=9))

    assert mail(LETTER)["Message-ID"] == f"<{LETTER.message_id}@example.org>"
    assert mail(later)["Message-ID"] == mail(LETTER)["Message-ID"]


def test_the_calendar_entry_is_attached_under_a_neutral_name():
    letter = replace(with_calendar(), method=Method.CANCEL)
    (attached,) = read_back(letter).iter_attachments()

    assert attached.get_content_type() == "text/calendar"
    assert attached.get_param("method") == "CANCEL"
    assert attached["Content-Type"].count("charset") == 1
    assert attached.get_filename() == "visit.ics"
    assert attached.get_content().encode().replace(b"\r\n", b"\n") == (
        letter.calendar.replace(b"\r\n", b"\n")
    )


def test_a_discreet_mail_knows_the_neutral_domain_only():
    message = read_back(replace(LETTER, sender="post@example.net"))

    assert "example.org" not in message.as_string()
    assert message["Message-ID"].endswith("@example.net>")


@pytest.mark.parametrize("added", ADDED)
@pytest.mark.parametrize("line_break", BREAKS, ids=ascii)
@pytest.mark.parametrize("field", ["subject", "recipient", "sender", "message_id", "language"])
def test_a_line_break_in_a_header_is_refused(field, line_break, added):
    poisoned = replace(LETTER, **{field: f"{getattr(LETTER, field)}{line_break}{added}"})

    with pytest.raises(UnsafeHeader):
        mail(poisoned)


@pytest.mark.parametrize(
    "recipient",
    [
        "",
        "nobody",
        "@example.com",
        "a@",
        "a@example.com, b@example.com",
        "a@example.com b",
        "ж@x.y",
    ],
)
def test_a_mail_goes_to_exactly_one_address_or_not_at_all(recipient):
    with pytest.raises(UnsafeHeader):
        mail(replace(LETTER, recipient=recipient))


def test_a_cyrillic_domain_is_written_as_servers_know_it():
    abroad = replace(LETTER, recipient="osoba@пошта.укр")

    assert mail(abroad)["To"] == "osoba@xn--80a1acn3a.xn--j1amh"


@given(subject=st.text(max_size=80), recipient=st.text(max_size=80))
def test_whatever_is_put_in_nobody_else_gets_the_mail(subject, recipient):
    try:
        message = mail(replace(LETTER, subject=subject, recipient=recipient))
    except UnsafeHeader:
        return
    read = message_from_bytes(message.as_bytes(), policy=default)

    assert len(read["To"].addresses) == 1
    assert read.get_all("To") is not None
    assert (len(read.get_all("To")), read["Bcc"], read["Cc"]) == (1, None, None)
