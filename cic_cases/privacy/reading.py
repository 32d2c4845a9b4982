"""Who read about whom, on record; and when somebody reads unusually many people's cases.

One person who looks at the same case again within a quarter of an hour is one line: the line's
nonce is made of exactly that, and the database allows it once. Nobody reads more cases in an hour
than three times what their role usually does (or `FEWEST`) without saying again who they are, and
without somebody else hearing of it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from cic_cases.foundation.errors import N_, Refusal
from cic_cases.privacy import audit, audit_proof
from cic_cases.privacy.actor import Actor
from cic_cases.privacy.audit_proof import NONCE_BYTES, Line
from cic_cases.privacy.models import AuditEntry, ReadAlarm, ReadHabit

READ, LIST, REFUSED, SUBJECT = "case.read", "list.read", "access.refused", "case"
AGAIN = timedelta(minutes=15)  # within these it is the same look
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FEWEST = 40  # cases in an hour: as many are never unusual
TIMES_USUAL = 3  # what is usual for a role, so often, is still allowed
PROVEN = b"read"
INSERT: Mapping[str, type[sqlite.Insert] | type[postgresql.Insert]] = {
    "sqlite": sqlite.Insert,
    "postgresql": postgresql.Insert,
}


class TooManyReads(Refusal):
    """A program read unusually many cases: it has to wait."""

    msgid = N_(
        "Unusually many cases were read with this token in the last hour. Wait for an hour, or "
        "open the pages of the cases yourself."
    )
    problem = "too-many"
    status = 429


@dataclass(frozen=True, slots=True)
class Standing:
    """How much somebody has read: other cases since an hour ago, or since their last alarm.

    `alarm_at` is that alarm, of the last day.
    """

    read: int
    allowed: int
    alarm_at: datetime | None


def allowed(usual: int | None) -> int:
    """How many cases an hour may have for a role whose 99 of 100 hours have at most `usual`."""
    return max(FEWEST, TIMES_USUAL * (usual or 0))


def standing(session: Session, reader: Actor, case_id: int, *, at: datetime) -> Standing:
    """How much `reader` has read within an hour before `at`, without this case. One statement."""
    alarm = (
        select(func.max(ReadAlarm.at))
        .where(ReadAlarm.staff_id == reader.id, ReadAlarm.at > at - DAY)
        .scalar_subquery()
    )
    read = (
        select(func.count(AuditEntry.subject_id.distinct()))
        .where(
            AuditEntry.actor_id == reader.id,
            AuditEntry.at > at - HOUR,
            AuditEntry.at > func.coalesce(alarm, at - HOUR),
            AuditEntry.action == READ,
            AuditEntry.subject_id != case_id,
        )
        .scalar_subquery()
    )
    roles = [role.value for role in reader.roles]
    usual = select(func.max(ReadHabit.usual)).where(ReadHabit.role.in_(roles)).scalar_subquery()
    row = session.execute(select(read, usual, alarm)).one()
    return Standing(row[0], allowed(row[1]), row[2])


def record(
    session: Session,
    reader: Actor,
    cases: Collection[int],
    before: Standing,
    *,
    at: datetime,
) -> None:
    """Note that `reader` looked at these cases; raise an alarm when they are too many by now."""
    rows = [_line(session, reader.id, case_id, at) for case_id in sorted(cases)]
    _add(session, rows)
    reads = before.read + len(cases)
    if reads >= before.allowed:
        alarm = ReadAlarm(staff_id=reader.id, at=at, reads=reads, allowed=before.allowed)
        session.add(alarm)
        session.flush()
        audit.note(session, "reading.alarm", "read_alarm", alarm.id, by=reader.id, at=at)


def looked_at(session: Session, alarm_id: int, *, at: datetime, by: Actor) -> None:
    """Somebody else has looked into an alarm; whoever was first stays on record."""
    alarm = session.get_one(ReadAlarm, alarm_id, with_for_update=True)
    if alarm.seen_at is None:
        alarm.seen_at, alarm.seen_by = at, by.id
        audit.note(session, "alarm.seen", "read_alarm", alarm_id, by=by.id, at=at)


def record_list(
    session: Session, reader: Actor, name: str, centre_id: int, *, at: datetime
) -> None:
    """Note that `reader` looked at a list of this centre, once in a quarter of an hour."""
    line = Line(at, reader.id, LIST, name, centre_id, centre_id)
    _add(session, [_once(session, line, name)])


def record_refused(session: Session, reader: Actor, page: str, *, at: datetime) -> None:
    """Note that `reader` asked for what is not theirs or not there, as seldom as a look."""
    line = Line(at, reader.id, REFUSED, "staff", reader.id, None)
    _add(session, [_once(session, line, REFUSED, page)])


def look_of(at: datetime) -> int:
    """The quarter of an hour of `at` (UTC), by number."""
    return int(at.timestamp() // AGAIN.total_seconds())


def _line(session: Session, reader_id: int, case_id: int, at: datetime) -> dict[str, object]:
    return _once(session, Line(at, reader_id, READ, SUBJECT, case_id, None))


def _once(session: Session, line: Line, *more: str) -> dict[str, object]:
    """The line as a row whose nonce the same look makes again."""
    who, what, look = line.actor_id, line.subject_id, look_of(line.at)
    proof = audit_proof.current(session).prove(PROVEN, who, what, look, *more)
    return audit.signed(session, line, proof[:NONCE_BYTES])


def _add(session: Session, rows: list[dict[str, object]]) -> None:
    """Put them on record; a look that has its line already leaves none."""
    insert = INSERT[session.get_bind().dialect.name](AuditEntry).values(rows)
    session.execute(insert.on_conflict_do_nothing(index_elements=[AuditEntry.nonce]))
