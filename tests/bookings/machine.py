"""The engine and the model side by side: every act is done to both, in a transaction undone."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from cic_cases.bookings import availability
from cic_cases.bookings import models as rows
from cic_cases.bookings.availability import Search
from cic_cases.bookings.slots import Slot, SlotKey
from cic_cases.calendar import guard
from cic_cases.calendar.models import Occupancy
from cic_cases.foundation.errors import Refusal
from cic_cases.foundation.intervals import Interval
from cic_cases.privacy.models import AuditEntry
from tests.bookings import model
from tests.bookings.model import Question, minute_of, moment_of
from tests.bookings.world import World

GRIDS = (10, 15, 20, 30, 45, 60)
QUARTERS = [f"{hour:02}:{minute:02}" for hour in range(24) for minute in (0, 15, 30, 45)]
DAYTIME, NIGHT = QUARTERS[28:80], QUARTERS[:26]
DAYS_AHEAD = 16
NARROWER = ("service", "centre", "staff", "not before", "before", "case")


class Machine(RuleBasedStateMachine):
    """What the rules of the stateful test have in common."""

    def __init__(self, engine: Engine, world: World) -> None:
        super().__init__()
        self.world = world
        self.connection = engine.connect()
        self.whole = self.connection.begin()
        self.session = Session(self.connection, join_transaction_mode="create_savepoint")
        self.before = self.counted()

    def teardown(self) -> None:
        self.session.close()
        self.whole.rollback()
        self.connection.close()

    def start(self, moment: datetime) -> None:
        self.model = self.world.model_at(minute_of(moment))

    @property
    def at(self) -> datetime:
        return moment_of(self.model.minute)

    @property
    def today(self) -> date:
        return model.day_of(self.model.minute)

    def act(self, work: Callable[..., Any], *args: Any, **more: Any) -> Any:
        """Do it whole or not at all; a refusal is the answer."""
        try:
            with self.session.begin_nested():
                return work(self.session, *args, **more)
        except Refusal as refusal:
            return refusal

    def save(self, *those: object) -> None:
        self.session.add_all(those)
        self.session.flush()

    def counted(self) -> tuple[int, int]:
        """Lines of the trace and, about bookings, of the audit trail."""
        about_bookings = AuditEntry.action.startswith("booking.")
        trace = select(func.count()).select_from(rows.BookingTrace)
        audit = select(func.count()).select_from(AuditEntry).where(about_bookings)
        return self.session.scalar(trace) or 0, self.session.scalar(audit) or 0

    # What is drawn

    def day(self, data: st.DataObject, label: str = "day", least: int = 0) -> date:
        return self.today + timedelta(data.draw(st.integers(least, DAYS_AHEAD), label))

    def one(self, data: st.DataObject, those: Any, label: str) -> Any:
        return data.draw(st.sampled_from(sorted(those)), label)

    def hours(self, data: st.DataObject, weekday: int) -> tuple[str, str]:
        walls = NIGHT if weekday == 6 else DAYTIME
        first = data.draw(st.integers(0, len(walls) - 5), "starts")
        last = data.draw(st.integers(first + 2, min(first + 24, len(walls) - 1)), "ends")
        return walls[first], walls[last]

    def question(self, data: st.DataObject) -> Question:
        """Some search, narrowed in at most two ways."""
        first = self.today + timedelta(data.draw(st.sampled_from([0, 0, 1, 3, 6, 9]), "first day"))
        narrow = data.draw(st.sets(st.sampled_from(NARROWER), max_size=2), "narrowed by")

        def chosen(name: str, those: Any) -> Any:
            return self.one(data, those, name) if name in narrow else None

        service, centre = (
            chosen("service", self.world.services),
            chosen("centre", self.world.centres),
        )
        return Question(
            services=frozenset([service] if service else self.world.services),
            centres=frozenset([centre] if centre else self.world.centres),
            first=first,
            last=first + timedelta(data.draw(st.sampled_from([0, 6, 8]), "days")),
            language=data.draw(st.sampled_from([None, "pl", "uk", "ka"]), "language"),
            interpreter=data.draw(st.booleans(), "interpreter"),
            staff=chosen("staff", self.world.staff),
            earliest=chosen("not before", QUARTERS[::6]),
            latest=chosen("before", QUARTERS[3::6]),
            case=chosen("case", self.world.cases),
        )

    def wide(self, **more: Any) -> Question:
        """Everything there is in the days ahead."""
        last = self.today + timedelta(DAYS_AHEAD)
        every = frozenset(self.world.services), frozenset(self.world.centres)
        return Question(*every, self.today, last, **more)

    # What the engine is asked

    def search(self, asked: Question) -> Search:
        return Search(
            service_ids=asked.services,
            centre_ids=asked.centres,
            first_day=asked.first,
            last_day=asked.last,
            language=asked.language,
            interpreter=asked.interpreter,
            specialist_key=self.world.staff[asked.staff].key if asked.staff else None,
            from_time=model_time(asked.earliest),
            until_time=model_time(asked.latest),
            person=self._resource("case", asked.case) if asked.case else None,
            moving=asked.moving,
        )

    def found(self, asked: Question, limit: int | None = None) -> list[Slot]:
        return availability.free_slots(self.session, self.search(asked), self.at, limit=limit)

    def code(self, slot: model.Slot) -> str:
        start, staff, service, centre = slot
        names = self.world.services[service].key, self.world.staff[staff].key
        return SlotKey(*names, self.world.centres[centre].slug, moment_of(start)).encode()

    def _resource(self, kind: str, number: int) -> int:
        return next(r for r, known in self.world.resources.items() if known == (kind, number))

    def goes_elsewhere(self, case: int, time: range) -> bool:
        """Note an appointment in another office's own system; False when the person is busy."""
        begins, ends = moment_of(time.start), moment_of(time.stop)
        claim = guard.Claim(self._resource("case", case), Interval(begins, ends))
        savepoint = self.session.begin_nested()
        row = self.world.elsewhere(case, begins, ends)
        self.save(row)
        holder = guard.Holder(external_id=row.id)
        if guard.claim(self.session, holder, [claim], at=self.at):
            savepoint.rollback()
            return False
        savepoint.commit()
        return True

    # What must hold after every act

    def check_occupancy(self) -> None:
        """Exactly what stands is taken, by whoever has it, and no minute twice."""
        taken = select(Occupancy).where(
            Occupancy.expires_at.is_(None) | (Occupancy.expires_at > self.at)
        )
        theirs = Counter(
            (o.booking_id, self.world.resources[o.resource_id], as_range(o.starts_at, o.ends_at))
            for o in self.session.scalars(taken)
        )
        ours = Counter[Any]()
        for one in self.model.bookings.values():
            if not self.model.expired(one):
                ours.update((one.id, r, (m.start, m.stop)) for r, m in one.claims.items())
        ours.update((None, r, (m.start, m.stop)) for r, m in self.model.elsewhere)
        assert theirs == ours
        minutes = Counter(
            (resource, minute)
            for _, resource, (first, last) in theirs
            for minute in range(first, last)
        )
        assert max(minutes.values(), default=1) == 1

    def check_lines(self) -> None:
        """One line of trace and one of audit for each change, and for nothing else."""
        changes = sum(len(one.steps) for one in self.model.bookings.values())
        assert self.counted() == (self.before[0] + changes, self.before[1] + changes)

    def remember(self, row: rows.Booking, case: int, step: str, room_ok: set[int | None]) -> None:
        """Write a booking of the engine's into the model, after a look at whom it takes."""
        assert row.room_id in room_ok
        slot = minute_of(row.starts_at), row.staff_id, row.service_id, row.centre_id
        own = range(slot[0], minute_of(row.ends_at))
        whole = range(own.start - row.before_minutes, own.stop + row.after_minutes)
        claims: dict[model.Resource, range] = {("staff", row.staff_id): whole, ("case", case): own}
        if row.room_id is not None:
            claims["room", row.room_id] = whole
        if row.second_staff_id is not None:
            claims["staff", row.second_staff_id] = whole
        if row.interpreter_id is not None:
            claims["staff", row.interpreter_id] = own
        taken = self.model.taken(but=row.id)
        assert all(taken.get(r, set()).isdisjoint(minutes) for r, minutes in claims.items())
        assert (row.second_staff_id is not None) == (self.model.specialists[slot[2]] > 1)
        known = self.model.bookings.get(row.id)
        expires = minute_of(row.expires_at) if row.expires_at else None
        self.model.bookings[row.id] = model.Booking(
            id=row.id,
            case=case,
            slot=slot,
            status=row.status.value,
            claims=claims,
            expires=expires,
            steps=list(known.steps if known else ()),
            version=row.version,
            room=row.room_id,
            made=known.made if known else self.model.minute,
            past=set(known.past if known else ()),
        )
        self.step(self.model.bookings[row.id], step)

    def step(self, one: model.Booking, step: str) -> None:
        """Something happened to it, and a line was written about it."""
        one.steps.append(step)
        one.touched = self.model.minute
        one.past.add((*one.slot[:2], one.room))

    def gone(self, one: model.Booking, step: str) -> None:
        """Its time was given back."""
        one.status, one.claims, one.expires = "cancelled", {}, None
        one.version += 1
        self.step(one, step)


def model_time(wall: str | None) -> Any:
    return datetime.strptime(wall, "%H:%M").time() if wall else None  # noqa: DTZ007


def as_range(first: datetime, last: datetime) -> tuple[int, int]:
    return minute_of(first), minute_of(last)


def as_slots(found: list[Slot]) -> list[model.Slot]:
    """In the model's words."""
    return [(minute_of(s.time.start), s.staff_id, s.service_id, s.centre_id) for s in found]
