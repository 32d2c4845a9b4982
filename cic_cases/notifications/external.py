"""From what happened to an appointment elsewhere to its reminder, in the same transaction.

There is one message: on the eve, that it is tomorrow. It never says where or what for. The person
knows of the appointment already, so nothing confirms it, and nothing tells that it was cancelled.
"""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from cic_cases.bookings.statuses import Status
from cic_cases.cases.events import ContactChanged
from cic_cases.notifications import planning, queries
from cic_cases.notifications.kinds import Kind, State
from cic_cases.notifications.models import Call, Message
from cic_cases.visits.events import (
    ExternalCancelled,
    ExternalChanged,
    ExternalMoved,
    ExternalNoted,
)

REMINDER = (Kind.REMINDER_EXTERNAL,)


def on_noted(session: Session, event: ExternalNoted) -> None:
    """Remind on the eve."""
    _remind(session, event.external_id, event.at)


def on_moved(session: Session, event: ExternalMoved) -> None:
    """The reminder of the old time is void; remind on the eve of the new one."""
    _supersede(session, event.external_id)
    _remind(session, event.external_id, event.at)


def on_changed(session: Session, event: ExternalChanged) -> None:
    """Nothing changes for the person: messages and calls are of the new version."""
    version = queries.facts_outside(session, event.external_id).occasion.version
    told = update(Message).where(
        Message.external_id == event.external_id, Message.booking_version == version - 1
    )
    session.execute(told.values(booking_version=version))
    called = update(Call).where(Call.external_id == event.external_id, Call.version == version - 1)
    session.execute(called.values(version=version))


def on_cancelled(session: Session, event: ExternalCancelled) -> None:
    """Nobody is reminded of what will not be."""
    _supersede(session, event.external_id)


def on_contact_changed(session: Session, event: ContactChanged) -> None:
    """The reminder follows the person; an erased contact withdraws it, a new one brings it back."""
    for external_id in queries.outside_ahead(session, event.case_id, event.at):
        facts = queries.facts_outside(session, external_id)
        rows = queries.planned_about(session, facts)
        planning.follow([row for row in rows if row.state is State.PENDING], facts)
        if facts.occasion.status is Status.BOOKED:
            planning.plan(session, facts, REMINDER, event.at)


def _remind(session: Session, external_id: int, at: datetime) -> None:
    planning.plan(session, queries.facts_outside(session, external_id), REMINDER, at)


def _supersede(session: Session, external_id: int) -> None:
    pending = update(Message).where(
        Message.external_id == external_id, Message.state == State.PENDING
    )
    session.execute(pending.values(state=State.SUPERSEDED))
