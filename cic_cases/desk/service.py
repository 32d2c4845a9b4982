"""What the desk does in one go with several rooms. The caller commits."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from cic_cases.bookings import queries as bookings
from cic_cases.bookings.models import Booking
from cic_cases.cases import service as cases
from cic_cases.cases.rules import CaseAttributes
from cic_cases.desk import queries_tickets, rules
from cic_cases.foundation.errors import N_, Refusal
from cic_cases.notifications import call_list
from cic_cases.privacy.actor import Actor, Scope
from cic_cases.visits import service as visits
from cic_cases.visits import tickets
from cic_cases.visits.models import Visit
from cic_cases.visits.rules import VisitWish
from cic_cases.visits.ticket_models import Ticket


class NotLate(Refusal):
    """Somebody else has marked them meanwhile, or the appointment is over."""

    msgid = N_("This call is no longer needed: the person has come, or the appointment is over.")
    problem = "not-late"
    status = 409


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


def late_number(
    session: Session, reference: str, *, scope: Scope, at: datetime, by: Actor
) -> tuple[Booking, str]:
    """Somebody's appointment that has begun without them, and their number: it is on record.

    Raises `NotFound`, `NotLate` when they have come or it is over, `NoNumber`, `NumberLocked`.
    """
    booking = bookings.by_reference(session, reference, scope)
    if not (rules.late(booking, at) and at < booking.ends_at + rules.LATE_AFTER):
        raise NotLate()
    return booking, call_list.number_of(session, booking.case_id, booking.centre_id, at=at, by=by)


def call_number(
    session: Session,
    ticket_id: int | None,
    where: tuple[int, date, int | None],
    *,
    scope: Scope,
    at: datetime,
    by: Actor,
) -> Ticket:
    """Call a number within `scope` (None: the next that waits); `where`: centre, day, room.

    Raises `NotFound` for a number out of reach, `NobodyWaits` when there is no next.
    """
    centre_id, day, room_id = where
    if ticket_id is not None:
        ticket = queries_tickets.within_reach(session, ticket_id, day, scope)
    elif (found := queries_tickets.next_waiting(session, centre_id, day, scope)) is not None:
        ticket = found
    else:
        raise tickets.NobodyWaits()
    return tickets.call(session, ticket, room_id, at=at, by=by)


def skip_number(
    session: Session, ticket_id: int, day: date, *, scope: Scope, at: datetime, by: Actor
) -> Ticket:
    """Put a number within `scope` aside. Raises `NotFound`."""
    ticket = queries_tickets.within_reach(session, ticket_id, day, scope)
    return tickets.skip(session, ticket, at=at, by=by)
