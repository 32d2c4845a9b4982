"""Many rows quickly: specialists who work every weekday, and a share of their time booked."""

import uuid
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from sqlalchemy import insert

from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Status
from cic_cases.calendar.models import Duty, DutyService, Occupancy, Resource, ResourceKind
from cic_cases.centres.models import Centre, Service
from cic_cases.foundation.codes import new_reference
from cic_cases.people.models import Staff, StaffGrant, StaffLanguage
from cic_cases.privacy.roles import Role
from tests.factory import Factory

LONG_AGO, WORKDAYS = date(2020, 1, 1), range(5)
OPENS, CLOSES, MINUTES = time(8), time(12), 20
A_DAY = 12  # appointments of one specialist
WARSAW = ZoneInfo("Europe/Warsaw")
IN_ONE_GO = 5000


class World:
    """What `build` made: a centre may be asked for more than once."""

    def __init__(self, make: Factory) -> None:
        self.make, self.session = make, make.session
        self.advice: Service = make.service(minutes=MINUTES)
        self.centres: list[Centre] = []
        self.staff: dict[int, list[Staff]] = {}
        self._references: set[str] = set()

    def build(self, centres: int, specialists: int) -> None:
        """So many more centres, each with so many lawyers on duty every weekday."""
        for number in range(len(self.centres), len(self.centres) + centres):
            self.centres.append(self.make.centre("poznan" if number == 0 else f"town{number}"))
        for centre in self.centres[-centres:]:
            self.staff[centre.id] = []
            self.lawyers(centre, specialists)

    def lawyers(self, centre: Centre, wanted: int) -> list[Staff]:
        """So many more lawyers of this centre, each without a room, speaking pl, uk and en."""
        resources = [Resource(kind=ResourceKind.SPECIALIST) for _ in range(wanted)]
        self.session.add_all(resources)
        self.session.flush()
        first = len(self.staff[centre.id])
        people = [
            Staff(
                key=uuid.uuid4().hex[:8].upper(),
                email=f"{uuid.uuid4().hex}@example.org",
                initials=f"L.{first + number}",
                language="en",
                resource_id=resource.id,
                created_at=datetime(2020, 1, 1, tzinfo=UTC),
            )
            for number, resource in enumerate(resources)
        ]
        self.session.add_all(people)
        self.session.flush()
        for lawyer in people:
            grant = StaffGrant(staff_id=lawyer.id, role=Role.LAWYER, centre_id=centre.id)
            self.session.add(grant)
            spoken = (StaffLanguage(staff_id=lawyer.id, language=c) for c in ("pl", "uk", "en"))
            self.session.add_all(spoken)
        duties = [self._duty(lawyer, centre, day) for lawyer in people for day in WORKDAYS]
        self.session.add_all(duties)
        self.session.flush()
        self.session.add_all(DutyService(duty_id=d.id, service_id=self.advice.id) for d in duties)
        self.session.commit()
        self.staff[centre.id] += people
        return people

    def _duty(self, lawyer: Staff, centre: Centre, weekday: int) -> Duty:
        return Duty(
            staff_id=lawyer.id,
            centre_id=centre.id,
            weekday=weekday,
            starts=OPENS,
            ends=CLOSES,
            valid_from=LONG_AGO,
            grid_minutes=MINUTES,
        )

    def book(self, first_day: date, days: int, share: float) -> list[tuple[Staff, datetime]]:
        """Book a share of everybody's time on the working days from `first_day` on, at random."""
        taken = [
            (lawyer, centre, _begins(day, place))
            for day in (first_day + timedelta(days=n) for n in range(days))
            if day.weekday() in WORKDAYS
            for centre in self.centres
            for lawyer in self.staff[centre.id]
            for place in range(A_DAY)
            if _chosen(lawyer, day, place) < share
        ]
        self._book(taken)
        return [(lawyer, begins) for lawyer, _, begins in taken]

    def book_on(self, day: date, centre: Centre, wanted: int) -> None:
        """Book so many times of a centre on this day, whichever weekday it is."""
        times = [
            (lawyer, centre, _begins(day, place))
            for place in range(A_DAY)
            for lawyer in self.staff[centre.id]
        ]
        self._book(times[:wanted])

    def _book(self, taken: list[tuple[Staff, Centre, datetime]]) -> None:
        case, _ = self.make.case(self.centres[0])
        for start in range(0, len(taken), IN_ONE_GO):
            self._insert(taken[start : start + IN_ONE_GO], case.id)
        self.session.commit()

    def _reference(self) -> str:
        """A new one: of so many at once, some would be alike."""
        while (reference := new_reference()) in self._references:
            pass
        self._references.add(reference)
        return reference

    def _insert(self, taken: list[tuple[Staff, Centre, datetime]], case_id: int) -> None:
        length = timedelta(minutes=MINUTES)
        rows = [
            {
                "reference": self._reference(),
                "case_id": case_id,
                "service_id": self.advice.id,
                "centre_id": centre.id,
                "booked_centre_id": centre.id,
                "staff_id": lawyer.id,
                "starts_at": begins,
                "ends_at": begins + length,
                "language": "uk",
                "interpreter": False,
                "status": Status.BOOKED,
                "version": 1,
                "calendar_uid": str(uuid.uuid4()),
                "made_at": datetime(2026, 1, 1, tzinfo=UTC),
                "made_by": lawyer.id,
            }
            for lawyer, centre, begins in taken
        ]
        ids = self.session.scalars(
            insert(Booking).returning(Booking.id, sort_by_parameter_order=True), rows
        )
        occupied = [
            {
                "resource_id": lawyer.resource_id,
                "booking_id": booking_id,
                "starts_at": begins,
                "ends_at": begins + length,
            }
            for booking_id, (lawyer, _, begins) in zip(ids.all(), taken, strict=True)
        ]
        self.session.execute(insert(Occupancy), occupied)


def _begins(day: date, place: int) -> datetime:
    return datetime.combine(day, OPENS, WARSAW) + place * timedelta(minutes=MINUTES)


def _chosen(lawyer: Staff, day: date, place: int) -> float:
    """The same die for the same place, however many there are."""
    return Random(f"{lawyer.initials}:{day}:{place}").random()
