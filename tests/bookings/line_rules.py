"""The waiting list in the stateful test: who joins, who is next, and what becomes of an offer."""

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule
from sqlalchemy import select

from cic_cases.bookings import holds, next_in_line, waiting_list
from cic_cases.bookings.models import Booking, Waiting, WaitingOffer
from cic_cases.bookings.waiting_rules import Limits, Wanted
from cic_cases.foundation.errors import Refusal
from tests.bookings import model
from tests.bookings.machine import model_time
from tests.bookings.model import Question
from tests.bookings.model_line import Waits, in_order
from tests.bookings.roster_rules import Rosters

AT_MOST = 20  # times that are tried for somebody who is at the desk
LIVE = ("booked", "arrived", "in_progress")


class Lines(Rosters):
    """The rules about the waiting list; `freed`, `served`, `hold_ended` say what happened."""

    # What the rest of the machine tells

    def freed(self, slot: model.Slot) -> None:
        """A time was given back: the model says who is next, the engine must have asked them."""
        start, _, service, centre = slot
        if start - self.model.minute < model.SOONEST:
            return
        line = [
            one
            for one in self.model.line.values()
            if (one.state, one.service) == ("waiting", service) and centre in one.centres
        ]
        for one in in_order(line):
            if self.may_be_offered(one, slot) and self._takes(one, slot, self._way(one, slot)):
                return

    def _way(self, one: Waits, slot: model.Slot) -> Question:
        start, staff, service, centre = slot
        day, places = model.day_of(start), (frozenset({service}), frozenset({centre}))
        return Question(*places, day, day, one.language, one.interpreter, staff)

    def may_be_offered(self, one: Waits, slot: model.Slot) -> bool:
        """Whether they can come, have not been asked about it before, and have time to answer."""
        start, staff = slot[:2]
        had = {
            (self.model.bookings[offer.booking].slot[:2])
            for other in self.model.line.values()
            if other.case == one.case
            for offer in other.offers
        }
        until = one.answer_by(self.model.minute, start)
        return (start, staff) not in had and one.can_come(start) and until is not None

    def _takes(self, one: Waits, slot: model.Slot, asked: Question) -> bool:
        """Whether the time is held for this person now; the engine must say the same."""
        lengths = self.model.lengths(asked, slot)
        if not lengths:
            return False
        if self._has_one_already(one):
            one.state = "served"
            return False
        limit = self.model.per_person[one.service]
        if limit is not None and self.model.ahead(one.case, one.service) >= limit:
            return False
        busy = self.model.taken().get(("case", one.case), set())
        clear = {
            minutes for minutes in lengths if busy.isdisjoint(range(slot[0], slot[0] + minutes))
        }
        row = self.offer_of(one)
        if clear != lengths and row is None:  # which duty gives it is the engine's choice
            return False
        assert clear
        self.offered(one, row, slot)
        return True

    def _has_one_already(self, one: Waits) -> bool:
        return any(
            b.status in LIVE and b.made >= one.joined and b.slot[0] > self.model.minute
            for b in self.model.bookings.values()
            if (b.case, b.slot[2]) == (one.case, one.service)
        )

    def offer_of(self, one: Waits) -> Booking | None:
        """What the engine holds for this person and the model does not know of yet."""
        known = [offer.booking for offer in one.offers]
        open_ = WaitingOffer.waiting_id == one.id, WaitingOffer.booking_id.not_in(known)
        number = self.session.scalar(select(WaitingOffer.booking_id).where(*open_))
        return self.session.get_one(Booking, number) if number else None

    def offered(self, one: Waits, row: Booking | None, slot: model.Slot) -> None:
        """The engine holds this time for this person, for as long as it should."""
        assert row is not None, (one, slot)
        found = model.minute_of(row.starts_at), row.staff_id, row.service_id, row.centre_id
        assert found == slot
        self.remember(row, one.case, "held", self.model.rooms(slot))
        until = one.answer_by(self.model.minute, slot[0])
        assert self.model.bookings[row.id].expires == until
        one.offers.append(model.Offer(row.id))
        one.state = "offered"

    def served(self, booking: model.Booking) -> None:
        """The person has an appointment for it: they leave the line, what was held ends."""
        for one in self.model.line.values():
            if one.stands and (one.case, one.service) == (booking.case, booking.slot[2]):
                if (offer := one.open) is not None:
                    mine = offer.booking == booking.id
                    offer.outcome = "accepted" if mine else "withdrawn"
                    if not mine:
                        self.model.bookings[offer.booking].expires = self.model.minute
                one.state = "served"

    def hold_ended(self, booking: model.Booking, outcome: str) -> None:
        """Nobody took it: whoever it was held for waits again; it goes to the next."""
        slot = booking.slot
        self.gone(booking, "lapsed")
        for one in self.model.line.values():
            if (offer := one.open) is not None and offer.booking == booking.id:
                offer.outcome = outcome
                one.state = "waiting" if one.state == "offered" else one.state
        self.freed(slot)

    # What people do

    @rule(data=st.data(), wide=st.sampled_from([True, True, False]))
    def somebody_joins_the_line(self, data, wide):
        case = self.one(data, self.world.cases, "case")
        one = Waits(
            id=0,
            case=case,
            service=self.one(data, self.world.services, "service"),
            centres=frozenset(self.world.centres),
            joined=self.model.minute,
            first=self.today,
            language=data.draw(st.sampled_from([None, None, "pl", "uk", "ka"]), "language"),
            interpreter=data.draw(st.booleans(), "interpreter"),
        )
        if not wide:
            self._narrow(data, one)
        again = any(w.stands and (w.case, w.service) == (case, one.service) for w in self.in_line)
        by = {"centre_id": min(self.world.centres), "at": self.at, "by": self.world.actor}
        answer = self.act(waiting_list.join, _wanted(one), **by)
        if again:
            assert type(answer).__name__ == "AlreadyWaiting"
        else:
            one.id = answer.id
            self.model.line[one.id] = one

    def _narrow(self, data: st.DataObject, one: Waits) -> None:
        one.centres = frozenset({self.one(data, self.world.centres, "centre")})
        one.first = self.day(data, "first day")
        one.last = one.first + timedelta(data.draw(st.integers(0, 9), "days"))
        one.earliest, one.latest = data.draw(
            st.sampled_from([(None, None), (None, "12:00"), ("10:00", None), ("10:00", "12:00")]),
            "hours",
        )
        one.weekdays = data.draw(st.sampled_from(["0123456", "024", "1", "12345"]), "weekdays")
        one.notice = data.draw(st.sampled_from([30, 120, 1440]), "notice")

    @property
    def in_line(self) -> list[Waits]:
        return list(self.model.line.values())

    def _some_entry(self, data: st.DataObject, *states: str) -> Waits | None:
        numbers = [one.id for one in self.in_line if one.state in states]
        return self.model.line[self.one(data, numbers, "entry")] if numbers else None

    @property
    def given_of_line(self) -> dict[str, Any]:
        scope = self.world.actor.scope("waiting.change")
        return {"scope": scope, "at": self.at, "by": self.world.actor}

    @rule(data=st.data(), right=st.sampled_from([None, True, True, False]))
    def an_offer_is_accepted(self, data, right):
        one = self._some_entry(data, "offered", "offered", "waiting", "served")
        if one is None:
            return
        offer = one.open
        held = offer and self.model.bookings[offer.booking]
        of = held and self.session.get_one(Booking, held.id).reference
        named = {None: None, True: of, False: "ANOTHER"}[right]
        answer = self.act(waiting_list.accept, one.id, of=named, **self.given_of_line)
        if held is None or right is False:
            assert type(answer).__name__ == "NoOffer"
        elif self.model.expired(held):
            assert type(answer).__name__ == "HoldExpired"
        else:
            self.confirmed(held, answer)

    def confirmed(self, held: model.Booking, answer: Any) -> None:
        """A hold became an appointment."""
        assert not isinstance(answer, Refusal), answer
        held.status, held.expires = "booked", None
        self.step(held, "made")
        self.served(held)

    @rule(data=st.data(), what=st.sampled_from(["stays", "goes", "leaves"]))
    def somebody_declines_or_leaves(self, data, what):
        one = self._some_entry(data, "offered", "waiting", "served", "left")
        if one is None:
            return
        offer, stood = one.open, one.state
        if what == "leaves":
            answer = self.act(waiting_list.leave, one.id, **self.given_of_line)
            refused = None if one.stands else "NotInLine"
        else:
            stays = what == "stays"
            answer = self.act(waiting_list.decline, one.id, stays=stays, **self.given_of_line)
            refused = None if stood == "offered" else "NoOffer"
        assert (type(answer).__name__ if isinstance(answer, Refusal) else None) == refused
        if refused is None:
            one.state = "waiting" if what == "stays" else "left"
            if offer is not None:
                offer.outcome = "declined"
                self.hold_ended(self.model.bookings[offer.booking], "declined")

    @rule(data=st.data())
    def a_free_time_is_offered_to_somebody_at_the_desk(self, data):
        one = self._some_entry(data, "waiting", "offered")
        if one is None:
            return
        stood = one.state
        answer = self.act(next_in_line.offer_now, one.id, **self.given_of_line)
        if stood != "waiting":
            assert type(answer).__name__ == "NotInLine"
            return
        first = max(self.today, one.first)
        last = min(one.last or self.today + timedelta(60), self.today + timedelta(60))
        asked = Question(
            frozenset({one.service}), one.centres, first, max(last, one.first), one.language,
            one.interpreter, earliest=one.earliest, latest=one.latest, case=one.case,
        )  # fmt: skip
        could = [slot for slot in self.model.free(asked) if self.may_be_offered(one, slot)]
        if self._has_one_already(one):  # a refusal undoes everything, so they stay as they are
            could = []
        limit = self.model.per_person[one.service]
        if limit is not None and self.model.ahead(one.case, one.service) >= limit:
            could = []
        if not could:
            assert type(answer).__name__ == "NothingToOffer", answer
        else:
            assert not isinstance(answer, Refusal), (answer, sorted(could)[0])
            slot = model.minute_of(answer.starts_at), *_whose(answer)
            assert slot in could
            assert slot[0] == min(could)[0]
            self.offered(one, answer, slot)

    # What time brings about

    @rule(again=st.booleans())
    def the_sweep_ends_what_expired(self, again):
        over = [b for b in self.model.bookings.values() if self.model.expired(b)]
        assert self.act(holds.lapse, self.at, limit=1000) == len(over)
        for one in sorted(over, key=lambda b: (b.expires, b.id)):
            self.hold_ended(one, "expired")
        if again:
            lately = self._freed_lately()
            self.act(next_in_line.offer_again, self.at)
            for slot in lately:
                self.freed(slot)

    def _freed_lately(self) -> list[model.Slot]:
        """What was given back this minute, by the time, for services that somebody waits for."""
        wanted = {one.service for one in self.in_line if one.state == "waiting"}
        found = set()
        for one in self.model.bookings.values():
            service, centre = one.slot[2:]
            if one.touched != self.model.minute or service not in wanted:
                continue
            kept = one.status not in ("cancelled", "held") or not (
                one.status == "cancelled" or self.model.expired(one)
            )
            for start, staff, room in one.past:
                if start - self.model.minute > model.SOONEST and not (
                    kept and one.slot[:2] == (start, staff)
                ):
                    place = self.world.rooms[room].centre_id if room else centre
                    found.add((start, staff, service, place))
        return sorted(found)

    # What holds after every step

    @invariant()
    @precondition(lambda self: hasattr(self, "model"))
    def everybody_stands_where_the_model_says(self):
        rows = self.session.execute(select(Waiting.id, Waiting.state, Waiting.ahead))
        theirs = {row.id: (row.state.value, row.ahead) for row in rows}
        assert theirs == {one.id: (one.state, one.ahead) for one in self.in_line}
        offers = select(WaitingOffer.waiting_id, WaitingOffer.booking_id, WaitingOffer.outcome)
        assert {tuple(row) for row in self.session.execute(offers)} == {
            (one.id, offer.booking, offer.outcome) for one in self.in_line for offer in one.offers
        }
        for one in self.in_line:
            assert (one.state == "offered") == (one.open is not None)


def _wanted(one: Waits) -> Wanted:
    limits = Limits(
        one.first, one.last, model_time(one.earliest), model_time(one.latest), one.weekdays,
        timedelta(minutes=one.notice),
    )  # fmt: skip
    return Wanted(one.case, one.service, one.centres, one.language, one.interpreter, limits)


def _whose(row: Booking) -> tuple[int, int, int]:
    return row.staff_id, row.service_id, row.centre_id
