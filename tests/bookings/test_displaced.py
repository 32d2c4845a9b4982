"""People who lost their time: what is held is accepted or declined once, whoever is quicker."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from cic_cases.bookings import displaced
from cic_cases.bookings import disruption_rules as rules
from cic_cases.bookings.models import Outcome
from cic_cases.bookings.statuses import Status
from cic_cases.calendar.models import Occupancy
from tests.bookings.disruption_world import AT, World


@pytest.fixture
def world(make, session):
    return World(make, session)


def test_undo_is_refused_twice_and_after_an_answer(world):
    world.full(2)
    done = world.cancel()
    one = displaced.people_of(world.session, done.disruption_id)[0]
    displaced.accept(world.session, one, at=AT, by=world.by.id)
    with pytest.raises(rules.TooLateToUndo):
        world.undo(done, AT)


def test_an_accepted_time_is_the_appointment_and_its_code_stays(world):
    booking = world.full(1)[0]
    reference = booking.reference
    lost = world.cancel().lost[0]
    one = displaced.people_of(world.session, 1)[0]
    displaced.accept(world.session, one, at=AT + timedelta(hours=1), by=world.by.id)
    world.session.commit()
    assert (booking.reference, booking.status) == (reference, Status.BOOKED)
    assert booking.starts_at == lost.proposal.time.start
    assert {row.booking_id for row in world.session.scalars(select(Occupancy))} == {booking.id}
    with pytest.raises(rules.NothingHeld):
        displaced.accept(world.session, one, at=AT, by=world.by.id)


def test_a_declined_time_is_free_again(world):
    booking = world.full(1)[0]
    world.cancel()
    one = displaced.people_of(world.session, 1)[0]
    displaced.decline(world.session, one, at=AT, by=world.by.id)
    world.session.commit()
    assert booking.status is Status.CANCELLED
    assert one.outcome is Outcome.DECLINED
    assert world.taken() == []
