"""Any sequence of duties, exceptions, closures, bookings and holds agrees with a plain model.

A few sequences in every run; `make chaos` sets CIC_SEQUENCES and walks through thousands.
"""

import os
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select

from cic_cases.bookings import holds, service
from cic_cases.bookings.models import Booking, BookingTrace
from cic_cases.bookings.rules import Wish
from cic_cases.bookings.statuses import HeldFor, Status
from cic_cases.foundation.db import db
from cic_cases.foundation.errors import Refusal
from tests.bookings import model
from tests.bookings.line_rules import Lines
from tests.bookings.machine import NIGHT, as_slots
from tests.bookings.world import World, built

pytestmark = pytest.mark.chaos
SEQUENCES = int(os.environ.get("CIC_SEQUENCES", "12"))
STEPS = 40
BEFORE_A_CHANGE = (  # of the clocks, and before public holidays
    datetime(2030, 3, 25, 6, tzinfo=UTC),
    datetime(2030, 4, 15, 6, tzinfo=UTC),
    datetime(2030, 10, 21, 6, tzinfo=UTC),
)
HOLD = timedelta(minutes=10)


class Engine(Lines):
    """The rules: what people and the clock do."""

    @initialize(moment=st.sampled_from(BEFORE_A_CHANGE), data=st.data())
    def begin(self, moment, data):
        self.start(moment)
        for staff in self.world.staff:
            weekday = self.one(data, (self.today.weekday() + 1, 6), "weekday") % 7
            wide = NIGHT[:1] + NIGHT[-1:] if weekday == 6 else ("09:00", "14:00")
            self._put_on_duty(data, staff, min(self.world.centres), weekday, tuple(wide))

    # Searching

    @rule(data=st.data())
    def somebody_searches(self, data):
        asked = self.question(data)
        found = as_slots(self.found(asked))
        assert len(found) == len(set(found))
        assert set(found) == self.model.free(asked)
        assert [start for start, *_ in found] == sorted(start for start, *_ in found)
        limit = data.draw(st.integers(1, 12), "limit")
        assert as_slots(self.found(asked, limit)) == found[:limit]

    # Booking

    def _wish(self, code, case, asked):
        centre = min(self.world.centres)
        return Wish(code, case, asked.language or "pl", asked.interpreter, centre)

    def _expect(self, answer, slot, asked, *, step):
        """It was offered, so it is had, unless the person has too many of these already."""
        limit = self.model.per_person[slot[2]]
        if step != "moved" and limit is not None and self.model.ahead(asked.case, slot[2]) >= limit:
            assert type(answer).__name__ == "TooMany"
            return
        assert not isinstance(answer, Refusal), (answer, slot)
        assert model.minute_of(answer.starts_at) == slot[0]
        before = self.model.bookings.get(answer.id)
        self.remember(answer, asked.case, step, self.model.rooms(slot))
        if step == "made":
            self.served(self.model.bookings[answer.id])
        if before is not None:
            self.freed(before.slot)

    def _some_question(self, data, **more):
        language = data.draw(st.sampled_from(["pl", "ka", "uk"]), "language")
        interpreter = data.draw(st.sampled_from([True, False]), "interpreter")
        return self.wide(language=language, interpreter=interpreter, **more)

    @rule(data=st.data())
    def an_offered_time_is_booked(self, data):
        asked = self._some_question(data, case=self.one(data, self.world.cases, "case"))
        if free := self.model.free(asked):
            slot = self.one(data, free, "slot")
            wish = self._wish(self.code(slot), asked.case, asked)
            answer = self.act(service.book, wish, at=self.at, by=self.world.actor)
            self._expect(answer, slot, asked, step="made")

    @rule(data=st.data())
    def a_time_that_may_not_be_offered_is_asked_for(self, data):
        asked = self._some_question(data, case=self.one(data, self.world.cases, "case"))
        day = self.day(data)
        wall = data.draw(st.sampled_from(sorted(model.minutes_of(day))[::5]), "wall")
        names = (
            self.one(data, getattr(self.world, n), n) for n in ("staff", "services", "centres")
        )
        slot = (model.minutes_of(day)[wall], *names)
        wish = self._wish(self.code(slot), asked.case, asked)
        answer = self.act(service.book, wish, at=self.at, by=self.world.actor)
        if not asked.interpreter:
            asked.language = None  # who asks without an interpreter answers for the language
        if slot in self.model.free(asked):
            self._expect(answer, slot, asked, step="made")
        else:
            assert isinstance(answer, Refusal)

    @rule(data=st.data())
    def a_time_that_is_booked_is_offered_to_nobody(self, data):
        live = [b for b in self.model.bookings.values() if b.claims and not self.model.expired(b)]
        if live:
            taken = self.one(data, [b.slot for b in live], "slot")
            assert taken not in as_slots(self.found(self.wide()))
            wish = self._wish(self.code(taken), self.world.cases[0], self.wide())
            answer = self.act(service.book, wish, at=self.at, by=self.world.actor)
            assert isinstance(answer, Refusal)

    def _pick(self, data, *statuses):
        chosen = [b.id for b in self.model.bookings.values() if b.status in statuses]
        if not chosen:
            return None, None
        one = self.model.bookings[self.one(data, chosen, "booking")]
        return one, self.session.get_one(Booking, one.id)

    @property
    def given(self):
        scope = self.world.actor.scope("booking.change")
        return {"scope": scope, "at": self.at, "by": self.world.actor}

    @rule(data=st.data())
    def an_appointment_is_moved_to_an_offered_time(self, data):
        one, row = self._pick(data, "booked")
        if one is None:
            return
        understood = row.interpreter or row.language in self.model.spoken[row.staff_id]
        language = row.language if understood else None
        asked = self.wide(case=one.case, moving=one.id, language=language, interpreter=understood)
        if free := self.model.free(asked):
            slot = self.one(data, free, "slot")
            assert slot in as_slots(self.found(asked))
            version = data.draw(st.sampled_from([None, one.version, one.version + 1]), "version")
            code = self.code(slot)
            answer = self.act(service.move, row.reference, code, version=version, **self.given)
            if version in (None, one.version):
                self._expect(answer, slot, asked, step="moved")
                assert self.model.bookings[one.id].version == one.version + 1
            else:
                assert type(answer).__name__ == "VersionConflict"

    @rule(data=st.data())
    def an_appointment_is_cancelled(self, data):
        one, row = self._pick(data, "booked", "held", "arrived", "done", "cancelled")
        if one is None:
            return
        answer = self.act(service.cancel, row.reference, who="person", version=None, **self.given)
        if one.status in ("booked", "arrived"):
            assert answer.status is Status.CANCELLED
            slot = one.slot
            self.gone(one, "cancelled")
            self.freed(slot)
        else:
            assert type(answer).__name__ == "WrongStatus"

    @rule(data=st.data(), to=st.sampled_from(["arrived", "in_progress", "done", "no_show"]))
    def somebody_is_received(self, data, to):
        one, row = self._pick(data, "booked", "arrived", "in_progress")
        if one is None:
            return
        answer = self.act(service.set_status, row.reference, Status(to), **self.given)
        ranks = ["booked", "arrived", "in_progress", "done", "no_show"]
        if model.day_of(one.slot[0]) <= self.today and ranks.index(to) > ranks.index(one.status):
            assert answer.status is Status(to)
            one.status = to
            self.step(one, "status")
        else:
            assert isinstance(answer, Refusal)

    @rule(data=st.data(), minutes=st.sampled_from([30, 90]))
    def somebody_has_an_appointment_elsewhere(self, data, minutes):
        case, day = self.one(data, self.world.cases, "case"), self.day(data)
        wall = data.draw(st.sampled_from(sorted(model.minutes_of(day))[::15]), "wall")
        time = range(model.minutes_of(day)[wall], model.minutes_of(day)[wall] + minutes)
        busy = self.model.taken().get(("case", case), set())
        assert self.goes_elsewhere(case, time) == busy.isdisjoint(time)
        if busy.isdisjoint(time):
            self.model.elsewhere.append((("case", case), time))

    # Holds

    @rule(data=st.data(), minutes=st.sampled_from([5, 10, 60]))
    def an_offered_time_is_held(self, data, minutes):
        asked = self._some_question(data, case=self.one(data, self.world.cases, "case"))
        if not (free := self.model.free(asked)):
            return
        slot = self.one(data, free, "slot")
        wish = self._wish(self.code(slot), asked.case, asked)

        def work(session):
            found = service.offered(
                session, wish.slot, self.at, self.world.actor,
                language=wish.language, interpreter=wish.interpreter,
            )  # fmt: skip
            until = self.at + timedelta(minutes=minutes)
            held_for, by = HeldFor.OFFER, self.world.actor.id
            return holds.hold(
                session, found, wish, until=until, held_for=held_for, at=self.at, by=by
            )

        self._expect(self.act(work), slot, asked, step="held")

    @rule(data=st.data())
    def a_hold_is_confirmed(self, data):
        one, row = self._pick(data, "held", "booked")
        if one is None:
            return
        answer = self.act(holds.confirm, row, at=self.at, by=self.world.actor.id)
        if one.status == "held" and not self.model.expired(one):
            assert answer.status is Status.BOOKED
            self.confirmed(one, answer)
        else:
            assert type(answer).__name__ in ("HoldExpired", "WrongStatus")

    @rule(data=st.data())
    def a_hold_is_let_go(self, data):
        one, row = self._pick(data, "held")
        if one is not None:
            self.act(holds.let_go, row, at=self.at, by=self.world.actor.id)
            self.hold_ended(one, "withdrawn")

    @rule(minutes=st.sampled_from([5, 10, 45, 90, 600, 1440, 2880]))
    def time_passes(self, minutes):
        self.model.minute += minutes

    # What holds after every step

    @invariant()
    @precondition(lambda self: hasattr(self, "model"))
    def what_is_taken_is_what_stands(self):
        self.check_occupancy()
        self.check_lines()

    def teardown(self):
        known = self.model.bookings.values() if hasattr(self, "model") else ()
        try:
            for one in known:
                trace = select(BookingTrace.happening).where(BookingTrace.booking_id == one.id)
                told = self.session.scalars(trace.order_by(BookingTrace.id)).all()
                assert [step.value for step in told] == one.steps
        finally:
            super().teardown()


@pytest.fixture
def world(make) -> World:
    world = built(make)
    db.session.rollback()
    return world


def test_every_sequence_agrees_with_the_model(world: World):
    run_state_machine_as_test(
        lambda: Engine(db.engine, world),
        settings=settings(
            max_examples=SEQUENCES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize="CIC_SEQUENCES" not in os.environ,
            print_blob=True,
        ),
    )
