"""Are the roles of an invitation there to give, and this person's to give?"""

from collections.abc import Iterable

from sqlalchemy import column, select, table
from sqlalchemy.orm import Session

from cic_cases.foundation.errors import N_, NotFound
from cic_cases.people import rules
from cic_cases.people.queries import CENTRE
from cic_cases.people.rules import GrantWish
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
