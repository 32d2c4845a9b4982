"""What the desk does in one go with several rooms. The caller commits."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from cic_cases.cases import service as cases
from cic_cases.cases.rules import CaseAttributes
from cic_cases.privacy.actor import Actor
from cic_cases.visits import service as visits
from cic_cases.visits.models import Visit
from cic_cases.visits.rules import VisitWish


@dataclass(frozen=True)
class Registered:
    """A new person with the first visit, and the code for their card."""

    case_id: int
    code: str
    visit: Visit


def register(
    session: Session,
    attributes: CaseAttributes,
    first_visit: VisitWish,
    *,
    at: datetime,
    by: Actor,
) -> Registered:
    """Open a case and record its first visit: both, or neither."""
    centre_id = first_visit.centre_id
    opened = cases.open_case(session, attributes, centre_id=centre_id, at=at, by=by)
    own = VisitWish(
        centre_id=centre_id,
        channel=first_visit.channel,
        service_ids=first_visit.service_ids,
        case_id=opened.case.id,
        language=first_visit.language,
        minutes=first_visit.minutes,
        occurred_at=first_visit.occurred_at,
    )
    visit = visits.record(session, own, at=at, by=by)
    return Registered(opened.case.id, opened.code, visit)
