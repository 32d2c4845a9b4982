"""A roster changes under appointments: one transaction, and nobody is dropped.

`preview` does it all and takes it back, so that what is shown is what would be done.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.bookings import ahead, before_change, proposals, roster_changes, steps
from cic_cases.bookings import disruption_rules as rules
from cic_cases.bookings import roster_reach as reach
from cic_cases.bookings.disruption_rules import Lost
from cic_cases.bookings.events import BookingDisplaced
from cic_cases.bookings.models import Booking, Cause, Displaced, Disruption, Told
from cic_cases.bookings.statuses import Happening, Status
from cic_cases.bookings.tries import tried
from cic_cases.calendar import guard
from cic_cases.calendar.changes import Closing, Ending, OneDate, Replacing
from cic_cases.calendar.models import Duty
from cic_cases.calendar.rules import Change
from cic_cases.centres.models import Centre
from cic_cases.foundation.clock import zone
from cic_cases.foundation.db import lock_row
from cic_cases.foundation.events import emit
from cic_cases.privacy import audit
from cic_cases.privacy.actor import Actor, Scope

Telling = Callable[[Session, int], Told]
Choices = Mapping[int, str | None]
"""booking → the slot chosen for it; None is the waiting list."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What was done: the disruption's id and everybody on it, in order of time."""

    disruption_id: int
    lost: tuple[Lost, ...]


def preview(
    session: Session,
    change: rules.Disrupting,
    *,
    telling: Telling,
    scope: Scope,
    at: datetime,
    by: Actor,
) -> tuple[Lost, ...]:
    """Everybody who would lose their time, and what would be held for them; nothing is changed."""
    with tried(session):
        done = carry_out(session, change, "other", telling=telling, scope=scope, at=at, by=by)
    return done.lost


def cancelled(duty_id: int, on: date) -> OneDate:
    """The change that cancels one date of a duty."""
    return OneDate(duty_id, on, Change(cancelled=True))


def cancel_duty(
    session: Session,
    duty_id: int,
    on: date,
    reason: str,
    *,
    telling: Telling,
    scope: Scope,
    at: datetime,
    by: Actor,
    choices: Choices | None = None,
) -> Cancelled:
    """`carry_out` for one date of a duty that is cancelled."""
    change = cancelled(duty_id, on)
    return carry_out(
        session, change, reason, telling=telling, scope=scope, at=at, by=by, choices=choices
    )


def carry_out(
    session: Session,
    change: rules.Disrupting,
    reason: str,
    *,
    telling: Telling,
    scope: Scope,
    at: datetime,
    by: Actor,
    choices: Choices | None = None,
) -> Cancelled:
    """Do a change of the rosters: whoever loses their time by it has another one held.

    `choices` is the list that was confirmed (None: as proposed). Raises `AlreadyCancelled`,
    `AlreadyDone`, `ListChanged`, `UnknownReason`, `NotFound`, and what the change itself refuses.
    """
    if reason not in rules.REASONS:
        raise rules.UnknownReason()
    centre_id = reach.centre_of(session, change, scope)
    _stand_still(session, change, centre_id)
    before = before_change.kept(session, change)
    bookings = roster_changes.displaced(session, change, scope=scope, at=at, by=by.id)
    if choices is not None and not {one.id for one in bookings} <= choices.keys():
        raise rules.ListChanged()
    made = roster_changes.apply(session, change, scope=scope, at=at, by=by.id)
    disruption = _remember(session, change, made, centre_id, reason, before, at=at, by=by.id)
    _release(session, bookings, at=at, by=by.id)
    lost = tuple(
        _displace(session, disruption, booking, choices, telling, at=at, by=by)
        for booking in bookings
    )
    session.flush()
    return Cancelled(disruption.id, lost)


def lock_centre(session: Session, centre_id: int) -> None:
    """Two who change a centre's rosters under appointments come one after the other."""
    place = select(Centre.id).where(Centre.id == centre_id)
    session.execute(place.with_for_update(key_share=True))


