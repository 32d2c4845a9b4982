"""What the coordinator's board asks about all centres at once, in a statement each."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.bookings.models import Booking
from cic_cases.bookings.queries import NO_HOLD
from cic_cases.bookings.rules import LIVE
from cic_cases.bookings.statuses import Status
from cic_cases.foundation.intervals import Interval

OF_A_DAY = (*LIVE, Status.DONE, Status.NO_SHOW)


@dataclass(frozen=True, slots=True)
class Unended:
    """An appointment that is over, of which nobody has said whether the person came."""

    reference: str
    starts_at: datetime


def of_day(session: Session, centre_ids: Iterable[int], time: Interval) -> list[Booking]:
    """The appointments of these centres within `time`, also those that are over, by their start."""
    wanted = select(Booking).where(
        Booking.centre_id.in_(list(centre_ids)),
        Booking.starts_at >= time.start,
        Booking.starts_at < time.end,
        Booking.status.in_(OF_A_DAY),
        NO_HOLD,
    )
    return list(session.scalars(wanted.order_by(Booking.starts_at, Booking.id)))


def promised(
    session: Session, centre_ids: Iterable[int], time: Interval
) -> Mapping[int, list[Interval]]:
    """When somebody is booked within `time`, by centre."""
    wanted = select(Booking.centre_id, Booking.starts_at, Booking.ends_at).where(
        Booking.centre_id.in_(list(centre_ids)),
        Booking.starts_at >= time.start,
        Booking.starts_at < time.end,
        Booking.status.in_(LIVE),
    )
    found: dict[int, list[Interval]] = defaultdict(list)
    for centre_id, starts_at, ends_at in session.execute(wanted):
        found[centre_id].append(Interval(starts_at, ends_at))
    return found


def unended(
    session: Session, centre_ids: Iterable[int], time: Interval
) -> Mapping[int, list[Unended]]:
    """What ended within `time` and was never closed, by centre, the oldest first."""
    wanted = (
        select(Booking.centre_id, Booking.reference, Booking.starts_at)
        .where(
            Booking.centre_id.in_(list(centre_ids)),
            Booking.ends_at >= time.start,
            Booking.ends_at < time.end,
            Booking.status.in_(LIVE),
            NO_HOLD,
        )
        .order_by(Booking.ends_at, Booking.id)
    )
    found: dict[int, list[Unended]] = defaultdict(list)
    for centre_id, reference, starts_at in session.execute(wanted):
        found[centre_id].append(Unended(reference, starts_at))
    return found
