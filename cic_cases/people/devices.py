"""Browsers in which somebody has signed in before: guesses elsewhere do not slow them down."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from cic_cases.people.models import Staff
from cic_cases.people.session_models import KnownDevice
from cic_cases.people.tokens import digest, new_token

REMEMBERED = timedelta(days=180)


def is_known(session: Session, email: str, token: str | None, at: datetime) -> bool:
    """Whether the owner of this (normal) address signed in here in the last half year."""
    found = session.scalar(
        select(KnownDevice.id)
        .join(Staff, Staff.id == KnownDevice.staff_id)
        .where(
            KnownDevice.token_hash == digest(token or ""),
            KnownDevice.seen_at >= at - REMEMBERED,
            Staff.email == email,
        )
    )
    return found is not None


def remember(session: Session, staff_id: int, token: str | None, *, at: datetime) -> str:
    """Know this browser again; the token for its cookie, which is the old one of the same person.

    What was not seen for half a year goes.
    """
    session.execute(delete(KnownDevice).where(KnownDevice.seen_at < at - REMEMBERED))
    ours = (KnownDevice.token_hash == digest(token or ""), KnownDevice.staff_id == staff_id)
    row = session.scalar(select(KnownDevice).where(*ours))
    if row is not None and token is not None:
        row.seen_at = at
        return token
    fresh, token_hash = new_token()
    session.add(KnownDevice(staff_id=staff_id, token_hash=token_hash, seen_at=at))
    return fresh


def forget(session: Session, staff_id: int) -> None:
    """No browser is known any more: the password was changed."""
    session.execute(delete(KnownDevice).where(KnownDevice.staff_id == staff_id))
