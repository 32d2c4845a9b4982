"""Rows for tests, made with as few words as the test needs."""

import uuid
from datetime import date, time
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.calendar.models import (
    Duty,
    DutyKind,
    DutyLanguage,
    DutyService,
    Resource,
    ResourceKind,
)
from cic_cases.cases.models import AgeBand, Card, Case, CaseCentre, Contact, ContactMode, Gender
from cic_cases.centres.models import (
    Centre,
    HowBooked,
    Institution,
    OpeningHours,
    Place,
    Region,
    Room,
    Secrecy,
    Service,
)
from cic_cases.foundation import clock
from cic_cases.foundation.codes import new_case_code
from cic_cases.notes.models import Note, NoteVersion
from cic_cases.notes.words import KeptFor
from cic_cases.people.models import Staff, StaffGrant, StaffLanguage
from cic_cases.people.sessions import actor_of
from cic_cases.privacy.actor import Actor
from cic_cases.privacy.roles import Role
from cic_cases.privacy.vault import seal

T = TypeVar("T")
LANGUAGES = ("pl", "uk", "en", "ru", "es", "tr", "ka", "az")
CITIES = {"poznan": "Poznań", "leszno": "Leszno", "konin": "Konin", "kalisz": "Kalisz"}


def wall(text: str) -> time:
    return time.fromisoformat(text)


