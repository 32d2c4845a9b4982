"""The roles people hold, and how far a permission reaches."""

import enum


class Role(enum.StrEnum):
    """What somebody is to the centres; one person can hold several (DESIGN §4)."""

    RECEPTION = "reception"
    PSYCHOLOGIST = "psychologist"
    LAWYER = "lawyer"
    ADVISER = "adviser"
    INTERPRETER = "interpreter"
    PARTNER = "partner"
    COORDINATOR = "coordinator"
    REGION = "region"
    AUDITOR = "auditor"
    ADMIN = "admin"


SPECIALISTS = frozenset({Role.PSYCHOLOGIST, Role.LAWYER, Role.ADVISER, Role.PARTNER})


class Reach(enum.StrEnum):
    """CENTRE: everything in the centres of the grant. OWN: only what is with oneself."""

    CENTRE = "centre"
    OWN = "own"
