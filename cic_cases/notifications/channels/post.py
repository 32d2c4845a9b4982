"""What every channel agrees on: what it takes, and the two words for how it failed.

`TemporaryFailure`: try again later. `PermanentFailure`: trying again is no help. Their reasons
are kept and shown to staff, so they never hold an address or what a server answered.
"""

from dataclasses import dataclass
from typing import Protocol

from cic_cases.notifications.letters import Letter


class TemporaryFailure(Exception):
    """Not now: no connection, or the other side asks to wait."""


class PermanentFailure(Exception):
    """Never: the other side refused this message, or the address cannot be one."""


@dataclass(frozen=True, kw_only=True)
class TextMessage:
    """All that an SMS is made of; `recipient` is a number in E.164."""

    message_id: str
    recipient: str
    text: str


class Post(Protocol):
    """Takes a finished message out of the house."""

    def deliver(self, letter: Letter | TextMessage) -> None:
        """Return when it was accepted; raises `TemporaryFailure` or `PermanentFailure`."""


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
        """`file:DIR`, or empty: no SMS."""
