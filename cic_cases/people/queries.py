"""Reading accounts, what they hold and what opens them; a constant number of statements each."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Row,
    Select,
    String,
    and_,
    bindparam,
    column,
    or_,
    select,
    table,
)
from sqlalchemy.orm import Session

from cic_cases.foundation.errors import N_, NotFound
from cic_cases.people.models import ApiToken, OneTimeLink, Purpose, Staff, StaffGrant, StaffLanguage
from cic_cases.people.rules import HeldRole
from cic_cases.people.session_models import BrowserSession
from cic_cases.people.tokens import digest

# `centres` is a room of this floor, which must not be imported: some of its columns suffice
CENTRE = table(
    "centre",
    column("id"),
    column("slug", String),
    column("region_id"),
    column("active", Boolean),
    column("city", String),
    column("name", String),
)


class NoSuchAccount(NotFound):
    """Nobody has this e-mail, or the account is out of the reader's scope."""

    msgid = N_("There is no account with this e-mail.")
    field = "email"


@dataclass(frozen=True)
class Credentials:
    """What a typed password is compared with."""

    staff_id: int
    password_hash: str | None


@dataclass(frozen=True)
class OpenLink:
    """A one-time link that would work now, and whose it is."""

    purpose: Purpose
    staff_id: int
    email: str
    initials: str


@dataclass(frozen=True)
class Account:
    """An account in a list: never its password or tokens."""

    id: int
    key: str
    email: str
    initials: str
    disabled: bool
    invited: bool  # no password has been set yet
    languages: tuple[str, ...]
    roles: tuple[HeldRole, ...]


def credentials(session: Session, email: str) -> Credentials | None:
    """Of the account with this (normal) e-mail, None when there is none or it is disabled."""
    row = session.execute(
        select(Staff.id, Staff.password_hash).where(
            Staff.email == email, Staff.disabled_at.is_(None)
        )
    ).first()
    return Credentials(*row) if row else None


def is_disabled(session: Session, staff_id: int) -> bool:
    """Whether the account is closed, or was never there."""
    active = select(Staff.id).where(Staff.id == staff_id, Staff.disabled_at.is_(None))
    return session.scalar(active) is None


def places(session: Session) -> list[str]:
    """Names of every centre and its town: words that are no secret in a password. One statement."""
    found = session.execute(select(CENTRE.c.slug, CENTRE.c.city, CENTRE.c.name))
    return [name for row in found for name in row]


def open_link(session: Session, token: str, at: datetime) -> OpenLink | None:
    """The link with this token, None when it was used, is too old or never existed."""
    row = session.execute(
        select(OneTimeLink.purpose, Staff.id, Staff.email, Staff.initials)
        .join(Staff, Staff.id == OneTimeLink.staff_id)
        .where(
            OneTimeLink.token_hash == digest(token),
            OneTimeLink.used_at.is_(None),
            OneTimeLink.expires_at > at,
            Staff.disabled_at.is_(None),
        )
    ).first()
    return OpenLink(*row) if row else None


def acting(session: Session, staff_id: int) -> Sequence[Row[Any]]:
    """An account in use beside each of its grants and each centre in its reach. One statement.

    Columns: those of `Actor` that are of the account, then `grant_id`, `role`, `centre_id`, `slug`
    (None where there is no grant or no centre). No row: disabled or missing.
    """
    return session.execute(_acting_by_id(), {"staff_id": staff_id}).all()


def acting_by_token(session: Session, token: str, at: datetime) -> Sequence[Row[Any]]:
    """`acting` for the owner of an API token; no row when it opens nothing at `at`."""
    return session.execute(_acting_by_token(), {"token_hash": digest(token), "at": at}).all()


def acting_by_session(session: Session, token: str) -> Sequence[Row[Any]]:
    """`acting` for whoever has this session, beside the session; no row when it was ended.

    Its own columns are those of `BrowserSession` that say when: the rules judge them.
    """
    return session.execute(_acting_by_session(), {"token_hash": digest(token)}).all()


# Asked at every request: the statements are made once and only given values.
@lru_cache(maxsize=1)
def _acting_by_id() -> Select[Any]:
    return _acting().where(Staff.id == bindparam("staff_id"))


@lru_cache(maxsize=1)
def _acting_by_session() -> Select[Any]:
    ours = and_(
        BrowserSession.staff_id == Staff.id, BrowserSession.version == Staff.session_version
    )
    return (
        _acting()
        .join(BrowserSession, ours)
        .where(BrowserSession.token_hash == bindparam("token_hash"))
        .add_columns(
            BrowserSession.id.label("session_id"),
            BrowserSession.waiting_for,
            BrowserSession.begun_at,
            BrowserSession.active_at,
            BrowserSession.proven_at,
            BrowserSession.locked_at,
        )
    )


