"""What the engine should do, said again in the plainest way: one set of minutes per resource.

It shares no code with the engine.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from tests.bookings.model_line import SOONEST, Offer, Waits
from tests.bookings.model_words import (
    CLOSED_BY_LAW,
    Booking,
    Closure,
    Duty,
    Exception_,
    Given,
    Held,
    Question,
    Resource,
    Slot,
    day_of,
    minute_of,
    minutes_of,
    moment_of,
    wall_of,
)  # fmt: skip

__all__ = [
    "SOONEST", "Booking", "Closure", "Duty", "Exception_", "Given", "Model", "Offer", "Question",
    "Resource", "Slot", "day_of", "minute_of", "minutes_of", "moment_of",
]  # fmt: skip


@dataclass
class Model:
    """The whole world of one test."""

    minute: int
    opening: dict[tuple[int, int], tuple[str, str]]
    spoken: dict[int, frozenset[str]]
    institution: dict[int, int | None]
    specialists: dict[int, int]  # of each service, present at once
    horizon: dict[int, int]
    per_person: dict[int, int | None]
    duties: dict[int, Duty] = field(default_factory=dict)
    exceptions: dict[tuple[int, date], Exception_] = field(default_factory=dict)
    closures: list[Closure] = field(default_factory=list)
    bookings: dict[int, Booking] = field(default_factory=dict)
    elsewhere: list[tuple[Resource, range]] = field(default_factory=list)
    line: dict[int, Waits] = field(default_factory=dict)

    def named_by(self, duty: Duty, day: date) -> bool:
        """Whether the weekly rule itself names this day; weeks are walked one by one."""
        if day.weekday() != duty.weekday or day < duty.first:
            return False
        if duty.last is not None and day > duty.last:
            return False
        monday = duty.first - timedelta(duty.first.weekday())
        while monday <= day:
            if monday <= day < monday + timedelta(7):
                return True
            monday += timedelta(7 * duty.weeks)
        return False

    def held(self, duty: Duty, day: date) -> Held | None:
        """The duty on that day, by whoever holds it."""
        if not self.named_by(duty, day) or day in CLOSED_BY_LAW:
            return None
        changed = self.exceptions.get((duty.id, day), Exception_())
        if changed.cancelled:
            return None
        staff, room = changed.staff or duty.staff, changed.room or duty.room
        if any(self._closes(c, day, duty.centre, room, staff) for c in self.closures):
            return None
        clock, (starts, ends) = minutes_of(day), changed.hours or (duty.starts, duty.ends)
        opens, closes = self.opening.get((duty.centre, day.weekday()), ("", ""))
        if not opens or starts not in clock or ends not in clock:
            return None
        first, last = max(starts, opens), min(ends, closes)
        if first >= last or first not in clock or last not in clock:
            return None
        return Held(duty, staff, room, range(clock[first], clock[last]), clock[starts])

    def _closes(
        self, closed: Closure, day: date, centre: int, room: int | None, staff: int
    ) -> bool:
        if not closed.first <= day <= closed.last:
            return False
        if closed.centre is not None and closed.centre != centre:
            return False
        if closed.room is not None and closed.room != room:
            return False
        return closed.institution is None or closed.institution == self.institution[staff]

    def taken(self, but: int | None = None) -> dict[Resource, set[int]]:
        """Every minute that is somebody's now; a hold that has expired is nobody's."""
        taken: dict[Resource, set[int]] = {}
        for booking in self.bookings.values():
            if booking.id != but and not self.expired(booking):
                for resource, minutes in booking.claims.items():
                    taken.setdefault(resource, set()).update(minutes)
        for resource, minutes in self.elsewhere:
            taken.setdefault(resource, set()).update(minutes)
        return taken

    def expired(self, booking: Booking) -> bool:
        return booking.expires is not None and booking.expires <= self.minute

    def ahead(self, case: int, service: int) -> int:
        """How many appointments for this service the person has ahead, held ones included."""
        return sum(
            1
            for b in self.bookings.values()
            if (b.case, b.slot[2]) == (case, service)
            and b.status in ("booked", "held")
            and b.slot[0] > self.minute
            and not self.expired(b)
        )

    def free(self, asked: Question) -> set[Slot]:
        """Every slot that this search should find."""
        return {slot for slot, _ in self._ways(asked, self.taken(asked.moving))}

    def lengths(self, asked: Question, slot: Slot) -> set[int]:
        """How long a slot that this search finds may last, by each duty that gives it."""
        ways = self._ways(asked, self.taken())
        return {held.duty.services[slot[2]].minutes for found, held in ways if found == slot}

    def rooms(self, slot: Slot) -> set[int | None]:
        """The rooms in which a slot may be held, free or not."""
        start, staff, service, centre = slot
        asked = Question(
            frozenset({service}), frozenset({centre}), day_of(start), day_of(start), staff=staff
        )
        everyone_free: dict[Resource, set[int]] = {}
        return {held.room for found, held in self._ways(asked, everyone_free) if found == slot}

    def _ways(
        self, asked: Question, taken: dict[Resource, set[int]]
    ) -> Iterator[tuple[Slot, Held]]:
        day = asked.first
        while day <= asked.last:
            present = [h for h in (self.held(d, day) for d in self.duties.values()) if h]
            for held in present:
                for service, given in held.duty.services.items():
                    if service in asked.services and held.duty.centre in asked.centres:
                        for start in self._starts(asked, held, service, given, present, taken):
                            yield (start, held.staff, service, held.duty.centre), held
            day += timedelta(1)

    def _starts(
        self,
        asked: Question,
        held: Held,
        service: int,
        given: Given,
        present: list[Held],
        taken: dict[Resource, set[int]],
    ) -> Iterator[int]:
        speaks = asked.language is None or asked.language in self.languages(held)
        if not (speaks or asked.interpreter) or asked.staff not in (None, held.staff):
            return
        for start in range(held.grid_from, held.minutes.stop, held.duty.grid):
            own = range(start, start + given.minutes)
            whole = range(own.start - given.before, own.stop + given.after)
            if whole.start < held.minutes.start or whole.stop > held.minutes.stop:
                continue
            if self._too_soon_or_late(asked, start, service):
                continue
            needed = {("staff", held.staff): whole}
            if held.room is not None:
                needed["room", held.room] = whole
            if asked.case is not None:
                needed["case", asked.case] = own
            if not all(taken.get(r, set()).isdisjoint(m) for r, m in needed.items()):
                continue
            if self.specialists[service] > 1 and not self._second(
                held, service, whole, present, taken
            ):
                continue
            if speaks or self._interpreter(asked.language, held, own, present, taken):
                yield start

    def _too_soon_or_late(self, asked: Question, start: int, service: int) -> bool:
        ahead = (day_of(start) - day_of(self.minute)).days
        if start <= self.minute or ahead > self.horizon[service]:
            return True
        wall = wall_of(start)
        return wall < (asked.earliest or "") or (asked.latest is not None and wall >= asked.latest)

    def languages(self, held: Held) -> frozenset[str]:
        """What is spoken in a duty: its own languages, or those of whoever holds it."""
        return held.duty.languages or self.spoken[held.staff]

    def _second(
        self,
        held: Held,
        service: int,
        whole: range,
        present: list[Held],
        taken: dict[Resource, set[int]],
    ) -> bool:
        return any(
            other.staff != held.staff
            and service in other.duty.services
            and other.duty.centre == held.duty.centre
            and set(whole) <= set(other.minutes)
            and taken.get(("staff", other.staff), set()).isdisjoint(whole)
            for other in present
        )

    def _interpreter(
        self,
        language: str | None,
        held: Held,
        own: range,
        present: list[Held],
        taken: dict[Resource, set[int]],
    ) -> bool:
        return any(
            not other.duty.services
            and language in self.languages(other)
            and (other.duty.remote or other.duty.centre == held.duty.centre)
            and set(own) <= set(other.minutes)
            and taken.get(("staff", other.staff), set()).isdisjoint(own)
            for other in present
        )

    def end(self, duty: int, last: date) -> None:
        """Hold the duty for the last time on this day."""
        self.duties[duty] = replace(self.duties[duty], last=last)
