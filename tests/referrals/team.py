"""An adviser who refers, a psychologist and a lawyer with duties, and somebody to help."""

from dataclasses import dataclass

from cic_cases.centres.models import Centre, Service
from cic_cases.foundation.db import in_transaction
from cic_cases.people.models import Staff
from cic_cases.privacy.actor import Actor
from cic_cases.referrals import service
from cic_cases.referrals.models import Referral
from cic_cases.referrals.service import Wish
from cic_cases.referrals.states import Why
from tests.conftest import Clock
from tests.factory import Factory


@dataclass
class Team:
    """Who works in one centre."""

    make: Factory
    clock: Clock
    centre: Centre
    support: Service
    adviser: Actor
    helper: Staff
    colleague: Staff

    def actor(self, staff: Staff) -> Actor:
        return self.make.actor(staff)

    def send(self, case_id: int, to: Staff | None = None, *, urgent: bool = False) -> Referral:
        wish = Wish(
            case_id, self.support.id, self.centre.id, Why.BESIDE, to.id if to else None, urgent
        )
        place = self.centre.id
        return in_transaction(
            service.send, wish, centre_id=place, at=self.clock.at, by=self.adviser
        )

    def do(self, verb, referral: Referral, *more, by: Actor, **words) -> Referral:
        return in_transaction(verb, referral.id, *more, at=self.clock.at, by=by, **words)


def team_of(make: Factory, clock: Clock) -> Team:
    """The team of Poznań."""
    centre, support = make.centre(), make.service("psychological_support")
    helper, colleague = (make.staff("psychologist", centre, initials=x) for x in ("Z.Q.", "B.B."))
    for number, one in enumerate((helper, colleague), start=1):
        make.duty(one, centre, make.room(centre, str(number)), [support])
    adviser = make.actor(make.staff("adviser", centre, initials="A.D."))
    return Team(make, clock, centre, support, adviser, helper, colleague)
