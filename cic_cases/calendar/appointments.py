"""What every appointment refuses, ours or one in another institution. Pure."""

from datetime import datetime
from zoneinfo import ZoneInfo

from cic_cases.foundation.errors import N_, Refusal
from cic_cases.foundation.localtime import local_day


class InThePast(Refusal):
    """Only time to come can be promised; who asks says which field the date is in."""

    msgid = N_("This date has passed. Choose a later one.")


class VersionConflict(Refusal):
    """Two people changed the same appointment; the second is shown what the first did."""

    msgid = N_("Someone else has just changed this. Check it and save again.")
    problem = "version-conflict"
    status = 409


class WrongStatus(Refusal):
    """An appointment cannot go from where it stands to there."""

    msgid = N_("This cannot be done now: the appointment has another status.")
    problem = "wrong-status"
    status = 409


class NotYet(WrongStatus):
    """Nobody has arrived, was seen or stayed away before the day of the appointment."""

    msgid = N_("This cannot be done yet: the appointment is on another day.")


def check_version(known: int | None, current: int) -> None:
    """Refuse a change that was decided on an older state of the appointment."""
    if known is not None and known != current:
        raise VersionConflict()


def is_ahead(starts_at: datetime, at: datetime, place: ZoneInfo) -> bool:
    """Whether the appointment's local day is still to come at `at`."""
    return local_day(starts_at, place) > local_day(at, place)


def check_day(starts_at: datetime, at: datetime, place: ZoneInfo) -> None:
    """Refuse an outcome before the appointment's local day with `NotYet`."""
    if is_ahead(starts_at, at, place):
        raise NotYet()
