"""The words of every message: one English text per key, translated by the catalogue.

The key is the text's context there. In `Mode.FULL` a kind has a text of its own. In
`Mode.DISCREET` few texts serve all kinds, and none says where or what for:

- a confirmation, and a visit that was moved (with its new time): `discreet_confirmation`;
- the reminder: `discreet_reminder`, which does not say "tomorrow" either;
- cancelled by the centre: `discreet_call_us`, so that a new time is agreed by voice;
- cancelled, another time is held: `discreet_proposal`, with both times and the deadline;
- a freed time is held for the person: `discreet_offer`, with the deadline;
- an appointment outside the centre: `discreet_reminder` too, which tells no centre from another;
- cancelled on request: nothing. The person asked for it and was told at once; another message
  on a phone that others read only does harm;
- a missed visit: nothing, for the same reason. Whoever did not come may have been kept from it.

No text names the kind of help, the specialist or the institution, and none has a link.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from cic_cases.foundation.codes import show
from cic_cases.foundation.errors import NP_
from cic_cases.foundation.i18n import pgettext, wall_clock
from cic_cases.notifications.kinds import Kind, Mode
from cic_cases.notifications.rules import Held

TEXTS: Mapping[str, str] = {
    "booking_confirmation": NP_(
        "booking_confirmation",
        "%(centre)s: your appointment is on %(date)s at %(time)s. Address: %(address)s."
        " Code: %(code)s. To change or cancel: %(phone)s.",
    ),
    "reminder_day_before": NP_(
        "reminder_day_before",
        "Reminder: tomorrow, %(date)s at %(time)s, appointment at %(centre)s."
        " If you cannot come, please call %(phone)s.",
    ),
    "reminder_on_date": NP_(
        "reminder_on_date",
        "Reminder: %(date)s at %(time)s, appointment at %(centre)s."
        " If you cannot come, please call %(phone)s.",
    ),
    "rescheduled": NP_(
        "rescheduled",
        "%(centre)s: your appointment has been moved. New date: %(date)s at %(time)s."
        " Code: %(code)s. Questions: %(phone)s.",
    ),
    "cancelled_by_centre": NP_(
        "cancelled_by_centre",
        "%(centre)s: we are sorry, your appointment on %(date)s at %(time)s has been cancelled."
        " For a new date, please call %(phone)s.",
    ),
    "cancelled_on_request": NP_(
        "cancelled_on_request",
        "%(centre)s: your appointment on %(date)s at %(time)s has been cancelled as you asked."
        " For a new date, please call %(phone)s.",
    ),
    "cancelled_with_proposal": NP_(
        "cancelled_with_proposal",
        "%(centre)s: we are sorry, your appointment on %(date)s at %(time)s cannot take place."
        " We hold %(new_date)s at %(new_time)s for you. Please call %(phone)s by %(deadline)s.",
    ),
    "waiting_list_offer": NP_(
        "waiting_list_offer",
        "%(centre)s: an appointment is available on %(date)s at %(time)s."
        " If you want it, please call %(phone)s by %(deadline)s.",
    ),
    "missed_visit": NP_(
        "missed_visit",
        "%(centre)s: your appointment on %(date)s at %(time)s did not take place."
        " For a new date, please call %(phone)s.",
    ),
    "evaluation_request": NP_(
        "evaluation_request",
        "%(centre)s: thank you for coming. Please tell us what was good and what we should change:"
        " %(phone)s or in the Centre.",
    ),
    "confirming_code": NP_(
        "confirming_code",
        "%(centre)s: your code is %(code)s. Enter it to confirm. Do not give it to anybody.",
    ),
    "reminder_external": NP_(
        "reminder_external",
        "%(centre)s: tomorrow, %(date)s at %(time)s, you have an appointment outside the Centre."
        " Questions: %(phone)s.",
    ),
    "reminder_external_on_date": NP_(
        "reminder_external_on_date",
        "%(centre)s: on %(date)s at %(time)s you have an appointment outside the Centre."
        " Questions: %(phone)s.",
    ),
    "discreet_confirmation": NP_(
        "discreet_confirmation", "Confirmed: %(date)s, %(time)s. Questions: %(phone)s."
    ),
    "discreet_reminder": NP_(
        "discreet_reminder", "Reminder: %(date)s, %(time)s. Questions: %(phone)s."
    ),
    "discreet_code": NP_("discreet_code", "Code: %(code)s."),
    "discreet_call_us": NP_("discreet_call_us", "Change of date. Please call %(phone)s."),
    "discreet_proposal": NP_(
        "discreet_proposal",
        "Change of date. Not: %(date)s, %(time)s. New: %(new_date)s, %(new_time)s."
        " Please call %(phone)s by %(deadline)s.",
    ),
    "discreet_offer": NP_(
        "discreet_offer",
        "Possible date: %(date)s, %(time)s. If it suits you, please call %(phone)s"
        " by %(deadline)s.",
    ),
}
SUBJECTS: Mapping[str, str] = {
    "booking_confirmation": NP_("message subject", "Visit: confirmation"),
    "reminder_day_before": NP_("message subject", "Visit: reminder"),
    "reminder_on_date": NP_("message subject", "Visit: reminder"),
    "rescheduled": NP_("message subject", "Visit: change of time"),
    "cancelled_by_centre": NP_("message subject", "Visit cancelled"),
    "cancelled_on_request": NP_("message subject", "Visit cancelled"),
    "cancelled_with_proposal": NP_("message subject", "Visit: change of time"),
    "waiting_list_offer": NP_("message subject", "Visit: available time"),
    "missed_visit": NP_("message subject", "Visit: did not take place"),
    "evaluation_request": NP_("message subject", "Your opinion"),
    "confirming_code": NP_("message subject", "Code"),
    "reminder_external": NP_("message subject", "Reminder"),
    "reminder_external_on_date": NP_("message subject", "Reminder"),
    "discreet_confirmation": NP_("message subject", "Confirmation"),
    "discreet_reminder": NP_("message subject", "Reminder"),
    "discreet_code": NP_("message subject", "Code"),
    "discreet_call_us": NP_("message subject", "Please call"),
    "discreet_proposal": NP_("message subject", "Please call"),
    "discreet_offer": NP_("message subject", "Please call"),
}
_DISCREET: Mapping[Kind, str | None] = {
    Kind.BOOKING_CONFIRMATION: "discreet_confirmation",
    Kind.REMINDER_DAY_BEFORE: "discreet_reminder",
    Kind.REMINDER_ON_DATE: "discreet_reminder",
    Kind.RESCHEDULED: "discreet_confirmation",
    Kind.CANCELLED_BY_CENTRE: "discreet_call_us",
    Kind.CANCELLED_ON_REQUEST: None,
    Kind.CANCELLED_WITH_PROPOSAL: "discreet_proposal",
    Kind.WAITING_LIST_OFFER: "discreet_offer",
    Kind.MISSED_VISIT: None,
    Kind.REMINDER_EXTERNAL: "discreet_reminder",
    Kind.REMINDER_EXTERNAL_ON_DATE: "discreet_reminder",
}


@dataclass(frozen=True, kw_only=True)
class MessageValues:
    """What may stand in a message, as it is written there. Nothing else ever does.

    `new_date` and `new_time` are those of the time held, until `deadline`; empty without one.
    """

    centre: str
    address: str
    date: str
    time: str
    code: str
    phone: str
    new_date: str = ""
    new_time: str = ""
    deadline: str = ""

    @classmethod
    def of(
        cls,
        *,
        starts_at: datetime,
        timezone: ZoneInfo,
        centre: str,
        street: str,
        city: str,
        reference: str,
        phone: str,
        held: Held | None = None,
    ) -> "MessageValues":
        """The values of one booking; date and time as clocks in `timezone` show them.

        `centre` is the short name kept for messages, `reference` is given as it is stored, and
        `phone` (E.164) stays as it is: phones of any country can call what they see.
        """
        return cls(
            centre=centre,
            address=f"{street}, {city}",
            date=_date(starts_at, timezone),
            time=wall_clock(starts_at, timezone),
            code=show(reference),
            phone=phone,
            new_date=_date(held.starts_at, timezone) if held else "",
            new_time=wall_clock(held.starts_at, timezone) if held else "",
            deadline=f"{held.until.astimezone(timezone):%d.%m %H:%M}" if held else "",
        )


def _date(moment: datetime, place: ZoneInfo) -> str:
    return f"{moment.astimezone(place):%d.%m}"


def text_key(kind: Kind, mode: Mode) -> str | None:
    """The key of the text that tells `kind`; None where nothing is to be sent."""
    return kind.value if mode is Mode.FULL else _DISCREET[kind]


def says_something(kind: Kind, mode: Mode) -> bool:
    """Whether people reached in `mode` get a message about `kind` at all."""
    return text_key(kind, mode) is not None


def body(kind: Kind, mode: Mode, values: MessageValues) -> str | None:
    """The whole message in the current language, the same for mail and SMS; None: send none."""
    key = text_key(kind, mode)
    return words(key, values) if key else None


def words(key: str, values: MessageValues) -> str:
    """The text under `key` in the current language."""
    return pgettext(key, TEXTS[key], **asdict(values))


def subject(kind: Kind, mode: Mode) -> str | None:
    """The mail's subject in the current language: what happened, never what for."""
    key = text_key(kind, mode)
    return pgettext("message subject", SUBJECTS[key]) if key else None
