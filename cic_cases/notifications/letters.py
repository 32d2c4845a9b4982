"""A message as a mail: plain words, a calendar entry, and headers that nobody can add to.

The Message-ID is made of the message's own id, so a delivery that is repeated after a crash
arrives as the same mail. In discreet mode the caller passes the neutral sender; its domain is
then the only one in the mail.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from math import inf

from cic_cases.notifications.ics import Method, domain_of

ATTACHMENT = "visit.ics"
_SEVEN_BIT = SMTP.clone(cte_type="7bit")  # any server takes it
_BREAKS = frozenset({"Cc", "Zl", "Zp"})  # control characters, line and paragraph separators


class UnsafeHeader(ValueError):
    """A header would hold a line break, or not exactly one address. Sending again is no help."""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """All that a mail is made of; `recipient` is one bare address, `sender` may have a name.

    From the monotonic moment `leave_by` on it must not leave any more: what it says may be untrue.
    """

    message_id: str
    sender: str
    recipient: str
    subject: str
    body: str
    language: str
    sent_at: datetime
    calendar: bytes | None = None
    method: Method = Method.PUBLISH
    leave_by: float = inf


def mail(letter: Letter) -> EmailMessage:
    """The finished mail; raises `UnsafeHeader` for values that no header may hold."""
    for header in ("message_id", "sender", "recipient", "subject", "language"):
        _refuse_breaks(getattr(letter, header))
    message = EmailMessage(_SEVEN_BIT)
    message["From"] = _one_address(*parseaddr(letter.sender))
    message["To"] = _one_address("", letter.recipient)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(letter.sent_at)
    message["Message-ID"] = f"<{letter.message_id}@{domain_of(letter.sender)}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{letter.body}\n")
    if letter.calendar is not None:
        message.add_attachment(
            letter.calendar.decode(),
            subtype="calendar",
            cte="base64",
            filename=ATTACHMENT,
            params={"method": letter.method.value},
        )
    message["Content-Language"] = letter.language  # setting content takes such headers away
    return message


def _refuse_breaks(value: str) -> None:
    if any(unicodedata.category(letter) in _BREAKS for letter in value):
        raise UnsafeHeader("a header would hold a line break or a control character")


def _one_address(name: str, address: str) -> Address:
    """The address, its domain as the mail servers write it (почта.рф is xn--80a1acny.xn--p1ai)."""
    local, _, domain = address.rpartition("@")
    try:
        spec = f"{local}@{domain.encode('idna').decode()}".encode("ascii").decode()
        return Address(name, addr_spec=spec)
    except (HeaderParseError, IndexError, ValueError) as error:
        raise UnsafeHeader("a header must hold exactly one address") from error
