"""What a message tells, by which way, saying how much, and what became of it: shared words."""

import enum


class Kind(enum.StrEnum):
    """What a message tells; the keys of its texts."""

    BOOKING_CONFIRMATION = "booking_confirmation"
    REMINDER_DAY_BEFORE = "reminder_day_before"
    REMINDER_ON_DATE = "reminder_on_date"
    RESCHEDULED = "rescheduled"
    CANCELLED_BY_CENTRE = "cancelled_by_centre"
    CANCELLED_ON_REQUEST = "cancelled_on_request"
    CANCELLED_WITH_PROPOSAL = "cancelled_with_proposal"
    WAITING_LIST_OFFER = "waiting_list_offer"
    MISSED_VISIT = "missed_visit"
    REMINDER_EXTERNAL = "reminder_external"
    REMINDER_EXTERNAL_ON_DATE = "reminder_external_on_date"
    DUTY_TOMORROW = "duty_tomorrow"
    DUTY_CHANGED = "duty_changed"
    REFERRAL_UNREAD = "referral_unread"


OF_STAFF = frozenset({Kind.DUTY_TOMORROW, Kind.DUTY_CHANGED, Kind.REFERRAL_UNREAD})
"""What members of staff are told of their own work; everything else is for beneficiaries."""
OF_PEOPLE = tuple(kind for kind in Kind if kind not in OF_STAFF)


class Means(enum.StrEnum):
    """By which channel an address is reached."""

    EMAIL = "email"
    SMS = "sms"


class State(enum.StrEnum):
    """pending until one of the others; only a superseded one may come back, with the address.

    `unknown`: the other side may have taken it, nobody can say; it is not sent again by itself.
    """

    PENDING = "pending"
    SENT = "sent"
    FAILED = "failed"
    SUPERSEDED = "superseded"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


class Mode(enum.StrEnum):
    """How much a message says; there is no row for people who get none."""

    FULL = "full"
    DISCREET = "discreet"
