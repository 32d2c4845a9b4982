"""Who is acting: a value, so that services and the audit trail need no request to read it."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from flask_login import UserMixin

from cic_cases.privacy.policy import POLICY
from cic_cases.privacy.roles import Reach, Role


@dataclass(frozen=True)
class Grant:
    """One role, in some centres (a role for a region names all its centres)."""

    role: Role
    centre_ids: frozenset[int]


@dataclass(frozen=True)
class Scope:
    """What a reader may see: everything of `centres`, and what is with the staff member `own`.

    `office` is under whose pseudonyms people are seen; None: by the codes of their cards.
    """

    centres: frozenset[int] = frozenset()
    own: int | None = None
    office: str | None = None

    def __bool__(self) -> bool:
        return bool(self.centres) or self.own is not None


@dataclass(frozen=True)
class Browser:
    """The session in which somebody acts, when they last did, and last proved who they are."""

    id: int
    token: str = field(repr=False)
    active_at: datetime
    proven_at: datetime


@dataclass(frozen=True)
class Actor(UserMixin):  # type: ignore[misc]
    """A member of staff who has signed in, with rights as they are at this request.

    `places` are the centres in which some role is held, by slug: (slug, id). `resting` are roles
    that are theirs, and open nothing today.
    """

    id: int
    key: str
    email: str
    initials: str
    language: str
    grants: tuple[Grant, ...]
    institution_id: int | None = None
    places: tuple[tuple[str, int], ...] = ()
    browser: "Browser | None" = None
    resting: tuple[Grant, ...] = ()

    def get_id(self) -> str:
        """What the cookie holds: the random token of this browser's session."""
        if self.browser is None:
            raise LookupError("nobody signed in by a browser")
        return self.browser.token

    @cached_property
    def roles(self) -> frozenset[Role]:
        """Every role held anywhere."""
        return frozenset(grant.role for grant in self.grants)

    @cached_property
    def centre_ids(self) -> frozenset[int]:
        """Every centre in which some role is held."""
        return frozenset().union(*(grant.centre_ids for grant in self.grants))

    @cached_property
    def office(self) -> str | None:
        """Under whose pseudonyms they see people; None: by the codes of their cards.

        An officer sees those of their institution; one without an institution has their own. Who
        also works for a Centre may see the codes anyway.
        """
        if Role.PARTNER not in self.roles or self.roles - {Role.PARTNER, Role.INTERPRETER}:
            return None
        if self.institution_id is None:
            return f"staff:{self.id}"
        return f"institution:{self.institution_id}"

    @property
    def officer_grants(self) -> tuple[Grant, ...]:
        """The roles of an officer of another institution, whether they open something or rest."""
        return tuple(one for one in (*self.grants, *self.resting) if one.role is Role.PARTNER)

    @property
    def off_duty(self) -> bool:
        """Whether every role rests today."""
        return bool(self.resting) and not self.grants

    def without_officer(self) -> "Actor":
        """The same person while their role of an officer rests."""
        left = tuple(one for one in self.grants if one.role is not Role.PARTNER)
        reached = frozenset().union(*(one.centre_ids for one in left))
        places = tuple(one for one in self.places if one[1] in reached)
        return replace(self, grants=left, places=places, resting=self.officer_grants)

    def may(self, action: str) -> bool:
        """Whether some role allows `action` somewhere."""
        return bool(self.roles & POLICY[action].keys())

    def scope(self, action: str) -> Scope:
        """How far `action` reaches for this person; an empty scope when it is not allowed."""
        reaches = POLICY[action]
        held = [(reaches[g.role], g.centre_ids) for g in self.grants if g.role in reaches]
        centres = [ids for reach, ids in held if reach is Reach.CENTRE]
        own = self.id if any(reach is Reach.OWN for reach, _ in held) else None
        return Scope(frozenset().union(*centres), own, self.office)


@dataclass(frozen=True)
class PersonByLink:
    """The person an appointment is for, who opened the link in their message.

    They have no account and no number: the audit trail names nobody, its action says «link».
    """

    id: None = None


PERSON_BY_LINK = PersonByLink()
