"""Why a message did not leave or did not arrive: from a channel's few words to one trouble.

Channels keep short English reasons («refused by the mail server: 550»); whoever reads the ledger
needs to know what to do. A reason that is not known here is `OTHER`, and is shown as it is.
"""

import enum
import re
from datetime import datetime, timedelta

from cic_cases.notifications.kinds import State

ASKED_TO_CALL = "staff asked for a call"
LATE = timedelta(hours=1)  # a message that waits longer is on the morning list


class Trouble(enum.StrEnum):
    """What is wrong; those somebody has to do something about come first."""

    UNKNOWN = "unknown"
    WRONG_ADDRESS = "wrong_address"
    NOT_DELIVERED = "not_delivered"
    FULL = "full"
    TO_CALL = "to_call"
    OUT_OF_REACH = "out_of_reach"
    REFUSED = "refused"
    NO_CREDIT = "no_credit"
    SETTINGS = "settings"
    SET_ASIDE = "set_aside"
    NOBODY_SENDS = "nobody_sends"
    OTHER = "other"
    NO_ANSWER = "no_answer"
    BUSY = "busy"


PASSES = frozenset({Trouble.NO_ANSWER, Trouble.BUSY})
"""Troubles that end by themselves, while a message still waits."""

_KNOWN = tuple(
    (re.compile(pattern, re.IGNORECASE), trouble)
    for pattern, trouble in (
        (re.escape(ASKED_TO_CALL), Trouble.TO_CALL),
        (r"undelivered|not delivered", Trouble.NOT_DELIVERED),
        (r"unexpected|poison", Trouble.SET_ASIDE),
        (r"no connection|broke off|time[d -]*out|no answer|unreachable", Trouble.NO_ANSWER),
        (r"credit|points|balance|funds", Trouble.NO_CREDIT),
        (r"sign-in|sender|no channel|not allowed|certificate", Trouble.SETTINGS),
        (r"does not reach|out of reach|no route|country", Trouble.OUT_OF_REACH),
        (r"server: [45]\.?52|mailbox.*full", Trouble.FULL),
        (r"server: (550|551|553|501|511)", Trouble.WRONG_ADDRESS),
        (r"bad address|to this address|number", Trouble.WRONG_ADDRESS),
        (r"server: 4\d\d|gateway: 4(08|25|29)|gateway: 5\d\d|busy|wait", Trouble.BUSY),
        (r"refused|rejected", Trouble.REFUSED),
    )
)


def trouble(state: State, reason: str | None, *, undelivered: bool = False) -> Trouble:
    """What is wrong with a message in this state; `reason` is what its channel said last.

    `undelivered`: the operator reported of its last try that it did not arrive. A message that
    waits and was never tried has nobody who sends it.
    """
    if state is State.UNKNOWN:
        return Trouble.UNKNOWN
    known = next((what for how, what in _KNOWN if reason and how.search(reason)), None)
    if known is Trouble.TO_CALL:
        return known
    if undelivered:
        return Trouble.NOT_DELIVERED
    if reason is None:
        return Trouble.NOBODY_SENDS if state is State.PENDING else Trouble.OTHER
    return known or Trouble.OTHER


def waits_too_long(due_at: datetime, at: datetime) -> bool:
    """Whether a message that is still pending should have left an hour before `at`."""
    return due_at <= at - LATE
