"""What the page of the call list shows: until when, about which time, in which words.

It lies open on a desk: no number, no kind of help, and no code where only the author of a record
may see it. A number is on the page for the one call for which it was opened.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import url_for
from sqlalchemy.orm import Session

from cic_cases.cases.rules import phone_in_groups
from cic_cases.foundation.clock import zone
from cic_cases.foundation.codes import show
from cic_cases.foundation.i18n import _, day_short, locale, pgettext, wall_clock
from cic_cases.foundation.localtime import local_day
from cic_cases.notifications import call_list
from cic_cases.notifications.call_list import ToCall
from cic_cases.notifications.call_list_rules import Due, What, Why
from cic_cases.notifications.kinds import Kind, Mode
from cic_cases.privacy.actor import Actor


@dataclass(frozen=True, slots=True)
class Line:
    """One person of the list, in the reader's words; `label` tells one line from another."""

    one: ToCall
    place: ZoneInfo
    at: datetime
    url: str

    @property
    def what(self) -> What:
        """Whether it is about an appointment of ours, or one elsewhere."""
        return self.one.due.subject[0]

    @property
    def reference(self) -> str:
        """The reference, in groups, as addresses have it."""
        return show(self.one.reference)

    @property
    def discreet(self) -> bool:
        """Whether only the neutral sentence may be said."""
        return self.one.mode is Mode.DISCREET

    def moment(self, at: datetime) -> str:
        """Day and time where the centre is; today without the day."""
        day, time = local_day(at, self.place), wall_clock(at, self.place)
        if day == local_day(self.at, self.place):
            return _("today %(time)s", time=time)
        return f"{day_short(day)}, {time}"

    @property
    def label(self) -> str:
        """What a reader of the screen hears of a button, so that no two sound alike."""
        return _(
            "appointment %(time)s, %(reference)s",
            time=self.moment(self.one.facts.occasion.starts_at),
            reference=self.reference,
        )

    @property
    def answers(self) -> bool:
        """Whether the person has to say if they take a time."""
        return self.one.lost or self.one.due.why is Why.OFFERED

    @property
    def news(self) -> str:
        """What the person does not know yet."""
        return _news(self.one.due)


@dataclass(frozen=True, slots=True)
class Opened:
    """The line whose number was asked for; `gloss` is what the words mean, if they need one."""

    line: Line
    number: str
    words: str
    gloss: str | None

    @property
    def written(self) -> str:
        """The number in the groups that people read and dial."""
        return phone_in_groups(self.number)


def context(session: Session, actor: Actor, at: datetime) -> dict[str, Any]:
    """Everything the template needs; the badge of the menu counts the lines that are here."""
    found = call_list.waiting_to_be_called(session, actor.scope("call_list.see"), at)
    lines = [Line(one, zone(one.facts.centre.timezone), at, _url(one)) for one in found]
    return {
        "lines": lines,
        "several": len(actor.scope("call_list.see").centres) > 1,
        "calls_waiting": lambda: len(lines),
    }


def opened(lines: Sequence[Line], what: What, reference: str, number: str) -> Opened | None:
    """The call that is made now: the number, and what is said; None when the line is gone."""
    for line in lines:
        if (line.what, line.one.reference) == (what, reference):
            said = call_list.words(line.one, line.at) or ""
            reader = locale()
            gloss = None
            if reader != line.one.facts.language:
                gloss = call_list.words(line.one, line.at, reader)
            return Opened(line, number, said, gloss)
    return None


def _url(one: ToCall) -> str:
    """Where the person's answer is written down."""
    reference = show(one.reference)
    if one.due.subject[0] is What.OUTSIDE:
        return url_for("external.detail", reference=reference)
    if one.due.why is Why.OFFERED:
        return url_for("waiting.overview")
    return url_for("bookings.detail", reference=reference)


def _news(due: Due) -> str:
    if due.why is Why.UNANSWERED:
        if due.held:
            return pgettext("call list", "was told, has not answered; the time is given away soon")
        return pgettext("call list", "was told, has not answered; the time is no longer held")
    if due.why is Why.LOST:
        if due.held:
            return pgettext("call list", "lost the appointment; another time is held")
        return pgettext("call list", "lost the appointment; no other time is held")
    if due.why is Why.OFFERED:
        return pgettext("call list", "a time that came free is held")
    if due.why is Why.ASKED:
        return pgettext("call list", "asks to be called about another date")
    return {
        Kind.BOOKING_CONFIRMATION: pgettext("call list", "the confirmation did not arrive"),
        Kind.RESCHEDULED: pgettext("call list", "has not heard of the new time"),
        Kind.CANCELLED_BY_CENTRE: pgettext("call list", "has not heard that it is cancelled"),
        Kind.CANCELLED_WITH_PROPOSAL: pgettext("call list", "has not heard that it is cancelled"),
        Kind.REMINDER_DAY_BEFORE: pgettext("call list", "the reminder did not arrive"),
        Kind.REMINDER_ON_DATE: pgettext("call list", "the reminder did not arrive"),
        Kind.REMINDER_EXTERNAL: pgettext("call list", "the reminder did not arrive"),
        Kind.REMINDER_EXTERNAL_ON_DATE: pgettext("call list", "the reminder did not arrive"),
    }[due.kind]
