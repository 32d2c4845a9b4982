"""A cancellation offers its time to the first in line, at once and to exactly one person."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from cic_cases.bookings import next_in_line, rules, waiting_entries, waiting_list
from cic_cases.bookings import waiting_rules as waiting
from cic_cases.bookings.models import Booking, OfferOutcome, Waiting
from cic_cases.bookings.statuses import HeldFor, Status
from cic_cases.foundation.db import in_transaction
from cic_cases.foundation.errors import NotFound
from cic_cases.notifications.kinds import Kind, State
from cic_cases.notifications.models import Message
from cic_cases.privacy.actor import Scope
from cic_cases.privacy.models import AuditEntry
from tests.bookings.conftest import Practice, local_time
from tests.bookings.waiting_world import NEXT_MONDAY, Line

A_DAY = timedelta(days=1)


@pytest.fixture
def line(practice: Practice) -> Line:
    return Line(practice)


def test_the_cancelled_time_is_held_for_the_first_in_line_in_the_same_transaction(line: Line):
    first, second = line.joins(), line.joins()
    booked = line.full_day()
    line.cancels(booked[1])

    held = line.held_for(first)
    assert held is not None
    assert (held.starts_at, held.staff_id) == (booked[1].starts_at, booked[1].staff_id)
    assert (held.status, held.held_for) == (Status.HELD, HeldFor.OFFER)
    assert held.expires_at == datetime(2030, 1, 8, 8, tzinfo=UTC)  # told at 8:00, for a day
    assert (line.state(first), line.state(second)) == ("offered", "waiting")
    assert line.slots() == []


def test_the_person_is_told_and_the_deadline_is_that_of_the_hold(line: Line):
    first = line.joins()
    line.cancels(line.full_day()[0])

    held = line.held_for(first)
    (message,) = line.session.scalars(
        select(Message).where(Message.kind == Kind.WAITING_LIST_OFFER)
    ).all()
    assert held is not None
    assert (message.booking_id, message.expires_at) == (held.id, held.expires_at)


def test_accepted_it_is_an_appointment_with_its_own_confirmation(line: Line):
    first = line.joins()
    line.cancels(line.full_day()[0])
    booked = line.accepts(first)

    assert (booked.status, booked.held_for) == (Status.BOOKED, None)
    assert line.state(first) == "served"
    assert line.outcomes(first) == [OfferOutcome.ACCEPTED]
    messages = line.session.scalars(select(Message).where(Message.booking_id == booked.id)).all()
    alive = {m.kind for m in messages if m.state is State.PENDING}
    assert alive == {Kind.BOOKING_CONFIRMATION, Kind.REMINDER_ON_DATE}  # a Monday's


@pytest.mark.parametrize(("stays", "state"), [(True, "waiting"), (False, "left")])
def test_declined_it_goes_to_the_next_in_line_and_never_back(line: Line, stays, state):
    first, second = line.joins(), line.joins()
    line.cancels(line.full_day()[0])
    line.declines(first, stays=stays)

    assert line.state(first) == state
    assert line.offered_at(second) == "08:00"
    line.declines(second, stays=True)
    assert line.held_for(first) is None
    assert [local_time(slot.time.start) for slot in line.slots()] == ["08:00"]


def test_who_stays_keeps_the_place_for_the_next_time(line: Line):
    first, second = line.joins(), line.joins()
    booked = line.full_day()
    line.cancels(booked[0])
    line.declines(first, stays=True)
    line.cancels(booked[1])

    assert (line.offered_at(first), line.offered_at(second)) == ("08:40", "08:00")


def test_run_out_it_goes_to_the_next_and_the_person_waits_again(line: Line):
    first, second = line.joins(), line.joins()
    line.cancels(line.full_day()[0])
    line.clock.forward(2 * A_DAY)

    assert line.sweeps() == 1
    assert (line.state(first), line.outcomes(first)) == ("waiting", [OfferOutcome.EXPIRED])
    assert line.offered_at(second) == "08:00"
    with pytest.raises(waiting.NoOffer):
        line.accepts(first)


def test_too_late_before_the_sweep_is_too_late_as_well(line: Line):
    first = line.joins()
    line.cancels(line.full_day()[0])
    line.clock.forward(2 * A_DAY)

    with pytest.raises(rules.HoldExpired):
        line.accepts(first)


def test_after_two_missed_offers_others_go_first_until_there_is_an_answer(line: Line):
    first, second = line.joins(), line.joins()
    booked = line.full_day()
    for booking in booked[:2]:
        line.cancels(booking)
        line.leaves(second)
        line.clock.forward(A_DAY + timedelta(hours=4))
        line.sweeps()
        second = line.joins(second.case_id)

    assert line.outcomes(first) == [OfferOutcome.EXPIRED] * 2
    line.cancels(booked[2])
    assert (line.offered_at(second), line.held_for(first)) == ("09:20", None)
    entry = next(
        e for e in waiting_entries.entries(line.session, line.scope) if e.row.id == first.id
    )
    assert (entry.missed, entry.place) == (2, 1)
    line.cancels(booked[3])
    assert line.offered_at(first) == "10:00"


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param({"first_day": NEXT_MONDAY + A_DAY}, id="later days"),
        pytest.param({"last_day": NEXT_MONDAY - A_DAY}, id="earlier days"),
        pytest.param({"from_time": time(12)}, id="afternoons"),
        pytest.param({"until_time": time(8)}, id="before work"),
        pytest.param({"weekdays": "123456"}, id="never on Mondays"),
        pytest.param({"language": "ka"}, id="nobody speaks it"),
        pytest.param({"notice": timedelta(days=8)}, id="lives far away"),
        pytest.param({"centre_ids": frozenset({10**6})}, id="another centre"),
    ],
)
def test_nobody_is_offered_what_they_cannot_attend(line: Line, asked):
    if "centre_ids" in asked:
        asked = {"centre_ids": frozenset({line.make.centre("leszno").id})}
    cannot, can = line.joins(**asked), line.joins()
    line.cancels(line.full_day()[0])

    assert (line.held_for(cannot), line.offered_at(can)) == (None, "08:00")


def test_nobody_is_offered_a_time_at_which_they_are_elsewhere(line: Line):
    busy, free = line.joins(), line.joins()
    booked = line.full_day()
    other = line.make.service("integration_advice")
    adviser = line.make.staff("adviser", line.practice.centre)
    line.make.duty(
        adviser, line.practice.centre, line.make.room(line.practice.centre, "9"), [other], grid=40
    )
    elsewhere = line.practice.slots(NEXT_MONDAY, service_ids=frozenset({other.id}))[0]
    line.practice.book(elsewhere, busy.case_id)
    line.cancels(booked[0])

    assert (line.held_for(busy), line.offered_at(free)) == (None, "08:00")


def test_a_person_with_as_many_appointments_as_allowed_is_passed_over(line: Line):
    full, free = line.joins(), line.joins()
    later = line.practice.slots(date(2030, 1, 21))[0]
    booked = line.full_day()
    line.practice.service.per_person = 1
    line.session.commit()
    held = line.holds_while_booking(later)
    held.case_id = full.case_id
    line.session.commit()
    line.cancels(booked[0])

    assert (line.held_for(full), line.offered_at(free)) == (None, "08:00")


def test_what_starts_within_two_hours_is_left_to_people_at_the_desk(line: Line):
    first = line.joins()
    booked = line.full_day(date(2030, 1, 7))
    line.cancels(booked[0])

    assert line.held_for(first) is None
    assert len(line.slots(date(2030, 1, 7))) == 1


def test_a_time_that_the_roster_no_longer_offers_is_offered_to_nobody(line: Line):
    first = line.joins()
    booked = line.full_day()
    line.practice.lawyer.disabled_at = line.clock.at
    line.session.commit()
    line.cancels(booked[0])

    assert line.state(first) == "waiting"


def test_a_moved_appointment_leaves_its_time_to_the_first_in_line(line: Line):
    first = line.joins()
    booked = line.full_day()
    line.moves(booked[2], line.slots(date(2030, 1, 21))[0])

    assert line.offered_at(first) == "09:20"


def test_a_hold_that_nobody_confirmed_is_offered_on(line: Line):
    first = line.joins()
    *_rest, last = line.slots()
    line.holds_while_booking(last)
    line.clock.forward(timedelta(minutes=11))
    line.sweeps()

    assert line.offered_at(first) == "11:20"


def test_booked_otherwise_the_person_is_served_and_the_held_time_goes_on(line: Line):
    first, second = line.joins(), line.joins()
    line.cancels(line.full_day()[0])
    line.practice.book(line.slots(date(2030, 1, 21))[0], first.case_id)

    assert (line.state(first), line.outcomes(first)) == ("served", [OfferOutcome.WITHDRAWN])
    line.sweeps()
    assert line.offered_at(second) == "08:00"
    assert line.state(first) == "served"


def test_one_person_stands_in_a_line_once(line: Line):
    first = line.joins()
    with pytest.raises(waiting.AlreadyWaiting):
        line.joins(first.case_id)
    line.leaves(first)
    line.joins(first.case_id)


def test_leaving_gives_a_held_time_to_the_next(line: Line):
    first, second = line.joins(), line.joins()
    line.cancels(line.full_day()[0])
    line.leaves(first)

    assert (line.state(first), line.offered_at(second)) == ("left", "08:00")
    with pytest.raises(waiting.NotInLine):
        line.leaves(first)


def test_many_times_that_do_not_suit_do_not_hide_the_one_that_does(line: Line):
    make, practice = line.make, line.practice
    for initials, weekday, grid in (("A.B.", 0, 10), ("C.D.", 1, 40)):
        lawyer = make.staff("lawyer", practice.centre, initials=initials)
        room = make.room(practice.centre, initials)
        make.duty(lawyer, practice.centre, room, [practice.service], weekday=weekday, grid=grid)
    on_tuesdays = line.joins(weekdays="1", notice=timedelta(minutes=30))

    assert len(line.slots(date(2030, 1, 7))) > next_in_line.TRIES
    assert line.offers_now(on_tuesdays).starts_at.date() == date(2030, 1, 8)


def test_staff_offer_the_first_time_that_suits_whoever_waits_before(line: Line):
    line.joins()
    later = line.joins(first_day=date(2030, 1, 15), from_time=time(9))
    held = line.offers_now(later)

    assert held.starts_at.date() == date(2030, 1, 21)
    assert local_time(held.starts_at) == "09:20"
    with pytest.raises(waiting.NotInLine):
        line.offers_now(later)


def test_without_a_time_that_suits_there_is_nothing_to_offer(line: Line):
    one = line.joins(weekdays="5")
    with pytest.raises(waiting.NothingToOffer):
        line.offers_now(one)


def test_places_are_counted_among_those_who_compete(line: Line):
    first = line.joins()
    elsewhere = line.joins(centre_ids=frozenset({line.make.centre("leszno").id}))
    both = line.joins(
        centre_ids=frozenset({line.practice.centre.id, line.make.centre("leszno").id})
    )

    rows = [line.session.get_one(Waiting, one.id) for one in (first, elsewhere, both)]
    assert [waiting_entries.place_of(line.session, row) for row in rows] == [1, 1, 3]
    listed = waiting_entries.entries(line.session, line.scope)
    assert [(e.row.id, e.place) for e in listed] == [(first.id, 1), (elsewhere.id, 1), (both.id, 3)]


def test_what_is_out_of_scope_is_not_there(line: Line):
    first = line.joins()
    foreign = Scope(frozenset({line.make.centre("leszno").id}))
    for verb in (waiting_list.leave, waiting_list.accept, next_in_line.offer_now):
        with pytest.raises(NotFound):
            in_transaction(
                verb, first.id, scope=foreign, at=line.clock.at, by=line.practice.receptionist
            )
    assert waiting_entries.entries(line.session, foreign) == []


def test_the_cancellation_stands_whatever_goes_wrong_with_the_offer(
    line: Line, monkeypatch, caplog
):
    line.joins()
    booked = line.full_day()
    monkeypatch.setattr(next_in_line, "_hold", lambda *_a, **_k: 1 / 0)
    line.cancels(booked[0])

    assert "not offered" in caplog.text
    line.session.rollback()
    assert line.session.get_one(Booking, booked[0].id).status is Status.CANCELLED
    assert [local_time(slot.time.start) for slot in line.slots()] == ["08:00"]


def test_what_was_passed_over_is_offered_by_the_next_sweep_and_once(line: Line, monkeypatch):
    first = line.joins()
    booked = line.full_day()
    with monkeypatch.context() as nobody:
        nobody.setattr(next_in_line, "_turn", lambda *_a, **_k: None)
        line.cancels(booked[0])
    assert line.held_for(first) is None

    assert in_transaction(next_in_line.offer_again, line.clock.at) == 1
    assert line.offered_at(first) == "08:00"
    assert in_transaction(next_in_line.offer_again, line.clock.at) == 0


def test_every_step_is_in_the_audit_trail_without_a_code(line: Line):
    first = line.joins()
    line.cancels(line.full_day()[0])
    line.declines(first, stays=False)

    entries = line.session.scalars(
        select(AuditEntry).where(AuditEntry.subject_type == "waiting").order_by(AuditEntry.id)
    ).all()
    assert [entry.action for entry in entries] == [
        "waiting.joined", "waiting.offered", "waiting.declined", "waiting.left",
    ]  # fmt: skip
    assert [entry.actor_id is None for entry in entries] == [False, True, False, False]
