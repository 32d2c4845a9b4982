"""What must be true in the database once the storm is over, whatever happened in it."""

from collections import Counter
from typing import Any

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from cic_cases.bookings.models import Booking, BookingTrace
from cic_cases.bookings.statuses import Happening, Status
from cic_cases.calendar.models import Occupancy
from cic_cases.cases.models import Case
from cic_cases.centres.models import Room
from cic_cases.foundation.codes import show
from cic_cases.notifications.models import Message
from cic_cases.people.models import Staff
from cic_cases.privacy.models import AuditEntry
from tests.chaos.crowd import Crowd
from tests.chaos.history import FREE, OFFERED, explained

HAS_TIME = (Status.BOOKED, Status.HELD)


def nothing_half_done(session: Session) -> None:
    """Each booking that stands has its three resources, and each of its steps a line."""
    staff, room, case = (dict(_pairs(session, one)) for one in (Staff, Room, Case))
    bookings = session.scalars(select(Booking)).all()
    should = Counter(
        (b.id, resource, b.starts_at, b.ends_at)
        for b in bookings
        if b.status in HAS_TIME
        for resource in (staff[b.staff_id], room[b.room_id], case[b.case_id])
    )
    taken = select(
        Occupancy.booking_id, Occupancy.resource_id, Occupancy.starts_at, Occupancy.ends_at
    )
    assert Counter(tuple(row) for row in session.execute(taken)) == should
    lines, confirmed = _counted(session, BookingTrace.booking_id), _held_once(session)
    assert lines == {b.id: b.version + (b.id in confirmed) for b in bookings}
    about = AuditEntry.subject_type == "booking", AuditEntry.action.startswith("booking.")
    audited = select(AuditEntry.subject_id, func.count()).where(*about)
    told = session.execute(audited.group_by(AuditEntry.subject_id))
    assert {int(number): count for number, count in told} == lines
    written = _counted(session, Message.booking_id)
    assert {b.id for b in bookings if b.held_for is None} <= written.keys()


def _held_once(session: Session) -> set[int]:
    """Bookings that were held and then confirmed: one step more than versions."""
    steps = select(BookingTrace.booking_id).where(BookingTrace.happening == Happening.HELD)
    made = select(BookingTrace.booking_id).where(BookingTrace.happening == Happening.MADE)
    return set(session.scalars(steps)) & set(session.scalars(made))


def nothing_lost(session: Session, crowd: Crowd) -> None:
    """What was answered with «yes» is there, and no change was overwritten by another."""
    there = {show(b.reference): b for b in session.scalars(select(Booking))}
    assert crowd.versions.keys() <= there.keys()
    for reference, (version, unsure) in crowd.versions.items():
        assert there[reference].version in ({version, version + 1} if unsure else {version})
    cut = sum(count for (_, outcome), count in crowd.outcomes.items() if outcome == "cut")
    accepted = {e.booking for events in crowd.events.values() for e in events if e.act == "accept"}
    known = crowd.versions.keys() | accepted
    unknown = [b for r, b in there.items() if r not in known and b.held_for is None]
    assert len(unknown) <= cut


def one_serial_order(session: Session, crowd: Crowd, places: dict[Any, int]) -> int:
    """Some order of what was answered explains each time's end; returns how many are taken.

    `places` maps (staff, start) to the number of the time.
    """
    last: dict[int, str] = {}
    for booking in session.scalars(select(Booking).where(Booking.status.in_(HAS_TIME))):
        number = places[booking.staff_id, booking.starts_at]
        assert number not in last, "one time, two winners"
        known = show(booking.reference)
        accepted = any(e.booking == known for e in crowd.events[number] if e.act == "accept")
        last[number] = known if known in crowd.versions or accepted else "?"
        if booking.held_for is not None:
            last[number] = OFFERED
    for number, events in crowd.events.items():
        assert explained(events, last.get(number, FREE), somebody_waits=True), events
    return len(last)


def deadlocks(session: Session) -> int:
    """How many PostgreSQL had to break; SQLite knows none."""
    if session.get_bind().dialect.name == "sqlite":
        return 0
    wanted = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    return session.execute(text(wanted)).scalar_one()


def _pairs(session: Session, table: type[Any]) -> list[tuple[int, int]]:
    return [(row.id, row.resource_id) for row in session.scalars(select(table))]


def _counted(session: Session, column: Any) -> dict[int, int]:
    return dict(map(tuple, session.execute(select(column, func.count()).group_by(column))))
