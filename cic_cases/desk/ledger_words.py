"""The ledger in plain words: what became of a message, why, and what somebody should do now."""

from datetime import datetime
from zoneinfo import ZoneInfo

from cic_cases.desk.words import message_means
from cic_cases.foundation.i18n import _, day_short, ngettext, pgettext, wall_clock
from cic_cases.foundation.localtime import local_day
from cic_cases.notifications.kinds import Means, Mode, State
from cic_cases.notifications.ledger_rules import Fate, Line
from cic_cases.notifications.models import Attempt, Report, TryOutcome, WhyAgain
from cic_cases.notifications.rules import Way
from cic_cases.notifications.troubles import PASSES, Trouble, trouble


def moment(at: datetime, now: datetime, place: ZoneInfo) -> str:
    """Day and time where the centre is; of today, or of a day to come, as people say it."""
    day, time = local_day(at, place), wall_clock(at, place)
    if day == local_day(now, place):
        return _("today %(time)s", time=time)
    return f"{day_short(day)}, {time}"


def fate_name(fate: Fate) -> str:
    """Where a message stands, in one or two words."""
    return {
        Fate.PLANNED: pgettext("message fate", "planned"),
        Fate.LEAVING: pgettext("message fate", "leaves now"),
        Fate.LATE: pgettext("message fate", "late"),
        Fate.TRYING: pgettext("message fate", "waits for another try"),
        Fate.SENT: pgettext("message fate", "sent"),
        Fate.DELIVERED: pgettext("message fate", "delivered"),
        Fate.NOT_DELIVERED: pgettext("message fate", "not delivered"),
        Fate.FAILED: pgettext("message fate", "not sent"),
        Fate.SET_ASIDE: pgettext("message fate", "set aside"),
        Fate.TO_CALL: pgettext("message fate", "to be called"),
        Fate.UNKNOWN: pgettext("message fate", "perhaps sent"),
        Fate.WITHDRAWN: pgettext("message fate", "withdrawn"),
        Fate.EXPIRED: pgettext("message fate", "too late, not sent"),
    }[fate]


def said(line: Line, place: ZoneInfo) -> str:
    """What happened, in a sentence, with times by the clocks of `place`."""

    def when(at: datetime | None) -> str:
        return moment(at or line.message.due_at, line.at, place)

    one, fate = line.message, line.fate
    if fate is Fate.PLANNED:
        return _("Leaves %(moment)s.", moment=when(one.due_at))
    if fate is Fate.LEAVING:
        return _("Leaves within a few minutes.")
    if fate is Fate.LATE:
        return _("Should have left %(moment)s.", moment=when(one.due_at))
    if fate is Fate.TRYING:
        return _("The next try is %(moment)s.", moment=when(one.next_try_at))
    if fate is Fate.SENT:
        return _sent(one.channel, when(line.sent_at))
    if fate is Fate.DELIVERED:
        return _("The operator reports that it arrived %(moment)s.", moment=when(one.delivered_at))
    return _ended(line, when(line.sent_at))


def _sent(channel: Means, when: str) -> str:
    if channel is Means.EMAIL:
        return _("Left %(moment)s. Nobody reports whether an e-mail was read.", moment=when)
    return _("Left %(moment)s. The operator has not reported yet.", moment=when)


def _ended(line: Line, sent: str) -> str:
    """Of a message that needs somebody, or that never left."""
    aside = ngettext(
        "Set aside after %(num)s try, so that others can leave.",
        "Set aside after %(num)s tries, so that others can leave.",
        max(len(line.attempts), 1),
    )
    return {
        Fate.NOT_DELIVERED: _("Left %(moment)s, and did not arrive.", moment=sent),
        Fate.FAILED: _("It did not leave."),
        Fate.SET_ASIDE: aside,
        Fate.TO_CALL: _("The person is to be told by telephone."),
        Fate.UNKNOWN: _("Nobody can say whether it arrived."),
        Fate.WITHDRAWN: _("Withdrawn: the appointment or the way to the person has changed."),
        Fate.EXPIRED: _("It could not leave while it was of use."),
    }[line.fate]


