"""Where a booking can stand, and what can happen to it: words that rules and tables share."""

import enum


class Status(enum.StrEnum):
    """Where a booking stands; names are fixed by the contract."""

    HELD = "held"
    BOOKED = "booked"
    ARRIVED = "arrived"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    NO_SHOW = "no_show"
    CANCELLED = "cancelled"
    NEEDS_REBOOKING = "needs_rebooking"


class Happening(enum.StrEnum):
    """What happened to a booking, as its trace tells it."""

    MADE = "made"
    MOVED = "moved"
    STATUS = "status"
    UNDONE = "undone"
    CANCELLED = "cancelled"
    HELD = "held"
    LAPSED = "lapsed"
    DISPLACED = "displaced"
    RESTORED = "restored"
    REASSIGNED = "reassigned"
    INTERPRETED = "interpreted"


class HeldFor(enum.StrEnum):
    """Why a time is held: somebody is booking it now, or it was offered to a person."""

    BOOKING = "booking"
    OFFER = "offer"
    PROPOSAL = "proposal"
