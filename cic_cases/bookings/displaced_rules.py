"""What an answer of somebody who lost their time refuses. Pure."""

from cic_cases.bookings.disruption_rules import NothingHeld
from cic_cases.foundation.errors import N_, Refusal


class StillUndoable(Refusal):
    """For a minute nobody is told anything, so nobody can have answered."""

    msgid = N_("This can still be undone, and nobody has been told. Try again in a minute.")
    problem = "not-yet"
    status = 409


class Answered(NothingHeld):
    """Somebody has settled it first: the person has another appointment, or wants none."""

    msgid = N_("This has been answered already.")
    problem = "answered"
