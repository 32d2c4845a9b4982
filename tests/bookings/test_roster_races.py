"""A roster changes while somebody is being booked on it: nobody is left on time that is no duty.

Whoever books has read the roster, and whoever changes it has read who is booked, before either
holds anything: each is stopped exactly there, and the other goes first.
"""

from datetime import time, timedelta

import pytest
from flask import Flask
from sqlalchemy import or_, select

from cic_cases.bookings import displaced, disruptions, holds, roster_changes, service, waiting_list
from cic_cases.bookings.models import Booking, Displaced, Disruption
from cic_cases.bookings.rules import Wish
from cic_cases.bookings.slots import Slot
from cic_cases.bookings.statuses import HeldFor, Status
from cic_cases.calendar.changes import Closing, DateHours, Ending, OneDate, RosterChange
from cic_cases.calendar.models import Duty, Occupancy
from cic_cases.calendar.rules import Change, ClosedDays
from cic_cases.foundation.db import in_transaction
from cic_cases.notifications import telling
from tests.bookings.conftest import Practice
from tests.bookings.races import Pause, Work, at_once
from tests.bookings.waiting_world import NEXT_MONDAY, Line

REFUSED = {"SlotTaken", "HoldExpired", "NoOffer", "NothingHeld", "WrongStatus"}
HOLDS_THE_CENTRE = "accepts_what_was_proposed"  # so that whoever cancels a duty waits for it
RIVALS, COORDINATORS = 2, 4
LAST_ONE = NEXT_MONDAY - timedelta(days=7)
TEN = time(10)


