"""The doors messages leave through, chosen by the settings: SMTP, an SMS gateway, or files."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import cast
from urllib.parse import urlsplit

from flask import current_app

from cic_cases.notifications import report_rules
from cic_cases.notifications.backoff import Hurdle
from cic_cases.notifications.channels.file import FileChannel
from cic_cases.notifications.channels.gateway import JsonGateway
from cic_cases.notifications.channels.post import (
    TAKEN,
    Channel,
    NoConnection,
    PermanentFailure,
    Post,
    PostSettings,
    Receipt,
    TemporaryFailure,
    TextMessage,
    TooLate,
    UnknownOutcome,
)
from cic_cases.notifications.channels.sms_service import SmsService
from cic_cases.notifications.channels.smtp import SmtpChannel
from cic_cases.notifications.kinds import Means, Mode
from cic_cases.notifications.letters import Letter
from cic_cases.notifications.rules import Way

__all__ = [
    "TAKEN",
    "Hurdle",
    "NoConnection",
    "PermanentFailure",
    "Post",
    "PostSettings",
    "Receipt",
    "TemporaryFailure",
    "TextMessage",
    "TooLate",
    "UnknownOutcome",
    "offered",
    "open_post",
    "post_settings",
    "sms_service",
]


def post_settings() -> PostSettings:
    """The settings of the running application."""
    return cast(PostSettings, current_app.config["CIC"])


def sms_service(settings: PostSettings) -> SmsService:
    """What the settings say of the SMS service."""
    return _service_at(settings.sms_url)


_service_at = lru_cache(maxsize=8)(SmsService.read)


def offered(settings: PostSettings) -> frozenset[Way]:
    """The ways of telling that these settings allow.

    A gateway without a neutral sender sends nothing discreet: staff tell the person.
    """
    sms = sms_service(settings)
    neutral_sms = settings.sms_url and (sms.neutral or not sms.is_gateway)
    have = {
        Way(Means.EMAIL, Mode.FULL): settings.mail_url and settings.mail_from,
        Way(Means.EMAIL, Mode.DISCREET): settings.mail_url and settings.mail_from_neutral,
        Way(Means.SMS, Mode.FULL): settings.sms_url,
        Way(Means.SMS, Mode.DISCREET): neutral_sms,
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
    if means is Means.SMS and scheme == "smsapi":
        return _smsapi(settings)
    if means is Means.SMS and scheme in ("http", "https"):
        return JsonGateway(sms_service(settings))
    # Not a failure of one message: the settings are wrong, and every message waits for them.
    raise NoConnection(f"no channel for {means.value}: {scheme or 'nothing'} is not offered")


def _smsapi(settings: PostSettings) -> Channel:
    """Imported only here: its client is an extra that other installations do without."""
    from cic_cases.notifications.channels.smsapi import SmsApiChannel

    reports_to = report_rules.smsapi_address(settings.base_url, settings.sms_report_key)
    return SmsApiChannel(sms_service(settings), reports_to=reports_to)
