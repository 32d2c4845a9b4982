"""Is the service fit to work? The questions behind `/readyz` and `doctor`, each with one answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import func, select, text, type_coerce
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from cic_cases.foundation.db import UtcDateTime
from cic_cases.foundation.resources import PACKAGE
from cic_cases.notifications import leaving
from cic_cases.notifications.channels import post_settings
from cic_cases.notifications.leaving import LONGEST_WAIT
from cic_cases.privacy import audit_chain
from cic_cases.privacy.walls import PEOPLE, THEIR_OWN

LARGEST_SKEW = timedelta(seconds=60)
GUARDS = {
    "sqlite": (
        "SELECT count(*) FROM sqlite_master WHERE type = 'trigger'"
        " AND name IN ('occupancy_no_overlap_insert', 'occupancy_no_overlap_update')",
        2,
    ),
    "postgresql": (
        "SELECT count(*) FROM pg_constraint"
        " WHERE contype = 'x' AND conname = 'ex_occupancy_overlap'",
        1,
    ),
}
TRAIL_GUARDS = {
    "sqlite": (
        "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'audit_%'",
        8,
    ),
    "postgresql": (
        "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'audit_%' AND tgenabled = 'O'",
        7,
    ),
}


def database_answers(session: Session) -> bool:
    """Whether a statement comes back."""
    try:
        session.execute(select(1))
    except SQLAlchemyError:
        session.rollback()
        return False
    return True


def migrated(session: Session) -> bool:
    """Whether the database is exactly at the newest migration of this program."""
    current = MigrationContext.configure(session.connection()).get_current_heads()
    return frozenset(current) == _newest()


@lru_cache(maxsize=1)
def _newest() -> frozenset[str]:
    return frozenset(ScriptDirectory(str(PACKAGE / "migrations")).get_heads())


def outbox_age(session: Session, at: datetime) -> timedelta:
    """For how long the message that waits longest could have been tried at `at`; else zero."""
    oldest = leaving.oldest_due(session, at)
    return at - oldest if oldest else timedelta()


def worker_silence(session: Session) -> timedelta:
    """For how long nobody has sent what is due, though something is meant to be; else zero."""
    return leaving.nobody_for(session, post_settings()) or timedelta()


def clock_skew(session: Session, at: datetime) -> timedelta:
    """How far the database's clock is from `at`, the application's."""
    theirs: datetime | None = session.scalar(
        select(type_coerce(func.current_timestamp(), UtcDateTime))
    )
    if theirs is None:
        raise RuntimeError("the database tells no time")
    return abs(at - theirs)


def guarded(session: Session) -> bool:
    """Whether the guard against double booking is in place; no migration check can see it."""
    query, wanted = GUARDS[session.get_bind().dialect.name]
    return bool(session.scalar(text(query)) == wanted)


def trail_guarded(session: Session) -> bool:
    """Whether the database still refuses to change or take out lines of the audit trail."""
    query, wanted = TRAIL_GUARDS[session.get_bind().dialect.name]
    return bool(session.scalar(text(query)) == wanted)


@dataclass(frozen=True, slots=True)
class Fitness:
    """Names of what keeps the service from working, and of what somebody should see to."""

    failing: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def fitness(session: Session, at: datetime) -> Fitness:
    """Whether the service is fit for work.

    The database is asked first: without it, or without its tables, nothing else can be. Messages
    that wait although a worker looks after them wait for somebody else's server: another process of
    ours would send no sooner, and nobody at a desk should lose theirs for it.
    """
    try:
        if not migrated(session):
            return Fitness(("migrations",))
        silent = ("worker",) if worker_silence(session) else ()
        if outbox_age(session, at) <= LONGEST_WAIT:
            return Fitness(silent)
        if leaving.somebody_sends(session):
            return Fitness(warnings=("outbox",))
        return Fitness(("outbox", *silent))
    except SQLAlchemyError:
        session.rollback()
        return Fitness(("database",))


@dataclass(frozen=True, slots=True)
class Gauge:
    """A number that goes up and down."""

    name: str
    meaning: str
    value: float


def gauges(session: Session, at: datetime) -> list[Gauge]:
    """What somebody who watches draws over time; without a database only that it is not fit."""
    found = fitness(session, at)
    known = [Gauge("cic_ready", "1 when /readyz says that the service is fit.", not found.failing)]
    if {"database", "migrations"} & set(found.failing):
        return known
    number, oldest = leaving.number_due(session, at), outbox_age(session, at)
    silent, skew = worker_silence(session), clock_skew(session, at)
    return [
        *known,
        Gauge("cic_messages_due", "Messages that could leave now.", number),
        Gauge(
            "cic_messages_due_oldest_seconds",
            "For how long the one that waits longest could have left.",
            oldest.total_seconds(),
        ),
        Gauge(
            "cic_worker_silent_seconds",
            "For how long nobody has looked after what is due; 0 while somebody does.",
            silent.total_seconds(),
        ),
        Gauge(
            "cic_audit_unsealed_late",
            "Lines of the audit trail that should have been sealed already.",
            audit_chain.late(session, at),
        ),
        Gauge(
            "cic_booking_guard",
            "1 while the database itself refuses a double booking.",
            guarded(session),
        ),
        Gauge(
            "cic_audit_guard",
            "1 while the database refuses to change the audit trail.",
            trail_guarded(session),
        ),
        Gauge(
            "cic_clock_skew_seconds",
            "How far the database's clock is from the application's.",
            skew.total_seconds(),
        ),
    ]


def walls_stand(session: Session) -> str | None:
    """Why PostgreSQL's walls do not hold for this program's role; None when they do."""
    if session.get_bind().dialect.name != "postgresql":
        return None
    above, owned, bare = session.execute(text(WALLS), {"people": sorted(PEOPLE | THEIR_OWN)}).one()
    if above:
        return "the application's role may do anything: give it one that is no superuser"
    if owned:
        return "the application's role owns the tables: see CIC_DATABASE_OWNER_URL"
    return f"no row-level security on {bare}" if bare else None


WALLS = """
SELECT (SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user),
  bool_or(pg_get_userbyid(relowner) = current_user),
  string_agg(relname, ', ' ORDER BY relname) FILTER (WHERE NOT relrowsecurity)
FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
AND relname = ANY (:people)
"""
