"""Poznań, and a centre of another region: every role at home, and something foreign to find."""

import sqlite3
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from cic_cases.bookings.models import Booking, Waiting, WaitingCentre
from cic_cases.bookings.slots import SlotKey
from cic_cases.bookings.statuses import Status
from cic_cases.calendar.models import Closure
from cic_cases.cases.models import Card, Case, CaseLink
from cic_cases.centres.models import Centre, OpeningHours, Place, Region
from cic_cases.foundation import clock
from cic_cases.foundation.codes import new_case_code, new_reference
from cic_cases.foundation.db import db, in_transaction
from cic_cases.notes.models import NoteOpening
from cic_cases.notes.words import OpeningReason
from cic_cases.notifications.kinds import Kind, Means, Mode, State
from cic_cases.notifications.models import Message
from cic_cases.people import service as people
from cic_cases.people.models import Staff
from cic_cases.privacy import pseudonyms
from cic_cases.privacy.roles import SPECIALISTS, Role
from cic_cases.visits.models import ExternalAppointment
from tests.factory import Factory
from tests.signed_in import cookie_of

OWN, COLLEAGUE, FOREIGN, MISSING = "own", "colleague", "foreign", "missing"
TEN = timedelta(hours=4)  # after MONDAY, 07:00 in Warsaw
REFUSED = ("access.refused", "staff.sign_in_failed", "staff.second_step_failed")
NOTED = ("case.read", "list.read", *REFUSED)
TRIED = 'INSERT INTO "slowed"'


@dataclass
class Target:
    """What an address, a query or a body can point at."""

    code: str = field(default_factory=new_case_code)
    reference: str = field(default_factory=new_reference)
    key: str = "0000ZZZZ"
    duty_id: int = 999_999
    centre: str = "nowhere"
    specialist: str = "0000ZZZZ"
    service: str = "legal_advice"
    slot: str = ""
    waiting_id: int = 999_999
    closure_id: int = 999_999
    external: str = field(default_factory=new_reference)
    message_id: str = "nothing"
    note_id: int = 999_999
    opening_id: int = 999_999
    link_id: int = 999_999
    card: str = ""  # what is on the card; an officer knows the person by another `code`

    def __post_init__(self) -> None:
        start = datetime.combine(date(2030, 1, 7), time(9), tzinfo=clock.zone("Europe/Warsaw"))
        self.slot = SlotKey(self.service, self.specialist, self.centre, start).encode()


@dataclass
class World:
    """The application on its own database, everybody's cookie and token, and every target."""

    app: Flask
    database: Path
    staff: dict[Role, int] = field(default_factory=dict)
    tokens: dict[Role, str] = field(default_factory=dict)
    cookies: dict[Role, dict[str, object]] = field(default_factory=dict)
    targets: dict[tuple[Role | None, str], Target] = field(default_factory=dict)

    def client(self, role: Role | None) -> FlaskClient:
        client = self.app.test_client()
        if role is not None:
            with client.session_transaction() as cookie:
                cookie.update(self.cookies[role])
        return client

    def headers(self, role: Role | None, path: str) -> Mapping[str, str]:
        """A program's rights come with its token, not with a cookie."""
        if role is None or not path.startswith("/api/"):
            return {}
        return {"Authorization": f"Bearer {self.tokens[role]}"}

    def rows(self) -> list[str]:
        """Everything that is kept, as statements: equal means that nothing was changed.

        How often somebody tried a wrong link is counted; that somebody read, or was refused at
        the door, is on record. None of it is among it.
        """
        connection = sqlite3.connect(self.database)
        try:
            return [one for one in connection.iterdump() if not _noted(one)]
        finally:
            connection.close()

    def keep(self) -> None:
        self.kept = sqlite3.connect(":memory:")
        source = sqlite3.connect(self.database)
        source.backup(self.kept)
        source.close()

    def restore(self) -> None:
        """Undo whatever somebody who may has done."""
        target = sqlite3.connect(self.database)
        self.kept.backup(target)
        target.close()


