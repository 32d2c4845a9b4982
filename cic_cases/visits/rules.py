"""What may be recorded as a visit, and for how long a count can be taken back. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cic_cases.cases.rules import known_language
from cic_cases.foundation.errors import N_, Invalid, Refusal
from cic_cases.visits.channels import Channel

QUICK_CONTACT = "quick_contact"  # a key of the catalogue that is counted, never a visit's service
LONGEST_MINUTES = 720
OLDEST = timedelta(days=30)
UNDO_LAST_FOR = timedelta(minutes=10)
UNDO_CHOSEN_FOR = timedelta(days=1)


class NoService(Invalid):
    """A visit is for something; what was named is not given here."""

    field = "services"


class ConfidentialHelp(Refusal):
    """Reception never writes down who came for psychological or legal help."""

    msgid = N_("This kind of help is recorded by the specialist who gave it.")
    field = "services"
    problem = "confidential-help"


class UnknownLanguage(Invalid):
    """Not a language that anybody has a name for."""

    field = "language"


class InTheFuture(Refusal):
    """Only what has been can be recorded."""

    msgid = N_("This time has not come yet. Choose an earlier one.")
    field = "occurred_at"


class TooLongAgo(Refusal):
    """Old registers are imported, not typed in one by one."""

    msgid = N_("Visits can be recorded for %(days)s days. Choose a later date.")
    field = "occurred_at"


class WrongMinutes(Refusal):
    """A visit takes a minute at least and half a day at most."""

    msgid = N_("Enter minutes from 1 to %(most)s.")
    field = "minutes"


class NothingToUndo(Refusal):
    """It was taken back already, it is somebody else's, or it is too long ago."""

    msgid = N_("There is nothing to undo.")
    problem = "wrong-status"
    status = 409


@dataclass(frozen=True, slots=True)
class VisitWish:
    """A visit to record. Without a case it counts as a visit of nobody known."""

    centre_id: int
    channel: Channel
    service_ids: frozenset[int]
    case_id: int | None
    language: str
    minutes: int | None
    occurred_at: datetime

    def check(self, at: datetime) -> None:
        """Raise the `Refusal` that says why this cannot be recorded at `at`."""
        if not self.service_ids:
            raise NoService()
        if not known_language(self.language):
            raise UnknownLanguage()
        if self.occurred_at > at:
            raise InTheFuture()
        if self.occurred_at < at - OLDEST:
            raise TooLongAgo(days=OLDEST.days)
        if self.minutes is not None and not 1 <= self.minutes <= LONGEST_MINUTES:
            raise WrongMinutes(most=LONGEST_MINUTES)
