"""Another interpreter for an appointment: the one promised did not come, or none was promised.

Nothing changes for the person. Who is chosen is free for the rest of the appointment, on duty in
its centre or remote; the specialist's and the person's time stay taken as they were.
"""

from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from cic_cases.bookings import availability, interpreters, queries, rules, steps
from cic_cases.bookings.events import BookingReassigned
from cic_cases.bookings.models import Booking
from cic_cases.bookings.offers import Member, Place, Search
from cic_cases.bookings.reasons import Why
from cic_cases.bookings.statuses import Happening, Status
from cic_cases.calendar import appointments, guard
from cic_cases.calendar.models import Occupancy
from cic_cases.centres.models import Centre
from cic_cases.foundation.clock import zone
from cic_cases.foundation.errors import N_, Refusal
from cic_cases.foundation.events import emit
from cic_cases.foundation.intervals import Interval
from cic_cases.foundation.localtime import day_bounds, local_day
from cic_cases.people.models import Staff
from cic_cases.privacy.actor import Actor, Scope

NEEDS_ONE = frozenset({Status.BOOKED, Status.ARRIVED, Status.IN_PROGRESS})


class NoInterpreterFree(Refusal):
    """Nobody who speaks the language is on duty and free for the rest of the appointment."""

    msgid = N_("No interpreter of this language is free at this time. Move the appointment.")
    problem = "no-interpreter"
    status = 409


def find_another(
    session: Session,
    reference: str,
    *,
    scope: Scope,
    version: int | None,
    at: datetime,
    by: Actor,
) -> Booking:
    """Give the appointment the least loaded interpreter who is free from now until its end.

    Raises `NotFound`, `NoInterpreterFree`, `WrongStatus` for one that is over, `VersionConflict`.
    """
    booking = queries.by_reference(session, reference, scope)
    if booking.status not in NEEDS_ONE or booking.ends_at <= at:
        raise appointments.WrongStatus()
    chosen = _choose(session, booking, at)
    steps.stand_still(session, booking, chosen.resource)
    appointments.check_version(version, booking.version)
    if booking.status not in NEEDS_ONE:
        raise appointments.WrongStatus()
    _release(session, booking)
    time = Interval(max(booking.starts_at, at), booking.ends_at)
    claim = guard.Claim(chosen.resource, time, chosen.version)
    booking.interpreter, booking.interpreter_id = True, chosen.id
    booking.version += 1
    session.flush()
    if guard.claim(session, guard.Holder(booking_id=booking.id), [claim], at=at):
        raise rules.SlotTaken()
    steps.remember(session, booking, Happening.INTERPRETED, at=at, by=by.id)
    emit(session, BookingReassigned(booking.id, at))
    return booking


def _choose(session: Session, booking: Booking, at: datetime) -> Member:
    """The least loaded one who is free. Raises `NoInterpreterFree`."""
    centre = session.get_one(Centre, booking.centre_id)
    local = zone(centre.timezone)
    day = local_day(booking.starts_at, local)
    search = Search(
        service_ids=frozenset({booking.service_id}),
        centre_ids=frozenset({centre.id}),
        first_day=day,
        last_day=day,
        language=booking.language,
        interpreter=True,
    )
    known = availability.roster(session, search, at)
    taking_part = (booking.staff_id, booking.second_staff_id, booking.interpreter_id)
    chosen = interpreters.choose(
        known.rota.present(day),
        booking.language,
        Place(
            centre.id,
            centre.slug,
            centre.city,
            centre.timezone,
            centre.region_id,
            centre.country,
        ),
        Interval(max(booking.starts_at, at), booking.ends_at),
        known.busy,
        day_bounds(day, local),
        frozenset(one for one in taking_part if one is not None),
    )
    if isinstance(chosen, Why):
        raise NoInterpreterFree()
    return chosen


def _release(session: Session, booking: Booking) -> None:
    """Give back the time of the interpreter so far."""
    if booking.interpreter_id is None:
        return
    resource = select(Staff.resource_id).where(Staff.id == booking.interpreter_id)
    mine = Occupancy.booking_id == booking.id, Occupancy.resource_id == resource.scalar_subquery()
    session.execute(delete(Occupancy).where(*mine))
