"""A person with an appointment at an office, and an assistant who may go along."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from cic_cases.cases.models import Case
from cic_cases.centres.models import Centre, Place
from cic_cases.foundation.db import in_transaction
from cic_cases.people.models import Staff
from cic_cases.privacy.actor import Actor, Scope
from cic_cases.visits import external
from cic_cases.visits.external_rules import Details, ExternalWish
from cic_cases.visits.models import ExternalAppointment
from tests.conftest import Clock
from tests.factory import Factory

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@dataclass
class Errand:
    """A centre's reception that notes appointments elsewhere."""

    session: Session
    make: Factory
    clock: Clock
    centre: Centre
    place: Place
    assistant: Staff
    by: Actor
    case: Case
    code: str
    tomorrow: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.tomorrow = self.clock.at + 28 * HOUR  # Tuesday, 11:00 in Warsaw

    @property
    def scope(self) -> Scope:
        return self.by.scope("external.change")

    def details(self, starts_at: datetime | None = None, **more: object) -> Details:
        chosen: dict[str, object] = {
            "place_id": self.place.id,
            "starts_at": starts_at or self.tomorrow,
            "minutes": 40,
            "travel_minutes": 30,
            "company": False,
            "assistant_id": None,
            "language": "uk",
        }
        return Details(**{**chosen, **more})  # type: ignore[arg-type]

    def note(
        self, starts_at: datetime | None = None, case: Case | None = None, **more: object
    ) -> ExternalAppointment:
        wish = ExternalWish(
            case_id=(case or self.case).id,
            centre_id=self.centre.id,
            details=self.details(starts_at, **more),
        )
        return in_transaction(external.note, wish, at=self.clock.at, by=self.by)

    def move(
        self, noted: ExternalAppointment, starts_at: datetime | None = None, **more: object
    ) -> ExternalAppointment:
        version = more.pop("version", None)
        return in_transaction(
            external.move,
            noted.reference,
            self.details(starts_at, **more),
            scope=self.scope,
            version=version,
            at=self.clock.at,
            by=self.by,
        )

    def cancel(self, noted: ExternalAppointment, **more: object) -> ExternalAppointment:
        chosen: dict[str, object] = {"scope": self.scope, "version": None, "by": self.by}
        return in_transaction(
            external.cancel, noted.reference, at=self.clock.at, **{**chosen, **more}
        )

    @classmethod
    def of(cls, make: Factory, clock: Clock) -> "Errand":
        """One centre with a receptionist, an interpreter O.M., a place and a person."""
        centre = make.centre()
        assistant = make.staff("interpreter", centre, initials="O.M.")
        by = make.actor(make.staff("reception", centre))
        case, code = make.case(centre)
        return cls(make.session, make, clock, centre, make.place(), assistant, by, case, code)
