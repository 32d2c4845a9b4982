"""People who wait for a lawyer whose Monday is full, with as few words as a test needs."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from cic_cases.bookings import holds, next_in_line, service, waiting_list
from cic_cases.bookings.models import Booking, OfferOutcome, Waiting, WaitingOffer
from cic_cases.bookings.rules import Wish
from cic_cases.bookings.slots import Slot
from cic_cases.bookings.statuses import HeldFor, Status
from cic_cases.bookings.waiting_rules import Limits, Wanted
from cic_cases.foundation.db import in_transaction
from tests.bookings.conftest import Practice, local_time

NEXT_MONDAY = date(2030, 1, 14)


class Line:
    """The waiting list of a practice; every step is committed at once."""

    def __init__(self, practice: Practice) -> None:
        self.practice = practice
        self.make, self.clock, self.session = practice.make, practice.clock, practice.session

    @property
    def scope(self) -> Any:
        return self.practice.receptionist.scope("waiting.change")

    def person(self, language: str = "uk") -> int:
        case, _code = self.make.case(self.practice.centre, language)
        self.make.contact(case, email="somebody@example.org")
        return case.id

    def joins(self, case_id: int | None = None, **asked: Any) -> Waiting:
        """A person joins, for any time unless `asked` says otherwise."""
        self.clock.forward(timedelta(seconds=1))
        of_wanted = {k: asked.pop(k) for k in ("language", "interpreter") if k in asked}
        centres = asked.pop("centre_ids", frozenset({self.practice.centre.id}))
        limits = Limits(**{"first_day": date(2030, 1, 7), **asked})
        wanted = Wanted(
            case_id=case_id or self.person(),
            service_id=self.practice.service.id,
            centre_ids=centres,
            limits=limits,
            **{"language": None, "interpreter": False, **of_wanted},
        )
        return in_transaction(
            waiting_list.join, wanted, centre_id=self.practice.centre.id,
            at=self.clock.at, by=self.practice.receptionist,
        )  # fmt: skip

    def full_day(self, day: date = NEXT_MONDAY) -> list[Booking]:
        """Every time of that day is booked, each by somebody else."""
        return [self.practice.book(slot, self.make.case()[0].id) for slot in self.slots(day)]

    def slots(self, day: date = NEXT_MONDAY) -> list[Slot]:
        return self.practice.slots(day)

    def cancels(self, booking: Booking) -> None:
        in_transaction(
            service.cancel, booking.reference, who="person", scope=self.practice.scope,
            version=None, at=self.clock.at, by=self.practice.receptionist,
        )  # fmt: skip

    def moves(self, booking: Booking, slot: Slot) -> None:
        in_transaction(
            service.move, booking.reference, slot.code, scope=self.practice.scope,
            version=None, at=self.clock.at, by=self.practice.receptionist,
        )  # fmt: skip

    def accepts(self, row: Waiting) -> Booking:
        return self._does(waiting_list.accept, row)

    def declines(self, row: Waiting, *, stays: bool) -> None:
        self._does(waiting_list.decline, row, stays=stays)

    def leaves(self, row: Waiting) -> None:
        self._does(waiting_list.leave, row)

    def offers_now(self, row: Waiting) -> Booking:
        return self._does(next_in_line.offer_now, row)

    def sweeps(self) -> int:
        return in_transaction(holds.lapse, self.clock.at)

    def holds_while_booking(self, slot: Slot) -> Booking:
        wish = Wish(slot.code, self.person(), "uk", False, self.practice.centre.id)
        return in_transaction(
            holds.hold, slot, wish, until=self.clock.at + timedelta(minutes=10),
            held_for=HeldFor.BOOKING, at=self.clock.at, by=self.practice.receptionist.id,
        )  # fmt: skip

    def _does(self, verb: Any, row: Waiting, **how: Any) -> Any:
        return in_transaction(
            verb, row.id, scope=self.scope, at=self.clock.at, by=self.practice.receptionist, **how
        )

    def held_for(self, row: Waiting) -> Booking | None:
        """The time that is held for this person now."""
        self.session.rollback()
        return self.session.scalar(
            select(Booking)
            .join(WaitingOffer, WaitingOffer.booking_id == Booking.id)
            .where(
                WaitingOffer.waiting_id == row.id,
                WaitingOffer.outcome.is_(None),
                Booking.status == Status.HELD,
            )
        )

    def offered_at(self, row: Waiting) -> str | None:
        held = self.held_for(row)
        return held and local_time(held.starts_at)

    def outcomes(self, row: Waiting) -> list[OfferOutcome | None]:
        self.session.rollback()
        query = select(WaitingOffer.outcome).where(WaitingOffer.waiting_id == row.id)
        return list(self.session.scalars(query.order_by(WaitingOffer.id)))

    def state(self, row: Waiting) -> str:
        self.session.rollback()
        self.session.expire_all()
        return self.session.get_one(Waiting, row.id).state.value
