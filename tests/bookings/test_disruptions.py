"""An officer is sick: sixteen people, one transaction, another time for each in their order."""

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import event, select

from cic_cases.bookings import disruption_rules as rules
from cic_cases.bookings import disruptions, service
from cic_cases.bookings.models import Booking, Cause, Displaced, Disruption, Outcome, Told
from cic_cases.bookings.statuses import HeldFor, Status
from cic_cases.calendar import service as calendar
from cic_cases.calendar.changes import Closing, DateHours, Ending, OneDate, WeekHours
from cic_cases.calendar.models import Closure, Duty, DutyException
from cic_cases.calendar.rules import Change, ClosedDays
from cic_cases.centres.models import OpeningDate, OpeningHours
from cic_cases.foundation.db import Base
from cic_cases.foundation.errors import NotFound
from cic_cases.notifications import telling
from cic_cases.notifications.models import Message
from cic_cases.privacy.actor import Scope
from tests.bookings.disruption_world import AT, ON, PEOPLE, World


@pytest.fixture
def world(make, session):
    return World(make, session)


def test_nobody_is_asked_to_come_before_the_appointment_they_lost(world):
    world.full(2)
    lost = world.cancel(at=AT - timedelta(weeks=2)).lost  # Mondays before it are free
    assert [one.proposal.time.start > one.starts_at for one in lost] == [True, True]


def test_everybody_gets_another_time_in_their_order_and_language(world):
    booked = world.full()
    lost = world.cancel().lost
    assert [one.booking_id for one in lost] == [one.id for one in booked]
    starts = [one.proposal.time.start for one in lost]
    assert starts == sorted(set(starts))
    assert len(starts) == PEOPLE
    assert all(one.language in one.proposal.languages for one in lost)
    wednesday = datetime(2030, 1, 9, 17, tzinfo=UTC)
    for one in lost:
        assert one.held_until == min(wednesday, one.proposal.time.start - timedelta(hours=2))
    assert {one.status for one in booked} == {Status.NEEDS_REBOOKING}
    assert {one.version for one in booked} == {2}
    held = world.number(Booking, Booking.held_for == HeldFor.PROPOSAL)
    assert held == world.number(Displaced) == PEOPLE


def test_a_preview_shows_what_is_done_and_leaves_nothing(world):
    world.full(4)
    before = world.taken()
    shown = world.preview()
    assert world.taken() == before
    assert world.number(Disruption) == world.number(Displaced) == world.number(DutyException) == 0
    done = world.cancel().lost
    assert [(a.booking_id, a.proposal.code, a.told) for a in shown] == [
        (b.booking_id, b.proposal.code, b.told) for b in done
    ]


def test_nothing_leaves_within_the_first_minute(world):
    world.full(4)
    world.cancel()
    world.session.commit()
    news = world.session.scalars(
        select(Message).where(Message.state == "pending", Message.kind.like("cancelled%"))
    ).all()
    assert news
    assert all(one.due_at >= AT + timedelta(seconds=60) for one in news)


def test_undo_brings_everything_back_exactly(world):
    booked = world.full(6)
    before = world.taken()
    done = world.cancel()
    world.session.commit()
    world.undo(done, AT + timedelta(seconds=59))
    world.session.commit()
    assert world.taken() == before
    assert world.number(DutyException) == 0
    assert {one.status for one in booked} == {Status.BOOKED}
    assert world.number(Displaced, Displaced.outcome != Outcome.UNDONE) == 0
    assert world.number(Message, Message.state == "pending", Message.kind.like("cancelled%")) == 0


@pytest.mark.parametrize("seconds", [60, 3600])
def test_undo_is_refused_once_messages_may_have_left(world, seconds):
    world.full(2)
    done = world.cancel()
    with pytest.raises(rules.TooLateToUndo):
        world.undo(done, AT + timedelta(seconds=seconds))


def test_a_second_confirmation_changes_nothing(world):
    world.full(3)
    world.cancel()
    world.session.commit()
    with pytest.raises(rules.AlreadyCancelled):
        world.cancel()
    world.session.rollback()
    assert world.number(Displaced) == 3


def test_whoever_cancelled_meanwhile_is_not_displaced_and_a_newcomer_is_shown_first(world):
    booked = world.full(2)
    choices = {one.booking_id: one.proposal.code for one in world.preview()}
    service.cancel(
        world.session,
        booked[0].reference,
        who="person",
        scope=Scope(frozenset({world.centre.id})),
        version=1,
        at=AT,
        by=world.by,
    )
    world.session.commit()
    assert [one.booking_id for one in world.cancel(choices=choices).lost] == [booked[1].id]
    world.session.rollback()
    world.one(3)
    with pytest.raises(rules.ListChanged):
        world.cancel(choices=choices)


def test_the_waiting_list_may_be_chosen_instead(world):
    booked = world.full(2)
    done = world.cancel(choices=dict.fromkeys([one.id for one in booked]))
    assert [one.proposal for one in done.lost] == [None, None]