class Roster:
    """A Monday of one lawyer that changes, an interpreter's, and one of another lawyer."""

    def __init__(self, practice: Practice) -> None:
        self.practice, self.line = practice, Line(practice)
        make, centre = practice.make, practice.centre
        self.session, self.by = practice.session, practice.receptionist
        self.speaker = make.staff("interpreter", centre, languages=("ka",), initials="I.N.")
        another = make.staff("lawyer", centre, initials="A.N.")
        offices = make.room(centre, "2"), make.room(centre, "3")
        given = {"weekday": 0, "grid": 40}
        make.duty(another, centre, offices[0], [practice.service], **given)
        make.duty(self.speaker, centre, offices[1], [], kind="interprets")
        self.duties = {row.staff_id: row.id for row in self.session.scalars(select(Duty))}
        coordinator = make.actor(make.staff("coordinator", centre))
        reach = coordinator.scope("roster.change")
        self.given = {"telling": telling.told, "scope": reach, "by": coordinator}
        self.now = practice.clock.at + timedelta(minutes=1)

    def slots(self, *, wanted: bool = True, **more: object) -> list[Slot]:
        """The times that day of the lawyer whose roster changes, or of the other."""
        mine = self.practice.lawyer.id
        slots = self.practice.slots(NEXT_MONDAY, **more)
        return [one for one in slots if (one.staff_id == mine) is wanted]

    # Who wants the time: what is prepared, and then done in one transaction

    def books(self, slot: Slot | None = None) -> Work:
        wish, at, by = self._wish(slot), self.now, self.by
        return lambda: in_transaction(service.book, wish, at=at, by=by)

    def books_with_an_interpreter(self) -> Work:
        wish, at, by = self._wish(None, "ka"), self.now, self.by
        return lambda: in_transaction(service.book, wish, at=at, by=by)

    def moves_into_it(self) -> Work:
        own = self.practice.book(self.slots(wanted=False)[0], self.line.person())
        reference, code, scope = own.reference, self.slots()[0].code, self.practice.scope
        how = {"scope": scope, "version": None, "at": self.now, "by": self.by}
        return lambda: in_transaction(service.move, reference, code, **how)

    def holds_it(self) -> Work:
        wish, at, by = self._wish(), self.now, self.by
        until = at + timedelta(minutes=10)

        def hold(session):
            slot = service.wished(session, wish, at, by)
            how = {"held_for": HeldFor.BOOKING, "at": at, "by": by.id}
            return holds.hold(session, slot, wish, until=until, **how)

        return lambda: in_transaction(hold)

    def confirms_what_is_held(self, slot: Slot | None = None) -> Work:
        slot = slot or self.slots()[0]
        held, at, by = self.line.holds_while_booking(slot).id, self.now, self.by.id
        return lambda: in_transaction(
            lambda session: holds.confirm(session, session.get_one(Booking, held), at=at, by=by)
        )

    def accepts_what_was_offered(self) -> Work:
        row = self.line.joins()
        self.line.cancels(self.practice.book(self.slots()[0], self.line.person()))
        assert self.line.held_for(row) is not None
        of_row = {"scope": self.line.scope, "at": self.now, "by": self.by}
        number = row.id
        return lambda: in_transaction(waiting_list.accept, number, **of_row)

    def accepts_what_was_proposed(self) -> Work:
        """Somebody of today whose duty was cancelled: next Monday is held instead."""
        today = self.practice.book(self.practice.slots()[0], self.line.person())
        duty, at = self.duties[today.staff_id], self.practice.clock.at
        how = {"at": at, "choices": {today.id: self.slots()[0].code}, **self.given}
        in_transaction(disruptions.cancel_duty, duty, at.date(), "illness", **how)
        number, held = self.session.execute(select(Displaced.id, Displaced.proposal_id)).one()
        of_held = {"of": self.session.get_one(Booking, held).reference, "at": self.now}
        of_held |= {"scope": self.practice.scope, "by": self.by.id}
        return lambda: in_transaction(displaced.accept, number, **of_held)

    def _wish(self, slot: Slot | None = None, language: str = "uk") -> Wish:
        interpreter = language == "ka"
        slot = slot or self.slots(language=language, interpreter=interpreter)[0]
        place = self.practice.centre.id
        return Wish(slot.code, self.line.person(), language, interpreter, place)

    # What changes

    def changes(self, name: str) -> Work:
        """Done under whoever is booked, or, where that cannot be, only if nobody is."""
        at, given, change = self.now, self.given, self._change(name)
        if change is None:
            duty = self.duties[(self.speaker if "interpret" in name else self.practice.lawyer).id]
            return lambda: in_transaction(
                disruptions.cancel_duty, duty, NEXT_MONDAY, "illness", at=at, **given
            )
        if isinstance(change, DateHours):
            by = {"scope": given["scope"], "by": given["by"].id}
            return lambda: in_transaction(roster_changes.apply_if_nobody, change, at=at, **by)
        return lambda: in_transaction(disruptions.carry_out, change, "other", at=at, **given)

    def _change(self, name: str) -> RosterChange | None:
        duty, centre_id, day = (
            self.duties[self.practice.lawyer.id],
            self.practice.centre.id,
            NEXT_MONDAY,
        )
        later = (TEN, time(12))
        return {
            "closure": Closing(ClosedDays(centre_id, None, day, day), "closed"),
            "hours of the duty": OneDate(duty, day, Change(hours=later)),
            "hours of the centre": DateHours(centre_id, day, later),
            "last day": Ending(duty, day - timedelta(days=7)),
        }.get(name)

    # What is left

    def standing(self) -> list[Booking]:
        """Who has the lawyer or the interpreter that Monday before ten, for good or held."""
        self.session.rollback()
        self.session.expire_all()
        begins = self.practice.clock.at + timedelta(days=7)
        theirs = or_(
            Booking.staff_id == self.practice.lawyer.id,
            Booking.interpreter_id == self.speaker.id,
        )
        time_of_it = Booking.starts_at.between(begins, begins + timedelta(hours=3))
        state = Booking.status.in_((Status.BOOKED, Status.HELD))
        return list(self.session.scalars(select(Booking).where(theirs, time_of_it, state)))

    def lost(self) -> list[Displaced]:
        """Those who lost their time on it, and nobody has settled yet with them."""
        here = select(Disruption.id).where(Disruption.on.in_((NEXT_MONDAY, LAST_ONE)))
        mine = Displaced.disruption_id.in_(here), Displaced.outcome.is_(None)
        return list(self.session.scalars(select(Displaced).where(*mine)))

    def check(self, name: str, act: str, change: str) -> None:
        """Nobody stands on it; whoever stood first is displaced, or the change was refused."""
        if change == "PeopleAffected":
            assert act == "done"
            assert len(self.standing()) == 1
            return
        assert change == "done"
        assert self.standing() == []
        assert act in REFUSED | {"done"}
        if name == "holds_it":
            assert self.lost() == []
        elif act == "done":
            (one,) = self.lost()
            booking = self.session.get_one(Booking, one.booking_id)
            assert booking.status is Status.NEEDS_REBOOKING
        kept = select(Occupancy.booking_id).distinct()
        for booking_id in self.session.scalars(kept):
            status = self.session.get_one(Booking, booking_id).status
            assert status in (Status.BOOKED, Status.HELD)


