"""Two cases that are one person: suggested by staff, settled by a coordinator, never merged.

Whoever lost a card and got another case has visits under two codes. A link says so and changes
neither case; taking it back loses nothing, and every step stays on record. A shared telephone is
no proof: families share one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from cic_cases.cases import queries
from cic_cases.cases.models import CaseLink, LinkState
from cic_cases.foundation.db import lock_row
from cic_cases.foundation.errors import N_, NotFound, Refusal
from cic_cases.privacy import audit
from cic_cases.privacy.actor import Actor

STANDING = (LinkState.SUGGESTED, LinkState.LINKED)
STEPS = {
    LinkState.LINKED: LinkState.SUGGESTED,
    LinkState.DECLINED: LinkState.SUGGESTED,
    LinkState.UNLINKED: LinkState.LINKED,
}
"""What a link becomes → what it has to be for that."""


class SameCase(Refusal):
    """A card of the very case that is open."""

    msgid = N_("This card belongs to the same case. Nothing has to be linked.")
    field = "other"


class AlreadyLinked(Refusal):
    """The two are linked, or somebody has suggested it."""

    msgid = N_("These two cases are linked already, or wait for a coordinator.")
    field = "other"
    status = 409


class LinkSettled(Refusal):
    """Somebody else was faster."""

    msgid = N_("Somebody has decided about this link meanwhile.")
    problem = "wrong-status"
    status = 409


@dataclass(frozen=True, slots=True)
class Linked:
    """A link as seen from one of its cases; `code` opens the other, if its card still stands."""

    id: int
    other_id: int
    code: str | None
    state: LinkState


def of_case(session: Session, case_id: int) -> list[Linked]:
    """The links of a case that stand or wait to be settled. Two statements at most."""
    rows = session.scalars(select(CaseLink).where(_of(case_id), CaseLink.state.in_(STANDING)))
    found = {one.id: (one, _other(one, case_id)) for one in rows}
    if not found:
        return []
    codes = queries.current_codes(session, (other for _one, other in found.values()))
    return [Linked(one.id, other, codes.get(other), one.state) for one, other in found.values()]


def suggest(
    session: Session, case_id: int, other_id: int, *, centre_id: int, at: datetime, by: Actor
) -> CaseLink:
    """Say that two cases are one person. Raises `SameCase`, `AlreadyLinked`."""
    if case_id == other_id:
        raise SameCase()
    first, second = sorted((case_id, other_id))
    pair = (CaseLink.first_id == first, CaseLink.second_id == second)
    if session.scalar(select(CaseLink.id).where(*pair, CaseLink.state.in_(STANDING))):
        raise AlreadyLinked()
    link = CaseLink(
        first_id=first,
        second_id=second,
        centre_id=centre_id,
        state=LinkState.SUGGESTED,
        suggested_at=at,
        suggested_by=by.id,
    )
    session.add(link)
    session.flush()
    audit.note(session, "link.suggested", "link", link.id, by=by.id, at=at, centre_id=centre_id)
    return link


def settle(
    session: Session,
    case_id: int,
    link_id: int,
    state: LinkState,
    *,
    centre_id: int,
    at: datetime,
    by: Actor,
) -> CaseLink:
    """Confirm or decline a suggestion, or take a link back. Raises `NotFound`, `LinkSettled`."""
    link = session.scalar(select(CaseLink).where(CaseLink.id == link_id, _of(case_id)))
    if link is None or state not in STEPS:
        raise NotFound()
    lock_row(session, link)
    if link.state is not STEPS[state]:
        raise LinkSettled()
    link.state, link.settled_at, link.settled_by = state, at, by.id
    action = f"link.{state.value}"
    audit.note(session, action, "link", link.id, by=by.id, at=at, centre_id=centre_id)
    session.flush()
    return link


def forget(session: Session, case_id: int) -> Iterable[int]:
    """Take away every link of a case whose person is forgotten; the ids of what is gone."""
    rows = session.scalars(select(CaseLink).where(_of(case_id))).all()
    for link in rows:
        session.delete(link)
    session.flush()
    return [link.id for link in rows]


def _of(case_id: int) -> ColumnElement[bool]:
    return or_(CaseLink.first_id == case_id, CaseLink.second_id == case_id)


def _other(link: CaseLink, case_id: int) -> int:
    return link.second_id if link.first_id == case_id else link.first_id
