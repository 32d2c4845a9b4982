"""Where an appointment in another institution can stand: words that rules and tables share."""

import enum


class ExternalStatus(enum.StrEnum):
    """Where an appointment elsewhere stands."""

    NOTED = "noted"
    DONE = "done"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