def _noted(statement: str) -> bool:
    line = statement.startswith('INSERT INTO "audit_entry"')
    noted = line and any(f"'{one}'" in statement for one in NOTED)
    return noted or statement.startswith(TRIED)


def another_centre(make: Factory) -> Centre:
    region = make.save(
        Region(
            slug="elsewhere",
            name="elsewhere",
            operator="ROPS",
            country="PL",
            citizenships="UA",
            languages="uk",
        )
    )
    centre = make.save(
        Centre(
            region_id=region.id,
            slug="radom",
            city="Radom",
            name="Centrum (Radom)",
            sms_name="CIC Radom",
            address="ul. Inna 2",
            phone="+48600700800",
            email="radom@example.org",
            timezone="Europe/Warsaw",
            reminder_at=time(10),
        )
    )
    for weekday in range(5):
        make.save(
            OpeningHours(
                centre_id=centre.id, weekday=weekday, opens=time(7, 30), closes=time(15, 30)
            )
        )
    return centre


def appointment(make: Factory, centre: Centre, staff: Staff, nth: int) -> tuple[str, str]:
    """A case of this centre with a booking; its code and reference."""
    case, code = make.case(centre)
    starts_at = clock.now() + TEN + nth * timedelta(minutes=40)
    booking = make.save(
        Booking(
            reference=new_reference(),
            case_id=case.id,
            service_id=make.service().id,
            centre_id=centre.id,
            booked_centre_id=centre.id,
            staff_id=staff.id,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=40),
            language="uk",
            status=Status.BOOKED,
            calendar_uid=str(uuid.uuid4()),
            made_at=clock.now(),
            made_by=staff.id,
        )
    )
    return code, booking.reference


def told(make: Factory, reference: str) -> str:
    """A mail that confirmed this appointment; its id."""
    booking = make.session.scalars(select(Booking).where(Booking.reference == reference)).one()
    case = make.session.get_one(Case, booking.case_id)
    message = Message(
        id=str(uuid.uuid4()),
        booking_id=booking.id,
        booking_version=booking.version,
        kind=Kind.BOOKING_CONFIRMATION,
        channel=Means.EMAIL,
        mode=Mode.FULL,
        contact_id=make.contact(case, email="person@example.org").id,
        language="uk",
        due_at=clock.now(),
        expires_at=booking.starts_at,
        state=State.SENT,
        next_try_at=clock.now(),
        sent_at=clock.now(),
    )
    return make.save(message).id


def in_line(make: Factory, centre: Centre, staff: Staff, code: str) -> int:
    """The case waits for a lawyer, put on the list by this member of staff; the entry's id."""
    case_id = make.session.scalars(select(Card.case_id).where(Card.code == code)).one()
    row = make.save(
        Waiting(
            case_id=case_id,
            service_id=make.service().id,
            first_day=date(2030, 1, 7),
            joined_at=clock.now(),
            joined_by=staff.id,
            joined_centre_id=centre.id,
        )
    )
    make.save(WaitingCentre(waiting_id=row.id, centre_id=centre.id))
    return row.id


def elsewhere(make: Factory, centre: Centre, staff: Staff, code: str) -> str:
    """An appointment elsewhere, to which this member of staff goes along; its reference."""
    region = make.session.get_one(Region, centre.region_id)
    known = select(Place).where(Place.region_id == region.id)
    place = make.session.scalar(known) or make.place(region=region)
    starts_at = clock.now() + TEN
    noted = make.save(
        ExternalAppointment(
            reference=new_reference(),
            case_id=make.session.scalars(select(Card.case_id).where(Card.code == code)).one(),
            centre_id=centre.id,
            place_id=place.id,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=40),
            company=True,
            assistant_id=staff.id,
            language="uk",
            calendar_uid=str(uuid.uuid4()),
            made_at=clock.now(),
            made_by=staff.id,
        )
    )
    return noted.reference


