"""What members of staff are told of their own duties, by mail: tomorrow's, and what has changed.

Nobody has to say that a duty has changed. What each member of staff knows of the coming weeks is
kept; whenever a roster changes it is compared, and what is still different after five minutes is
one mail, however many changes it took. A change that was taken back in time is no news, and no
mail speaks of it meanwhile.
"""

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, exists, select
from sqlalchemy.orm import Session

from cic_cases.bookings import editions
from cic_cases.foundation.db import db
from cic_cases.foundation.localtime import local_day
from cic_cases.notifications import staff_duties
from cic_cases.notifications.channels import offered, post_settings
from cic_cases.notifications.kinds import Kind, Means, Mode, State
from cic_cases.notifications.models import Message, StaffNews
from cic_cases.notifications.rules import Way
from cic_cases.notifications.staff_duties import Shift, Shifts
from cic_cases.people.models import Staff
from cic_cases.privacy import audit
from cic_cases.privacy.actor import Actor

EVENING = time(16)  # by the clock of the centre: after it, tomorrow's duties are told
SETTLES = timedelta(minutes=5)
KNOWN_DAYS = timedelta(days=28)
KEPT = timedelta(days=2)  # news of a change that could not leave for so long is none
MOST_DAYS = 7  # in one mail; «My day» has them all
AND_MORE = "+"
ONE_DAY = timedelta(days=1)

Seen = tuple[editions.Edition, datetime]
_seen: WeakKeyDictionary[Engine, Seen] = WeakKeyDictionary()


def due(session: Session, at: datetime) -> bool:
    """Whether there may be something to tell: a roster changed, an hour began, a change stood."""
    if Way(Means.EMAIL, Mode.FULL) not in offered(post_settings()):
        return False
    if _seen.get(db.engine) != _moment(session, at):
        return True
    stood = exists().where(StaffNews.changed_at <= at - SETTLES)
    return bool(session.scalar(select(stood)))


def duties(session: Session, at: datetime) -> tuple[Seen, Shifts]:
    """What a look at `at` needs to know; read before it, so that nobody waits meanwhile."""
    first = at.date()
    return _moment(session, at), staff_duties.of_everybody(session, first, first + KNOWN_DAYS)


def look(session: Session, found: tuple[Seen, Shifts], at: datetime) -> None:
    """Write every mail that is due at `at`; what was told is not told again."""
    moment, everybody = found
    members = session.scalars(select(Staff).where(Staff.disabled_at.is_(None))).all()
    rows = {row.staff_id: row for row in session.scalars(select(StaffNews))}
    for member in members:
        days = everybody.get(member.id, {})
        row = rows.get(member.id)
        if row is None:  # looked at for the first time: nothing is news
            rows[member.id] = row = _new(member.id, at)
            session.add(row)
        _compare(session, member, row, days, at)
    _tomorrow(session, members, rows, everybody, at)
    session.flush()
    _seen[db.engine] = moment


@dataclass(frozen=True, slots=True)
class Wishes:
    """What somebody wants to be told by mail; everything, until they say otherwise."""

    tomorrow: bool = True
    changes: bool = True
    referrals: bool = True

    def has(self, kind: Kind) -> bool:
        """Whether they want to be told this."""
        return {
            Kind.DUTY_TOMORROW: self.tomorrow,
            Kind.DUTY_CHANGED: self.changes,
            Kind.REFERRAL_UNREAD: self.referrals,
        }[kind]


def wishes(session: Session, staff_id: int) -> Wishes:
    """What somebody wants to be told."""
    row = session.get(StaffNews, staff_id)
    return Wishes() if row is None else Wishes(row.tomorrow, row.changes, row.referrals)


def wish(session: Session, wanted: Wishes, *, at: datetime, by: Actor) -> None:
    """Say what one wants to be told."""
    row = session.get(StaffNews, by.id)
    if row is None:
        row = _new(by.id, at)
        session.add(row)
    row.tomorrow, row.changes, row.referrals = wanted.tomorrow, wanted.changes, wanted.referrals
    audit.note(session, "staff.news_wished", "staff", by.id, by=by.id, at=at)


