"""An answer meets whoever undoes, moves, cancels or sweeps: exactly one of them is done."""

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from cic_cases.bookings import displaced, holds, service, undoing, waiting_list
from cic_cases.bookings.models import (
    Booking,
    Displaced,
    Disruption,
    Outcome,
    Waiting,
    WaitingOffer,
    WaitingState,
)
from cic_cases.bookings.statuses import HeldFor, Status
from cic_cases.calendar.models import Occupancy
from cic_cases.foundation.db import in_transaction
from tests.bookings.disruption_world import AT
from tests.bookings.races import Pause, at_once
from tests.bookings.test_displaced_line import Line

LAST_SECOND, LATER = AT + timedelta(seconds=59), AT + timedelta(seconds=60)


@pytest.fixture
def line(make, session):
    return Line(make, session)


class Lost:
    """One person who lost their time; what can be done about it, each in its own transaction."""

    def __init__(self, line, *, held):
        self.line, self.scope, self.by = line, line.scope, line.by
        self.done, [one] = line.lose(1, held={0} if held else ())
        self.id, self.booking_id, self.waiting_id = one.id, one.booking_id, one.waiting_id
        get = line.session.get_one
        self.reference = get(Booking, one.booking_id).reference
        self.of = get(Booking, one.proposal_id).reference if held else None
        self.case_id = get(Booking, one.booking_id).case_id
        line.session.rollback()

    def undoes(self):
        number, by = self.done.disruption_id, self.by.id
        in_transaction(undoing.undo, number, scope=self.scope, at=LAST_SECOND, by=by)

    def accepts(self):
        in_transaction(displaced.accept, self.id, of=self.of, **self._given())

    def declines(self):
        in_transaction(displaced.decline, self.id, of=self.of, **self._given())

    def tells(self):
        in_transaction(displaced.tell, self.id, **self._given())

    def cancels(self):
        in_transaction(
            service.cancel, self.reference, who="person", version=None,
            scope=self.scope, at=LATER, by=self.by,
        )  # fmt: skip

    def moves(self, code):
        in_transaction(
            service.move, self.reference, code, version=None,
            scope=self.scope, at=LATER, by=self.by,
        )  # fmt: skip

    def accepts_offer(self):
        scope = self.by.scope("waiting.change")
        in_transaction(waiting_list.accept, self.waiting_id, scope=scope, at=LATER, by=self.by)

    def _given(self):
        return {"scope": self.scope, "at": LATER, "by": self.by.id}

    def is_whole(self):
        """The rows of this person tell one story; how it ended."""
        session = self.line.session
        session.rollback()
        session.expire_all()
        one = session.get_one(Displaced, self.id)
        lost = session.get_one(Booking, self.booking_id)
        undone = session.get_one(Disruption, one.disruption_id).undone_at is not None
        assert undone == (one.outcome is Outcome.UNDONE)
        assert not (undone and one.told_at)
        stands = {Outcome.ACCEPTED, Outcome.UNDONE, Outcome.OTHER_TIME}
        expected = Status.BOOKED if one.outcome in stands else Status.CANCELLED
        assert lost.status is (expected if one.outcome else Status.NEEDS_REBOOKING)
        held = Booking.case_id == self.case_id, Booking.status == Status.HELD
        offered = Booking.held_for == HeldFor.PROPOSAL, Booking.expires_at > LATER
        assert one.outcome is None or self.line.number(Booking, *held, *offered) == 0
        assert self.line.number(Booking, Booking.case_id == self.case_id, *BOOKED) <= 1
        takes = select(Occupancy.booking_id).where(Occupancy.booking_id == lost.id)
        assert bool(session.scalars(takes).all()) == (lost.status is Status.BOOKED)
        if self.waiting_id and one.outcome:
            state = session.get_one(Waiting, self.waiting_id).state
            served = one.outcome is Outcome.WAITING_LIST
            assert state is (WaitingState.SERVED if served else WaitingState.LEFT)
            assert self.line.number(WaitingOffer, WaitingOffer.outcome.is_(None)) == 0
        return one.outcome


BOOKED = (Booking.status == Status.BOOKED,)
REFUSED = {"TooLateToUndo", "Answered", "StillUndoable", "NothingHeld", "WrongStatus", "NoOffer"}
REFUSED |= {"HoldExpired"}


