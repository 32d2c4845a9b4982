"""What coordinators do in the stateful test: duties begin, end and change, doors close."""

from datetime import timedelta

from hypothesis import strategies as st
from hypothesis.stateful import rule

from cic_cases.calendar.models import Duty
from tests.bookings import model
from tests.bookings.machine import GRIDS, Machine
from tests.bookings.world import (
    closure_row,
    duty_parts,
    duty_rows,
    exception_row,
    old_exception,
)


class Rosters(Machine):
    """The rules about duties, exceptions and closures."""

    @rule(data=st.data())
    def somebody_is_put_on_duty(self, data):
        staff = self.one(data, self.world.staff, "staff")
        weekday = self.day(data, "weekday").weekday()
        centre, hours = self.one(data, self.world.centres, "centre"), self.hours(data, weekday)
        self._put_on_duty(data, staff, centre, weekday, hours)

    def _put_on_duty(self, data, staff, centre, weekday, hours):
        speaks_for_people = staff in self.world.interpreters
        rooms = [r.id for r in self.world.rooms.values() if r.centre_id == centre]
        since = self.today - timedelta(7 * data.draw(st.integers(0, 3), "weeks"))
        ends = data.draw(st.booleans(), "ends some day")
        offered = data.draw(st.sampled_from([*self.world.services, None]), "only")
        spoken = data.draw(st.sampled_from([(), (), (), ("pl", "ka"), ("uk",)]), "own languages")
        duty = model.Duty(
            id=0,
            staff=staff,
            centre=centre,
            room=data.draw(st.none() | st.sampled_from(rooms), "room"),
            weekday=weekday,
            starts=hours[0],
            ends=hours[1],
            first=since,
            last=since + timedelta(40) if ends else None,
            grid=data.draw(st.sampled_from(GRIDS), "grid"),
            weeks=data.draw(st.sampled_from([1, 1, 1, 1, 2, 3]), "every so many weeks"),
            services={
                s: self._given(data, s)
                for s in self.world.services
                if not speaks_for_people and offered in (None, s)
            },
            languages=frozenset(spoken),
            remote=speaks_for_people and data.draw(st.booleans(), "remote"),
        )
        row = duty_rows(duty)
        self.save(row)
        self.save(*duty_parts(row.id, duty))
        duty.id = row.id
        self.model.duties[row.id] = duty

    def _given(self, data, number):
        own = self.world.services[number].minutes or 0
        minutes = data.draw(st.sampled_from([own, own, 20, 50]), "length")
        around = st.sampled_from([0, 0, 5, 15])
        return model.Given(minutes, data.draw(around, "before"), data.draw(around, "after"))

    @rule(data=st.data())
    def a_duty_ends(self, data):
        number = self.one(data, self.model.duties, "duty")
        last = max(self.day(data), self.model.duties[number].first)
        self.session.get_one(Duty, number).valid_until = last
        self.session.flush()
        self.model.end(number, last)

    @rule(data=st.data())
    def one_date_is_changed(self, data):
        duty = self.model.duties[self.one(data, self.model.duties, "duty")]
        day = self.day(data)
        day += timedelta((duty.weekday - day.weekday()) % 7)
        kind = data.draw(st.sampled_from(["cancelled", "hours", "room", "substitute"]), "kind")
        rooms = [r.id for r in self.world.rooms.values() if r.centre_id == duty.centre]
        peers = self.world.staff.keys() - self.world.interpreters
        if not duty.services:
            peers = self.world.interpreters
        changed = model.Exception_(
            cancelled=kind == "cancelled",
            hours=self.hours(data, duty.weekday) if kind == "hours" else None,
            room=self.one(data, rooms, "other room") if kind == "room" else None,
            staff=self.one(data, peers, "substitute") if kind == "substitute" else None,
        )
        for old in self.session.scalars(old_exception(duty.id, day)):
            self.session.delete(old)
        self.session.flush()
        self.save(exception_row(duty.id, day, changed))
        self.model.exceptions[duty.id, day] = changed

    @rule(data=st.data())
    def something_is_closed(self, data):
        first = self.day(data)
        last = first + timedelta(data.draw(st.integers(0, 2), "days"))
        centre = self.one(data, self.world.centres, "centre")
        rooms = [r.id for r in self.world.rooms.values() if r.centre_id == centre]
        kind = data.draw(st.sampled_from(["centre", "room", "office", "office here"]), "kind")
        closed = model.Closure(
            centre=None if kind == "office" else centre,
            institution=self.world.offices[0] if kind.startswith("office") else None,
            room=self.one(data, rooms, "room") if kind == "room" else None,
            first=first,
            last=last,
        )
        self.save(closure_row(closed))
        self.model.closures.append(closed)
