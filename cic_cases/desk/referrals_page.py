"""What the page of referrals shows: those one is asked, and those one sent, with their answers."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from cic_cases.desk.forms_referrals import not_taken, whys
from cic_cases.desk.frame import current_centre
from cic_cases.desk.timeline import Reader, Sight, sight
from cic_cases.foundation.clock import zone
from cic_cases.foundation.i18n import day_short, in_reader_language, pgettext
from cic_cases.foundation.localtime import local_day
from cic_cases.privacy.actor import Actor, Scope
from cic_cases.privacy.roles import Role
from cic_cases.referrals import queries
from cic_cases.referrals.queries import ReferralLine
from cic_cases.referrals.states import State

NOBODY = Scope()


def context(session: Session, actor: Actor, at: datetime) -> dict[str, Any]:
    """Everything the page needs; two statements."""
    answers = actor.may("referral.answer")
    today = local_day(at, zone(current_centre(actor).timezone))
    scope = actor.scope("referral.send") if actor.may("referral.send") else NOBODY
    return {
        "received": queries.received(session, actor.id, at, today) if answers else [],
        "sent": queries.sent(session, scope, at),
        "answers": answers,
        "sends": actor.may("referral.send"),
        "me": actor.id,
        "label": lambda one: label(one, actor),
        "shows_code": lambda one: _shows_code(one, actor),
        "day": _day,
        "whys": whys(),
        "not_taken": not_taken(),
        "State": State,
    }


def is_new(one: ReferralLine) -> bool:
    """Whether nobody who may answer has seen it."""
    return one.state is State.SENT and one.read_at is None


def label(one: ReferralLine, actor: Actor) -> str:
    """The kind of help, as far as this reader may know it: sender and receivers do."""
    seen = sight(one.secrecy, frozenset({one.sent_centre_id}), one.sent_by, Reader.of(actor))
    asked = one.sent_by == actor.id or one.answered_by == actor.id or one.to_staff_id == actor.id
    if asked or seen is Sight.KIND:
        return in_reader_language(one.names)
    return pgettext("public label", "specialist")


def _shows_code(one: ReferralLine, actor: Actor) -> bool:
    """Whoever takes somebody on sees the code, but for officers of other institutions."""
    taken = one.answered_by == actor.id and one.state in queries.TAKEN
    return taken and bool(actor.roles - {Role.PARTNER})


def _day(one: ReferralLine, moment: datetime | None) -> str:
    return day_short(local_day(moment, zone(one.timezone))) if moment else ""
