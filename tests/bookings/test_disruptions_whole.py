"""A whole rule, another person or room, a whole region: nobody is dropped, and nothing waits."""

from dataclasses import replace
from datetime import UTC, date, time, timedelta

import pytest
from sqlalchemy import select

from cic_cases.bookings import disruption_rules as rules
from cic_cases.bookings import disruptions, roster_standing, service
from cic_cases.bookings.models import Cause, Displaced, Disruption
from cic_cases.bookings.rules import Wish
from cic_cases.bookings.statuses import Status
from cic_cases.calendar.changes import AT_ONCE, Closing, Ending, OneDate, Reopening, Replacing
from cic_cases.calendar.rules import Change, ClosedDays
from cic_cases.desk.queries_rosters import wish_of
from cic_cases.foundation.errors import Invalid, NotFound
from cic_cases.notifications import telling
from cic_cases.notifications.models import Message
from cic_cases.privacy.actor import Scope
from tests.bookings.disruption_world import AT, LANGUAGES, ON, World

ONE_DAY = timedelta(days=1)


@pytest.fixture
def world(make, session):
    return World(make, session)


def carried_out(world, change, at=AT, **more):
    done = disruptions.carry_out(
        world.session,
        change,
        "other",
        telling=telling.told,
        scope=more.pop("scope", world.scope),
        at=at,
        by=world.by,
        **more,
    )
    world.session.commit()
    return done


def wish(world, **other):
    """The duty's rule as it is, but for what is other."""
    return replace(wish_of(world.session, world.duty), **other)


def accounted(world, booked, done):
    """Everybody still stands on a duty, or lost their time and is on the list of this change."""
    world.session.expire_all()
    standing = roster_standing.standing(world.session, world.centre.id, AT)
    on_list = set(
        world.session.scalars(
            select(Displaced.booking_id).where(Displaced.disruption_id == done.disruption_id)
        )
    )
    kept = {one.id for one in booked if one.status is Status.BOOKED}
    lost = {one.id for one in booked if one.status is Status.NEEDS_REBOOKING}
    assert kept | lost == {one.id for one in booked}
    assert kept <= standing
    assert lost == on_list == {one.booking_id for one in done.lost}
    return kept, lost


def test_a_rule_that_goes_to_another_weekday_proposes_a_time_to_everybody_on_it(world):
    booked = world.full(4)
    moved = Replacing(world.duty.id, None, wish(world, weekday=1))
    done = carried_out(world, moved)

    kept, lost = accounted(world, booked, done)
    assert (len(kept), len(lost)) == (0, 4)
    found = [one.proposal for one in done.lost]
    assert all(slot is not None and slot.time.start.weekday() == 1 for slot in found)
    assert [slot.time.start for slot in found] == sorted(slot.time.start for slot in found)
    disruption = world.session.get_one(Disruption, done.disruption_id)
    assert (disruption.cause, disruption.duty_id) == (Cause.DUTY_CHANGED, world.duty.id)


def test_a_rule_that_is_other_from_a_date_on_leaves_whoever_comes_before(world):
    first = world.one(1)
    later = world.free(ON + timedelta(days=7))[0]
    assert later.time.start.astimezone(UTC).date() == ON + timedelta(days=7)
    second = booked_at(world, later)
    shorter = wish(world, hours=(time(12), time(13, 20)))
    done = carried_out(world, Replacing(world.duty.id, ON + timedelta(days=5), shorter))

    kept, lost = accounted(world, [first, second], done)
    assert (kept, lost) == ({first.id}, {second.id})


def booked_at(world, slot, number=1):
    case, _code = world.make.case(world.centre)
    world.make.contact(case, phone="+48600100200", email="a@example.org")
    wanted = Wish(slot.code, case.id, LANGUAGES[number], False, world.centre.id)
    booking = service.take(world.session, slot, wanted, at=AT, by=world.by)
    world.session.commit()
    return booking


