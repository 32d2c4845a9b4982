"""SMS by any gateway that takes JSON: `https://TOKEN@host/path?sender=…&neutral=…&reach=48,380`.

One POST for each message: `{"id", "to", "text", "sender"}`, with the token as a bearer and the
message's id as `Idempotency-Key`, so that a gateway that keeps keys sends a repeated delivery once.
Reports of what became of it are told to `/hooks/sms` (`report_rules.of_gateway`).
Redirects are not followed: they could lead numbers elsewhere.
A 429 or 503 with `Retry-After` leaves the gateway alone for so long, an hour at most.
"""

import http.client
import json
import ssl
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlencode

from cic_cases.foundation.clock import now
from cic_cases.notifications import backoff, sms_text
from cic_cases.notifications.backoff import Hurdle
from cic_cases.notifications.channels.post import (
    NoConnection,
    PermanentFailure,
    Receipt,
    TemporaryFailure,
    TextMessage,
    UnknownOutcome,
    in_time,
)
from cic_cases.notifications.channels.sms_service import SmsService
from cic_cases.notifications.letters import Letter

TIMEOUT_SECONDS = 10
VERDICT_SECONDS = 30  # for the answer to a whole message
LONGEST_ANSWER = 64 * 1024
LONGEST_REF = 80
OWN_MISTAKES = {
    401: "the SMS gateway refused our sign-in",
    402: "no credit at the SMS gateway",
    403: "the SMS gateway refused our sign-in",
    404: "the address of the SMS gateway is not allowed",
}
"""Refusals that are the house's mistake: no message should be lost for them."""
BUSY = frozenset({429, 503})
LATER = frozenset({408, 425})
NO_CONNECTION = "no connection to the SMS gateway"


class JsonGateway:
    """Hands SMS to one gateway."""

    def __init__(self, service: SmsService) -> None:
        self._service = service
        self._unreachable = False

    def deliver(self, letter: Letter | TextMessage) -> Receipt:
        """Hand the SMS over; raises `TemporaryFailure`, `PermanentFailure` or `UnknownOutcome`."""
        if not isinstance(letter, TextMessage):
            raise PermanentFailure("no channel for email")
        if not self._service.reaches_number(letter.recipient):
            raise PermanentFailure("the SMS gateway does not reach this number")
        answer, content = self._posted(letter)
        if 200 <= answer.status < 300:
            return Receipt(parts=sms_text.parts(letter.text), provider_ref=_reference(content))
        raise _refusal(answer.status, backoff.asked_in(answer.getheader("Retry-After"), now()))

    def close(self) -> None:
        """Nothing stays open."""

    def _posted(self, letter: TextMessage) -> tuple[http.client.HTTPResponse, bytes]:
        connection = self._connected()
        try:
            in_time(letter)
            self._send(connection, letter)
            connection.sock.settimeout(VERDICT_SECONDS)
            try:
                answer = connection.getresponse()
                return answer, answer.read(LONGEST_ANSWER)
            except (OSError, http.client.HTTPException):
                reason = "the SMS gateway broke off after the whole message"
                raise UnknownOutcome(reason) from None
        finally:
            connection.close()

    def _connected(self) -> http.client.HTTPConnection:
        """A new one; a gateway that cannot be reached is asked once a run."""
        if self._unreachable:
            raise NoConnection(NO_CONNECTION)
        url = self._service.url
        host = url.hostname or "localhost"
        if url.scheme == "https":
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, url.port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
            )
        else:
            connection = http.client.HTTPConnection(host, url.port, timeout=TIMEOUT_SECONDS)
        try:
            connection.connect()
        except OSError:
            connection.close()
            self._unreachable = True
            raise NoConnection(NO_CONNECTION) from None
        return connection

    def _send(self, connection: http.client.HTTPConnection, letter: TextMessage) -> None:
        service = self._service
        body = {
            "id": letter.message_id,
            "to": letter.recipient,
            "text": letter.text,
            "sender": service.neutral if letter.discreet else service.sender,
        }
        headers = {"Content-Type": "application/json", "Idempotency-Key": letter.message_id}
        if service.url.username:
            headers["Authorization"] = f"Bearer {unquote(service.url.username)}"
        path = service.url.path or "/"
        if service.theirs:
            path = f"{path}?{urlencode(service.theirs)}"
        try:
            connection.request("POST", path, json.dumps(body), headers)
        except (OSError, http.client.HTTPException):
            raise TemporaryFailure("the SMS gateway broke off") from None


def _refusal(status: int, asked: timedelta | None) -> TemporaryFailure | PermanentFailure:
    """The failure that a status means; the gateway's words may hold a number."""
    if status in OWN_MISTAKES:
        return NoConnection(OWN_MISTAKES[status])
    if status < 400:
        return NoConnection("the address of the SMS gateway is not allowed: it redirects")
    if status in BUSY:
        return TemporaryFailure(f"SMS gateway: {status}", Hurdle.BUSY, asked)
    if status >= 500 or status in LATER:
        return TemporaryFailure(f"SMS gateway: {status}", Hurdle.NOT_YET, asked)
    return PermanentFailure(f"refused by the SMS gateway: {status}")


def _reference(content: bytes) -> str | None:
    """The gateway's own number of the message, if it told one that reports can name again."""
    try:
        told: Any = json.loads(content)
    except ValueError:
        return None
    found = told.get("id") if isinstance(told, dict) else None
    text = str(found) if isinstance(found, int | str) and not isinstance(found, bool) else ""
    return text if 0 < len(text) <= LONGEST_REF and text.isprintable() else None
