"""Why a time is not free, in words that never tell who is booked. Pure.

The order of `Why` says how near a time is to being free: the nearest reason is told first.
"""

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from cic_cases.foundation.errors import N_, Refusal


class Why(enum.StrEnum):
    """What stands against a time; the values are stable and may be used in the JSON."""

    PERSON_BUSY = "person-busy"
    BUFFER = "buffer"
    ROOM_TAKEN = "room-taken"
    STAFF_TAKEN = "specialist-taken"
    SECOND_TAKEN = "second-specialist-taken"
    INTERPRETER_TAKEN = "interpreter-taken"
    GRID = "not-on-the-grid"
    TOO_SHORT = "too-short-before-the-end"
    OUTSIDE_DUTY = "outside-duty"
    NO_SECOND = "no-second-specialist"
    NO_INTERPRETER = "no-interpreter"
    LANGUAGE = "language"
    PAST = "past"
    NOTICE = "notice"
    HORIZON = "horizon"
    CANCELLED = "cancelled"
    SUBSTITUTED = "substituted"
    ROOM_CLOSED = "room-closed"
    ROOM_NOT_USED = "room-not-used"
    INSTITUTION_CLOSED = "institution-closed"
    OUTSIDE_OPENING = "outside-opening"
    SKIPPED_HOUR = "skipped-hour"
    CENTRE_CLOSED = "centre-closed"
    HOLIDAY = "holiday"
    NOT_OPEN = "not-open"
    OTHER_DAY = "other-day"


SENTENCES: Mapping[Why, str] = {
    Why.PERSON_BUSY: N_("This person already has an appointment at this time."),
    Why.BUFFER: N_("The minutes around a neighbouring appointment are kept free."),
    Why.ROOM_TAKEN: N_("The room is taken at this time."),
    Why.STAFF_TAKEN: N_("The specialist is taken at this time."),
    Why.SECOND_TAKEN: N_("The second specialist is taken at this time."),
    Why.INTERPRETER_TAKEN: N_("The interpreter is taken at this time."),
    Why.GRID: N_("Appointments begin at other times; the nearest: %(times)s."),
    Why.TOO_SHORT: N_("The duty ends at %(ends)s: too little time is left."),
    Why.OUTSIDE_DUTY: N_("The duty on that day is %(starts)s–%(ends)s."),
    Why.NO_SECOND: N_("Two specialists are needed, and only one is on duty at this time."),
    Why.NO_INTERPRETER: N_("No interpreter of this language is on duty at this time."),
    Why.LANGUAGE: N_("The specialist on duty does not speak this language."),
    Why.PAST: N_("This time has passed."),
    Why.NOTICE: N_("This must be booked at least %(minutes)s min ahead."),
    Why.HORIZON: N_("Times after %(day)s cannot be booked yet."),
    Why.CANCELLED: N_("The duty is cancelled on that day."),
    Why.SUBSTITUTED: N_("Somebody else holds the duty on that day."),
    Why.ROOM_CLOSED: N_("The room is closed on that day."),
    Why.ROOM_NOT_USED: N_("The room of the duty is no longer in use."),
    Why.INSTITUTION_CLOSED: N_("The institution sends nobody on that day."),
    Why.OUTSIDE_OPENING: N_("The Centre is not open at the hours of the duty on that day."),
    Why.SKIPPED_HOUR: N_("The clocks skip an hour of the duty that night."),
    Why.CENTRE_CLOSED: N_("The Centre is closed on that day."),
    Why.HOLIDAY: N_("It is a public holiday: %(name)s."),
    Why.NOT_OPEN: N_("The Centre does not open on that day."),
    Why.OTHER_DAY: N_("Nobody is on duty for this on that day."),
}
NEAREST = {why: number for number, why in enumerate(Why)}


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason; `values` fill its sentence."""

    why: Why
    values: Mapping[str, str] = field(default_factory=dict, compare=False)

    @property
    def msgid(self) -> str:
        """The translatable sentence."""
        return SENTENCES[self.why]

    def text(self) -> str:
        """The sentence in the reader's language."""
        told = Refusal(**self.values)
        told.msgid = self.msgid
        return told.text()
