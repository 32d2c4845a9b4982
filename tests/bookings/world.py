"""Two centres, five specialists and two interpreters: the rows under the stateful test."""

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime, time

from sqlalchemy import select

from cic_cases.calendar.models import (
    Closure,
    Duty,
    DutyException,
    DutyKind,
    DutyLanguage,
    DutyService,
    ExceptionKind,
)
from cic_cases.centres.models import Centre, OpeningHours, Place, Room, Service
from cic_cases.foundation.codes import new_reference
from cic_cases.people.models import Staff
from cic_cases.privacy.actor import Actor
from cic_cases.visits.models import ExternalAppointment
from tests.bookings import model
from tests.factory import Factory

WEEK = ("07:30", "19:00")
NIGHT = ("00:00", "06:00")  # on Sundays, so that the nights the clocks change are worked through


@dataclass
class World:
    """Everything by its number, and what the model has to know about it."""

    actor: Actor
    centres: dict[int, Centre]
    rooms: dict[int, Room]
    services: dict[int, Service]
    staff: dict[int, Staff]
    interpreters: frozenset[int]
    cases: list[int]
    resources: dict[int, model.Resource]
    opening: dict[tuple[int, int], tuple[str, str]]
    spoken: dict[int, frozenset[str]]
    offices: list[int] = field(default_factory=list)
    place: int = 0

    def elsewhere(self, case: int, begins: datetime, ends: datetime) -> ExternalAppointment:
        """A row that notes an appointment of this person in another office's own system."""
        return ExternalAppointment(
            reference=new_reference(),
            case_id=case,
            centre_id=min(self.centres),
            place_id=self.place,
            starts_at=begins,
            ends_at=ends,
            language="uk",
            calendar_uid=str(uuid.uuid4()),
            made_at=begins,
            made_by=self.actor.id,
        )

    def model_at(self, minute: int) -> model.Model:
        """A model of this world before anybody is on duty."""
        return model.Model(
            minute=minute,
            opening=self.opening,
            spoken=self.spoken,
            institution={number: one.institution_id for number, one in self.staff.items()},
            specialists={number: one.specialists for number, one in self.services.items()},
            horizon={number: one.horizon_days for number, one in self.services.items()},
            per_person={number: one.per_person for number, one in self.services.items()},
        )


def built(make: Factory) -> World:
    """Save it all; the stateful test never changes these rows."""
    centres = [make.centre("poznan"), make.centre("leszno")]
    office = make.institution()
    rooms = [make.room(centres[0], "1"), make.room(centres[0], "2"), make.room(centres[1], "3")]
    services = [
        make.service("legal_advice", minutes=40),
        make.service("psychology", minutes=60),
        make.service("family", minutes=30),
    ]
    services[1].per_person, services[1].horizon_days = 2, 10
    services[2].specialists = 2
    speak = (("pl", "uk"), ("pl",), ("pl", "en"), ("uk",), ("ka",), ("ka", "tr"))
    staff = [
        make.staff("lawyer", centres[0], languages=spoken, institution=office if n == 2 else None)
        for n, spoken in enumerate(speak)
    ]
    cases = [make.case(centres[n % 2])[0] for n in range(4)]
    resources = {one.resource_id: ("staff", one.id) for one in staff}
    resources |= {one.resource_id: ("room", one.id) for one in rooms}
    resources |= {one.resource_id: ("case", one.id) for one in cases}
    return World(
        actor=make.actor(make.staff("reception", centres[0])),
        centres={one.id: one for one in centres},
        rooms={one.id: one for one in rooms},
        services={one.id: one for one in services},
        staff={one.id: one for one in staff},
        interpreters=frozenset(one.id for one in staff[4:]),
        cases=[one.id for one in cases],
        resources=resources,
        opening=_opened(make, centres),
        spoken={one.id: frozenset(s) for one, s in zip(staff, speak, strict=True)},
        offices=[office.id],
        place=make.save(
            Place(region_id=make.region().id, key="wuw", names={}, address="-", position=1)
        ).id,
    )


def _opened(make: Factory, centres: list[Centre]) -> dict[tuple[int, int], tuple[str, str]]:
    opening = {}
    for centre in centres:
        for weekday in range(7):
            opens, closes = NIGHT if weekday == 6 else WEEK
            opening[centre.id, weekday] = opens, closes
            row = make.session.get(OpeningHours, (centre.id, weekday)) or OpeningHours(
                centre_id=centre.id, weekday=weekday
            )
            row.opens, row.closes = time.fromisoformat(opens), time.fromisoformat(closes)
            make.session.add(row)
    make.session.commit()
    return opening


def duty_rows(duty: model.Duty) -> Duty:
    """The duty as a row; its services and languages are `duty_parts`."""
    return Duty(
        staff_id=duty.staff,
        centre_id=duty.centre,
        room_id=duty.room,
        weekday=duty.weekday,
        starts=time.fromisoformat(duty.starts),
        ends=time.fromisoformat(duty.ends),
        valid_from=duty.first,
        valid_until=duty.last,
        grid_minutes=duty.grid,
        every_weeks=duty.weeks,
        kind=DutyKind.RECEIVES if duty.services else DutyKind.INTERPRETS,
        remote=duty.remote,
    )


def duty_parts(duty_id: int, duty: model.Duty) -> list[DutyService | DutyLanguage]:
    """What is given and spoken in the duty."""
    parts: list[DutyService | DutyLanguage] = [
        DutyService(
            duty_id=duty_id,
            service_id=service,
            minutes=given.minutes,
            before_minutes=given.before,
            after_minutes=given.after,
        )
        for service, given in duty.services.items()
    ]
    return parts + [DutyLanguage(duty_id=duty_id, language=code) for code in duty.languages]


def exception_row(duty_id: int, on: date, changed: model.Exception_) -> DutyException:
    hours = [time.fromisoformat(wall) for wall in changed.hours or ()] or [None, None]
    return DutyException(
        duty_id=duty_id,
        on=on,
        kind=ExceptionKind.CANCELLED if changed.cancelled else ExceptionKind.CHANGED,
        starts=hours[0],
        ends=hours[1],
        room_id=changed.room,
        staff_id=changed.staff,
    )


def closure_row(closed: model.Closure) -> Closure:
    return Closure(
        centre_id=closed.centre,
        institution_id=closed.institution,
        room_id=closed.room,
        first_day=closed.first,
        last_day=closed.last,
        reason="closed",
    )


def old_exception(duty_id: int, on: date) -> object:
    """The statement that finds an exception already made."""
    return select(DutyException).where(DutyException.duty_id == duty_id, DutyException.on == on)