def settled(
    session: Session, staff_id: int, held: Mapping[date, list[Shift]], at: datetime
) -> bool:
    """Whether these shifts are those that were last told: then a mail may speak of them.

    One that spoke of a change which is taken back a minute later would leave them with an untruth.
    """
    row = session.get(StaffNews, staff_id)
    if row is None:
        return True
    compared = {day: one for day, one in held.items() if at.date() <= day <= row.told_until}
    return all(row.told.get(day, "") == one for day, one in staff_duties.known(compared).items())


def days_of(about: str) -> tuple[list[date], bool]:
    """The days a message is about, and whether there were more."""
    days = [date.fromisoformat(day) for day in about.removesuffix(AND_MORE).split(",")]
    return days, about.endswith(AND_MORE)


def _moment(session: Session, at: datetime) -> Seen:
    """What a look depends on: the rosters and the hour, which may be somebody's evening."""
    return editions.current(session), at.replace(minute=0, second=0, microsecond=0)


def _new(staff_id: int, at: datetime) -> StaffNews:
    """Somebody who knows of no day yet."""
    yesterday = at.date() - ONE_DAY
    return StaffNews(
        staff_id=staff_id,
        tomorrow=True,
        changes=True,
        referrals=True,
        told={},
        told_until=yesterday,
        number=0,
    )


def _compare(
    session: Session,
    member: Staff,
    row: StaffNews,
    days: Mapping[date, list[Shift]],
    at: datetime,
) -> None:
    """Tell what is other within the days they know; remember what is new beyond them."""
    known, today = staff_duties.known(days), at.date()
    other = sorted(
        date.fromisoformat(day)
        for day in {*known, *row.told}
        if known.get(day) != row.told.get(day)
        and today <= date.fromisoformat(day) <= row.told_until
    )
    if other and row.changed_at is None:
        row.changed_at = at
    if other and at - (row.changed_at or at) < SETTLES:
        return
    if other and row.changes:
        _write_changes(session, member, row, other, at)
    row.told, row.told_until, row.changed_at = known, today + KNOWN_DAYS, None


def _write_changes(
    session: Session, member: Staff, row: StaffNews, days: Iterable[date], at: datetime
) -> None:
    """One mail about all these days, and those of one that has not left yet."""
    waiting = session.scalars(
        select(Message).where(
            Message.staff_id == member.id,
            Message.kind == Kind.DUTY_CHANGED,
            Message.state == State.PENDING,
        )
    ).all()
    told, more = set(days), False
    for message in waiting:
        message.state = State.SUPERSEDED
        before, and_more = days_of(message.about or "")
        told.update(day for day in before if day >= at.date())
        more |= and_more
    shown = sorted(told)[:MOST_DAYS]
    about = ",".join(day.isoformat() for day in shown)
    more |= len(told) > MOST_DAYS
    row.number += 1
    write(session, member, Kind.DUTY_CHANGED, about + AND_MORE * more, row.number, at, at + KEPT)


def _tomorrow(
    session: Session,
    members: Iterable[Staff],
    rows: Mapping[int, StaffNews],
    everybody: Shifts,
    at: datetime,
) -> None:
    """Tell tomorrow's duties to everybody whose evening it is."""
    told = session.execute(
        select(Message.staff_id, Message.about).where(
            Message.kind == Kind.DUTY_TOMORROW, Message.expires_at > at
        )
    ).all()
    done = {(row.staff_id, row.about) for row in told}
    for member in members:
        for day, shifts in everybody.get(member.id, {}).items():
            local = at.astimezone(shifts[0].place)
            is_eve = local_day(at, shifts[0].place) + ONE_DAY == day and local.time() >= EVENING
            about = day.isoformat()
            if is_eve and rows[member.id].tomorrow and (member.id, about) not in done:
                ends = staff_duties.begins(shifts)
                write(session, member, Kind.DUTY_TOMORROW, about, 1, at, ends)
                row = rows[member.id]  # what is told is known
                row.told = {**row.told, **staff_duties.known({day: shifts})}


def write(
    session: Session,
    member: Staff,
    kind: Kind,
    about: str,
    number: int,
    at: datetime,
    expires_at: datetime,
) -> None:
    """Put a mail to a member of staff into the outbox, due at `at`."""
    message = Message(
        id=str(uuid.uuid4()),
        staff_id=member.id,
        about=about,
        booking_version=number,
        kind=kind,
        channel=Means.EMAIL,
        mode=Mode.FULL,
        language=member.language,
        due_at=at,
        next_try_at=at,
        expires_at=expires_at,
    )
    session.add(message)
