"""What a person will receive, shown before it is promised: the very words of the delivery."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from cic_cases.bookings.disruption_rules import Lost
from cic_cases.cases.models import Contact
from cic_cases.centres.models import Centre
from cic_cases.notifications import manage_links, occasions, queries, rules
from cic_cases.notifications.channels import PostSettings, offered, post_settings
from cic_cases.notifications.kinds import Kind, Means, Mode
from cic_cases.notifications.writing import wording

NOT_YET_KNOWN = "···\u2011···"  # no line break inside
MESSAGE, RECEPTION = "message", "reception"


@dataclass(frozen=True, kw_only=True)
class Preview:
    """One message as it will arrive; `subject` is None for an SMS."""

    kind: Kind
    channel: Means
    mode: Mode
    language: str
    subject: str | None
    text: str
    due_at: datetime


def of_slot(
    session: Session,
    *,
    case_id: int,
    centre_id: int,
    starts_at: datetime,
    language: str | None,
    at: datetime,
    moved: bool = False,
    reference: str = NOT_YET_KNOWN,
) -> list[Preview]:
    """What would be planned at `at` if the case took this time; empty: tell at reception."""
    first = Kind.RESCHEDULED if moved else Kind.BOOKING_CONFIRMATION
    return preview(
        session,
        (first, Kind.REMINDER_DAY_BEFORE),
        case_id=case_id,
        centre=session.get_one(Centre, centre_id),
        starts_at=starts_at,
        language=language,
        reference=reference,
        at=at,
    )


def of_lost(session: Session, lost: Lost, deadline: datetime, *, at: datetime) -> list[Preview]:
    """What somebody who lost their time would be told from `at` on; empty: tell at reception.

    `deadline` is until when they answer where the time held for them has no other.
    """
    return of_displaced(
        session,
        case_id=lost.case_id,
        centre_id=lost.centre_id,
        starts_at=lost.starts_at,
        proposal_starts_at=lost.proposal.time.start if lost.proposal else None,
        hold_until=lost.held_until or deadline,
        language=lost.language,
        at=at,
    )


def of_displaced(
    session: Session,
    *,
    case_id: int,
    centre_id: int,
    starts_at: datetime,
    proposal_starts_at: datetime | None,
    hold_until: datetime,
    language: str | None,
    at: datetime,
) -> list[Preview]:
    """What would be planned for `at` if the appointment lost its time; empty: tell at reception.

    `proposal_starts_at` is the time held instead until `hold_until`, if there is one.
    """
    proposed = proposal_starts_at is not None
    return preview(
        session,
        (Kind.CANCELLED_WITH_PROPOSAL if proposed else Kind.CANCELLED_BY_CENTRE,),
        case_id=case_id,
        centre=session.get_one(Centre, centre_id),
        starts_at=starts_at,
        language=language,
        reference=NOT_YET_KNOWN,
        at=at,
        held=rules.Held(proposal_starts_at, hold_until) if proposal_starts_at else None,
    )


def preview(
    session: Session,
    kinds: Iterable[Kind],
    *,
    case_id: int,
    centre: Centre,
    starts_at: datetime,
    language: str | None,
    reference: str,
    at: datetime,
    held: rules.Held | None = None,
) -> list[Preview]:
    """Every message of these kinds that would be planned at `at`, in its exact words."""
    contact, contact_language = queries.contact_at(session, case_id)
    spoken = occasions.language_of(language, contact_language)
    by = rules.ways(occasions.reach_of(contact), offered(post_settings()))
    messages = []
    for planned in rules.plan(kinds, occasions.appointment_at(centre, starts_at, held), by, at):
        words = wording(
            planned.kind,
            rules.Way(planned.channel, planned.mode),
            spoken,
            centre=centre,
            starts_at=starts_at,
            reference=reference,
            held=held,
            link=manage_links.shown(spoken),
        )
        if words is not None:
            messages.append(
                Preview(
                    kind=planned.kind,
                    channel=planned.channel,
                    mode=planned.mode,
                    language=spoken,
                    subject=words.subject,
                    text=words.body,
                    due_at=planned.due_at,
                )
            )
    return messages


def way_of_telling(contact: Contact | None, settings: PostSettings | None = None) -> str:
    """«message» when at least one address can be used, else «reception»."""
    ways = rules.ways(occasions.reach_of(contact), offered(settings or post_settings()))
    return MESSAGE if ways else RECEPTION
