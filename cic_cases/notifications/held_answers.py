"""A time that is held until the person answers, taken or given back through the link in a mail.

The services of the waiting list and of lost appointments decide, as at the desk; whoever comes
second is refused by them.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from cic_cases.bookings import displaced, displaced_queries, waiting_list, waiting_queries
from cic_cases.bookings.displaced_rules import Answered
from cic_cases.bookings.models import Booking, Displaced, Waiting
from cic_cases.bookings.waiting_rules import NoOffer
from cic_cases.notifications import manage_links, replies
from cic_cases.notifications.manage_links import Opened
from cic_cases.notifications.manage_rules import Stage
from cic_cases.privacy.actor import PERSON_BY_LINK, Scope


def accept(session: Session, token: str, *, at: datetime) -> str:
    """The person takes the time; returns the token of the link to their appointment.

    Where nothing is held any more it is the same link, and nothing happens. Raises `NoSuchLink`,
    and the refusals of the services when the time was given away or answered at this moment.
    """
    found, stage = replies.opened(session, token, at)
    if stage is Stage.OFFERED:
        row = _in_line(session, found.booking)
        of, scope = found.booking.reference, Scope(frozenset({row.joined_centre_id}))
        waiting_list.accept(session, row.id, scope=scope, at=at, by=PERSON_BY_LINK, of=of)
    elif stage is Stage.PROPOSED:
        one, of, scope = _lost(session, found)
        displaced.accept(session, one.id, of=of, scope=scope, at=at, by=None)
        token = manage_links.token_for(session, found.booking, at=at)
    else:
        return token
    replies.note(session, "link.accepted", found.booking, at)
    session.flush()
    return token


def decline(session: Session, token: str, *, at: datetime) -> bool:
    """The person gives the time back, and keeps their place in line if they waited for it.

    Whether anything was held. Raises as `accept`.
    """
    found, stage = replies.opened(session, token, at)
    if stage is Stage.OFFERED:
        row = _in_line(session, found.booking)
        of, scope = found.booking.reference, Scope(frozenset({row.joined_centre_id}))
        by = PERSON_BY_LINK
        waiting_list.decline(session, row.id, stays=True, scope=scope, at=at, by=by, of=of)
    elif stage is Stage.PROPOSED:
        one, of, scope = _lost(session, found)
        displaced.decline(session, one.id, of=of, scope=scope, at=at, by=None)
    else:
        return False
    replies.note(session, "link.declined", found.booking, at)
    session.flush()
    return True


def _in_line(session: Session, booking: Booking) -> Waiting:
    offer = waiting_queries.offer_of(session, booking.id)
    if offer is None:
        raise NoOffer()
    return session.get_one(Waiting, offer.waiting_id)


def _lost(session: Session, found: Opened) -> tuple[Displaced, str, Scope]:
    """The row of what was lost, the reference of what is held instead, and the reach."""
    rows = displaced_queries.open_of(session, found.booking.id)
    if not rows or found.proposal is None:
        raise Answered()
    scope = Scope(frozenset({found.booking.centre_id}))
    return rows[0], found.proposal.reference, scope
