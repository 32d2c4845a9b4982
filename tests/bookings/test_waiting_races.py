"""Freed places and people in line meet in any order: each place goes to exactly one of them."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from cic_cases.bookings import next_in_line, service, waiting_list, waiting_queries
from cic_cases.bookings.models import Booking, Waiting, WaitingOffer, WaitingState
from cic_cases.bookings.rules import Wish
from cic_cases.bookings.slots import SlotKey
from cic_cases.bookings.statuses import HeldFor, Status
from cic_cases.bookings.waiting_rules import Limits, can_attend
from cic_cases.foundation.db import in_transaction
from cic_cases.foundation.errors import Refusal
from cic_cases.people.models import Staff
from tests.bookings.conftest import Practice
from tests.bookings.races import at_once
from tests.bookings.waiting_world import Line

MANY = 16
WARSAW = ZoneInfo("Europe/Warsaw")


@pytest.fixture
def line(practice: Practice) -> Line:
    """A Monday with sixteen places."""
    practice.make.duty(
        practice.lawyer, practice.centre, practice.room, [practice.service],
        weekday=0, starts="12:00", ends="15:30", grid=40,
    )  # fmt: skip
    another = practice.make.staff("lawyer", practice.centre, initials="A.N.")
    practice.make.duty(
        another, practice.centre, practice.make.room(practice.centre, "2"), [practice.service],
        weekday=0, grid=40,
    )  # fmt: skip
    return Line(practice)


def cancelling(line: Line, booking: Booking) -> Callable[[], object]:
    reference, at, by = booking.reference, line.clock.at, line.practice.receptionist
    scope = line.practice.scope
    return lambda: in_transaction(
        service.cancel, reference, who="person", scope=scope, version=None, at=at, by=by
    )


def sweeps(line: Line) -> int:
    return in_transaction(next_in_line.offer_again, line.clock.at)


def standing(line: Line) -> list[tuple[int, datetime, int]]:
    """(entry, start, specialist) of every offer that stands."""
    line.session.rollback()
    rows = line.session.execute(
        select(WaitingOffer.waiting_id, Booking.starts_at, Booking.staff_id)
        .join(Booking, Booking.id == WaitingOffer.booking_id)
        .where(WaitingOffer.outcome.is_(None), Booking.status == Status.HELD)
        .order_by(WaitingOffer.waiting_id)
    )
    return [tuple(row) for row in rows]


def test_many_cancellations_at_once_serve_the_first_in_line_each_once(line: Line, app: Flask):
    waiting = [line.joins().id for _ in range(MANY + 4)]
    booked = line.full_day()[:MANY]
    assert len(booked) == MANY
    works = [cancelling(line, booking) for booking in booked]
    line.session.rollback()

    assert at_once(app, works) == {"done": MANY}
    sweeps(line)

    offers = standing(line)
    assert [waiting_id for waiting_id, _, _ in offers] == waiting[:MANY]
    places = {(starts_at, staff_id) for _, starts_at, staff_id in offers}
    assert places == {(booking.starts_at, booking.staff_id) for booking in booked}


def test_many_cancellations_against_as_many_claims_leave_one_owner_for_each_place(
    line: Line, app: Flask
):
    for _ in range(MANY):
        line.joins()
    booked = line.full_day()[:MANY]
    keys = [(b.starts_at, b.staff_id) for b in booked]
    codes = _codes(line, booked)
    others = [line.make.case(line.practice.centre)[0].id for _ in codes]
    at, by, centre_id = line.clock.at, line.practice.receptionist, line.practice.centre.id

    def claiming(code: str, case_id: int) -> Callable[[], object]:
        wish = Wish(code, case_id, "uk", False, centre_id)
        return lambda: in_transaction(service.book, wish, at=at, by=by)

    cancellations = [cancelling(line, booking) for booking in booked]
    claims = [claiming(code, case_id) for code, case_id in zip(codes, others, strict=True)]
    line.session.rollback()

    results = at_once(app, [w for pair in zip(cancellations, claims, strict=True) for w in pair])
    sweeps(line)

    won = results["done"] - MANY
    assert set(results) <= {"done", "SlotTaken"}
    assert len(standing(line)) == MANY - won
    owners = line.session.scalars(
        select(Booking).where(Booking.status.in_((Status.HELD, Status.BOOKED)))
    ).all()
    owned = Counter((booking.starts_at, booking.staff_id) for booking in owners)
    assert [owned[key] for key in keys] == [1] * MANY


def _codes(line: Line, booked: list[Booking]) -> list[str]:
    """The opaque strings of the times that these bookings hold."""
    return [
        SlotKey(
            line.practice.service.key,
            line.session.get_one(Staff, booking.staff_id).key,
            line.practice.centre.slug,
            booking.starts_at,
        ).encode()
        for booking in booked
    ]


def test_one_offer_has_one_answer_however_many_give_it(line: Line, app: Flask):
    first, second = line.joins(), line.joins()
    line.cancels(line.full_day()[0])
    at, by, scope = line.clock.at, line.practice.receptionist, line.scope
    first_id = first.id
    line.session.rollback()

    def answering(verb: Callable[..., object], **how: object) -> Callable[[], object]:
        return lambda: in_transaction(verb, first_id, scope=scope, at=at, by=by, **how)

    works = [answering(waiting_list.accept) for _ in range(4)]
    works += [answering(waiting_list.decline, stays=True) for _ in range(4)]
    works += [answering(waiting_list.leave) for _ in range(2)]
    results = at_once(app, works)

    assert not [what for what in results if what.startswith("broken")], results
    assert 1 <= results["done"] <= 2, results  # staying and then leaving are two answers
    state = line.state(first)
    assert state in ("served", "waiting", "left"), (results, line.outcomes(first))
    if state == "served":
        assert line.held_for(second) is None
    else:
        assert line.offered_at(second) == "08:00"
    kept = line.session.scalars(
        select(Booking.id).where(
            Booking.starts_at == datetime(2030, 1, 14, 7, tzinfo=line.clock.at.tzinfo),
            Booking.staff_id == line.practice.lawyer.id,
            Booking.status.in_((Status.HELD, Status.BOOKED)),
        )
    ).all()
    assert len(kept) == 1


def test_a_person_joins_one_line_once_however_many_add_them(line: Line, app: Flask):
    case_id = line.person()
    wanted = waiting_list.Wanted(
        case_id, line.practice.service.id, frozenset({line.practice.centre.id}), None,
        interpreter=False, limits=Limits(date(2030, 1, 7)),
    )  # fmt: skip
    at, by, centre_id = line.clock.at, line.practice.receptionist, line.practice.centre.id
    line.session.rollback()

    results = at_once(
        app,
        [
            lambda: in_transaction(waiting_list.join, wanted, centre_id=centre_id, at=at, by=by)
            for _ in range(8)
        ],
    )
    assert results == {"done": 1, "AlreadyWaiting": 7}


days = st.integers(0, 21).map(lambda number: date(2030, 1, 7) + timedelta(days=number))
hours = st.one_of(st.none(), st.integers(6, 18).map(time))
wishes = st.fixed_dictionaries(
    {},
    optional={
        "first_day": days,
        "last_day": days,
        "from_time": hours,
        "until_time": hours,
        "weekdays": st.sets(st.sampled_from("0123456"), min_size=1).map(
            lambda chosen: "".join(sorted(chosen))
        ),
        "notice": st.integers(0, 10 * 24).map(lambda hours: timedelta(hours=hours)),
        "language": st.sampled_from([None, "pl", "uk", "ka"]),
    },
)
happenings = st.lists(
    st.one_of(
        st.tuples(st.just("join"), wishes),
        st.tuples(st.just("cancel"), st.integers(0, 40)),
        st.tuples(st.just("wait"), st.timedeltas(timedelta(minutes=5), timedelta(days=3))),
        st.tuples(st.just("answer"), st.sampled_from(["accept", "stay", "leave", "now"])),
    ),
    min_size=6,
    max_size=16,
)


@pytest.mark.sqlite_only
@settings(max_examples=25)
@given(happens=happenings)
def test_nobody_is_offered_what_they_cannot_attend_or_were_offered_before(line: Line, happens):
    """Whatever happens: every offer ever made suited its person and came to them once."""
    if not line.session.scalar(select(Booking.id)):
        line.full_day()
    for what, how in happens:
        step(line, what, how)
    line.session.rollback()
    seen: set[tuple[int, int, datetime]] = set()
    for offer in line.session.scalars(select(WaitingOffer)):
        row = line.session.get_one(Waiting, offer.waiting_id)
        held = line.session.get_one(Booking, offer.booking_id)
        limits = waiting_queries.limits_of(row)
        assert can_attend(limits, held.starts_at, WARSAW)
        assert row.language in (None, "pl", "uk")
        assert held.starts_at - offer.offered_at >= timedelta(hours=2)
        if held.held_for is HeldFor.OFFER and held.expires_at and offer.outcome != "withdrawn":
            assert held.expires_at <= held.starts_at - limits.notice
        once = (row.case_id, held.staff_id, held.starts_at)
        assert once not in seen
        seen.add(once)
    states = Counter(
        offer.waiting_id
        for offer in line.session.scalars(select(WaitingOffer))
        if offer.outcome is None
    )
    assert all(count == 1 for count in states.values())
    for row in line.session.scalars(select(Waiting)):
        assert (row.state is WaitingState.OFFERED) == (row.id in states)


def step(line: Line, what: str, how: object) -> None:
    """One thing that happens; what is refused has not happened."""
    try:
        if what == "join" and isinstance(how, dict):
            line.joins(**how)
        elif what == "cancel" and isinstance(how, int):
            _cancel_one(line, how)
        elif what == "wait" and isinstance(how, timedelta):
            line.clock.forward(how)
            line.sweeps()
        elif what == "answer":
            _answer_one(line, str(how))
    except Refusal:
        pass


def _cancel_one(line: Line, number: int) -> None:
    ahead = line.session.scalars(
        select(Booking)
        .where(Booking.status == Status.BOOKED, Booking.starts_at > line.clock.at)
        .order_by(Booking.id)
    ).all()
    if ahead:
        line.cancels(ahead[number % len(ahead)])


def _answer_one(line: Line, how: str) -> None:
    state = WaitingState.WAITING if how == "now" else WaitingState.OFFERED
    row = line.session.scalars(select(Waiting).where(Waiting.state == state)).first()
    if row is None:
        return
    if how == "accept":
        line.accepts(row)
    elif how == "now":
        line.offers_now(row)
    else:
        line.declines(row, stays=how == "stay")