@pytest.mark.parametrize("first", ["undo", "answer"])
@pytest.mark.parametrize("answer", ["accepts", "declines"])
def test_undo_and_an_answer_exclude_each_other(app, line, monkeypatch, first, answer):
    lost = Lost(line, held=True)
    works = [lost.undoes, getattr(lost, answer)]
    stopped, other = works if first == "undo" else reversed(works)

    ended = Pause(monkeypatch).between(app, stopped, other)

    assert ended[0] == "done"
    assert ended[1] in REFUSED
    assert (lost.is_whole() is Outcome.UNDONE) == (first == "undo")


@pytest.mark.parametrize("held", [True, False])
@pytest.mark.parametrize("answer", ["declines", "tells", "cancels"])
def test_undo_and_whatever_else_happens_at_once_leave_one_story(app, line, held, answer):
    lost = Lost(line, held=held)

    ended = at_once(app, [lost.undoes, getattr(lost, answer)])

    outcome = lost.is_whole()
    assert set(ended) <= {"done", *REFUSED}
    if answer != "cancels":  # an appointment that stands again can be cancelled
        assert ended["done"] == 1 or (outcome is Outcome.UNDONE and answer == "tells")


@pytest.mark.parametrize("_round", range(3))
@pytest.mark.parametrize("verbs", [("accepts", "declines"), ("accepts", "cancels")])
def test_two_who_answer_at_once_leave_one_answer(app, line, verbs, _round):
    lost = Lost(line, held=True)

    ended = at_once(app, [getattr(lost, verb) for verb in verbs])

    assert set(ended) <= {"done", *REFUSED}
    assert lost.is_whole() in (Outcome.ACCEPTED, Outcome.DECLINED)


@pytest.mark.parametrize("first", ["accepts_offer", "cancels", "declines"])
def test_an_offer_that_is_accepted_meets_the_end_of_what_was_lost(app, line, monkeypatch, first):
    lost = Lost(line, held=False)
    line.frees(LATER)
    assert line.offered() == [lost.waiting_id]
    works = {"accepts_offer": lost.accepts_offer, "cancels": lost.cancels}
    works["declines"] = lost.declines
    stopped = works.pop(first)
    other = works["cancels" if first == "accepts_offer" else "accepts_offer"]

    ended = Pause(monkeypatch).between(app, stopped, other)

    assert set(ended) <= {"done", *REFUSED}
    assert ended.count("done") == 1 or lost.line.number(Booking, *BOOKED) == 1
    assert lost.is_whole() in (Outcome.WAITING_LIST, Outcome.DECLINED)


def test_two_people_who_swap_what_is_held_for_the_other_never_wait_in_a_circle(app, line):
    """Each is moved to a time of the officer whose other time is held for them."""
    line.full(2)
    _done, people = line.lose(held={0, 1})
    free = [one.code for one in line.free(at=LATER)][-2:]
    references = [line.session.get_one(Booking, one.booking_id).reference for one in people]
    ids, by, scope = [one.id for one in people], line.by, line.scope
    line.session.rollback()

    def moving(place):
        return lambda: in_transaction(
            service.move, references[place], free[place], scope=scope,
            version=None, at=LATER, by=by,
        )  # fmt: skip

    assert at_once(app, [moving(0), moving(1)]) == Counter(done=2)
    line.session.rollback()
    line.session.expire_all()
    outcomes = {line.session.get_one(Displaced, one).outcome for one in ids}
    assert outcomes == {Outcome.OTHER_TIME}


def test_a_deadline_and_an_answer_meet_once(app, line):
    lost = Lost(line, held=True)
    until = lost.done.lost[0].held_until
    last = until - timedelta(seconds=1)

    def accepts():
        given = {"scope": lost.scope, "at": last, "by": lost.by.id}
        in_transaction(displaced.accept, lost.id, of=lost.of, **given)

    ended = at_once(app, [accepts, lambda: in_transaction(holds.lapse, until)])

    assert set(ended) <= {"done", "HoldExpired"}
    assert lost.is_whole() is (Outcome.ACCEPTED if ended == Counter(done=2) else None)