class Factory:
    """Every method saves and commits; arguments are those a test cares about."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def save(self, row: T) -> T:
        self.session.add(row)
        self.session.commit()
        return row

    def resource(self, kind: ResourceKind) -> int:
        return self.save(Resource(kind=kind)).id

    def region(self) -> Region:
        found = self.session.scalar(select(Region))
        return found or self.save(
            Region(
                slug="wielkopolska",
                name="wielkopolskie",
                operator="ROPS",
                country="PL",
                citizenships="UA BY GE AZ TR CO IN",
                languages="uk ru en pl es tr ka az",
            )
        )

    def centre(self, slug: str = "poznan", closes: str = "15:30") -> Centre:
        if found := self.session.scalar(select(Centre).where(Centre.slug == slug)):
            return found
        city = CITIES.get(slug, slug.title())
        centre = self.save(
            Centre(
                region_id=self.region().id,
                slug=slug,
                city=city,
                name=f"Centrum Integracji Cudzoziemców ({city})",
                sms_name=f"CIC {city}",
                address="ul. Przykładowa 1",
                phone="+48887063112",
                email=f"{slug}@example.org",
                timezone="Europe/Warsaw",
                reminder_at=time(10),
            )
        )
        for weekday in range(5):
            self.session.add(
                OpeningHours(
                    centre_id=centre.id, weekday=weekday, opens=time(7, 30), closes=wall(closes)
                )
            )
        self.session.commit()
        return centre

    def institution(self, key: str = "WUW") -> Institution:
        names = dict.fromkeys(LANGUAGES, key)
        return self.save(Institution(region_id=self.region().id, key=key, names=names))

    def place(self, key: str = "wuw_poznan", region: Region | None = None) -> Place:
        names = {code: f"Counter {key} ({code})" for code in LANGUAGES}
        address = "pl. Wolności 17, Poznań"
        home = (region or self.region()).id
        return self.save(Place(region_id=home, key=key, names=names, address=address, position=1))

    def room(self, centre: Centre, label: str = "1") -> Room:
        resource = self.resource(ResourceKind.ROOM)
        return self.save(Room(centre_id=centre.id, label=label, resource_id=resource))

    def service(
        self,
        key: str = "legal_advice",
        minutes: int | None = 40,
        booking: str = "slot",
        secrecy: str = "author",
        desk: bool = False,
        institution: Institution | None = None,
        horizon_days: int = 366,
        **more: object,
    ) -> Service:
        found = self.session.scalar(select(Service).where(Service.key == key))
        return found or self.save(
            Service(
                region_id=self.region().id,
                key=key,
                names={code: f"{key.replace('_', ' ').title()} ({code})" for code in LANGUAGES},
                bring={code: [f"passport ({code})"] for code in LANGUAGES},
                minutes=minutes,
                booking=HowBooked(booking),
                secrecy=Secrecy(secrecy),
                public_label="visit",
                interpreter=False,
                desk=desk,
                position=1,
                institution_id=institution.id if institution else None,
                horizon_days=horizon_days,
                **more,
            )
        )

    def staff(
        self,
        role: str | Role = Role.RECEPTION,
        centre: Centre | None = None,
        languages: tuple[str, ...] = ("pl", "uk", "en"),
        initials: str = "A.K.",
        institution: Institution | None = None,
        email: str | None = None,
        language: str = "en",
        region: Region | None = None,
    ) -> Staff:
        key = uuid.uuid4().hex[:8].upper()
        staff = self.save(
            Staff(
                key=key,
                email=email or f"{role}.{key.lower()}@example.org",
                initials=initials,
                language=language,
                institution_id=institution.id if institution else None,
                resource_id=self.resource(ResourceKind.SPECIALIST),
                created_at=clock.now(),
            )
        )
        self.grant(staff, role, centre=centre, region=region)
        for code in languages:
            self.session.add(StaffLanguage(staff_id=staff.id, language=code))
        self.session.commit()
        return staff

    def grant(
        self,
        staff: Staff,
        role: str | Role,
        centre: Centre | None = None,
        region: Region | None = None,
    ) -> StaffGrant:
        where = {"region_id": region.id} if region else {"centre_id": (centre or self.centre()).id}
        return self.save(StaffGrant(staff_id=staff.id, role=Role(role), **where))

    def actor(self, staff: Staff) -> Actor:
        actor = actor_of(self.session, staff.id)
        assert actor is not None
        return actor

    def case(
        self, centre: Centre | None = None, language: str = "uk", citizenship: str = "UA"
    ) -> tuple[Case, str]:
        centre = centre or self.centre()
        case = self.save(
            Case(
                resource_id=self.resource(ResourceKind.CASE),
                citizenship=citizenship,
                gender=Gender.WOMAN,
                age_band=AgeBand.FROM_18_TO_60,
                contact_language=language,
                opened_at=clock.now(),
                opened_centre_id=centre.id,
            )
        )
        code = new_case_code()
        self.session.add(CaseCentre(case_id=case.id, centre_id=centre.id))
        self.session.add(Card(code=code, case_id=case.id, issued_at=clock.now()))
        self.session.commit()
        return case, code

    def contact(
        self,
        case: Case,
        mode: str = "full",
        email: str | None = None,
        phone: str | None = None,
    ) -> Contact:
        row = str(uuid.uuid4())

        def sealed(text: str | None, column: str) -> bytes | None:
            return seal(text, table="contact", row=row, column=column) if text else None

        return self.save(
            Contact(
                id=row,
                case_id=case.id,
                mode=ContactMode(mode),
                phone_sealed=sealed(phone, "phone_sealed"),
                email_sealed=sealed(email, "email_sealed"),
                changed_at=clock.now(),
            )
        )

    def note(
        self,
        case: Case,
        author: Staff,
        said: str = "Something confidential.",
        kept_for: str = "author",
        role: str = "psychologist",
        centre: Centre | None = None,
    ) -> Note:
        note = self.save(
            Note(
                case_id=case.id,
                centre_id=(centre or self.centre()).id,
                author_id=author.id,
                role=Role(role),
                kept_for=KeptFor(kept_for),
                made_at=clock.now(),
            )
        )
        key = str(uuid.uuid4())
        sealed = seal(said, table="note_version", row=key, column="text_sealed")
        self.save(
            NoteVersion(
                key=key, note_id=note.id, number=1, text_sealed=sealed, written_at=clock.now()
            )
        )
        return note

    def duty(
        self,
        staff: Staff,
        centre: Centre,
        room: Room | None,
        services: list[Service],
        weekday: int = 0,
        starts: str = "08:00",
        ends: str = "12:00",
        grid: int = 20,
        valid_from: date = date(2029, 1, 1),
        valid_until: date | None = None,
        every_weeks: int = 1,
        kind: str = "receives",
        remote: bool = False,
        languages: tuple[str, ...] = (),
        minutes: int | None = None,
        before: int = 0,
        after: int = 0,
    ) -> Duty:
        """`minutes`, `before` and `after` are those of every service in this duty."""
        duty = self.save(
            Duty(
                staff_id=staff.id,
                centre_id=centre.id,
                room_id=room.id if room else None,
                weekday=weekday,
                starts=wall(starts),
                ends=wall(ends),
                valid_from=valid_from,
                valid_until=valid_until,
                grid_minutes=grid,
                every_weeks=every_weeks,
                kind=DutyKind(kind),
                remote=remote,
            )
        )
        for service in services:
            given = {"minutes": minutes, "before_minutes": before, "after_minutes": after}
            self.session.add(DutyService(duty_id=duty.id, service_id=service.id, **given))
        for code in languages:
            self.session.add(DutyLanguage(duty_id=duty.id, language=code))
        self.session.commit()
        return duty
