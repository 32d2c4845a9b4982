"""Beginning, renewing, locking and ending sessions; the cookie holds a token, the row its hash.

What was ended stays ended: everything but `begin` changes a row only while it is there.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from cic_cases.foundation.errors import N_, NotFound, Refusal
from cic_cases.people.models import Staff
from cic_cases.people.session_models import BrowserSession
from cic_cases.people.session_rules import LONGEST, WaitingFor
from cic_cases.people.tokens import digest, new_token
from cic_cases.privacy import audit
from cic_cases.privacy.actor import Actor


class SessionOver(Refusal):
    """The session was ended while something was typed."""

    msgid = N_("Your session has ended. Sign in again.")
    problem = "unauthorised"
    status = 401


class NoSuchSession(NotFound):
    """It was ended already, or is somebody else's: nobody learns which."""


def begin(
    session: Session, staff_id: int, *, at: datetime, waiting_for: WaitingFor | None = None
) -> str:
    """A new session of this person; its token (256 bits). Sessions of another day are swept."""
    session.execute(delete(BrowserSession).where(BrowserSession.begun_at < at - LONGEST))
    version = session.scalar(select(Staff.session_version).where(Staff.id == staff_id))
    token, token_hash = new_token()
    row = BrowserSession(
        staff_id=staff_id,
        token_hash=token_hash,
        version=version,
        waiting_for=waiting_for,
        begun_at=at,
        active_at=at,
        proven_at=at,
    )
    session.add(row)
    return token


def renew(session: Session, token: str, *, at: datetime) -> str:
    """The person has proved who they are: unlocked, every step done, under another token.

    Whoever knows the old token has nothing. Raises `SessionOver`.
    """
    renewed, token_hash = new_token()
    changes = {"token_hash": token_hash, "active_at": at, "proven_at": at}
    cleared = {"locked_at": None, "waiting_for": None}
    changed = update(BrowserSession).where(BrowserSession.token_hash == digest(token))
    found = session.scalar(changed.values({**changes, **cleared}).returning(BrowserSession.id))
    if found is None:
        raise SessionOver
    return renewed


def note_activity(session: Session, token: str, *, at: datetime) -> None:
    """A person is there. A session that was locked or ended meanwhile stays so."""
    live = (BrowserSession.token_hash == digest(token), BrowserSession.locked_at.is_(None))
    session.execute(update(BrowserSession).where(*live).values(active_at=at))


def lock(session: Session, token: str, *, at: datetime) -> None:
    """Nobody goes on in this browser without proving who they are."""
    ours = BrowserSession.token_hash == digest(token)
    session.execute(update(BrowserSession).where(ours).values(locked_at=at))


def end(session: Session, token: str) -> None:
    """The token opens nothing any more."""
    session.execute(delete(BrowserSession).where(BrowserSession.token_hash == digest(token)))


def end_one(session: Session, session_id: int, *, at: datetime, by: Actor) -> None:
    """End one of one's own sessions, in another browser. Raises `NoSuchSession`."""
    own = (BrowserSession.id == session_id, BrowserSession.staff_id == by.id)
    ended = session.scalar(delete(BrowserSession).where(*own).returning(BrowserSession.id))
    if ended is None:
        raise NoSuchSession
    audit.note(session, "staff.session_ended", "staff", by.id, by=by.id, at=at)


def end_all(session: Session, staff_id: int) -> None:
    """End every session of a person whose rights have changed; whoever changes them calls this."""
    session.execute(delete(BrowserSession).where(BrowserSession.staff_id == staff_id))


def of(session: Session, by: Actor, at: datetime) -> Sequence[BrowserSession]:
    """One's own sessions that are not over, the last used first."""
    current = (
        BrowserSession.staff_id == by.id,
        BrowserSession.begun_at >= at - LONGEST,
        BrowserSession.waiting_for.is_(None),
        BrowserSession.version
        == select(Staff.session_version).where(Staff.id == by.id).scalar_subquery(),
    )
    return session.scalars(
        select(BrowserSession).where(*current).order_by(BrowserSession.active_at.desc())
    ).all()
