"""From what happened to a booking to the messages that tell of it, in the same transaction.

Handlers of events (see `cic_cases.wiring`). They write rows and send nothing. A person who is
told at reception, because they want no message or gave no address that we can use, gets no row.
"""

import uuid
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from cic_cases.bookings.events import (
    BookingCancelled,
    BookingDisplaced,
    BookingMade,
    BookingMissed,
    BookingMoved,
    BookingReassigned,
    BookingRestored,
    HoldEnded,
    MissedUndone,
    TimeOffered,
)
from cic_cases.bookings.statuses import HeldFor, Status
from cic_cases.cases.events import ContactChanged
from cic_cases.notifications import occasions, queries, rules
from cic_cases.notifications.channels import offered, post_settings
from cic_cases.notifications.kinds import Kind, State
from cic_cases.notifications.models import Call, Message
from cic_cases.notifications.occasions import Facts

REMINDER = Kind.REMINDER_DAY_BEFORE
NEWS = frozenset({Kind.BOOKING_CONFIRMATION, Kind.RESCHEDULED})
BY_CENTRE = "centre"
AWAITED = rules.COMING | {Status.HELD, Status.NEEDS_REBOOKING}
OUT_OF_REACH = "the SMS gateway does not reach this number"


def on_made(session: Session, event: BookingMade) -> None:
    """Confirm at once, and remind on the eve; no offer of the time leaves any more."""
    kinds = (Kind.BOOKING_CONFIRMATION, REMINDER)
    if event.new:
        facts = queries.facts_at_hand(session, event.booking_id)
        todo = _planned(kinds, facts, event.at)
        session.add_all(_row(planned, facts) for planned in todo)
        return
    _supersede_all(session, event.booking_id)
    plan(session, queries.facts(session, event.booking_id), kinds, event.at)


def on_moved(session: Session, event: BookingMoved) -> None:
    """What was planned for the old time is void; tell the new one, and remind on its eve."""
    _supersede_all(session, event.booking_id)
    facts = queries.facts(session, event.booking_id)
    plan(session, facts, (Kind.RESCHEDULED, REMINDER), event.at)


def on_cancelled(session: Session, event: BookingCancelled) -> None:
    """Nothing about the visit leaves any more but the news that it will not be."""
    _supersede_all(session, event.booking_id)
    by_centre = event.who == BY_CENTRE
    kind = Kind.CANCELLED_BY_CENTRE if by_centre else Kind.CANCELLED_ON_REQUEST
    plan(session, queries.facts(session, event.booking_id), (kind,), event.at)


def on_missed(session: Session, event: BookingMissed) -> None:
    """Nobody came: after a while, by day, tell how to get another time."""
    plan(session, queries.facts(session, event.booking_id), (Kind.MISSED_VISIT,), event.at)


def on_missed_undone(session: Session, event: MissedUndone) -> None:
    """It was a wrong tap: what was to be told of it is void."""
    session.execute(
        update(Message)
        .where(
            Message.booking_id == event.booking_id,
            Message.kind == Kind.MISSED_VISIT,
            Message.state == State.PENDING,
        )
        .values(state=State.SUPERSEDED)
    )


def on_offered(session: Session, event: TimeOffered) -> None:
    """Tell the person which time is held for them, and until when."""
    facts = queries.facts(session, event.booking_id)
    plan(session, facts, (Kind.WAITING_LIST_OFFER,), event.at)


def on_displaced(session: Session, event: BookingDisplaced) -> None:
    """Nothing about the old time leaves any more but the news, once it cannot be undone."""
    _supersede_all(session, event.booking_id)
    kind = Kind.CANCELLED_BY_CENTRE if event.proposal_id is None else Kind.CANCELLED_WITH_PROPOSAL
    plan(session, queries.facts(session, event.booking_id), (kind,), event.due_at)


def on_restored(session: Session, event: BookingRestored) -> None:
    """The appointment stands: no news of its end, the reminder again, and a news not yet told."""
    untold = queries.withdrawn(session, event.booking_id, NEWS)
    _supersede_all(session, event.booking_id)
    facts = queries.facts(session, event.booking_id)
    plan(session, facts, (*sorted(untold), REMINDER), event.at)


def on_reassigned(session: Session, event: BookingReassigned) -> None:
    """Nothing changes for the person: what was told, failed or waits is of the new version.

    So is whom somebody has called: nobody is called twice, and nobody forgotten, for a substitute.
    """
    version = queries.facts(session, event.booking_id).booking.version
    session.execute(
        update(Message)
        .where(Message.booking_id == event.booking_id, Message.booking_version == version - 1)
        .values(booking_version=version)
    )
    session.execute(
        update(Call)
        .where(Call.booking_id == event.booking_id, Call.version == version - 1)
        .values(version=version)
    )


def on_hold_ended(session: Session, event: HoldEnded) -> None:
    """No offer of it leaves any more; whoever was not told of a proposal hears of the rest."""
    _supersede_all(session, event.booking_id)
    displaced = queries.displaced_by(session, event.booking_id)
    if displaced is None:
        return
    facts = queries.facts(session, displaced)
    if facts.booking.status is not Status.NEEDS_REBOOKING:
        return
    rows = queries.planned(session, displaced, facts.booking.version)
    told = [row for row in rows if row.kind is Kind.CANCELLED_WITH_PROPOSAL]
    _supersede_all(session, displaced)
    if told and all(row.state is not State.SENT for row in told):
        due_at = _not_before(told, event.at)
        plan(session, facts, (Kind.CANCELLED_BY_CENTRE,), due_at)


