"""Who is told by mail that a referral waits and nobody has read it.

Nothing is told of the person, the help or the sender: only how many wait. By day, not on Sundays
and holidays of the centre, and once a day for each member of staff; what has been read meanwhile
is not told.
"""

from collections import Counter
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.foundation.clock import zone
from cic_cases.foundation.localtime import local_day
from cic_cases.notifications import reminders, staff_news
from cic_cases.notifications.channels import offered, post_settings
from cic_cases.notifications.kinds import Kind, Means, Mode
from cic_cases.notifications.models import Message
from cic_cases.notifications.rules import Way
from cic_cases.people.models import Staff
from cic_cases.referrals import queries, rules
from cic_cases.referrals.models import Referral
from cic_cases.referrals.queries import Receiver

KEPT = timedelta(hours=8)  # a mail that could not leave for so long waits for the next day


def due(session: Session, at: datetime) -> bool:
    """Whether somebody has to be told at `at`."""
    return Way(Means.EMAIL, Mode.FULL) in offered(post_settings()) and bool(_untold(session, at))


def look(session: Session, at: datetime) -> None:
    """Write one mail for each member of staff whom something waits for, once a day."""
    for member in _untold(session, at):
        kind, about = Kind.REFERRAL_UNREAD, at.date().isoformat()
        staff_news.write(session, member, kind, about, 1, at, at + KEPT)
    session.flush()


def waiting(session: Session, staff_id: int, at: datetime) -> int:
    """How many referrals somebody may answer that nobody has read for long enough."""
    return _unread(session, at)[staff_id]


def _untold(session: Session, at: datetime) -> list[Staff]:
    """Who is to be told and has not been today."""
    unread = _unread(session, at)
    if not unread:
        return []
    today = (Message.kind == Kind.REFERRAL_UNREAD, Message.about == at.date().isoformat())
    told = set(session.scalars(select(Message.staff_id).where(*today)))
    wanted = Staff.id.in_(unread.keys() - told)
    members = session.scalars(select(Staff).where(wanted, Staff.disabled_at.is_(None))).all()
    kind = Kind.REFERRAL_UNREAD
    return [one for one in members if staff_news.wishes(session, one.id).has(kind)]


def _unread(session: Session, at: datetime) -> Counter[int]:
    """How many have waited long enough for each member of staff; nothing by night."""
    found: Counter[int] = Counter()
    givers: dict[int, list[Receiver]] = {}
    for referral, centre in queries.unread(session):
        place = zone(centre.timezone)
        works = reminders.on_working_day(local_day(at, place), centre.country)
        disturbs = reminders.is_night(at, place) or not works
        if disturbs or not rules.overdue(referral.sent_at, referral.urgent, at):
            continue
        if centre.id not in givers:
            givers[centre.id] = queries.receivers(session, centre.id, local_day(at, place))
        found.update(_asked(referral, givers[centre.id]))
    return found


def _asked(referral: Referral, givers: list[Receiver]) -> set[int]:
    """Who may answer it."""
    if referral.to_staff_id is not None:
        return {referral.to_staff_id}
    able = {one.staff_id for one in givers if one.service_id == referral.service_id}
    return able - {referral.sent_by}
