"""What a region file says, once it is checked: frozen values that know no file and no database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time


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
class ServiceEntry:
    """A kind of help; `bring` lists for each language what to bring."""

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


@dataclass(frozen=True)
class RegionFile:
    """A whole region; `source` is the path of its file as it was given."""

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
