"""A person with an appointment, made with as few words as a test of messages needs."""

import re
import uuid
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.bookings.events import (
    BookingCancelled,
    BookingDisplaced,
    BookingMade,
    BookingMoved,
    BookingReassigned,
    BookingRestored,
    HoldEnded,
    TimeOffered,
)
from cic_cases.bookings.models import Booking, Cause, Displaced, Disruption
from cic_cases.bookings.models import Told as ToldBy
from cic_cases.bookings.statuses import HeldFor, Status
from cic_cases.foundation.codes import new_reference
from cic_cases.notifications import planning
from cic_cases.notifications.channels import Receipt, TextMessage
from cic_cases.notifications.letters import Letter
from cic_cases.notifications.models import Message
from tests.factory import Factory

LENGTH = timedelta(minutes=40)


class Told:
    """What happens to one booking, committed at once; the handlers are the real ones."""

    def __init__(self, make: Factory, staff_id: int | None = None) -> None:
        self.make = make
        self.session: Session = make.session
        self.centre = make.centre()
        self.service = make.service()
        self.staff_id = staff_id or make.staff("lawyer", self.centre).id
        self._references: set[str] = set()

    def person(
        self,
        mode: str = "full",
        email: str | None = "person@example.org",
        phone: str | None = None,
        language: str = "uk",
    ) -> int:
        """A case with a contact; returns its id."""
        case, _code = self.make.case(self.centre, language)
        self.make.contact(case, mode, email, phone)
        return case.id

    def books(
        self, case_id: int, starts_at: datetime, *, at: datetime, language: str = "uk"
    ) -> Booking:
        booking = self._row(case_id, starts_at, at=at, language=language)
        planning.on_made(self.session, BookingMade(booking.id, at))
        self.session.commit()
        return booking

    def _row(
        self, case_id: int, starts_at: datetime, *, at: datetime, language: str = "uk"
    ) -> Booking:
        booking = Booking(
            reference=self._reference(),
            case_id=case_id,
            service_id=self.service.id,
            centre_id=self.centre.id,
            booked_centre_id=self.centre.id,
            staff_id=self.staff_id,
            starts_at=starts_at,
            ends_at=starts_at + LENGTH,
            language=language,
            status=Status.BOOKED,
            calendar_uid=str(uuid.uuid4()),
            made_at=at,
            made_by=self.staff_id,
        )
        self.session.add(booking)
        self.session.flush()
        return booking

    def _reference(self) -> str:
        """One that no other has: among thousands two would be alike now and then."""
        while (found := new_reference()) in self._references:
            pass
        self._references.add(found)
        return found

    def moves(self, booking: Booking, starts_at: datetime, *, at: datetime) -> None:
        booking.starts_at, booking.ends_at = starts_at, starts_at + LENGTH
        booking.version += 1
        self.session.flush()
        planning.on_moved(self.session, BookingMoved(booking.id, at))
        self.session.commit()

    def cancels(self, booking: Booking, *, at: datetime, who: str = "person") -> None:
        booking.status = Status.CANCELLED
        booking.version += 1
        self.session.flush()
        planning.on_cancelled(self.session, BookingCancelled(booking.id, at, who))
        self.session.commit()

    def offers(
        self,
        case_id: int,
        starts_at: datetime,
        *,
        until: datetime,
        at: datetime,
        held_for: HeldFor = HeldFor.OFFER,
        tell: bool = True,
    ) -> Booking:
        """A time held for the person until `until`; as an offer it is told at once."""
        booking = self._row(case_id, starts_at, at=at)
        booking.status, booking.held_for, booking.expires_at = Status.HELD, held_for, until
        self.session.flush()
        if tell:
            planning.on_offered(self.session, TimeOffered(booking.id, at))
        self.session.commit()
        return booking

    def ends(self, held: Booking, *, at: datetime, lapsed: bool = True) -> None:
        """The hold ends, and nobody took the time."""
        held.status = Status.CANCELLED
        held.version += 1
        self.session.flush()
        planning.on_hold_ended(self.session, HoldEnded(held.id, at, lapsed))
        self.session.commit()

    def displaces(
        self,
        booking: Booking,
        proposal: Booking | None,
        *,
        at: datetime,
        due_at: datetime,
        by: ToldBy = ToldBy.MESSAGE,
    ) -> None:
        """The appointment loses its time; `proposal` is held instead."""
        disruption = Disruption(
            cause=Cause.DUTY_CANCELLED,
            centre_id=self.centre.id,
            reason="ill",
            before={},
            made_at=at,
            made_by=self.staff_id,
            undo_until=due_at,
            hold_until=proposal.expires_at if proposal and proposal.expires_at else due_at,
        )
        self.session.add(disruption)
        self.session.flush()
        proposal_id = proposal.id if proposal else None
        self.session.add(
            Displaced(
                disruption_id=disruption.id,
                booking_id=booking.id,
                proposal_id=proposal_id,
                told=by,
            )
        )
        booking.status = Status.NEEDS_REBOOKING
        booking.version += 1
        self.session.flush()
        event = BookingDisplaced(booking.id, proposal_id, at, due_at)
        planning.on_displaced(self.session, event)
        self.session.commit()

    def restores(self, booking: Booking, *, at: datetime) -> None:
        booking.status = Status.BOOKED
        booking.version += 1
        self.session.flush()
        planning.on_restored(self.session, BookingRestored(booking.id, at))
        self.session.commit()

    def reassigns(self, booking: Booking, staff_id: int, *, at: datetime) -> None:
        booking.staff_id = staff_id
        booking.version += 1
        self.session.flush()
        planning.on_reassigned(self.session, BookingReassigned(booking.id, at))
        self.session.commit()

    def messages(self, booking: Booking | None = None) -> list[Message]:
        """Every row, the first due first, as the database has it now."""
        query = select(Message).order_by(Message.due_at, Message.kind, Message.channel)
        if booking is not None:
            query = query.where(Message.booking_id == booking.id)
        self.session.rollback()
        return list(self.session.scalars(query.execution_options(populate_existing=True)))


class Pile:
    """Takes every message and keeps it; `fails` is raised instead while it is set."""

    def __init__(self) -> None:
        self.letters: list[Letter | TextMessage] = []
        self.fails: Exception | None = None

    def deliver(self, letter: Letter | TextMessage) -> Receipt:
        if self.fails is not None:
            raise self.fails
        self.letters.append(letter)
        return Receipt(parts=1, provider_ref=str(uuid.uuid4()))


def without_secrets(letter: Letter | TextMessage) -> str:
    """What a person reads, the secret of a link masked as a preview masks it."""
    words = letter.text if isinstance(letter, TextMessage) else letter.body
    return re.sub(r"/b/[^?]+", "/b/···", words)
