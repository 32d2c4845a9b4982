"""Who may give which role to whom, what an account is made of, where a sign-in may lead."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import unquote, urlsplit

from email_validator import EmailNotValidError, validate_email

from cic_cases.foundation.errors import N_, Invalid, NotFound, Refusal
from cic_cases.privacy.roles import Role

LONGEST_EMAIL = 254
LONGEST_INITIALS = 8

_BELOW_COORDINATOR = frozenset(
    {
        Role.RECEPTION,
        Role.PSYCHOLOGIST,
        Role.LAWYER,
        Role.ADVISER,
        Role.INTERPRETER,
        Role.PARTNER,
    }
)
GRANTABLE: Mapping[Role, frozenset[Role]] = {
    Role.COORDINATOR: _BELOW_COORDINATOR,
    Role.REGION: _BELOW_COORDINATOR | {Role.COORDINATOR},
    Role.ADMIN: frozenset(Role),
}
"""Who may give which roles: each only below its own, the administrator every one."""

REGION_WIDE = frozenset({Role.REGION, Role.AUDITOR, Role.ADMIN})
"""Roles that are held for a whole region and make no sense for one centre."""


class EmailInvalid(Refusal):
    """What was typed is no e-mail address."""

    msgid = N_("Enter a valid email address.")
    field = "email"


class EmailTaken(Refusal):
    """An account with this address exists, perhaps a disabled one."""

    msgid = N_("There is already an account with this e-mail.")
    field = "email"
    problem = "email-taken"
    status = 409


class InitialsInvalid(Refusal):
    """Nobody can be called by these initials."""

    msgid = N_("Enter initials of at most %(most)s characters.")
    field = "initials"


class LanguageInvalid(Invalid):
    """Pages do not exist in this language."""

    field = "language"


class NoRole(Refusal):
    """An account without a role could do nothing."""

    msgid = N_("Choose at least one role.")
    field = "roles"


class NotGrantable(Refusal):
    """This role is not yours to give here, or the centre is missing: nobody learns which."""

    msgid = N_("You cannot give this role here.")
    field = "roles"


class WrongLink(NotFound):
    """The one-time link was used, is too old, was replaced, or never existed: one answer."""

    msgid = N_("This link was used already or is too old. Ask your coordinator for a new one.")


class WrongPassword(Refusal):
    """One sentence, whether the account is unknown, disabled, or the password is wrong."""

    msgid = N_("The e-mail or the password is not right.")
    field = "password"


class WrongCurrentPassword(Refusal):
    """Who changes a password types the old one first."""

    msgid = N_("The current password is not right.")
    field = "current"


class AccountChanged(Refusal):
    """The account was disabled or its password changed while this was being typed."""

    msgid = N_("Your account has changed. Sign in again.")
    problem = "unauthorised"
    status = 401


class Held(Protocol):
    """A role in some centres: `privacy.actor.Grant` and what is read from the database."""

    @property
    def role(self) -> Role: ...

    @property
    def centre_ids(self) -> frozenset[int]: ...


class Grantor(Protocol):
    """Somebody who acts, with the roles they hold."""

    @property
    def id(self) -> int: ...

    @property
    def grants(self) -> Iterable[Held]: ...


@dataclass(frozen=True)
class GrantWish:
    """A role asked for: in one centre, or in a whole region."""

    role: Role
    centre_id: int | None = None
    region_id: int | None = None


class RolesChanged(Refusal):
    """Somebody else changed the roles after this page was read."""

    msgid = N_("The roles were changed meanwhile. Look at them again, then save.")
    problem = "version-conflict"
    status = 409


@dataclass(frozen=True)
class Invitation:
    """What is needed to open an account.

    `language` is that of the pages, `languages` those in which the person receives people.
    """

    email: str
    initials: str
    language: str
    grants: tuple[GrantWish, ...]
    languages: tuple[str, ...] = ()
    institution_key: str | None = None


@dataclass(frozen=True)
class HeldRole:
    """A role that somebody has; `centre_ids` of a region-wide one are all its centres."""

    role: Role
    centre_ids: frozenset[int]
    region_id: int | None = None


def grantable(grantor: Grantor) -> frozenset[Role]:
    """The roles that this person may give somewhere."""
    given = (GRANTABLE.get(grant.role, frozenset()) for grant in grantor.grants)
    return frozenset().union(*given)


def may_grant(
    grantor: Grantor, role: Role, centre_ids: frozenset[int], *, whole_region: bool = False
) -> bool:
    """Whether this person may give, or take away, `role` in all of `centre_ids`.

    A role for a whole region reaches centres that do not exist yet, so only those who hold
    such a role themselves may give it.
    """
    return bool(centre_ids) and any(
        role in GRANTABLE.get(grant.role, frozenset())
        and centre_ids <= grant.centre_ids
        and (not whole_region or grant.role in REGION_WIDE)
        for grant in grantor.grants
    )


def may_manage(grantor: Grantor, staff_id: int, held: Iterable[HeldRole]) -> bool:
    """Whether this account is below the grantor's own: every role of it is theirs to give."""
    roles = list(held)
    return (
        grantor.id != staff_id
        and bool(roles)
        and all(
            may_grant(grantor, one.role, one.centre_ids, whole_region=one.region_id is not None)
            for one in roles
        )
    )


def normal_email(text: str) -> str:
    """The address as it is stored and compared: lower case. Raises `EmailInvalid`."""
    try:
        address = validate_email(text.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        raise EmailInvalid from None
    if len(address) > LONGEST_EMAIL:
        raise EmailInvalid
    return address


def normal_initials(text: str) -> str:
    """Initials without spaces around them. Raises `InitialsInvalid`."""
    initials = text.strip()
    if not 1 <= len(initials) <= LONGEST_INITIALS or not initials.isprintable():
        raise InitialsInvalid(most=LONGEST_INITIALS)
    return initials


def safe_target(text: str | None) -> str | None:
    """Where to go after signing in: `text` if it is a path of this site, else None.

    Browsers read `//host`, `/\\host` and `/<tab>/host` as another site, so nothing of the kind
    is let through, encoded or not.
    """
    if not text or any(part.startswith(("//", "/\\")) for part in (text, unquote(text))):
        return None
    if not text.isprintable() or " " in text or "\\" in text or not text.startswith("/"):
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    ours = not parts.scheme and not parts.netloc
    return text if ours and parts.path not in ("/login", "/logout") else None
