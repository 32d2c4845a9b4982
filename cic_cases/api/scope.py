"""How far a token reaches: its owner's centres and cases. Out of scope is missing."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy.orm import Session

from cic_cases.api.answers import OneField
from cic_cases.bookings import queries as bookings
from cic_cases.cases import queries as cases
from cic_cases.cases.models import Case
from cic_cases.cases.rules import OWN_FOR
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre
from cic_cases.foundation.errors import NotFound
from cic_cases.privacy.actor import Actor
from cic_cases.privacy.policy import POLICY
from cic_cases.visits import queries as visits

Place = TypeVar("Place")
HORIZON = timedelta(days=28)  # a period without an end
LONGEST = timedelta(days=92)


def centres_for(actor: Actor, action: str) -> frozenset[int]:
    """The centres in which some role of the owner allows `action`."""
    held = (grant.centre_ids for grant in actor.grants if grant.role in POLICY[action])
    return frozenset().union(*held)


def centre_for(session: Session, actor: Actor, action: str, slug: str) -> Centre:
    """The working centre called `slug`, if the owner may do `action` there; else `NotFound`."""
    centre = centres.centre_by_slug(session, slug)
    if centre.id not in centres_for(actor, action):
        raise NotFound()
    return centre


def chosen_of(known: Mapping[str, Place], asked: list[str] | None) -> list[Place]:
    """The centres of the filter `centre`, by slug, or all that are known within reach.

    Names are repeated or separated by commas; an unknown one is a `OneField`.
    """
    if asked is None:
        return list(known.values())
    slugs = dict.fromkeys(slug.strip() for text in asked for slug in text.split(","))
    if not slugs.keys() <= known.keys():
        raise OneField("centre")
    return [known[slug] for slug in slugs]


def case_for(
    session: Session, actor: Actor, action: str, code: str, at: datetime, *, told: bool = False
) -> Case:
    """The case of a live card that `action` reaches (`told`: its contact too); else `NotFound`."""
    scope = actor.scope(action)
    if scope.own is None:
        return cases.visible_case(session, code, scope, told=told)
    since = at - OWN_FOR
    served = (bookings.served_by(scope.own, since), visits.served_by(scope.own, since))
    return cases.visible_case(session, code, scope, *served, told=told)
