"""The one rule of how somebody is told: by message, by telephone, or when they come."""

from sqlalchemy.orm import Session

from cic_cases.bookings.disruption_rules import way
from cic_cases.bookings.models import Told
from cic_cases.notifications import occasions, queries, rules
from cic_cases.notifications.channels import offered, post_settings


def told(session: Session, case_id: int) -> Told:
    """How the person of this case is told now; no address, mode none and erased: at reception."""
    contact, _language = queries.contact_at(session, case_id)
    reach = occasions.reach_of(contact)
    ways = rules.ways(reach, offered(post_settings()))
    wants = reach is not None and reach.mode is not None
    return way(deliverable=bool(ways), callable_=wants and reach is not None and reach.phone)