def test_a_substitute_takes_over_whom_they_can_and_the_others_get_another_time(world):
    """One person on that Monday speaks Georgian only, and the substitute does not."""
    booked = world.full(5)
    speaks = tuple(set(LANGUAGES) - {"ka"})
    other = world.make.staff("lawyer", world.centre, languages=speaks, initials="S.S.")
    done = carried_out(world, OneDate(world.duty.id, ON, Change(staff_id=other.id)))

    kept, lost = accounted(world, booked, done)
    assert lost == {one.id for one in booked if one.language == "ka"} != set()
    assert {one.staff_id for one in booked if one.id in kept} == {other.id}
    news = world.session.scalars(select(Message).where(Message.booking_id.in_(kept)))
    assert not [m for m in news if m.kind.startswith(("cancelled", "rescheduled"))]


def test_what_cannot_be_taken_back_says_so_and_leaves_at_once(world):
    world.full(2)
    done = carried_out(world, Replacing(world.duty.id, None, wish(world, weekday=1)))
    with pytest.raises(rules.TooLateToUndo):
        world.undo(done, AT)
    world.session.rollback()
    told = [m for m in world.session.scalars(select(Message)) if m.kind.startswith("cancelled")]
    assert told
    assert {m.due_at for m in told} == {AT}


def test_a_duty_that_never_was_held_is_removed_with_everybody_told(world):
    world.duty.valid_from = ON
    world.session.commit()
    booked = world.full(2)
    done = carried_out(world, Ending(world.duty.id, AT_ONCE))

    kept, lost = accounted(world, booked, done)
    assert (len(kept), len(lost)) == (0, 2)
    assert world.session.get_one(Disruption, done.disruption_id).duty_id is None


def test_an_office_closed_in_the_whole_region_displaces_people_in_each_of_its_centres(
    make, session
):
    world = World(make, session)
    office = make.institution()
    world.officer.institution_id = office.id
    session.commit()
    booked = world.full(2)
    closed = Closing(ClosedDays(None, office.id, ON, ON), "holiday")
    with pytest.raises(NotFound):
        carried_out(world, closed, scope=Scope(frozenset()))
    session.rollback()
    done = carried_out(world, closed)

    kept, lost = accounted(world, booked, done)
    assert (len(kept), len(lost)) == (0, 2)
    assert session.get_one(Disruption, done.disruption_id).cause is Cause.CLOSURE


@pytest.mark.parametrize("change", ["whole", "from", "substitute"])
def test_a_preview_shows_what_is_done_and_leaves_nothing(world, change):
    booked = world.full(3)
    other = world.make.staff("lawyer", world.centre, languages=("ka",), initials="S.S.")
    asked = {
        "whole": Replacing(world.duty.id, None, wish(world, hours=(time(9), time(10)))),
        "from": Replacing(world.duty.id, ON, wish(world, hours=(time(12), time(13)))),
        "substitute": OneDate(world.duty.id, ON, Change(staff_id=other.id)),
    }[change]
    given = {"telling": telling.told, "scope": world.scope, "at": AT, "by": world.by}
    before = world.taken()
    shown = disruptions.preview(world.session, asked, **given)
    world.session.commit()
    assert world.taken() == before
    assert world.number(Disruption) == 0
    done = carried_out(world, asked)
    assert [(one.booking_id, one.held_until) for one in done.lost] == [
        (one.booking_id, one.held_until) for one in shown
    ]
    accounted(world, booked, done)


def test_a_closure_taken_back_disrupts_nobody(world):
    with pytest.raises(Invalid):
        rules.disrupting(Reopening(1))


def test_every_change_has_a_cause_and_a_day_for_its_page():
    days = {
        OneDate(1, ON, Change(cancelled=True)): (Cause.DUTY_CANCELLED, ON),
        OneDate(1, ON, None): (Cause.DUTY_CHANGED, ON),
        Ending(1, ON): (Cause.DUTY_ENDED, ON),
        Ending(1, AT_ONCE): (Cause.DUTY_ENDED, None),
        Closing(ClosedDays(1, None, ON, date(2030, 2, 1)), ""): (Cause.CLOSURE, ON),
    }
    for change, expected in days.items():
        assert (rules.cause_of(change), rules.first_day_of(change)) == expected
