"""The doors messages leave through, chosen by the settings: SMTP, or files in a folder."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast
from urllib.parse import urlsplit

from flask import current_app

from cic_cases.notifications.channels.file import FileChannel
from cic_cases.notifications.channels.post import (
    TAKEN,
    Channel,
    PermanentFailure,
    Post,
    PostSettings,
    Receipt,
    TemporaryFailure,
    TextMessage,
    UnknownOutcome,
)
from cic_cases.notifications.channels.smtp import SmtpChannel
from cic_cases.notifications.kinds import Means, Mode
from cic_cases.notifications.letters import Letter
from cic_cases.notifications.rules import Way

__all__ = [
    "TAKEN",
    "PermanentFailure",
    "Post",
    "PostSettings",
    "Receipt",
    "TemporaryFailure",
    "TextMessage",
    "UnknownOutcome",
    "offered",
    "open_post",
    "post_settings",
]


def post_settings() -> PostSettings:
    """The settings of the running application."""
    return cast(PostSettings, current_app.config["CIC"])


def offered(settings: PostSettings) -> frozenset[Way]:
    """The ways of telling that these settings allow."""
    have = {
        Way(Means.EMAIL, Mode.FULL): settings.mail_url and settings.mail_from,
        Way(Means.EMAIL, Mode.DISCREET): settings.mail_url and settings.mail_from_neutral,
        Way(Means.SMS, Mode.FULL): settings.sms_url,
        Way(Means.SMS, Mode.DISCREET): settings.sms_url,
    }
    return frozenset(way for way, door in have.items() if door)


@contextmanager
def open_post(settings: PostSettings) -> Iterator[Post]:
    """The way out for one run; connections are reused inside the block and closed after it."""
    office = _PostOffice(settings)
    try:
        yield office
    finally:
        office.close()


class _PostOffice:
    """Mail by one channel, SMS by another; each is opened when its first message comes."""

    def __init__(self, settings: PostSettings) -> None:
        self._settings = settings
        self._open: dict[Means, Channel] = {}

    def deliver(self, letter: Letter | TextMessage) -> Receipt:
        means = Means.EMAIL if isinstance(letter, Letter) else Means.SMS
        if means not in self._open:
            self._open[means] = _channel(means, self._settings)
        return self._open[means].deliver(letter)

    def close(self) -> None:
        for channel in self._open.values():
            channel.close()


def _channel(means: Means, settings: PostSettings) -> Channel:
    url = settings.mail_url if means is Means.EMAIL else settings.sms_url
    scheme = urlsplit(url).scheme
    if scheme == "file":
        return FileChannel(url)
    if means is Means.EMAIL and scheme in ("smtp", "smtps"):
        return SmtpChannel(url, name=settings.mail_from_neutral or settings.mail_from)
    # Not a failure of one message: the settings are wrong, and every message waits for them.
    raise TemporaryFailure(f"no channel for {means.value}: {scheme or 'nothing'} is not offered")
