"""Appointments go over to a substitute whole or not at all, whatever happens at the same time."""

import threading
from datetime import date

import pytest
from sqlalchemy import select

from cic_cases.bookings import availability, reassign, roster_changes
from cic_cases.bookings import service as bookings
from cic_cases.bookings.availability import Search
from cic_cases.bookings.models import Booking, BookingTrace
from cic_cases.bookings.reassign import Place
from cic_cases.bookings.rules import SlotTaken, Wish
from cic_cases.bookings.statuses import Happening
from cic_cases.calendar.changes import OneDate
from cic_cases.calendar.models import Occupancy
from cic_cases.calendar.rules import Change
from cic_cases.foundation.db import db, in_transaction
from cic_cases.people.models import Staff

MONDAY = date(2030, 1, 7)


def slots_on(session, make, centre, day, at):
    search = Search(frozenset({make.service().id}), frozenset({centre.id}), day, day)
    return availability.free_slots(session, search, at)


@pytest.fixture
def centre(make):
    return make.centre()


@pytest.fixture
def lawyer(make, centre):
    return make.staff("lawyer", centre, initials="J.K.", languages=("pl", "uk", "ka"))


@pytest.fixture
def substitute(make, centre):
    return make.staff("lawyer", centre, initials="W.R.", languages=("pl", "uk"))


@pytest.fixture
def duty(make, centre, lawyer):
    return make.duty(lawyer, centre, make.room(centre), [make.service()], grid=40)


@pytest.fixture
def by(make, centre):
    return make.actor(make.staff("coordinator", centre))


@pytest.fixture
def book(make, centre, clock, session, by, duty):
    """Book the n-th time of Monday for a new person; in this language."""

    def book(nth=0, language="uk"):
        case, _code = make.case(centre, language=language)
        slot = slots_on(session, make, centre, MONDAY, clock.at)[nth]
        wish = Wish(slot.code, case.id, language, False, centre.id)
        return in_transaction(bookings.book, wish, at=clock.at, by=by).id

    return book


def _move(booking_ids, place, clock, by):
    def move(session):
        rows = [session.get_one(Booking, one) for one in booking_ids]
        return reassign.all_to(session, rows, place, at=clock.at, by=by.id)

    return in_transaction(move)


def test_a_free_substitute_takes_every_appointment_with_its_time(
    session, book, substitute, duty, clock, by
):
    first, second = book(0), book(0)
    outcome = _move([second, first], Place(substitute.id, duty.room_id), clock, by)

    assert outcome == reassign.Outcome((first, second), ())
    row = session.get_one(Booking, first)
    assert (row.staff_id, row.version) == (substitute.id, 2)
    taken = set(session.scalars(select(Occupancy.resource_id).where(Occupancy.booking_id == first)))
    assert substitute.resource_id in taken
    assert len(taken) == 3  # specialist, room, person
    told = session.scalars(select(BookingTrace).where(BookingTrace.booking_id == first)).all()
    assert told[-1].happening is Happening.REASSIGNED


def test_whom_the_substitute_cannot_talk_to_stays(session, book, substitute, lawyer, clock, by):
    person = book(0, language="ka")
    outcome = _move([person], Place(substitute.id, None), clock, by)
    assert outcome == reassign.Outcome((), (person,))
    assert session.get_one(Booking, person).staff_id == lawyer.id


def test_what_the_substitute_has_no_time_for_stays_as_it_was(
    session, make, book, substitute, lawyer, centre, clock, by
):
    first, second = book(0), book(0)
    other = make.room(centre, "9")
    make.duty(substitute, centre, other, [make.service()], grid=40, starts="08:00", ends="08:40")
    theirs = [
        slot
        for slot in slots_on(session, make, centre, MONDAY, clock.at)
        if slot.staff_id == substitute.id
    ]
    case, _code = make.case(centre)
    wish = Wish(theirs[0].code, case.id, "uk", False, centre.id)
    in_transaction(bookings.book, wish, at=clock.at, by=by)
    before = {
        row.resource_id
        for row in session.scalars(select(Occupancy).where(Occupancy.booking_id == first))
    }

    outcome = _move([first, second], Place(substitute.id, None), clock, by)

    assert outcome == reassign.Outcome((second,), (first,))
    after = set(session.scalars(select(Occupancy.resource_id).where(Occupancy.booking_id == first)))
    assert after == before
    assert session.get_one(Booking, first).version == 1
    assert session.get_one(Booking, first).staff_id == lawyer.id


def test_a_substitute_on_the_duty_page_takes_the_day_and_its_people(
    session, book, duty, substitute, lawyer, clock, by
):
    person = book(0)
    change = OneDate(duty.id, MONDAY, Change(staff_id=substitute.id))
    scope = by.scope("roster.change")
    in_transaction(roster_changes.apply_if_nobody, change, scope=scope, at=clock.at, by=by.id)
    assert session.get_one(Booking, person).staff_id == substitute.id

    back = OneDate(duty.id, MONDAY, None)
    in_transaction(roster_changes.apply_if_nobody, back, scope=scope, at=clock.at, by=by.id)
    session.expire_all()
    assert session.get_one(Booking, person).staff_id == lawyer.id


def test_another_room_takes_the_appointments_with_it(session, make, book, duty, centre, clock, by):
    person, room = book(0), make.room(centre, "7")
    change = OneDate(duty.id, MONDAY, Change(room_id=room.id))
    in_transaction(
        roster_changes.apply_if_nobody,
        change,
        scope=by.scope("roster.change"),
        at=clock.at,
        by=by.id,
    )
    assert session.get_one(Booking, person).room_id == room.id
    taken = session.scalars(select(Occupancy.resource_id).where(Occupancy.booking_id == person))
    assert room.resource_id in set(taken)


def test_of_a_move_and_a_new_booking_at_once_exactly_one_has_the_time(
    app, session, make, book, substitute, lawyer, centre, clock, by
):
    """The substitute is being booked at the very moment in which the duty goes over."""
    person = book(0)
    room = make.room(centre, "9")
    make.duty(substitute, centre, room, [make.service()], grid=40, starts="08:00", ends="08:40")
    slot = next(
        one
        for one in slots_on(session, make, centre, MONDAY, clock.at)
        if one.staff_id == substitute.id
    )
    case, _code = make.case(centre)
    wish = Wish(slot.code, case.id, "uk", False, centre.id)
    resource, staff_id, at = substitute.resource_id, substitute.id, clock.at
    session.rollback()
    start, results = threading.Barrier(2), []

    def run(work):
        with app.app_context():
            start.wait()
            try:
                results.append(work())
            except SlotTaken:
                results.append(None)
            finally:
                db.session.remove()

    move = threading.Thread(
        target=run, args=(lambda: _move([person], Place(staff_id, None), clock, by),)
    )
    booked = threading.Thread(
        target=run, args=(lambda: in_transaction(bookings.book, wish, at=at, by=by).id,)
    )
    for thread in (move, booked):
        thread.start()
    for thread in (move, booked):
        thread.join()

    session.rollback()
    taken = session.scalars(select(Occupancy).where(Occupancy.resource_id == resource)).all()
    assert len(taken) == 1
    holder = session.get_one(Booking, taken[0].booking_id)
    assert holder.staff_id == staff_id
    moved = session.get_one(Booking, person).staff_id == staff_id
    assert moved is (taken[0].booking_id == person)
    own = session.scalars(select(Occupancy).where(Occupancy.booking_id == person)).all()
    assert len(own) == (2 if moved else 3)
    assert session.get_one(Staff, staff_id).resource_id == resource
