"""What every channel agrees on: what it takes, what it gives back, and the words for failing.

`TemporaryFailure`: try again later. `PermanentFailure`: trying again is no help. `UnknownOutcome`:
it may have been taken, so trying again may tell a person twice. Their reasons are kept and shown
to staff, so they never hold an address or what a server answered.
"""

from dataclasses import dataclass
from datetime import timedelta
from math import inf
from time import monotonic
from typing import Protocol

from cic_cases.notifications.backoff import Hurdle
from cic_cases.notifications.letters import Letter


class TemporaryFailure(Exception):
    """Not now: `hurdle` is what stood in the way, `asked` how long the other side asks to wait."""

    usual = Hurdle.BROKE_OFF

    def __init__(
        self, reason: str, hurdle: Hurdle | None = None, asked: timedelta | None = None
    ) -> None:
        super().__init__(reason)
        self.hurdle, self.asked = hurdle or self.usual, asked


class NoConnection(TemporaryFailure):
    """Not now, whatever the message: the other side cannot be reached, or will not have us."""

    usual = Hurdle.AWAY


class TooLate(TemporaryFailure):
    """Not now: the last look at the appointment is so long ago that it may not be true any more."""


class PermanentFailure(Exception):
    """Never: the other side refused this message, or the address cannot be one."""


class UnknownOutcome(Exception):
    """The other side had the whole message, and nobody can say whether it was taken."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """What the other side said on taking a message: an SMS's parts, and its own number of it."""

    parts: int | None = None
    provider_ref: str | None = None


TAKEN = Receipt()


@dataclass(frozen=True, kw_only=True)
class TextMessage:
    """All that an SMS is made of; `recipient` is a number in E.164.

    A `discreet` one has the neutral sender. `leave_by`: as a mail's.
    """

    message_id: str
    recipient: str
    text: str
    discreet: bool = False
    leave_by: float = inf


def in_time(letter: Letter | TextMessage) -> None:
    """Asked before the first word to the other side; raises `TooLate`."""
    if monotonic() > letter.leave_by:
        raise TooLate("no answer in time")


class Post(Protocol):
    """Takes a finished message out of the house."""

    def deliver(self, letter: Letter | TextMessage) -> Receipt:
        """Return when it was accepted.

        Raises `TemporaryFailure`, `PermanentFailure` or `UnknownOutcome`.
        """


class Channel(Post, Protocol):
    """A door that may stay open between two messages."""

    def close(self) -> None:
        """Let go of the connection, if there is one."""


class PostSettings(Protocol):
    """The settings that decide how messages leave; `config.Settings` has them."""

    @property
    def mail_url(self) -> str:
        """`smtp://…`, `smtps://…`, `file:DIR`, or empty: no mail."""

    @property
    def mail_from(self) -> str:
        """The sender of full messages."""

    @property
    def mail_from_neutral(self) -> str:
        """The sender that names no centre; empty: nothing discreet leaves by mail."""

    @property
    def sms_url(self) -> str:
        """`smsapi://…`, `https://…` of a gateway, `file:DIR`, or empty: no SMS."""

    @property
    def sms_report_key(self) -> str:
        """The secret that delivery reports are known by; empty: none are taken."""

    @property
    def base_url(self) -> str:
        """Where the application is reached from outside."""
