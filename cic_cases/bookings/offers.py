"""What is looked for and what is offered, as values. Pure: nothing here reads."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from cic_cases.calendar.rules import DutyRule, Stretch


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for. Days are local to each centre, both included.

    `language` must be spoken by the specialist; with `interpreter`, by the specialist or by an
    interpreter who is on duty and free (without a language: it is chosen when booking). Times of
    day are local starts; `person` is the case's resource, whose other appointments are avoided;
    `public` applies the services' minimum notice, to which staff are not bound.
    """

    service_ids: frozenset[int]
    centre_ids: frozenset[int]
    first_day: date
    last_day: date
    language: str | None = None
    interpreter: bool = False
    specialist_key: str | None = None
    from_time: time | None = None
    until_time: time | None = None
    person: int | None = None
    moving: int | None = None  # a booking that gives its own time back
    public: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody on duty, with the names that a slot shows; `resource` is their own time.

    `version` is that of their roster when it was read: a claim of their time tells it again.
    """

    id: int
    key: str
    initials: str
    resource: int
    institution_id: int | None
    languages: tuple[str, ...]
    version: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """The centre of a duty."""

    id: int
    slug: str
    city: str
    timezone: str
    region_id: int
    country: str


@dataclass(frozen=True, slots=True)
class Given:
    """A service as it is given in one duty: its length there (None: one step of the grid)."""

    id: int
    key: str
    length: timedelta | None
    before: timedelta
    after: timedelta
    per_person: int | None
    notice: timedelta
    horizon_days: int
    specialists: int


@dataclass(frozen=True, slots=True)
class Offer:
    """One service given by one member in one duty."""

    rule: DutyRule
    member: Member
    place: Place
    given: Given
    languages: tuple[str, ...]  # of this duty


@dataclass(frozen=True, slots=True)
class InterpreterDuty:
    """A duty in which somebody speaks for people; a remote one serves the whole region."""

    rule: DutyRule
    member: Member
    place: Place
    languages: tuple[str, ...]
    remote: bool

    def serves(self, place: Place) -> bool:
        """Whether appointments at `place` can be interpreted from here."""
        if self.remote:
            return self.place.region_id == place.region_id
        return self.place.id == place.id


@dataclass(frozen=True, slots=True)
class Sitting:
    """An offer on one date, with what the sweep needs of it worked out once."""

    offer: Offer
    day: date
    stretch: Stretch
    room: tuple[str, int] | None  # its label and its resource
    length: timedelta
    step: timedelta


@dataclass(frozen=True, slots=True)
class Company:
    """Whom an appointment takes besides the specialist."""

    interpreter: Member | None = None
    second: Member | None = None


ALONE = Company()


@dataclass(frozen=True, slots=True)
class Free:
    """A start that can be booked; `order` sorts by time and then fairly."""

    order: tuple[datetime, int, str, str, int, int, int]
    sitting: Sitting
    start: datetime
    company: Company

    @property
    def identity(self) -> tuple[datetime, int, int, int]:
        """Two duties may offer one and the same: it is shown once."""
        offer = self.sitting.offer
        return self.start, offer.member.id, offer.given.id, offer.place.id
