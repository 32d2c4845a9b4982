"""Who may do a job that only one process may do, and which processes are alive: two tables.

Both go by the database's clock, which all machines share.
"""

from datetime import datetime

from sqlalchemy import String, func, type_coerce
from sqlalchemy.orm import Mapped, Session, mapped_column

from cic_cases.foundation.db import Base, UtcDateTime

DATABASE_CLOCK = type_coerce(func.current_timestamp(), UtcDateTime)


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


def beat(session: Session, process: str) -> None:
    """Say that `process` (machine and number) has just looked after what is due."""
    session.merge(Heartbeat(process=process, at=DATABASE_CLOCK))
