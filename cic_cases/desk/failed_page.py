"""The morning list of messages that did not arrive, in plain words: what, since when, what to do.

It lies open on a coordinator's desk: no address, no kind of help, and no card's code.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from cic_cases.desk import ledger_words as words
from cic_cases.foundation.clock import zone
from cic_cases.foundation.codes import show
from cic_cases.foundation.i18n import _, ngettext
from cic_cases.notifications import unarrived
from cic_cases.notifications.call_list_rules import What
from cic_cases.notifications.troubles import PASSES
from cic_cases.notifications.unarrived import Group, Unarrived
from cic_cases.privacy.actor import Scope

MOST_LINES = 25


@dataclass(frozen=True, slots=True)
class Row:
    """One message of the list."""

    one: Unarrived
    at: datetime

    @property
    def reference(self) -> str:
        """The appointment's reference, in groups."""
        return show(self.one.reference)

    @property
    def url(self) -> str:
        """The page of the appointment."""
        if self.one.what is What.OUTSIDE:
            return url_for("external.detail", external=self.reference)
        return url_for("bookings.detail", reference=self.reference)

    @property
    def time(self) -> str:
        """When the appointment is, where it is."""
        return words.moment(self.one.starts_at, self.at, zone(self.one.timezone))

    @property
    def remark(self) -> str:
        """Who has told or will tell the person."""
        if self.one.otherwise:
            return _("told the other way")
        if self.one.to_call:
            return _("on the call list")
        if self.one.phone:
            return _("not told yet")
        return _("no phone: tell the person at reception")


@dataclass(frozen=True, slots=True)
class Trouble:
    """The messages with one trouble, in the reader's words."""

    group: Group
    at: datetime

    @property
    def passes(self) -> bool:
        """Whether it ends by itself, and nobody has to do anything."""
        return self.group.trouble in PASSES and self.group.waits == len(self.group.messages)

    @property
    def title(self) -> str:
        """What is wrong."""
        return words.why(self.group.trouble, self.group.channel)

    @property
    def since(self) -> str:
        """Since when, by the clocks of the first centre concerned."""
        place = zone(self.group.messages[0].timezone)
        return _("since %(moment)s", moment=words.moment(self.group.since, self.at, place))

    @property
    def number(self) -> str:
        """How many messages wait, or did not arrive."""
        count, waits = len(self.group.messages), self.group.waits
        if waits == count:
            return ngettext("%(num)s message waits", "%(num)s messages wait", count)
        return ngettext("%(num)s message", "%(num)s messages", count)

    @property
    def advice(self) -> str:
        """What to do."""
        waits = self.group.waits > 0
        return words.advice(self.group.trouble, self.group.channel, waits=waits)

    @property
    def to_call(self) -> str | None:
        """How many of its people are on the call list."""
        count = self.group.to_call
        if not count:
            return None
        return ngettext(
            "%(num)s person is on the call list", "%(num)s people are on the call list", count
        )

    @property
    def cities(self) -> list[tuple[str, int]]:
        """How many in each centre, the most first."""
        return Counter(one.city for one in self.group.messages).most_common()

    @property
    def rows(self) -> list[Row]:
        """The first messages, those nobody was told of before the others."""
        return [Row(one, self.at) for one in self.group.messages[:MOST_LINES]]

    @property
    def more(self) -> int:
        """How many are not shown."""
        return max(len(self.group.messages) - MOST_LINES, 0)


def context(session: Session, scope: Scope, at: datetime) -> dict[str, Any]:
    """Everything the template needs; the number beside the title is that of the board."""
    groups = unarrived.unarrived(session, scope, at)
    return {
        "troubles": [Trouble(one, at) for one in groups],
        "untold": unarrived.people(groups),
        "several": len(scope.centres) > 1,
    }
