"""Which appointments to come stand on duties, as the rosters are at this point of a transaction."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.bookings import duty_plan, roster_guard
from cic_cases.bookings import roster_checks as checks
from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Status
from cic_cases.calendar.changes import RosterChange
from cic_cases.centres import queries as centres
from cic_cases.centres.models import Centre
from cic_cases.foundation.localtime import local_day

ONE_DAY = timedelta(days=1)


def coming(session: Session, centre_id: int, change: RosterChange, at: datetime) -> list[Booking]:
    """Appointments and held times to come in the centre's region on the days of the change."""
    zones = {c.id: checks.zone_of(session, c.id) for c in centres.all_centres(session)}
    first, last = roster_guard.days_of(change)
    return [
        booking
        for booking in _ahead(session, centre_id, at, roster_guard.TAKES_TIME)
        if first <= local_day(booking.starts_at, zones[booking.centre_id]) <= last
    ]


def standing(session: Session, centre_id: int, at: datetime) -> frozenset[int]:
    """The ids of the region's appointments to come that stand on duties, as these are now."""
    booked = _ahead(session, centre_id, at, (Status.BOOKED,))
    return plan(session, centre_id, booked, at).standing(booked)


def _ahead(
    session: Session, centre_id: int, at: datetime, statuses: tuple[Status, ...]
) -> list[Booking]:
    region = select(Centre.region_id).where(Centre.id == centre_id).scalar_subquery()
    wanted = (
        select(Booking)
        .join(Centre, Centre.id == Booking.centre_id)
        .where(
            Centre.region_id == region,
            Booking.starts_at > at,
            Booking.status.in_(statuses),
        )
        .order_by(Booking.starts_at, Booking.id)
    )
    return list(session.scalars(wanted))


def plan(session: Session, centre_id: int, bookings: list[Booking], at: datetime) -> duty_plan.Plan:
    """The duties of the whole region on the days of these appointments."""
    region = centres.region_of(session, centre_id)
    ids = [centre.id for centre in centres.all_centres(session, region_id=region.id)]
    local = checks.zone_of(session, centre_id)
    days = [local_day(booking.starts_at, local) for booking in bookings]
    days = days or [local_day(at, local)]
    return duty_plan.read(session, ids, min(days) - ONE_DAY, max(days) + ONE_DAY)
