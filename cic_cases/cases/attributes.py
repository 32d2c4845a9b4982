"""The words a person is described with, shared by rules, tables and forms."""

import enum


class Gender(enum.StrEnum):
    """As the person states it."""

    WOMAN = "woman"
    MAN = "man"
    OTHER = "other"
    UNSTATED = "unstated"


class AgeBand(enum.StrEnum):
    """The bands of the fund's indicators; never a date of birth."""

    UNDER_18 = "under_18"
    FROM_18_TO_60 = "18_60"
    OVER_60 = "over_60"


class ContactMode(enum.StrEnum):
    """full: an ordinary message; discreet: no centre, neutral sender; none: told at reception."""

    FULL = "full"
    DISCREET = "discreet"
    NONE = "none"
