"""What a region file says, once it is checked: frozen values that know no file and no database."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time

from cic_cases.centres.region_periods import Periods


@dataclass(frozen=True)
class Opening:
    """Open from `opens` to `closes`, local wall time; `assumed` until a coordinator sets it."""

    opens: time
    closes: time
    assumed: bool


@dataclass(frozen=True)
class CentreEntry:
    """A centre; `week` by weekday (0 is Monday), `dates` stand instead of it on their day."""

    slug: str
    city: str
    name: str
    sms_name: str
    address: str
    phone: str
    email: str
    timezone: str
    reminder_at: time
    reminder_days: tuple[int, ...]
    rooms: int
    rooms_assumed: bool
    week: Mapping[int, Opening]
    dates: Mapping[date, Opening]


@dataclass(frozen=True)
class InstitutionEntry:
    """An office whose officers hold duties in the centres."""

    key: str
    names: dict[str, str]


@dataclass(frozen=True)
class PlaceEntry:
    """Where people are accompanied to; without an address it is written on the slip by hand."""

    key: str
    names: dict[str, str]
    address: str
    institution: str | None
    position: int
    assumed: bool


@dataclass(frozen=True)
class CrisisLineEntry:
    """A line for people in crisis; `always` open, or when the hours say, or nobody knows when."""

    key: str
    names: dict[str, str]
    number: str
    hours: dict[str, list[str]]
    always: bool
    by_law: bool
    source: str
    checked_on: date | None
    position: int


@dataclass(frozen=True)
class ServiceEntry:
    """A kind of help; `bring` lists for each language what to bring.

    `outcomes` are the codes of what it may come to, with their names in the staff's languages.
    Booked at least `notice_minutes` and at most `horizon_days` ahead; `per_person` is how many
    appointments one person may have ahead (None: any number); `specialists` are present at once.
    """

    key: str
    minutes: int | None
    booking: str
    secrecy: str
    public_label: str
    interpreter: bool
    desk: bool
    position: int
    institution: str | None
    names: dict[str, str]
    bring: dict[str, list[str]]
    outcomes: dict[str, dict[str, str]] = field(default_factory=dict)
    notice_minutes: int = 0
    horizon_days: int = 90
    per_person: int | None = None
    specialists: int = 1


@dataclass(frozen=True)
class RegionFile:
    """A whole region; `source` is the path of its file as it was given.

    `sms_part_price` is what one part of an SMS costs, in thousandths of the country's currency.
    """

    source: str
    slug: str
    name: str
    operator: str
    country: str
    citizenships: tuple[str, ...]
    languages: tuple[str, ...]
    institutions: tuple[InstitutionEntry, ...]
    services: tuple[ServiceEntry, ...]
    centres: tuple[CentreEntry, ...]
    places: tuple[PlaceEntry, ...] = ()
    periods: Periods = Periods()
    sms_part_price: int | None = None
    crisis_lines: tuple[CrisisLineEntry, ...] = ()
