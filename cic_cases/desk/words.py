"""Words for states and steps that several staff pages show."""

from cic_cases.bookings.statuses import Happening, Status
from cic_cases.foundation.i18n import _, ngettext, pgettext
from cic_cases.notifications.models import Kind, Means


def step_name(to: Status) -> str:
    """The button that takes a booking there."""
    return {
        Status.ARRIVED: pgettext("booking step", "Arrived"),
        Status.IN_PROGRESS: pgettext("booking step", "In progress"),
        Status.DONE: pgettext("booking step", "Completed"),
        Status.NO_SHOW: pgettext("booking step", "Did not come"),
    }[to]


def happening_name(what: Happening) -> str:
    """One line of a booking's history."""
    return {
        Happening.MADE: pgettext("booking history", "booked"),
        Happening.MOVED: pgettext("booking history", "moved"),
        Happening.STATUS: pgettext("booking history", "status changed"),
        Happening.UNDONE: pgettext("booking history", "change undone"),
        Happening.CANCELLED: pgettext("booking history", "cancelled"),
        Happening.HELD: pgettext("booking history", "held"),
        Happening.LAPSED: pgettext("booking history", "no longer held"),
        Happening.DISPLACED: pgettext("booking history", "lost its time"),
        Happening.RESTORED: pgettext("booking history", "stands again as before"),
        Happening.REASSIGNED: pgettext("booking history", "another specialist"),
        Happening.INTERPRETED: pgettext("booking history", "another interpreter"),
    }[what]


def message_kind(kind: Kind) -> str:
    """What a message tells."""
    return {
        Kind.BOOKING_CONFIRMATION: pgettext("message kind", "confirmation"),
        Kind.REMINDER_DAY_BEFORE: pgettext("message kind", "reminder"),
        Kind.REMINDER_ON_DATE: pgettext("message kind", "reminder"),
        Kind.RESCHEDULED: pgettext("message kind", "new time"),
        Kind.CANCELLED_BY_CENTRE: pgettext("message kind", "cancelled by the Centre"),
        Kind.CANCELLED_ON_REQUEST: pgettext("message kind", "cancelled on request"),
        Kind.CANCELLED_WITH_PROPOSAL: pgettext("message kind", "cancelled, another time held"),
        Kind.WAITING_LIST_OFFER: pgettext("message kind", "offer of a free slot"),
        Kind.MISSED_VISIT: pgettext("message kind", "missed appointment"),
        Kind.REMINDER_EXTERNAL: pgettext("message kind", "reminder"),
        Kind.REMINDER_EXTERNAL_ON_DATE: pgettext("message kind", "reminder"),
    }[kind]


def message_means(means: Means) -> str:
    """By which way it goes."""
    return {Means.EMAIL: pgettext("message way", "e-mail"), Means.SMS: "SMS"}[means]


def every(weeks: int) -> str:
    """How often a duty is held."""
    if weeks == 1:
        return _("every week")
    return ngettext("every %(num)s week", "every %(num)s weeks", weeks)


WORDS = (step_name, happening_name, message_kind, message_means, every)
