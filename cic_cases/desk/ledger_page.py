"""What the pages of messages show: the ledger of an appointment, and one message as it arrives."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for
from sqlalchemy.orm import Session

from cic_cases.bookings.models import Booking
from cic_cases.desk import ledger_words as words
from cic_cases.foundation.clock import zone
from cic_cases.foundation.codes import show
from cic_cases.foundation.i18n import PERSON_LOCALES
from cic_cases.notifications import ledger, resending, texts
from cic_cases.notifications.as_written import as_written
from cic_cases.notifications.channels import offered, post_settings
from cic_cases.notifications.kinds import Means, Mode, State
from cic_cases.notifications.ledger_rules import Line
from cic_cases.notifications.models import Message, WhyAgain
from cic_cases.notifications.occasions import Facts
from cic_cases.notifications.rules import Way
from cic_cases.notifications.troubles import PASSES
from cic_cases.privacy.actor import Actor

WAYS = tuple(Way(channel, mode) for channel in (Means.SMS, Means.EMAIL) for mode in Mode)


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of the ledger in the reader's words; times are those of `place`."""

    line: Line
    place: ZoneInfo

    @property
    def message(self) -> Message:
        """The message itself."""
        return self.line.message

    @property
    def said(self) -> str:
        """What happened."""
        return words.said(self.line, self.place)

    @property
    def why(self) -> str | None:
        """What is wrong, if anything is."""
        what = self.line.trouble
        return words.why(what, self.message.channel) if what else None

    @property
    def advice(self) -> str | None:
        """What to do, if anything is wrong."""
        what = self.line.trouble
        waits = self.message.state is State.PENDING
        return words.advice(what, self.message.channel, waits=waits) if what else None

    @property
    def passes(self) -> bool:
        """Whether the trouble ends by itself."""
        return self.message.state is State.PENDING and self.line.trouble in PASSES

    def moment(self, at: datetime) -> str:
        """A moment as the page says it."""
        return words.moment(at, self.line.at, self.place)


def of_booking(session: Session, booking: Booking, place: ZoneInfo, at: datetime) -> dict[str, Any]:
    """The messages about a booking: those of today's version, and those of older ones."""
    return _parted(ledger.of_booking(session, booking.id, at), booking.version, place)


def of_external(
    session: Session, external_id: int, version: int, place: ZoneInfo, at: datetime
) -> dict[str, Any]:
    """The messages about an appointment elsewhere, as `of_booking`."""
    return _parted(ledger.of_external(session, external_id, at), version, place)


def _parted(lines: list[Line], version: int, place: ZoneInfo) -> dict[str, Any]:
    shown = [Shown(one, place) for one in lines]
    return {
        "messages": [one for one in shown if one.message.booking_version == version],
        "older_messages": [one for one in shown if one.message.booking_version != version],
    }


def of_one(
    session: Session, line: Line, actor: Actor, at: datetime, asked: Mapping[str, str]
) -> dict[str, Any]:
    """One message: what became of it, how it reads, what can be done."""
    message = line.message
    facts = resending.facts_of(session, message)
    place = zone(facts.centre.timezone)
    scope = actor.scope("message.resend")
    may = ledger.find(session, message.id, scope) is not None
    return {
        "one": Shown(line, place),
        "facts": facts,
        "place": place,
        "back": address_of(message, facts),
        "choices": resending.choices(session, message, facts, scope, at) if may else None,
        "reasons": tuple(WhyAgain),
        "spoken": PERSON_LOCALES,
        "ways": WAYS,
        **_preview(session, line, facts, asked),
    }


def _preview(
    session: Session, line: Line, facts: Facts, asked: Mapping[str, str]
) -> dict[str, Any]:
    """How the message reads in the language and the way that were asked for, else its own."""
    message = line.message
    own = Way(message.channel, message.mode)
    way = next((one for one in WAYS if [*way_words(one)] == _asked(asked)), own)
    language = asked.get("in", "")
    language = language if language in PERSON_LOCALES else message.language
    told_of, as_now = _starts_at(session, message, facts)
    written = as_written(message.kind, facts, way, language, post_settings(), starts_at=told_of)
    return {
        "written": written,
        "way": way,
        "language": language,
        "is_offered": way in offered(post_settings()),
        "is_own": (way, language) == (own, message.language),
        "told_of": None if as_now else told_of,
        "unsure": as_now and message.booking_version != facts.occasion.version,
        "reworded_at": _reworded_at(session, line, facts, way, language),
    }


def way_words(way: Way) -> tuple[str, str]:
    """A way as addresses have it."""
    return way.channel.value, way.mode.value


def _asked(asked: Mapping[str, str]) -> list[str]:
    return [asked.get("by", ""), asked.get("mode", "")]


def _starts_at(session: Session, message: Message, facts: Facts) -> tuple[datetime, bool]:
    """The time the message tells of (UTC), and whether it is the appointment's time of today."""
    occasion = facts.occasion
    if message.booking_version == occasion.version or message.booking_id is None:
        return occasion.starts_at, True
    then = ledger.starts_at_of(session, message.booking_id, message.booking_version)
    return then or occasion.starts_at, then is None


def _reworded_at(
    session: Session, line: Line, facts: Facts, way: Way, language: str
) -> datetime | None:
    """When the region changed these words after the message had left; None: it has not."""
    key = texts.text_key(line.message.kind, way.mode)
    if key is None or line.sent_at is None:
        return None
    changed = ledger.words_changed_at(session, facts.centre.region_id, key, language)
    return changed if changed and changed > line.sent_at else None


def address_of(message: Message, facts: Facts) -> str:
    """The page of the appointment."""
    reference = show(facts.occasion.reference)
    if message.booking_id is None:
        return url_for("external.detail", external=reference)
    return url_for("bookings.detail", reference=reference)
