"""Roles given and taken: are they there to give, and are they this person's to give?"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from sqlalchemy import column, select, table
from sqlalchemy.orm import Session

from cic_cases.foundation.errors import N_, NotFound
from cic_cases.people import queries, rules, session_service
from cic_cases.people.models import Staff, StaffGrant
from cic_cases.people.queries import CENTRE, NoSuchAccount
from cic_cases.people.rules import GrantWish
from cic_cases.privacy import audit
from cic_cases.privacy.actor import Actor

# `centres` is a room of this floor, which must not be imported: three of its columns suffice
INSTITUTION = table("institution", column("id"), column("region_id"), column("key"))


class NoSuchInstitution(NotFound):
    """The region has no office with this key."""

    msgid = N_("There is no institution with this key.")
    field = "institution"


def checked_regions(
    session: Session, wishes: Iterable[GrantWish], by: Actor | None
) -> frozenset[int]:
    """The regions in which the roles asked for lie. Raises `NoRole`, `NotGrantable`."""
    known = session.execute(select(CENTRE.c.id, CENTRE.c.region_id).where(CENTRE.c.active))
    region_of: dict[int, int] = {centre.id: centre.region_id for centre in known}
    regions: set[int] = set()
    for wish in wishes:
        reach = _reach(wish, region_of)
        whole = wish.region_id is not None
        if not reach:
            raise rules.NotGrantable
        if by and not rules.may_grant(by, wish.role, reach, whole_region=whole):
            raise rules.NotGrantable
        regions.update(region_of[centre_id] for centre_id in reach)
    if not regions:
        raise rules.NoRole
    return frozenset(regions)


def of(session: Session, staff_id: int) -> Sequence[StaffGrant]:
    """What somebody was given, in the order in which it was."""
    own = select(StaffGrant).where(StaffGrant.staff_id == staff_id)
    return session.scalars(own.order_by(StaffGrant.id)).all()


def grant(staff_id: int, wish: GrantWish) -> StaffGrant:
    """The row that gives it."""
    return StaffGrant(
        staff_id=staff_id, role=wish.role, centre_id=wish.centre_id, region_id=wish.region_id
    )


def wish_of(row: StaffGrant) -> GrantWish:
    """What this row gives, as somebody would ask for it."""
    return GrantWish(row.role, row.centre_id, row.region_id)


def manageable(session: Session, staff_id: int, by: Actor | None) -> None:
    """Raises `NoSuchAccount` when the account is not below the actor's own."""
    held = queries.held_roles(session, [staff_id]).get(staff_id, ())
    if by and not rules.may_manage(by, staff_id, held):
        raise NoSuchAccount


def set_roles(
    session: Session,
    staff_id: int,
    wishes: Collection[GrantWish],
    *,
    seen: Collection[GrantWish],
    at: datetime,
    by: Actor | None,
) -> bool:
    """Give exactly these roles instead of those that were `seen`; whether anything changed.

    They take effect at once: every session ends, so that no page made with the old rights stays
    open. Everything of the account must be the actor's to give, before and after.
    Raises `NoSuchAccount`, `NoRole`, `NotGrantable`, `RolesChanged`.
    """
    manageable(session, staff_id, by)
    open_account = select(Staff).where(Staff.id == staff_id, Staff.disabled_at.is_(None))
    staff = session.scalar(open_account.with_for_update())  # two savings do not mix
    if staff is None:
        raise NoSuchAccount
    held = {wish_of(row): row for row in of(session, staff_id)}
    wanted = frozenset(wishes)
    if held.keys() != frozenset(seen):
        raise rules.RolesChanged
    checked_regions(session, wanted, by)
    if held.keys() == wanted:
        return False
    for wish in held.keys() - wanted:
        session.delete(held[wish])
    for wish in sorted(wanted - held.keys(), key=str):
        session.add(grant(staff_id, wish))
    staff.session_version += 1
    session_service.end_all(session, staff_id)
    audit.note(session, "staff.roles", "staff", staff_id, by=by.id if by else None, at=at)
    return True


def _reach(wish: GrantWish, region_of: dict[int, int]) -> frozenset[int]:
    if wish.region_id is None:
        return frozenset(region_of.keys() & {wish.centre_id})
    return frozenset(c for c, region_id in region_of.items() if region_id == wish.region_id)


def institution_id(session: Session, key: str | None, region_ids: frozenset[int]) -> int | None:
    """The office called `key` in one of these regions; no key, no office.

    Raises `NoSuchInstitution`.
    """
    if not key:
        return None
    found: int | None = session.scalar(
        select(INSTITUTION.c.id).where(
            INSTITUTION.c.key == key, INSTITUTION.c.region_id.in_(region_ids)
        )
    )
    if found is None:
        raise NoSuchInstitution
    return found
