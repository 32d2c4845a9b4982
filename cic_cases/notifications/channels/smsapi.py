"""SMS by SMSAPI.pl and its own client: `smsapi://TOKEN?sender=…&neutral=…&reach=48`.

Every message carries its name as `idx`, and the gateway refuses a name it has seen in the last 24
hours. So whatever the line did, trying again is no second SMS, and the refusal tells that the
first try was taken: nothing has to stay unknown. A refusal of our token, credit or sender is
temporary: it is the house's mistake, and no message should be lost for it.
"""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from requests.exceptions import ConnectionError as NotConnected
from requests.exceptions import RequestException
from smsapi.client import Client
from smsapi.exception import EndpointException, SendException

from cic_cases.notifications import sms_text
from cic_cases.notifications.backoff import Hurdle
from cic_cases.notifications.channels.post import (
    TAKEN,
    NoConnection,
    PermanentFailure,
    Receipt,
    TemporaryFailure,
    TextMessage,
    in_time,
)
from cic_cases.notifications.channels.sms_service import SmsService
from cic_cases.notifications.letters import Letter

DOMAIN = "https://api.smsapi.pl/"
TIMEOUT_SECONDS = (10, 30)  # to connect, and to wait for an answer
TAKEN_BEFORE = 53  # idx is not unique: an earlier try of this very message was taken
OURS = "the SMS gateway refused our"
MISTAKES_OF_OURS: Mapping[int, str] = {
    14: f"{OURS} sender",
    70: f"{OURS} address for reports: not allowed",
}
WILL_NOT_HAVE_US: Mapping[int, str] = {
    98: f"{OURS} account: not allowed to send",
    99: f"{OURS} account: not allowed to send",
    101: f"{OURS} sign-in",
    102: f"{OURS} sign-in",
    103: "the SMS account has no credit",
    105: f"{OURS} network: not allowed",
    110: f"{OURS} account: not allowed to send",
    1000: f"{OURS} account: not allowed to send",
}
NOT_SO_FAST = frozenset({202, 203})  # too many requests, whatever they are about
NOT_THIS_ONE = frozenset({8, 52, 200, 201, 999})  # their own faults, and too many to one number
NOT_A_NUMBER = 13
SIGN_IN = (401, 403)
NOT_NOW = (408, 425)
TOO_MANY = (429, 503)
SERVER_FAULT = 500
NO_CONNECTION = "no connection to the SMS gateway"
NO_SENSE = "no answer from the SMS gateway that makes sense"


class SmsApiChannel:
    """Delivers SMS by one account; `reports_to` is where the gateway tells what arrived."""

    def __init__(self, service: SmsService, *, reports_to: str | None = None) -> None:
        self._service = service
        self._client = Client(DOMAIN, access_token=unquote(service.url.netloc))
        self._more = {"notify_url": reports_to} if reports_to else {}  # None would be «None»
        self._unreachable = False

    def deliver(self, letter: Letter | TextMessage) -> Receipt:
        """Hand the SMS over. Raises `TemporaryFailure` or `PermanentFailure`."""
        if not isinstance(letter, TextMessage):
            raise PermanentFailure("no channel for email")
        if not self._service.reaches_number(letter.recipient):
            raise PermanentFailure("the SMS gateway does not reach this number")
        if self._unreachable:
            raise NoConnection(NO_CONNECTION)
        in_time(letter)
        try:
            answer = self._send(letter)
        except SendException as refused:
            return _refused(refused.code)
        except EndpointException as refused:
            return _answered(refused.code, refused.message)
        except NotConnected:
            self._unreachable = True
            raise NoConnection(NO_CONNECTION) from None
        except (RequestException, AttributeError, TypeError, ValueError):
            # The client stumbles over an answer that is not what it expects.
            raise TemporaryFailure(NO_SENSE, Hurdle.NOT_YET) from None
        return _receipt(answer, letter)

    def close(self) -> None:
        """Nothing stays open."""

    def _send(self, letter: TextMessage) -> Any:
        service = self._service
        return self._client.sms.send(
            to=letter.recipient.removeprefix("+"),
            message=letter.text,
            from_=service.neutral if letter.discreet else service.sender,
            encoding="utf-8",
            idx=idx_of(letter.message_id),
            check_idx=1,
            details=1,
            timeout=TIMEOUT_SECONDS,
            **self._more,
        )


def idx_of(message_id: str) -> str:
    """A message's name in the letters that `idx` may have (0-9, a-z, A-Z); no two are alike."""
    return message_id.replace("-", "").replace(".", "x")


def _receipt(answer: Any, letter: TextMessage) -> Receipt:
    taken = next(iter(answer.results), None)
    if taken is None:
        raise TemporaryFailure(NO_SENSE, Hurdle.NOT_YET)
    if taken.error:
        return _refused(taken.error)
    parts = taken.parts or answer.parts or sms_text.parts(letter.text)
    return Receipt(parts=int(parts), provider_ref=str(taken.id) if taken.id else None)


def _answered(status: Any, text: Any) -> Receipt:
    """What an answer means that is no success by HTTP; the gateway's own code says more."""
    try:
        code = json.loads(text)["error"]
    except (KeyError, TypeError, ValueError):
        code = None
    if isinstance(code, int):
        return _refused(code)
    if status in SIGN_IN:
        raise NoConnection(f"{OURS} sign-in")
    if status in TOO_MANY:
        raise TemporaryFailure(f"refused by the SMS gateway: {status}", Hurdle.BUSY)
    if status in NOT_NOW or status >= SERVER_FAULT:
        raise TemporaryFailure(f"refused by the SMS gateway: {status}", Hurdle.NOT_YET)
    raise PermanentFailure(f"refused by the SMS gateway: {status}")


def _refused(code: Any) -> Receipt:
    """What an error code of the gateway means; its words may hold the number."""
    known = int(code) if str(code).isdecimal() else -1
    if known == TAKEN_BEFORE:
        return TAKEN
    if known in MISTAKES_OF_OURS:
        raise TemporaryFailure(MISTAKES_OF_OURS[known], Hurdle.OURS)
    if known in WILL_NOT_HAVE_US:
        raise NoConnection(WILL_NOT_HAVE_US[known])
    if known in NOT_SO_FAST | NOT_THIS_ONE:
        hurdle = Hurdle.BUSY if known in NOT_SO_FAST else Hurdle.NOT_YET
        raise TemporaryFailure(f"the SMS gateway is busy: error {known}", hurdle)
    if known == NOT_A_NUMBER:
        raise PermanentFailure("the SMS gateway knows no such number")
    raise PermanentFailure(f"refused by the SMS gateway: error {known}")
