"""Somebody with an appointment and the link to it, as the tests of its page meet them."""

import re
from datetime import UTC, datetime, timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from cic_cases.bookings import disruptions, reassign, service
from cic_cases.bookings.models import Booking, Waiting, WaitingCentre
from cic_cases.bookings.rules import Wish
from cic_cases.bookings.slots import SlotKey
from cic_cases.cases.models import Case
from cic_cases.foundation.db import db, in_transaction
from cic_cases.notifications import manage_links, telling
from cic_cases.notifications.models import Message, Reply
from cic_cases.privacy.models import AuditEntry
from tests.conftest import MONDAY, Clock
from tests.factory import Factory

TEN = datetime(2030, 1, 14, 9, tzinfo=UTC)  # next Monday, 10:00 in Warsaw
ELEVEN = TEN + timedelta(hours=1)
END = TEN + timedelta(minutes=40)
PRIVATE = ("Legal", "legal", "law", "psych", "J.K.", "Lawyer", "WUW", "room 4", "Room 4", "Office")

SIGNED = re.compile(r"[\w-]{20,}\.[\w-]{6}\.[\w-]{27}")  # of forms and cookies: random letters


class Managed:
    """A person with an appointment made at the desk, and whatever happens to it."""

    def __init__(self, app: Flask, make: Factory, clock: Clock, phone: str | None = "+48600100200"):
        self.app, self.make, self.clock = app, make, clock
        self.session = make.session
        self.centre = make.centre()
        self.service = make.service()
        room = make.room(self.centre, "4")
        self.lawyer = make.staff("lawyer", self.centre, initials="J.K.")
        self.duty = make.duty(self.lawyer, self.centre, room, [self.service])
        self.reception = make.staff("reception", self.centre)
        self.by = make.actor(self.reception)
        self.case, self.code = make.case(self.centre)
        make.contact(self.case, "full", "person@example.org", phone)
        self.booking = self.book(TEN)
        self.token = self.new_token()

    def book(self, starts_at: datetime) -> Booking:
        wish = Wish(self._slot(starts_at), self.case.id, "uk", False, self.centre.id)
        return in_transaction(service.book, wish, at=self.clock.at, by=self.by)

    def _slot(self, starts_at: datetime) -> str:
        return SlotKey(self.service.key, self.lawyer.key, self.centre.slug, starts_at).encode()

    def new_token(self) -> str:
        self.session.rollback()
        return in_transaction(manage_links.token_for, self.stored(), at=self.clock.at)

    def moves(self, starts_at: datetime = ELEVEN) -> None:
        in_transaction(
            service.move,
            self.booking.reference,
            self._slot(starts_at),
            scope=self.by.scope("booking.change"),
            version=None,
            at=self.clock.at,
            by=self.by,
        )

    def loses(self) -> None:
        """The lawyer's Monday is cancelled: another time is held, and nothing can be undone."""
        boss = self.make.actor(self.make.staff("coordinator", self.centre))
        in_transaction(
            disruptions.cancel_duty,
            self.duty.id,
            TEN.date(),
            "illness",
            telling=telling.told,
            scope=boss.scope("roster.change"),
            at=self.clock.at,
            by=boss,
        )
        self.clock.forward(timedelta(minutes=2))
        self.token = self.new_token()

    def cancels(self, who: str = "centre") -> None:
        in_transaction(
            service.cancel,
            self.booking.reference,
            who=who,
            scope=self.by.scope("booking.change"),
            version=None,
            at=self.clock.at,
            by=self.by,
        )

    def goes_to_another(self) -> None:
        """A substitute receives the person: for them nothing changes."""
        other = self.make.staff("lawyer", self.centre, initials="B.B.")
        place = reassign.Place(other.id, self.booking.room_id)
        booking = self.session.get_one(Booking, self.booking.id)
        in_transaction(reassign.to, booking, place, at=self.clock.at, by=self.by.id)

    def waits(self, case: Case) -> int:
        """The case stands in line for the same kind of help; the entry's id."""
        row = Waiting(
            case_id=case.id,
            service_id=self.service.id,
            language="uk",
            first_day=TEN.date(),
            joined_at=self.clock.at,
            joined_by=self.reception.id,
            joined_centre_id=self.centre.id,
        )
        self.make.save(row)
        self.make.save(WaitingCentre(waiting_id=row.id, centre_id=self.centre.id))
        return row.id

    def sets(self, status: str) -> None:
        self.stored().status = status  # as the board, the sweep or a change of rosters leaves it
        self.session.commit()

    def stored(self) -> Booking:
        self.session.rollback()
        self.session.expire_all()
        return self.session.get_one(Booking, self.booking.id)

    def replies(self) -> list[tuple[str, bool]]:
        """Every answer, the first first, and whether it counts."""
        self.stored()
        rows = self.session.scalars(select(Reply).order_by(Reply.id))
        return [(row.answer.value, row.settled_at is None) for row in rows]

    def audited(self) -> list[str]:
        """What the audit trail has of the link, the first first."""
        self.stored()
        wanted = select(AuditEntry.action).where(AuditEntry.action.like("link.%"))
        return list(self.session.scalars(wanted.order_by(AuditEntry.id)))

    def rows(self) -> tuple[int, int, int, int]:
        """How much there is of what an act would write."""
        tables = (Message, Reply, AuditEntry)
        counted = [db.session.scalar(select(func.count()).select_from(one)) for one in tables]
        return (self.stored().version, *counted)


class Visitor:
    """A browser without an account."""

    def __init__(self, managed: Managed, client: FlaskClient | None = None) -> None:
        self.token = managed.token
        self.client = client or managed.app.test_client()

    def get(self, more: str = "", language: str = "en") -> TestResponse:
        return self.client.get(f"/b/{self.token}{more}?lang={language}")

    def post(self, act: str) -> TestResponse:
        return self.client.post(f"/b/{self.token}/{act}?lang=en")

    def told(self, answer: TestResponse) -> str:
        """All that an answer says, without what is random: in that any short word may stand."""
        return SIGNED.sub("", answer.text.replace(self.token, "") + str(answer.headers))

    def does(self, act: str) -> TestResponse:
        """Taps a button and follows to the page."""
        answer = self.post(act)
        assert answer.status_code == 303
        assert answer.location == f"/b/{self.token}"
        return self.get()


__all__ = ["ELEVEN", "END", "MONDAY", "PRIVATE", "TEN", "Managed", "Visitor"]