def noted(make: Factory, centre: Centre, staff: Staff, code: str) -> tuple[int, int]:
    """A note of this member of staff, and a colleague who asks to read it; both ids."""
    case_id = make.session.scalars(select(Card.case_id).where(Card.code == code)).one()
    asking = make.staff("psychologist", centre)
    note = make.note(make.session.get_one(Case, case_id), staff, centre=centre)
    opening = NoteOpening(
        case_id=case_id,
        centre_id=centre.id,
        author_id=staff.id,
        asked_by=asking.id,
        asked_at=clock.now(),
        reason=OpeningReason.DANGER,
    )
    return note.id, make.save(opening).id


def linked(make: Factory, centre: Centre, staff: Staff, code: str) -> int:
    """A suggestion that the case is another one's person; the link's id."""
    first = make.session.scalars(select(Card.case_id).where(Card.code == code)).one()
    other, _code = make.case(centre)
    link = CaseLink(
        first_id=first,
        second_id=other.id,
        centre_id=centre.id,
        suggested_at=clock.now(),
        suggested_by=staff.id,
    )
    return make.save(link).id


def target_in(make: Factory, centre: Centre, staff: Staff, nth: int) -> Target:
    """A case, a booking, a duty and an account in this centre."""
    code, reference = appointment(make, centre, staff, nth)
    below = make.staff("reception", centre)
    duty = make.duty(staff, centre, None, [make.service()], weekday=0)
    target = Target(code, reference, below.key, duty.id, centre.slug, staff.key, card=code)
    target.waiting_id = in_line(make, centre, staff, code)
    target.external = elsewhere(make, centre, staff, code)
    target.message_id = told(make, reference)
    target.link_id = linked(make, centre, staff, code)
    target.note_id, target.opening_id = noted(make, centre, staff, code)
    day = date(2031, 1, 7) + timedelta(days=nth)
    closed = Closure(centre_id=centre.id, first_day=day, last_day=day, reason="training")
    target.closure_id = make.save(closed).id
    return target


def as_officer(make: Factory, officer: Staff, card: str) -> str:
    """The code by which an officer may call the person with this card."""
    case_id = make.session.scalars(select(Card.case_id).where(Card.code == card)).one()
    office = make.actor(officer).office
    assert office is not None
    return pseudonyms.of(make.session, office, case_id)


def build(app: Flask, database: Path) -> World:
    """`populated`, on SQLite in a file, to which every act is undone."""
    world = populated(app, database)
    world.keep()
    return world


def populated(app: Flask, database: Path) -> World:
    """Fill an empty database; for each role what is its own, a colleague's, foreign, missing."""
    world = World(app, database)
    with app.app_context():
        make = Factory(db.session())
        here, there = make.centre(), another_centre(make)
        make.room(here)
        make.service("integration_advice", None, "walk_in", "open", desk=True)
        colleague = make.staff("lawyer", here)
        foreign = target_in(make, there, make.staff("lawyer", there), 0)
        beside = target_in(make, here, colleague, 0)
        for nth, role in enumerate(Role, start=1):
            whole = {"region": make.region()} if role is Role.REGION else {"centre": here}
            person = make.staff(role, **whole)
            at_work = person if role in SPECIALISTS else colleague
            world.staff[role] = person.id
            world.cookies[role] = cookie_of(app, person.id)
            world.tokens[role] = in_transaction(
                people.issue_token, person.id, lasts=timedelta(days=9), at=clock.now(), by=None
            )
            own = world.targets[role, OWN] = target_in(make, here, at_work, nth)
            if role is Role.PARTNER:
                own.code = as_officer(make, person, own.card)
            if role is Role.INTERPRETER:
                own.external = elsewhere(make, here, person, own.code)
            world.targets[role, COLLEAGUE] = beside
            world.targets[role, FOREIGN] = foreign
            world.targets[role, MISSING] = Target()
        world.targets[None, OWN] = beside
        world.targets[None, FOREIGN] = foreign
        world.targets[None, MISSING] = Target()
        db.session.remove()
    return world
