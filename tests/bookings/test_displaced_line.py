"""People who lost their time and for whom none was free stand first in line, in their order."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from cic_cases.bookings import (
    displaced,
    new_time,
    next_in_line,
    service,
    sweeps,
    waiting_entries,
    waiting_list,
    waiting_queries,
)
from cic_cases.bookings.displaced_rules import StillUndoable
from cic_cases.bookings.models import (
    Booking,
    Displaced,
    Outcome,
    Waiting,
    WaitingOffer,
    WaitingState,
)
from cic_cases.bookings.rules import Wish
from cic_cases.bookings.statuses import HeldFor, Status
from cic_cases.bookings.waiting_rules import Limits, Wanted
from cic_cases.foundation.db import in_transaction
from cic_cases.notifications.models import Message
from cic_cases.privacy.models import AuditEntry
from tests.bookings.disruption_world import AT, World

LATER = AT + timedelta(seconds=60)
MINUTE = timedelta(minutes=1)


class Line(World):
    """A cancelled duty; some of its people are put on the waiting list instead of a held time."""

    def lose(self, people=3, *, held=(), at=AT):
        """Those at the places `held` have another time held for them; the rows, in order."""
        if not self.number(Booking):
            self.full(people)
        shown = self.preview()
        choices = {
            one.booking_id: one.proposal.code if place in held else None
            for place, one in enumerate(shown)
        }
        done = self.cancel(at=at, choices=choices)
        self.session.commit()
        in_transaction(new_time.seen, new_time.unseen(self.session, at))  # it gave no more time
        return done, displaced.people_of(self.session, done.disruption_id)

    def joins(self, case=None, at=AT - timedelta(days=1)):
        """Somebody who lost nothing, or `case`, joins the line by themselves."""
        case = case or self.make.case(self.centre)[0]
        limits = Limits(first_day=AT.date())
        places = frozenset({self.centre.id})
        wanted = Wanted(case.id, self.service.id, places, None, False, limits)
        by = self.by
        return in_transaction(waiting_list.join, wanted, centre_id=self.centre.id, at=at, by=by)

    def frees(self, at):
        """Somebody cancels a time that is far enough ahead to be offered."""
        case, _code = self.make.case(self.centre)
        slot = next(one for one in self.free(at=at) if one.time.start > at + timedelta(days=2))
        wish = Wish(slot.code, case.id, "uk", False, self.centre.id)
        made = in_transaction(service.book, wish, at=at, by=self.by)
        self.gives_back(made, at)
        return slot

    def gives_back(self, booking, at):
        in_transaction(
            service.cancel, booking.reference, who="person", scope=self.scope,
            version=None, at=at, by=self.by,
        )  # fmt: skip

    def offered(self):
        """To whom a time is offered now: the entries, in the order of the offers."""
        self.session.rollback()
        wanted = select(WaitingOffer.waiting_id).where(WaitingOffer.outcome.is_(None))
        return list(self.session.scalars(wanted.order_by(WaitingOffer.id)))

    def places(self):
        self.session.rollback()
        self.session.expire_all()
        found = waiting_entries.entries(self.session, self.by.scope("waiting.see"))
        return [(one.row.id, one.place) for one in found]

    def row(self, one):
        return self.session.get_one(Waiting, one.waiting_id)

    def accepts_offer(self, row, at):
        scope = self.by.scope("waiting.change")
        return in_transaction(waiting_list.accept, row.id, scope=scope, at=at, by=self.by)


@pytest.fixture
def line(make, session):
    return Line(make, session)


def test_who_has_no_time_stands_ahead_of_the_others_in_the_order_of_what_they_lost(line):
    waits = line.joins()
    _done, people = line.lose(4, held={1})

    standing = [one.waiting_id for one in people]
    assert standing[1] is None
    ahead = [one for one in standing if one]
    assert line.places() == [(one, place) for place, one in enumerate([*ahead, waits.id], 1)]
    assert waiting_entries.place_of(line.session, waits) == 4
    row = line.row(people[0])
    lost = line.session.get_one(Booking, people[0].booking_id)
    assert (row.language, row.first_day, row.notice_minutes) == (lost.language, AT.date(), 120)
    assert waiting_queries.centres_of(line.session, row.id) == {line.centre.id}


def test_nothing_is_offered_to_them_while_it_can_be_undone_and_then_they_are_first(line):
    _done, people = line.lose(2)
    waits = line.joins(at=AT)

    line.frees(AT + timedelta(seconds=59))
    assert line.offered() == [waits.id]

    line.frees(LATER)
    line.frees(LATER)
    assert line.offered() == [waits.id, *(one.waiting_id for one in people)]


def test_staff_offer_them_nothing_while_it_can_be_undone(line):
    _done, [one] = line.lose(1)
    how = {"scope": line.by.scope("waiting.change"), "by": line.by}
    with pytest.raises(StillUndoable):
        in_transaction(next_in_line.offer_now, one.waiting_id, at=AT, **how)
    assert in_transaction(next_in_line.offer_now, one.waiting_id, at=LATER, **how).id


def test_what_is_passed_over_in_that_minute_is_offered_to_them_by_the_sweep(line, clock):
    _done, [one] = line.lose(1)
    line.frees(AT + timedelta(seconds=30))
    assert line.offered() == []

    clock.at = LATER
    sweeps.sweep(LATER)

    assert line.offered() == [one.waiting_id]


def test_an_undone_cancellation_leaves_nobody_in_line(line):
    waits = line.joins()
    booked, before = line.full(3), line.taken()
    done, people = line.lose()

    line.undo(done, AT + timedelta(seconds=59))
    line.session.commit()

    assert line.places() == [(waits.id, 1)]
    assert line.taken() == before
    assert {one.status for one in booked} == {Status.BOOKED}
    assert line.row(people[0]).state is WaitingState.LEFT


def test_who_stands_in_line_already_comes_ahead_and_goes_back_to_their_place(line):
    first = line.joins()
    case = line.session.get_one(Booking, line.full(1)[0].id).case_id
    own = line.joins(line.session.get_one(type(line.make.case()[0]), case), AT - timedelta(hours=1))
    assert line.places() == [(first.id, 1), (own.id, 2)]

    done, [one] = line.lose()
    assert one.waiting_id == own.id
    assert line.places() == [(own.id, 1), (first.id, 2)]

    line.undo(done, AT)
    line.session.commit()
    assert line.places() == [(first.id, 1), (own.id, 2)]

    _done, [one] = line.lose()  # and once more, with the same entry
    assert line.places() == [(own.id, 1), (first.id, 2)]
    in_transaction(displaced.decline, one.id, of=None, scope=line.scope, at=LATER, by=line.by.id)
    assert line.places() == [(first.id, 1), (own.id, 2)]


def test_an_offer_that_is_accepted_is_in_the_place_of_what_was_lost(line):
    _done, [_first, one] = line.lose(2, held={0})
    line.frees(LATER)
    sent = line.number(Message, Message.kind.like("cancelled%"))

    made = line.accepts_offer(line.row(one), LATER + MINUTE)

    lost = line.session.get_one(Booking, one.booking_id)
    assert (one.outcome, lost.status) == (Outcome.WAITING_LIST, Status.CANCELLED)
    assert (made.status, made.case_id) == (Status.BOOKED, lost.case_id)
    assert line.row(one).state is WaitingState.SERVED
    assert line.number(Message, Message.kind.like("cancelled%")) == sent
    assert line.number(AuditEntry, AuditEntry.action == "displaced.waiting_list") == 1
    about_lost = AuditEntry.action == "booking.cancelled", AuditEntry.subject_id == lost.id
    assert line.number(AuditEntry, *about_lost) == 1


def test_another_appointment_of_that_kind_is_in_the_place_of_what_was_lost(line):
    _done, [one] = line.lose(1)
    lost = line.session.get_one(Booking, one.booking_id)
    slot = line.free(at=LATER)[0]
    wish = Wish(slot.code, lost.case_id, lost.language, False, line.centre.id)

    in_transaction(service.book, wish, at=LATER, by=line.by)

    assert (one.outcome, lost.status) == (Outcome.WAITING_LIST, Status.CANCELLED)
    assert line.places() == []


def moved(line, one, lost):
    slot = line.free(at=LATER)[-1]
    in_transaction(
        service.move, lost.reference, slot.code, scope=line.scope,
        version=None, at=LATER, by=line.by,
    )  # fmt: skip


def called_off(line, one, lost):
    line.gives_back(lost, LATER)


def declined(line, one, lost):
    in_transaction(displaced.decline, one.id, of=None, scope=line.scope, at=LATER, by=line.by.id)


@pytest.mark.parametrize("settled", [moved, called_off, declined])
def test_who_is_settled_otherwise_leaves_the_line_and_what_was_offered_is_free(line, settled):
    _done, [one] = line.lose(1)
    slot = line.frees(LATER)
    assert line.offered() == [one.waiting_id]
    assert slot.code not in [free.code for free in line.free(at=LATER)]

    settled(line, one, line.session.get_one(Booking, one.booking_id))

    assert line.offered() == line.places() == []
    assert slot.code in [free.code for free in line.free(at=LATER)]
    assert line.row(one).state is WaitingState.LEFT


def test_who_did_not_answer_in_time_joins_the_head_of_the_line(line, clock):
    waits = line.joins()
    done, people = line.lose(3, held={0, 1})
    clock.at = max(one.held_until for one in done.lost if one.held_until)

    assert sweeps.sweep(clock.at) == 2
    assert sweeps.sweep(clock.at) == 0

    line.session.expire_all()
    ahead = [people[2].waiting_id, people[0].waiting_id, people[1].waiting_id]
    assert line.places() == [(one, place) for place, one in enumerate([*ahead, waits.id], 1)]
    assert [one.outcome for one in people] == [None] * 3
    held = Booking.held_for == HeldFor.PROPOSAL, Booking.status == Status.HELD
    assert line.number(Booking, *held) == 0


def test_a_time_that_nobody_took_is_not_offered_to_the_same_person_again(line, clock):
    done, [one] = line.lose(1, held={0})
    proposal = line.session.get_one(Booking, one.proposal_id)
    clock.at = done.lost[0].held_until
    sweeps.sweep(clock.at)
    assert waiting_queries.in_line_one(line.session, line.row(one)).offered == {
        (proposal.staff_id, proposal.starts_at)
    }


def test_two_appointments_lost_by_one_person_are_made_good_one_after_the_other(line, clock):
    early, late = line.full(2)
    late.case_id = early.case_id
    line.session.commit()
    _done, [one, other] = line.lose()
    assert (one.waiting_id is None, other.waiting_id) == (False, None)
    sweeps.sweep(LATER)
    assert line.session.get_one(Displaced, other.id).waiting_id is None

    line.frees(LATER)
    line.accepts_offer(line.row(one), LATER)
    sweeps.sweep(LATER)

    line.session.expire_all()
    assert (one.outcome, other.outcome) == (Outcome.WAITING_LIST, None)
    assert line.places() == [(other.waiting_id, 1)]


def test_who_declined_the_held_time_at_the_desk_and_waits_stands_ahead(line):
    waits = line.joins()
    _done, [one] = line.lose(1, held={0})
    case = line.session.get_one(Booking, one.booking_id).case_id
    row = line.joins(line.session.get_one(type(line.make.case()[0]), case), LATER)
    assert (one.waiting_id, row.ahead) == (row.id, True)
    assert line.places() == [(row.id, 1), (waits.id, 2)]
