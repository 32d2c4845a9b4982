"""The secret address of one's own calendar: given out once, kept only as a hash.

Whoever knows the address reads the calendar, so it can be stopped at any time; a new one stops the
one before.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from cic_cases.people.models import CalendarFeed, Staff
from cic_cases.people.tokens import digest, new_token
from cic_cases.privacy import audit
from cic_cases.privacy.actor import Actor


@dataclass(frozen=True)
class Owner:
    """Whose calendar an address opens, and the language to write it in."""

    staff_id: int
    language: str


def open_feed(session: Session, *, at: datetime, by: Actor) -> str:
    """A new key to one's own calendar (256 bits, shown once); the one before stops."""
    _one_at_a_time(session, by)
    _stop(session, by.id, at)
    key, key_hash = new_token()
    feed = CalendarFeed(staff_id=by.id, key_hash=key_hash, created_at=at)
    session.add(feed)
    session.flush()
    audit.note(session, "calendar.opened", "calendar_feed", feed.id, by=by.id, at=at)
    return key


def stop_feed(session: Session, *, at: datetime, by: Actor) -> int:
    """Stop the address of one's own calendar; returns how many there were (0 or 1)."""
    _one_at_a_time(session, by)
    stopped = _stop(session, by.id, at)
    for feed_id in stopped:
        audit.note(session, "calendar.stopped", "calendar_feed", feed_id, by=by.id, at=at)
    return len(stopped)


def opened_at(session: Session, staff_id: int) -> datetime | None:
    """Since when somebody's calendar has an address; None without one."""
    return session.scalar(
        select(CalendarFeed.created_at).where(
            CalendarFeed.staff_id == staff_id, CalendarFeed.revoked_at.is_(None)
        )
    )


def owner_of(session: Session, key: str) -> Owner | None:
    """Whose calendar this key opens; None when wrong, stopped, or the account is closed."""
    row = session.execute(
        select(Staff.id, Staff.language)
        .join(CalendarFeed, CalendarFeed.staff_id == Staff.id)
        .where(
            CalendarFeed.key_hash == digest(key),
            CalendarFeed.revoked_at.is_(None),
            Staff.disabled_at.is_(None),
        )
    ).first()
    return Owner(*row) if row else None


def calendar_address(base_url: str, key: str) -> str:
    """The address to hand over, built on the configured one and never on what a browser sent."""
    return f"{base_url.rstrip('/')}/calendar/{key}.ics"


def _one_at_a_time(session: Session, by: Actor) -> None:
    """Two taps at once come one after the other, so that one live address remains."""
    session.execute(select(Staff.id).where(Staff.id == by.id).with_for_update())


def _stop(session: Session, staff_id: int, at: datetime) -> list[int]:
    live = (CalendarFeed.staff_id == staff_id, CalendarFeed.revoked_at.is_(None))
    stopped = update(CalendarFeed).where(*live).values(revoked_at=at).returning(CalendarFeed.id)
    return list(session.scalars(stopped))