@pytest.fixture
def roster(practice: Practice) -> Roster:
    return Roster(practice)


ACTS = (
    "books",
    "moves_into_it",
    "holds_it",
    "confirms_what_is_held",
    "accepts_what_was_offered",
    HOLDS_THE_CENTRE,
)
CASES = [(act, "cancelled") for act in ACTS]
CASES += [
    ("books", change)
    for change in ("closure", "hours of the duty", "hours of the centre", "last day")
]
CASES += [("books_with_an_interpreter", "the interpreter's")]


@pytest.mark.parametrize(("act", "change"), CASES)
def test_whoever_read_the_roster_before_it_changed_does_not_get_its_time(
    roster: Roster, app: Flask, monkeypatch, act, change
):
    claims, changes = getattr(roster, act)(), roster.changes(change)
    roster.session.rollback()
    pause = Pause(monkeypatch)

    ended = pause.between(app, claims, changes)

    roster.check(act, *ended)
    if roster.session.get_bind().dialect.name == "sqlite" or act == HOLDS_THE_CENTRE:
        assert ended == ("done", "PeopleAffected" if "centre" in change else "done")
    else:
        assert ended[0] in REFUSED


@pytest.mark.parametrize(("act", "change"), CASES)
@pytest.mark.parametrize("before", ["lock", "outdate"])
def test_whoever_books_while_a_roster_changes_is_seen_or_refused(
    roster: Roster, app: Flask, monkeypatch, act, change, before
):
    claims, changes = getattr(roster, act)(), roster.changes(change)
    roster.session.rollback()
    pause = Pause(monkeypatch, before)

    ended = pause.between(app, changes, claims)

    roster.check(act, ended[1], ended[0])
    if before == "outdate":
        assert ended[1] in REFUSED


def test_one_of_many_who_cancel_a_date_at_once_does_it(roster: Roster, app: Flask):
    booking = roster.practice.book(roster.slots()[0], roster.line.person())
    works = [roster.changes("cancelled") for _ in range(COORDINATORS)]
    roster.session.rollback()

    ended = at_once(app, works)

    assert ended == {"done": 1, "AlreadyCancelled": COORDINATORS - 1}
    (one,) = roster.lost()
    assert one.booking_id == booking.id
    assert len(list(roster.session.scalars(select(Disruption)))) == 1


def test_everybody_books_and_confirms_while_the_date_is_cancelled(roster: Roster, app: Flask):
    mine = [s for s in roster.slots() if s.staff_id == roster.practice.lawyer.id]
    wanted = [roster.books(slot) for slot in mine[:-2] for _ in range(RIVALS)]
    wanted += [roster.confirms_what_is_held(slot) for slot in mine[-2:]]
    works = [roster.changes("cancelled"), *wanted, roster.changes("cancelled")]
    roster.session.rollback()

    ended = at_once(app, works)

    assert not [what for what in ended if what.startswith("broken")], ended
    won = ended.pop("done") - 1
    assert ended.pop("AlreadyCancelled") == 1
    assert ended.keys() <= REFUSED
    assert won + sum(ended.values()) == len(wanted)
    assert roster.standing() == []
    assert len(roster.lost()) == won
