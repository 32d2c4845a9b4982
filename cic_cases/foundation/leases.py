"""Who may do a job that only one process may do, and which processes are alive: two tables.

Both go by the database's clock, which all machines share. A lease has a fencing token that rises
with every change of holder: whoever slept for longer than the lease finds another number there.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Concatenate, ParamSpec

from sqlalchemy import Select, String, delete, func, select, type_coerce
from sqlalchemy.orm import Mapped, Session, mapped_column

from cic_cases.foundation.db import Base, UtcDateTime

P = ParamSpec("P")
DATABASE_CLOCK = type_coerce(func.current_timestamp(), UtcDateTime)
KEPT = timedelta(days=1)  # a process that was silent for so long has ended


class Lease(Base):
    """A job's turn: `holder` has it until `until`; `token` rises with every change of holder."""

    __tablename__ = "lease"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(String(80))
    token: Mapped[int]
    until: Mapped[datetime]


class Heartbeat(Base):
    """A process that looks after what is due, and when it last did."""

    __tablename__ = "heartbeat"

    process: Mapped[str] = mapped_column(String(80), primary_key=True)
    at: Mapped[datetime]


def take(session: Session, name: str, holder: str, for_: timedelta) -> int | None:
    """Have the job's turn from now on for so long; its token, or None while another has it.

    Whoever has it still keeps the token; one whose turn ran out gets a new one, even if nobody
    else came. Of two who take it first at once one fails and asks again (`in_transaction`).
    """
    lease = session.scalar(_of(name).with_for_update())
    now = _now(session)
    if lease is None:
        session.add(Lease(name=name, holder=holder, token=1, until=now + for_))
        session.flush()
        return 1
    if lease.until > now and lease.holder != holder:
        return None
    if lease.until <= now:
        lease.token += 1
    lease.holder, lease.until = holder, now + for_
    return lease.token


def renew(session: Session, name: str, token: int, for_: timedelta) -> bool:
    """Keep the turn for so long from now on; False when it was lost."""
    if not still_ours(session, name, token):
        return False
    lease = session.get_one(Lease, name)
    lease.until = _now(session) + for_
    return True


def release(session: Session, name: str, token: int) -> None:
    """Let another have the turn at once; what was lost already stays with whoever has it."""
    if still_ours(session, name, token):
        session.get_one(Lease, name).until = _now(session)


def still_ours(session: Session, name: str, token: int) -> bool:
    """Whether the turn of this token goes on; until the transaction ends nobody takes it away."""
    lease = session.scalar(_of(name).with_for_update())
    return lease is not None and lease.token == token and lease.until > _now(session)


def fenced(
    session: Session,
    turn: tuple[str, int],
    work: Callable[Concatenate[Session, P], object],
    *args: P.args,
    **kwargs: P.kwargs,
) -> bool:
    """Do `work` in this transaction if the turn (name and token) is still ours; else nothing."""
    if not still_ours(session, *turn):
        return False
    work(session, *args, **kwargs)
    return True


def beat(session: Session, process: str) -> None:
    """Say that `process` (machine and number) is looking after what is due; the dead go."""
    now = _now(session)
    session.merge(Heartbeat(process=process, at=now))
    session.execute(delete(Heartbeat).where(Heartbeat.at <= now - KEPT))


def silence(session: Session) -> timedelta | None:
    """For how long no process has said that it is alive; None when none ever has."""
    last, now = session.execute(select(func.max(Heartbeat.at), DATABASE_CLOCK)).one()
    return None if last is None else max(now - last, timedelta())


def _of(name: str) -> Select[Lease]:
    return select(Lease).where(Lease.name == name).execution_options(populate_existing=True)


def _now(session: Session) -> datetime:
    now: datetime = session.execute(select(DATABASE_CLOCK)).scalar_one()
    return now