def why(what: Trouble, channel: Means) -> str:
    """What is wrong, in a sentence."""
    mail = channel is Means.EMAIL
    return {
        Trouble.UNKNOWN: _("The connection broke off while it was being handed over."),
        Trouble.WRONG_ADDRESS: _("The address does not exist.")
        if mail
        else _("The number does not exist, or takes no messages."),
        Trouble.NOT_DELIVERED: _("The operator reports that it did not arrive."),
        Trouble.FULL: _("The mailbox is full."),
        Trouble.TO_CALL: _("Somebody of the team asked for a call."),
        Trouble.OUT_OF_REACH: _("The SMS gateway does not reach numbers of this country."),
        Trouble.REFUSED: _("The mail server refused the message.")
        if mail
        else _("The SMS gateway refused the message."),
        Trouble.NO_CREDIT: _("The account at the SMS gateway is empty."),
        Trouble.SETTINGS: _("The mail server does not accept our settings.")
        if mail
        else _("The SMS gateway does not accept our settings."),
        Trouble.SET_ASIDE: _("The program made a mistake with this message."),
        Trouble.NOBODY_SENDS: _("The program that sends messages does not run."),
        Trouble.OTHER: _("The reason has no name here."),
        Trouble.NO_ANSWER: _("The mail server does not answer.")
        if mail
        else _("The SMS gateway does not answer."),
        Trouble.BUSY: _("The mail server asks to wait.")
        if mail
        else _("The SMS gateway asks to wait."),
    }[what]


def advice(what: Trouble, channel: Means, *, waits: bool) -> str:
    """What somebody should do now; `waits`: the message is still tried by itself."""
    if waits and what in PASSES:
        return _("Nothing to do: what waits leaves by itself.")
    if waits:
        return _("Tell the administrator. What waits leaves by itself once this is put right.")
    another_way = _("Tell the person another way.")
    return {
        Trouble.UNKNOWN: _("Ask the person before you send it again: it may arrive twice."),
        Trouble.WRONG_ADDRESS: _("Ask the person for the right address.")
        if channel is Means.EMAIL
        else _("Ask the person for the right number."),
        Trouble.NOT_DELIVERED: _("Call the person, or ask for another number."),
        Trouble.FULL: _("Tell the person another way, or send it again later."),
        Trouble.TO_CALL: _("See the call list."),
        Trouble.OUT_OF_REACH: _("Call the person."),
        Trouble.NO_CREDIT: _("Tell the administrator, and tell the person another way."),
        Trouble.SETTINGS: _("Tell the administrator, and tell the person another way."),
        Trouble.SET_ASIDE: _("Tell the administrator, and tell the person another way."),
    }.get(what, another_way)


def tried(one: Attempt) -> str:
    """How one try ended."""
    if one.report is Report.DELIVERED:
        return pgettext("try", "taken, and it arrived")
    if one.report is Report.UNDELIVERED:
        return pgettext("try", "taken, and it did not arrive")
    if one.outcome is TryOutcome.SENT:
        return pgettext("try", "taken")
    if one.outcome is TryOutcome.UNKNOWN:
        return pgettext("try", "perhaps taken")
    state = State.PENDING if one.outcome is TryOutcome.LATER else State.FAILED
    return why(trouble(state, one.reason or ""), one.channel)


def why_again(reason: WhyAgain) -> str:
    """Why somebody sent it again, or another way."""
    return {
        WhyAgain.NOT_RECEIVED: _("The person says it did not arrive"),
        WhyAgain.ADDRESS_CORRECTED: _("The address has been corrected"),
        WhyAgain.DELETED: _("The person deleted it"),
        WhyAgain.OTHER_CHANNEL: _("The person prefers another way"),
    }[reason]


def way_name(way: Way) -> str:
    """A way of telling: by which channel, and saying how much."""
    if way.mode is Mode.FULL:
        return message_means(way.channel)
    return _("%(way)s without the Centre's name", way=message_means(way.channel))


WORDS = (fate_name, tried, why_again, way_name)