def test_a_fault_at_any_statement_leaves_nothing_half_done(world):
    world.full(3)
    before, engine = world.taken(), world.session.get_bind()
    seen, fails_at = 0, 0

    def fault(*_args):
        nonlocal seen
        seen += 1
        if seen == fails_at:
            raise RuntimeError("the power is gone")

    event.listen(engine, "before_cursor_execute", fault)
    try:
        for fails_at in range(1, 1000):
            seen = 0
            try:
                world.cancel()
            except RuntimeError:
                world.session.rollback()
            else:
                world.session.rollback()
                break
            fails_at, resume = 0, fails_at
            assert world.taken() == before
            assert world.number(Displaced) == 0
            fails_at = resume
        else:
            pytest.fail("it never came to an end")
    finally:
        event.remove(engine, "before_cursor_execute", fault)


def test_only_the_centres_own_coordinator_may(world):
    world.full(1)
    world.scope = Scope(frozenset())
    with pytest.raises(NotFound):
        world.cancel()


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        (None, Told.RECEPTION),
        ({"mode": "none"}, Told.RECEPTION),
        ({"mode": "full", "email": "a@example.org"}, Told.MESSAGE),
    ],
)
def test_how_somebody_is_told_is_one_rule(world, contact, expected):
    case, _code = world.make.case(world.centre)
    if contact:
        world.make.contact(case, **contact)
    assert telling.told(world.session, case.id) is expected


def test_a_phone_without_a_channel_is_called():
    assert rules.way(deliverable=False, callable_=True) is Told.CALL
    assert rules.way(deliverable=False, callable_=False) is Told.RECEPTION


def _changes(world):
    closed = ClosedDays(centre_id=world.centre.id, institution_id=None, first_day=ON, last_day=ON)
    return {
        "closure": Closing(closed, "repairs"),
        "ended": Ending(world.duty.id, ON - timedelta(days=7)),
        "hours": OneDate(world.duty.id, ON, Change(hours=(time(12), time(13)))),
        "late": DateHours(world.centre.id, ON, (time(13), time(15, 30))),
        "week": WeekHours(world.centre.id, ON.weekday(), (time(13), time(15, 30))),
    }


def _carried_out(world, kind, at=AT):
    done = disruptions.carry_out(
        world.session,
        _changes(world)[kind],
        "other",
        telling=telling.told,
        scope=world.scope,
        at=at,
        by=world.by,
    )
    world.session.commit()
    return done


def _rosters(world):
    """Every row of the rosters, without the numbers of rows."""
    found = {}
    for kind in (Duty, DutyException, Closure, OpeningHours, OpeningDate):
        table = Base.metadata.tables[kind.__tablename__]
        kept = [column for column in table.c if column.name != "id"]
        found[table.name] = sorted(map(repr, world.session.execute(select(*kept))))
    return found


@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        ("closure", Cause.CLOSURE),
        ("ended", Cause.DUTY_ENDED),
        ("hours", Cause.DUTY_CHANGED),
        ("late", Cause.HOURS_CHANGED),
        ("week", Cause.HOURS_CHANGED),
    ],
)
def test_any_change_under_appointments_is_carried_out_and_undone_exactly(world, kind, cause):
    booked = world.full(3)
    later = ON + timedelta(days=7)
    own = Change(hours=(time(8), time(12)))
    by = world.by.id
    calendar.change_occurrence(world.session, world.duty, later, own, at=AT, by=by)
    world.session.commit()
    before, rosters = world.taken(), _rosters(world)
    done = _carried_out(world, kind)
    assert [one.booking_id for one in done.lost] == [one.id for one in booked]
    assert {one.status for one in booked} == {Status.NEEDS_REBOOKING}
    assert world.session.get_one(Disruption, done.disruption_id).cause is cause
    assert _rosters(world) != rosters
    world.undo(done, AT + timedelta(seconds=59))
    world.session.commit()
    assert world.taken() == before
    assert {one.status for one in booked} == {Status.BOOKED}
    assert _rosters(world) == rosters


@pytest.mark.parametrize("kind", ["closure", "ended", "hours", "late", "week"])
def test_a_change_sent_twice_is_made_once(world, kind):
    world.full(1)
    _carried_out(world, kind)
    rosters = _rosters(world)
    with pytest.raises(rules.AlreadyDone):
        _carried_out(world, kind)
    world.session.rollback()
    assert _rosters(world) == rosters
    assert world.number(Disruption) == 1


def test_a_change_is_not_undone_under_somebody_who_has_booked_what_it_offers(world):
    world.full(1)
    ends = OneDate(world.duty.id, ON, Change(hours=(time(14), time(15))))
    given = {"telling": telling.told, "scope": world.scope, "at": AT, "by": world.by}
    done = disruptions.carry_out(world.session, ends, "other", **given)
    world.session.commit()
    newcomer = world.one(1)
    assert newcomer.starts_at.astimezone(UTC).hour == 13  # 14:00 in Poznań
    with pytest.raises(rules.TooLateToUndo):
        world.undo(done, AT + timedelta(seconds=30))
    world.session.rollback()
    assert newcomer.status is Status.BOOKED


def test_rosters_that_were_changed_again_are_not_undone(world):
    world.full(1)
    done = _carried_out(world, "hours")
    other = Change(hours=(time(12), time(14)))
    calendar.change_occurrence(world.session, world.duty, ON, other, at=AT, by=world.by.id)
    world.session.commit()
    with pytest.raises(rules.TooLateToUndo):
        world.undo(done, AT + timedelta(seconds=30))
