"""People who lost their time: what is held is accepted or declined once, and nobody is dropped."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from cic_cases.bookings import displaced, holds, service
from cic_cases.bookings import disruption_rules as rules
from cic_cases.bookings.displaced_rules import Answered, StillUndoable
from cic_cases.bookings.models import Booking, Outcome
from cic_cases.bookings.rules import HoldExpired
from cic_cases.bookings.statuses import Status
from cic_cases.calendar.models import Occupancy
from cic_cases.foundation.errors import NotFound
from cic_cases.notifications.models import Message
from cic_cases.privacy.actor import Scope
from cic_cases.privacy.models import AuditEntry
from tests.bookings.disruption_world import AT, World

LATER = AT + timedelta(seconds=60)


@pytest.fixture
def world(make, session):
    return World(make, session)


def held_for(world, one):
    return world.session.get_one(Booking, one.proposal_id).reference


def accepts(world, one, at=LATER, of=None, scope=None):
    booking = displaced.accept(
        world.session, one.id, of=of or held_for(world, one), scope=scope or world.scope,
        at=at, by=world.by.id,
    )  # fmt: skip
    world.session.commit()
    return booking


def declines(world, one, at=LATER, of=None, scope=None):
    booking = displaced.decline(
        world.session, one.id, of=of, scope=scope or world.scope, at=at, by=world.by.id
    )
    world.session.commit()
    return booking


def cancelled(world, people=1):
    """Everybody's duty is cancelled; their rows, in order."""
    world.full(people)
    done = world.cancel()
    world.session.commit()
    return done, displaced.people_of(world.session, done.disruption_id)


def audited(world, action):
    return world.number(AuditEntry, AuditEntry.action == action)


def test_an_accepted_time_is_the_appointment_and_its_code_stays(world):
    done, [one] = cancelled(world)
    booking = world.session.get_one(Booking, one.booking_id)
    reference = booking.reference

    accepts(world, one, AT + timedelta(hours=1))

    assert (booking.reference, booking.status) == (reference, Status.BOOKED)
    assert booking.starts_at == done.lost[0].proposal.time.start
    assert {row.booking_id for row in world.session.scalars(select(Occupancy))} == {booking.id}
    with pytest.raises(Answered):
        accepts(world, one)


def test_a_declined_time_is_free_again(world):
    _done, [one] = cancelled(world)

    booking = declines(world, one, of=held_for(world, one))

    assert booking.status is Status.CANCELLED
    assert one.outcome is Outcome.DECLINED
    assert world.taken() == []


@pytest.mark.parametrize("verb", [accepts, declines])
def test_an_answer_about_another_time_changes_nothing(world, verb):
    _done, [one] = cancelled(world)
    before = world.taken()

    with pytest.raises(rules.NothingHeld):
        verb(world, one, of="AAAAAA")

    world.session.rollback()
    assert (one.outcome, world.taken()) == (None, before)


@pytest.mark.parametrize("verb", [accepts, declines])
def test_nobody_answers_for_another_centres_people(world, verb):
    _done, [one] = cancelled(world)
    with pytest.raises(NotFound):
        verb(world, one, scope=Scope(frozenset({world.make.centre("leszno").id})))


@pytest.mark.parametrize("verb", [accepts, declines])
def test_nobody_can_have_answered_while_it_can_be_undone(world, verb):
    done, [one] = cancelled(world)

    with pytest.raises(StillUndoable):
        verb(world, one, at=AT + timedelta(seconds=59))
    world.session.rollback()

    world.undo(done, AT + timedelta(seconds=59))
    assert one.outcome is Outcome.UNDONE


@pytest.mark.parametrize("verb", [accepts, declines])
def test_an_answer_after_it_was_undone_changes_nothing(world, verb):
    done, [one] = cancelled(world)
    world.undo(done, AT)
    world.session.commit()
    booked = world.session.get_one(Booking, one.booking_id)

    with pytest.raises(Answered):
        verb(world, one)

    world.session.rollback()
    assert booked.status is Status.BOOKED


def test_undo_is_refused_after_an_answer(world):
    done, [one, _other] = cancelled(world, 2)
    accepts(world, one)
    with pytest.raises(rules.TooLateToUndo):
        world.undo(done, AT)  # by a clock that is a minute late


def test_a_held_time_is_accepted_until_its_deadline_and_not_at_it(world):
    done, [one] = cancelled(world)
    until = done.lost[0].held_until
    with pytest.raises(HoldExpired):
        accepts(world, one, until)
    world.session.rollback()
    assert accepts(world, one, until - timedelta(seconds=1)).status is Status.BOOKED


def test_somebody_told_is_noted_once_and_it_cannot_be_undone_any_more(world):
    done, [one] = cancelled(world)
    with pytest.raises(StillUndoable):
        displaced.told(world.session, one.booking_id, at=AT, by=world.by.id)
    world.session.rollback()

    assert displaced.told(world.session, one.booking_id, at=LATER, by=world.by.id) == 1
    hour = LATER + timedelta(hours=1)
    assert displaced.tell(world.session, one.id, scope=world.scope, at=hour, by=1) == 0
    world.session.commit()

    assert (one.told_at, audited(world, "displaced.told")) == (LATER, 1)
    with pytest.raises(rules.TooLateToUndo):
        world.undo(done, AT)


def test_only_who_may_change_the_booking_says_that_somebody_was_told(world):
    _done, [one] = cancelled(world)
    with pytest.raises(NotFound):
        displaced.tell(world.session, one.id, scope=Scope(frozenset()), at=LATER, by=1)


def moves(world, booking):
    slot = next(one for one in world.free() if one.time.start > booking.starts_at)
    service.move(
        world.session, booking.reference, slot.code, scope=world.scope,
        version=None, at=LATER, by=world.by,
    )  # fmt: skip


def cancels(world, booking):
    service.cancel(
        world.session, booking.reference, who="person", scope=world.scope,
        version=None, at=LATER, by=world.by,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("verb", "outcome"), [(moves, Outcome.OTHER_TIME), (cancels, Outcome.DECLINED)]
)
def test_who_is_moved_or_cancelled_elsewhere_is_settled_and_what_was_held_is_free(
    world, verb, outcome
):
    _done, [one] = cancelled(world)
    held = world.session.get_one(Booking, one.proposal_id)

    verb(world, world.session.get_one(Booking, one.booking_id))
    world.session.commit()

    assert one.outcome is outcome
    assert audited(world, f"displaced.{outcome}") == 1
    assert held.starts_at in [slot.time.start for slot in world.free(at=LATER)]
    assert holds.lapse(world.session, LATER) == 1


def test_the_person_hears_once_of_what_they_accepted(world):
    _done, [_first, one] = cancelled(world, 2)  # every fourth has no address, from the first on
    booking = accepts(world, one)
    planned = world.session.scalars(
        select(Message.kind).where(Message.booking_id == booking.id, Message.state == "pending")
    ).all()
    assert sorted(set(planned)) == ["reminder_on_date", "rescheduled"]  # its eve is a Sunday
