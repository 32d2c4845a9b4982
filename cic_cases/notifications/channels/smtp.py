"""Mail by SMTP: `smtp://user:pass@host:port?starttls=1`, `smtps://…`.

One connection serves a run of messages. When the server cannot be reached, the rest of the run
fails at once instead of waiting ten seconds for each message. A refusal of our own sender, name
or password is temporary: it is the house's mistake, and no message should be lost for it. When the
line breaks after the whole mail was handed over, nobody can say whether it was taken.
"""

import smtplib
import ssl
from email.message import EmailMessage
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from cic_cases.notifications.channels.post import (
    TAKEN,
    NoConnection,
    PermanentFailure,
    Receipt,
    TemporaryFailure,
    TextMessage,
    UnknownOutcome,
)
from cic_cases.notifications.ics import domain_of
from cic_cases.notifications.letters import Letter, mail

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

TIMEOUT_SECONDS = 10
REFUSED, PERMANENT = 400, 500  # reply codes from here on say «not now», and «never»
TRUE = ("1", "true", "yes", "on")
VERDICT_SECONDS = 60  # for the answer to a whole mail: servers read it first (RFC 5321, 4.5.3.2.6)
END_OF_MAIL = b"\r\n.\r\n"
NO_CONNECTION = "no connection to the mail server"


class SmtpChannel:
    """Delivers mail to one server; `name` is an address whose domain we greet with."""

    def __init__(self, url: str, *, name: str) -> None:
        self._url = urlsplit(url)
        self._name = domain_of(name)
        self._server: _Noting | None = None
        self._unreachable = False

    def deliver(self, letter: Letter | TextMessage) -> Receipt:
        """Hand the mail to the server.

        Raises `TemporaryFailure`, `PermanentFailure` or `UnknownOutcome`.
        """
        if not isinstance(letter, Letter):
            raise PermanentFailure("no channel for sms")
        message = _written(letter)
        server = self._ready()
        try:
            server.send_message(message)
        except smtplib.SMTPRecipientsRefused as refused:
            raise _refusal(max(code for code, _ in refused.recipients.values())) from None
        except smtplib.SMTPSenderRefused:
            raise TemporaryFailure("the mail server refused our sender") from None
        except smtplib.SMTPResponseException as refused:
            raise _refusal(refused.smtp_code) from None
        except smtplib.SMTPNotSupportedError:
            raise PermanentFailure("the mail server cannot send to this address") from None
        except (smtplib.SMTPException, OSError):
            whole = server.handed_over
            self.close()
            if whole:
                raise UnknownOutcome("the mail server broke off after the whole message") from None
            raise TemporaryFailure("the mail server broke off") from None
        return TAKEN

    def close(self) -> None:
        """Say goodbye, or just hang up when nobody listens."""
        server, self._server = self._server, None
        if server is None:
            return
        try:
            server.quit()
        except (smtplib.SMTPException, OSError):
            server.close()

    def _ready(self) -> "_Noting":
        if self._server is not None:
            if _answers(self._server):
                return self._server
            self.close()
        if self._unreachable:
            raise NoConnection(NO_CONNECTION)
        try:
            self._server = self._connected()
        except (smtplib.SMTPAuthenticationError, smtplib.SMTPNotSupportedError):
            self._unreachable = True
            raise NoConnection("the mail server refused our sign-in") from None
        except (smtplib.SMTPException, OSError):
            self._unreachable = True
            raise NoConnection(NO_CONNECTION) from None
        return self._server

    def _connected(self) -> "_Noting":
        url = self._url
        server = _dial(url, self._name)
        try:
            if _asks_starttls(url):
                server.starttls(context=ssl.create_default_context())
            if url.username is not None:
                server.login(unquote(url.username), unquote(url.password or ""))
        except BaseException:
            server.close()
            raise
        return server


class _Noting(smtplib.SMTP):
    """Knows whether the whole of the last mail was handed over."""

    handed_over = False

    def send(self, s: "ReadableBuffer | str") -> None:
        """Send, as smtplib does; what ends with a single dot on a line is a whole mail."""
        self.handed_over = False
        whole = isinstance(s, bytes) and s.endswith(END_OF_MAIL)
        if self.sock is not None:
            self.sock.settimeout(VERDICT_SECONDS if whole else TIMEOUT_SECONDS)
        super().send(s)
        self.handed_over = whole


class _NotingOverTls(_Noting, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


def _dial(url: SplitResult, name: str) -> _Noting:
    host = url.hostname or "localhost"
    if url.scheme == "smtps":
        return _NotingOverTls(
            host,
            url.port or smtplib.SMTP_SSL_PORT,
            local_hostname=name,
            timeout=TIMEOUT_SECONDS,
            context=ssl.create_default_context(),
        )
    port = url.port or (587 if _asks_starttls(url) else smtplib.SMTP_PORT)
    return _Noting(host, port, local_hostname=name, timeout=TIMEOUT_SECONDS)


def _asks_starttls(url: SplitResult) -> bool:
    return parse_qs(url.query).get("starttls", ["0"])[-1].lower() in TRUE


def _answers(server: smtplib.SMTP) -> bool:
    """Whether the connection is still good; asked before each further message."""
    try:
        return server.noop()[0] < REFUSED
    except (smtplib.SMTPException, OSError):
        return False


def _written(letter: Letter) -> EmailMessage:
    try:
        return mail(letter)
    except ValueError as error:
        raise PermanentFailure("bad address or header") from error


def _refusal(code: int) -> TemporaryFailure | PermanentFailure:
    """The failure that a reply code means; the server's words may hold an address."""
    kind = PermanentFailure if code >= PERMANENT else TemporaryFailure
    return kind(f"refused by the mail server: {code}")