@lru_cache(maxsize=1)
def _acting_by_token() -> Select[Any]:
    opens = (
        ApiToken.token_hash == bindparam("token_hash"),
        ApiToken.revoked_at.is_(None),
        ApiToken.expires_at > bindparam("at"),
    )
    return _acting().join(ApiToken, ApiToken.staff_id == Staff.id).where(*opens)


def _acting() -> Select[Any]:
    return (
        select(
            Staff.id,
            Staff.key,
            Staff.email,
            Staff.initials,
            Staff.language,
            Staff.institution_id,
            StaffGrant.id.label("grant_id"),
            StaffGrant.role,
            CENTRE.c.id.label("centre_id"),
            CENTRE.c.slug,
        )
        .select_from(Staff)
        .outerjoin(StaffGrant, StaffGrant.staff_id == Staff.id)
        .outerjoin(CENTRE, _reached())
        .where(Staff.disabled_at.is_(None))
        .order_by(CENTRE.c.slug, StaffGrant.id)
    )


def _reached() -> ColumnElement[bool]:
    """The centre of a grant, or every working centre of its region."""
    return or_(
        CENTRE.c.id == StaffGrant.centre_id,
        and_(CENTRE.c.region_id == StaffGrant.region_id, CENTRE.c.active),
    )


def held_roles(session: Session, staff_ids: Iterable[int]) -> dict[int, tuple[HeldRole, ...]]:
    """By staff id, the roles held; one for a region has all its working centres. One statement."""
    rows = session.execute(
        select(
            StaffGrant.id, StaffGrant.staff_id, StaffGrant.role, StaffGrant.region_id, CENTRE.c.id
        )
        .outerjoin(CENTRE, _reached())
        .where(StaffGrant.staff_id.in_(list(staff_ids)))
        .order_by(StaffGrant.id)
    )
    reach: dict[tuple[int, int, object, int | None], set[int]] = defaultdict(set)
    for grant_id, staff_id, role, region_id, centre_id in rows:
        reach[grant_id, staff_id, role, region_id].update({centre_id} - {None})
    found: dict[int, list[HeldRole]] = defaultdict(list)
    for (_grant, staff_id, role, region_id), centre_ids in reach.items():
        found[staff_id].append(HeldRole(role, frozenset(centre_ids), region_id))  # type: ignore[arg-type]
    return {staff_id: tuple(roles) for staff_id, roles in found.items()}


def accounts(session: Session, centre_ids: frozenset[int] | None = None) -> list[Account]:
    """Accounts with a role in any of these centres (None: all), by e-mail. Three statements."""
    return _accounts(session, Staff.id > 0, centre_ids)


def account_by_key(session: Session, key: str) -> Account:
    """The account with this public key. Raises `NoSuchAccount`."""
    return _the_only(_accounts(session, Staff.key == key, None))


def account_by_email(session: Session, email: str) -> Account:
    """The account with this (normal) e-mail. Raises `NoSuchAccount`."""
    return _the_only(_accounts(session, Staff.email == email, None))


def _the_only(found: Sequence[Account]) -> Account:
    if not found:
        raise NoSuchAccount
    return found[0]


def _accounts(
    session: Session, wanted: ColumnElement[bool], centre_ids: frozenset[int] | None
) -> list[Account]:
    people = session.scalars(select(Staff).where(wanted).order_by(Staff.email)).all()
    ids = [person.id for person in people]
    roles = held_roles(session, ids)
    languages: dict[int, list[str]] = defaultdict(list)
    spoken = select(StaffLanguage.staff_id, StaffLanguage.language)
    for staff_id, language in session.execute(spoken.where(StaffLanguage.staff_id.in_(ids))):
        languages[staff_id].append(language)
    return [
        _account(person, roles.get(person.id, ()), languages[person.id])
        for person in people
        if centre_ids is None
        or any(role.centre_ids & centre_ids for role in roles.get(person.id, ()))
    ]


def _account(person: Staff, roles: tuple[HeldRole, ...], languages: list[str]) -> Account:
    return Account(
        id=person.id,
        key=person.key,
        email=person.email,
        initials=person.initials,
        disabled=person.disabled_at is not None,
        invited=person.password_hash is None,
        languages=tuple(sorted(languages)),
        roles=roles,
    )
