"""What may be noted of an appointment in another institution, and what can become of it. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from cic_cases.calendar import appointments
from cic_cases.cases.rules import known_language
from cic_cases.foundation.errors import N_, Invalid, Refusal
from cic_cases.foundation.intervals import Interval
from cic_cases.privacy.roles import Role
from cic_cases.visits.rules import UnknownLanguage
from cic_cases.visits.statuses import ExternalStatus

ASSISTANTS = frozenset({Role.ADVISER, Role.INTERPRETER})  # who may go along
SHORTEST, LONGEST = 5, 720  # minutes of the appointment itself
LONGEST_WAY = 240  # minutes each way
FARTHEST = timedelta(days=730)
OUTCOMES = frozenset({ExternalStatus.DONE, ExternalStatus.NO_SHOW})


class PersonBusy(Refusal):
    """Nobody can be in two places, nor on the way to one of them."""

    msgid = N_("This person already has an appointment at this time, or on the way there.")
    field = "time"
    problem = "person-busy"
    status = 409


class AssistantBusy(Refusal):
    """Whoever goes along is promised elsewhere, the way there and back included."""

    msgid = N_("This member of staff is not free for this time and the way. Choose another.")
    field = "assistant"
    problem = "assistant-busy"
    status = 409


class InThePast(appointments.InThePast):
    """Only what is still to come can be noted."""

    field = "day"


class TooFarAhead(Refusal):
    """Two years ahead is a slip of the keys."""

    msgid = N_("This date is too far ahead. Choose an earlier one.")
    field = "day"


class UnknownPlace(Invalid):
    """Not a place of this region, or one that is no longer used."""

    field = "place"


class NoAssistant(Invalid):
    """Nobody of this centre who goes along with people."""

    field = "assistant"


class WrongLength(Refusal):
    """The appointment is too short or too long to be one."""

    msgid = N_("Enter minutes from %(least)s to %(most)s.")
    field = "minutes"


class WrongWay(WrongLength):
    """The way there cannot take so long."""

    field = "travel_minutes"


@dataclass(frozen=True, kw_only=True, slots=True)
class Details:
    """Where and when (UTC), how far it is each way, and who goes along (None: nobody yet)."""

    place_id: int
    starts_at: datetime
    minutes: int
    travel_minutes: int
    company: bool
    assistant_id: int | None
    language: str

    @property
    def ends_at(self) -> datetime:
        """When the appointment itself ends."""
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def needs_company(self) -> bool:
        """Whether somebody goes along: asked for, or already named."""
        return self.company or self.assistant_id is not None

    def check(self, at: datetime) -> None:
        """Raise the `Refusal` that says why this cannot be noted at `at`."""
        if not known_language(self.language):
            raise UnknownLanguage()
        if not SHORTEST <= self.minutes <= LONGEST:
            raise WrongLength(least=SHORTEST, most=LONGEST)
        if not 0 <= self.travel_minutes <= LONGEST_WAY:
            raise WrongWay(least=0, most=LONGEST_WAY)
        if self.starts_at <= at:
            raise InThePast()
        if self.starts_at > at + FARTHEST:
            raise TooFarAhead()


@dataclass(frozen=True, kw_only=True, slots=True)
class ExternalWish:
    """An appointment elsewhere to note, of a case, by a centre."""

    case_id: int
    centre_id: int
    details: Details


def with_the_way(starts_at: datetime, ends_at: datetime, travel_minutes: int) -> Interval:
    """The time that is gone: the appointment, and the way there and back."""
    way = timedelta(minutes=travel_minutes)
    return Interval(starts_at - way, ends_at + way)


def check_step(now: ExternalStatus, to: ExternalStatus) -> None:
    """Only what is noted can come to an end, one way or the other; else `WrongStatus`."""
    if now is not ExternalStatus.NOTED or to not in OUTCOMES:
        raise appointments.WrongStatus()