def on_contact_changed(session: Session, event: ContactChanged) -> None:
    """What is still pending follows the person; an erased contact withdraws it.

    No row holds an address: a new one is used at delivery, and for what the old one failed.
    """
    for booking_id in queries.ahead(session, event.case_id, event.at):
        facts = queries.facts(session, booking_id)
        booking = facts.booking
        rows = queries.planned(session, booking_id, booking.version)
        pending = [row for row in rows if row.state is State.PENDING]
        kinds = {row.kind for row in pending}
        reminded = any(row.sent_at for row in rows if row.kind in rules.REMINDERS)
        if booking.status is Status.BOOKED and not reminded:
            kinds.add(REMINDER)
        elif booking.held_for is HeldFor.OFFER and not any(row.sent_at for row in rows):
            kinds.add(Kind.WAITING_LIST_OFFER)
        follow(pending, facts)
        _try_again([row for row in rows if row.state is State.FAILED], facts, event.at)
        plan(session, facts, sorted(kinds), _not_before(pending, event.at))


def _try_again(failed: Iterable[Message], facts: Facts, at: datetime) -> None:
    """What an address has failed leaves by the new one, as long as it is of use."""
    mode_of = {way.channel: way.mode for way in _ways(facts)}
    for row in failed:
        mode = mode_of.get(row.channel)
        if mode is None or (row.kind, mode) in rules.SILENT or row.expires_at <= at:
            continue
        row.state, row.mode, row.attempts, row.failure = State.PENDING, mode, 0, None
        row.next_try_at = at


def none_remains(session: Session, case_id: int, at: datetime) -> bool:
    """Whether something of the person's is still ahead at `at`, and no way to tell them is left."""
    ahead = (queries.facts(session, one) for one in queries.ahead(session, case_id, at))
    return any(one.booking.status in AWAITED and not _ways(one) for one in ahead)


def _not_before(pending: Iterable[Message], at: datetime) -> datetime:
    """`at`, or the end of the minute in which a change of the rosters can still be undone."""
    waits = (row.due_at for row in pending if row.kind in rules.OF_DISPLACED)
    return max([at, *waits])


def follow(pending: Iterable[Message], facts: Facts) -> None:
    """Keep what the person may still be told this way, in today's mode; void the rest."""
    mode_of = {way.channel: way.mode for way in _ways(facts)}
    for row in pending:
        mode = mode_of.get(row.channel)
        if mode is None or (row.kind, mode) in rules.SILENT:
            row.state = State.SUPERSEDED
            continue
        row.mode = mode
        row.next_try_at = row.due_at  # an address that failed may have been put right


def plan(session: Session, facts: Facts, kinds: Iterable[Kind], at: datetime) -> None:
    """Write a row for each message there is not one for yet; a withdrawn one comes back."""
    rows = queries.planned_about(session, facts)
    existing = {(row.kind, row.channel): row for row in rows}
    for planned in _planned(kinds, facts, at):
        row = existing.get((planned.kind, planned.channel))
        if row is None:
            session.add(_row(planned, facts))
        elif row.state is State.SUPERSEDED:
            row.state, row.failure = _standing(planned, facts)
            row.mode, row.attempts = planned.mode, 0
            row.due_at = row.next_try_at = planned.due_at
            row.expires_at = planned.expires_at
    session.flush()


def write(session: Session, planned: rules.Planned, facts: Facts) -> Message:
    """Write the row of one message that staff asked for, beside those that were planned."""
    row = _row(planned, facts)
    session.add(row)
    session.flush()
    return row


def _row(planned: rules.Planned, facts: Facts) -> Message:
    if facts.contact is None:
        raise LookupError("a message was planned for a person without a contact")
    state, failure = _standing(planned, facts)
    return Message(
        id=str(uuid.uuid4()),
        **facts.about,
        booking_version=facts.occasion.version,
        kind=planned.kind,
        channel=planned.channel,
        mode=planned.mode,
        contact_id=facts.contact.id,
        language=facts.language,
        due_at=planned.due_at,
        expires_at=planned.expires_at,
        state=state,
        failure=failure,
        next_try_at=planned.due_at,
    )


def _planned(kinds: Iterable[Kind], facts: Facts, at: datetime) -> list[rules.Planned]:
    """What to send, and what would be sent if the gateway reached the phone: it is on record."""
    reach, doors = occasions.reach_of(facts.contact), offered(post_settings())
    by = (*rules.ways(reach, doors), *rules.out_of_reach(reach, doors))
    return rules.plan(kinds, facts.appointment, by, at)


def _standing(planned: rules.Planned, facts: Facts) -> tuple[State, str | None]:
    """Pending; or failed at once, so that somebody calls, when the gateway cannot reach it."""
    if planned.channel in {way.channel for way in _ways(facts)}:
        return State.PENDING, None
    return State.FAILED, OUT_OF_REACH


def _ways(facts: Facts) -> tuple[rules.Way, ...]:
    reach = occasions.reach_of(facts.contact)
    return rules.ways(reach, offered(post_settings()))


def _supersede_all(session: Session, booking_id: int) -> None:
    session.execute(
        update(Message)
        .where(Message.booking_id == booking_id, Message.state == State.PENDING)
        .values(state=State.SUPERSEDED)
    )