def _stand_still(session: Session, change: rules.Disrupting, centre_id: int) -> None:
    """Two who make the same change come one after the other; the second is told it is done.

    The centre first, as in every change of rosters, so that two never wait for each other; nobody's
    time yet, which `roster_guard` locks with everybody else's, in one order.
    """
    lock_centre(session, centre_id)
    if isinstance(change, OneDate | Ending | Replacing):
        wanted = select(Duty).where(Duty.id == change.duty_id).with_for_update()
        session.execute(wanted.execution_options(populate_existing=True)).scalar_one()
    if before_change.is_done(session, change):
        cancels = rules.cause_of(change) is Cause.DUTY_CANCELLED
        raise rules.AlreadyCancelled() if cancels else rules.AlreadyDone()


def _remember(
    session: Session,
    change: rules.Disrupting,
    made: int | None,
    centre_id: int,
    reason: str,
    before: dict[str, Any],
    *,
    at: datetime,
    by: int,
) -> Disruption:
    here = zone(session.get_one(Centre, centre_id).timezone)
    of_duty = isinstance(change, OneDate | Ending | Replacing)
    disruption = Disruption(
        cause=rules.cause_of(change),
        centre_id=centre_id,
        duty_id=made if of_duty else None,
        closure_id=made if isinstance(change, Closing) else None,
        on=rules.first_day_of(change),
        reason=reason,
        before=before,
        made_at=at,
        made_by=by,
        undo_until=at + rules.undo_within(change),
        hold_until=rules.answer_until(at, here),
    )
    session.add(disruption)
    session.flush()
    audit.note(
        session, "disruption.made", "disruption", disruption.id, by=by, at=at, centre_id=centre_id
    )
    return disruption


def _release(session: Session, bookings: list[Booking], *, at: datetime, by: int) -> None:
    """Take everybody's time back, before any other is proposed."""
    ids = [one.id for one in bookings]
    guard.lock(session, guard.held_by(session, *ids))
    for booking in sorted(bookings, key=lambda one: one.id):
        lock_row(session, booking)
        if booking.status is not Status.BOOKED:
            raise rules.ListChanged()
    guard.release(session, ids)
    for booking in bookings:
        booking.status = Status.NEEDS_REBOOKING
        booking.version += 1
        steps.remember(session, booking, Happening.DISPLACED, at=at, by=by)
    session.flush()


def _displace(
    session: Session,
    disruption: Disruption,
    booking: Booking,
    choices: Choices | None,
    telling: Telling,
    *,
    at: datetime,
    by: Actor,
) -> Lost:
    """Hold another time for one person, or a place in line, and note how they are told."""
    held = proposals.hold_one(session, booking, choices, disruption.hold_until, at=at, by=by)
    line = None if held else ahead.line_up(session, disruption, booking, at=at, by=by.id)
    told = telling(session, booking.case_id)
    session.add(
        Displaced(
            disruption_id=disruption.id,
            booking_id=booking.id,
            proposal_id=held.booking_id if held else None,
            waiting_id=line,
            told=told,
        )
    )
    session.flush()
    proposal_id = held.booking_id if held else None
    emit(session, BookingDisplaced(booking.id, proposal_id, at, disruption.undo_until))
    return Lost(
        booking_id=booking.id,
        reference=booking.reference,
        case_id=booking.case_id,
        service_id=booking.service_id,
        centre_id=booking.centre_id,
        starts_at=booking.starts_at,
        language=booking.language,
        told=told,
        proposal=held.slot if held else None,
        held_until=held.until if held else None,
    )


def left_to_undo(disruption: Disruption, at: datetime) -> timedelta:
    """How long it can still be undone at `at`; zero when it cannot."""
    if disruption.undone_at is not None:
        return timedelta()
    return max(disruption.undo_until - at, timedelta())
