"""Mail by SMTP: `smtp://user:pass@host:port?starttls=1`, `smtps://…`.

One connection serves a run of messages. When the server cannot be reached, the rest of the run
fails at once instead of waiting ten seconds for each message. A refusal of our own sender, name
or password is temporary: it is the house's mistake, and no message should be lost for it. When the
line breaks after the whole mail was handed over, nobody can say whether it was taken.
"""

import re
import smtplib
import ssl
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from cic_cases.notifications.backoff import Hurdle
from cic_cases.notifications.channels.post import (
    TAKEN,
    NoConnection,
    PermanentFailure,
    Receipt,
    TemporaryFailure,
    TextMessage,
    TooLate,
    UnknownOutcome,
    in_time,
)
from cic_cases.notifications.ics import domain_of
from cic_cases.notifications.letters import Letter, mail

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

TIMEOUT_SECONDS = 10
CLOSING, PERMANENT = 421, 500  # the server hangs up; from here on it says «never»
NO_STORAGE = 452
ENHANCED = re.compile(r"\s*4\.(\d{1,3}\.\d{1,3})(?!\d)")
CROWDED = frozenset({"3.2", "4.5", "7.28"})  # not accepting, congested, too many at once
MAILBOX_FULL, TOO_MANY_RECIPIENTS = "2.2", "5.3"
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
        if self._server is not None:
            try:
                return self._hand_over(letter, message, self._server)
            except _HungUp:  # it may, between two mails; it has taken nothing of this one
                self.close()
        try:
            return self._hand_over(letter, message, self._connection())
        except _HungUp:
            self.close()
            raise NoConnection(NO_CONNECTION) from None

    def _hand_over(self, letter: Letter, message: EmailMessage, server: "_Noting") -> Receipt:
        server.before_each_word = partial(in_time, letter)
        try:
            server.send_message(message)
        except TooLate:  # in the midst of a mail of which the server has no word yet
            server.close()
            self._server = None
            raise
        except smtplib.SMTPRecipientsRefused as refused:
            raise _refusal(*max(refused.recipients.values(), key=itemgetter(0))) from None
        except smtplib.SMTPResponseException as refused:
            if refused.smtp_code == CLOSING and not server.begun:
                raise _HungUp from None
            if isinstance(refused, smtplib.SMTPSenderRefused) and refused.smtp_code >= PERMANENT:
                reason = "the mail server refused our sender"
                raise TemporaryFailure(reason, Hurdle.OURS) from None
            raise _refusal(refused.smtp_code, refused.smtp_error) from None
        except smtplib.SMTPNotSupportedError:
            raise PermanentFailure("the mail server cannot send to this address") from None
        except (smtplib.SMTPException, OSError):
            if not server.begun:
                raise _HungUp from None
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

    def _connection(self) -> "_Noting":
        """A new one; a server that cannot be reached is asked once a run."""
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


class _HungUp(Exception):
    """The server was gone before it took the first word of a mail."""


class _Noting(smtplib.SMTP):
    """Knows whether the last mail was begun, and whether the whole of it was handed over."""

    begun = False
    handed_over = False
    before_each_word: Callable[[], None] = staticmethod(lambda: None)

    def mail(self, sender: str, options: Sequence[str] = ()) -> tuple[int, bytes]:
        """Begin a mail, as smtplib does."""
        self.begun = False
        self.before_each_word()
        reply = super().mail(sender, options)
        self.begun = reply[0] != CLOSING
        return reply

    def data(self, msg: "ReadableBuffer | str") -> tuple[int, bytes]:
        """Hand the words over, as smtplib does."""
        self.before_each_word()
        return super().data(msg)

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


def _written(letter: Letter) -> EmailMessage:
    try:
        return mail(letter)
    except ValueError as error:
        raise PermanentFailure("bad address or header") from error


def _refusal(code: int, said: bytes | str) -> TemporaryFailure | PermanentFailure:
    """The failure that a reply means; the server's words may hold an address.

    Of them only the enhanced code is read («4.7.1», RFC 3463): why the server wants to wait.
    """
    reason = f"refused by the mail server: {code}"
    if code >= PERMANENT:
        return PermanentFailure(reason)
    words = said if isinstance(said, str) else said.decode("ascii", "replace")
    told = ENHANCED.match(words)
    why = told[1] if told else ""
    if code == CLOSING or why in CROWDED:
        return TemporaryFailure(reason, Hurdle.BUSY)
    full = why == MAILBOX_FULL or (code == NO_STORAGE and why != TOO_MANY_RECIPIENTS)
    return TemporaryFailure(reason, Hurdle.FULL if full else Hurdle.NOT_YET)
