"""Who is on duty on some days, where and for what: all that changes only when rosters change.

What is worked out of it is kept with it, so a rota that serves many searches expands a day once.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cic_cases.bookings.interpreters import Present
from cic_cases.bookings.offers import InterpreterDuty, Offer, Sitting
from cic_cases.bookings.reasons import Why
from cic_cases.calendar.public_holidays import is_public_holiday
from cic_cases.calendar.rules import ClosedDays, DutyRule, NotHeld, Stretch, held_on
from cic_cases.centres import queries as centres
from cic_cases.foundation.intervals import Interval
from cic_cases.foundation.localtime import day_bounds

Seats = list[tuple[Offer, Sitting | Why]]


@dataclass(frozen=True, slots=True)
class Rota:
    """The duties, rooms, opening hours and closures of some centres on some days."""

    offers: tuple[Offer, ...]
    interpreters: tuple[InterpreterDuty, ...]
    rooms: Mapping[int, tuple[str, int]]
    hours: centres.Hours
    closures: tuple[ClosedDays, ...]
    _known: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def seats(self, day: date) -> Seats:
        """Every offer whose rule names the weekday of `day`, and its sitting or why there is none.

        Whether the person can be received in their language, and whether it is too far ahead, is
        for the search to say.
        """
        if day not in self._known:
            self._known[day] = [(o, self.seat(o, day)) for o in self._on_weekday(day)]
        found: Seats = self._known[day]
        return found

    def seat(self, offer: Offer, day: date) -> Sitting | Why:
        """The offer on `day`, or why there is none."""
        held = self._held(offer.rule, offer.place.country, day)
        if isinstance(held, NotHeld):
            return Why(held.value)
        room = None if held.room_id is None else self.rooms.get(held.room_id)
        if held.room_id is not None and room is None:
            return Why.ROOM_NOT_USED
        step = timedelta(minutes=offer.rule.grid_minutes)
        return Sitting(offer, day, held, room, offer.given.length or step, step)

    def bounds(self, day: date, local: ZoneInfo) -> Interval:
        """From midnight to midnight in `local`."""
        if (day, local.key) not in self._known:
            self._known[day, local.key] = day_bounds(day, local)
        found: Interval = self._known[day, local.key]
        return found

    def present(self, day: date) -> list[Present]:
        """The interpreters on duty on `day`."""
        if ("present", day) not in self._known:
            held = ((d, self._held(d.rule, d.place.country, day)) for d in self.interpreters)
            self._known["present", day] = [(d, h) for d, h in held if isinstance(h, Stretch)]
        found: list[Present] = self._known["present", day]
        return found

    def partners(self, offer: Offer, day: date) -> list[tuple[Offer, Stretch]]:
        """The offers of the same service in the same centre that are held on `day`."""
        wanted = (offer.given.id, offer.place.id, day)
        if wanted not in self._known:
            same = (o for o in self.offers if (o.given.id, o.place.id) == wanted[:2])
            held = ((o, self._held(o.rule, o.place.country, day)) for o in same)
            self._known[wanted] = [(o, h) for o, h in held if isinstance(h, Stretch)]
        found: list[tuple[Offer, Stretch]] = self._known[wanted]
        return found

    def _held(self, rule: DutyRule, country: str, day: date) -> Stretch | NotHeld:
        opening = self.hours.on(rule.centre_id, day)
        return held_on(rule, day, opening, self.closures, is_public_holiday(country, day))

    def _on_weekday(self, day: date) -> list[Offer]:
        if "week" not in self._known:
            week = defaultdict(list)
            for offer in self.offers:
                week[offer.rule.weekday].append(offer)
            self._known["week"] = week
        found: list[Offer] = self._known["week"].get(day.weekday(), [])
        return found
