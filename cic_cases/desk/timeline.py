"""How much of a person's past each reader sees. Pure: the one rule behind the case's timeline.

Reception sees that somebody was here, and the kind of help only when it is no secret. A
coordinator sees the kinds, but psychological and legal help only as «specialist». A specialist
sees what was with them, and nothing else. Whoever holds several roles sees the most they allow.
"""

import enum
from dataclasses import dataclass

from cic_cases.centres.models import Secrecy
from cic_cases.privacy.actor import Actor
from cic_cases.privacy.roles import Role


class Sight(enum.Enum):
    """What is shown of one service in the past of a person, from nothing to its name."""

    HIDDEN = 0
    PUBLIC_LABEL = 1
    SPECIALIST = 2
    KIND = 3


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks: as reception and as coordinator of these centres, as this specialist."""

    reception: frozenset[int] = frozenset()
    coordination: frozenset[int] = frozenset()
    specialist: int | None = None

    @classmethod
    def of(cls, actor: Actor) -> "Reader":
        """The reader that a member of staff is."""

        def centres(role: Role) -> frozenset[int]:
            held = (grant.centre_ids for grant in actor.grants if grant.role is role)
            return frozenset().union(*held)

        return cls(
            reception=centres(Role.RECEPTION),
            coordination=centres(Role.COORDINATOR),
            specialist=actor.scope("case.see").own,
        )


def sight(secrecy: Secrecy, centre_ids: frozenset[int], staff_id: int, reader: Reader) -> Sight:
    """What `reader` sees of a service with this secrecy, given in (or booked from) `centre_ids`.

    `staff_id` is whose appointment it was, or who recorded it when there was none.
    """
    if staff_id == reader.specialist:
        return Sight.KIND
    if centre_ids & reader.coordination:
        return Sight.SPECIALIST if secrecy is Secrecy.AUTHOR else Sight.KIND
    if centre_ids & reader.reception:
        return Sight.KIND if secrecy is Secrecy.OPEN else Sight.PUBLIC_LABEL
    return Sight.HIDDEN
