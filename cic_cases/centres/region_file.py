"""A region file: the centres of one operator as data, checked before anything is loaded.

`read` either returns the whole region or raises `RegionFileProblems` with everything that is
wrong, each line naming the file, the key and the reason. It knows no database.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, time
from pathlib import Path
from zoneinfo import available_timezones

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from holidays import list_supported_countries

from cic_cases.centres.region_crisis import WEEKDAYS, crisis_lines_of
from cic_cases.centres.region_entries import (
    CentreEntry,
    InstitutionEntry,
    Opening,
    PlaceEntry,
    RegionFile,
)
from cic_cases.centres.region_periods import periods_of
from cic_cases.centres.region_services import KEY, NAME, services_of
from cic_cases.centres.region_table import LANGUAGES, Table

SLUG, ACRONYM = r"[a-z0-9]+(-[a-z0-9]+)*", r"[A-Z][A-Z0-9]+"
EARLIEST_REMINDER, LATEST_REMINDER = time(8), time(20)
MOST_ROOMS = 99
DEAREST_PART = 100  # of any currency: a typing error, not a price
FARTHEST_REMINDER = 14  # days before


class RegionFileProblems(Exception):
    """The file cannot be loaded; `lines` say why, each «FILE: key.path: reason, what to do»."""

    def __init__(self, lines: Iterable[str]) -> None:
        self.lines = tuple(lines)
        super().__init__("\n".join(self.lines))


@dataclass(frozen=True)
class _Defaults:
    """What a centre takes from its region when it says nothing itself."""

    timezone: str = "UTC"
    reminder_at: time = EARLIEST_REMINDER
    reminder_days: tuple[int, ...] = (1,)
    week: Mapping[int, Opening] | None = None


def read(path: Path) -> RegionFile:
    """The region in the file at `path`. Raises `RegionFileProblems` with all that is wrong."""
    problems: list[str] = []
    region = _region(Table(_parsed(path), "", problems), str(path))
    if problems:
        raise RegionFileProblems(f"{path}: {problem}" for problem in problems)
    return region


def _parsed(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n"))
    except OSError as error:
        reason = f"cannot be read: {error.strerror}, check the path"
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        reason = f"line {line}: is not UTF-8, save the file as UTF-8"
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        reason = f"is not valid TOML: {error}, mend the file there"
    raise RegionFileProblems([f"{path}: {reason}"])


def _region(file: Table, source: str) -> RegionFile:
    countries = list_supported_countries(include_aliases=False)
    week = _week(file)
    head = file.table("region") or Table({}, "region", [])  # one problem is enough
    defaults = _with_own(head, _Defaults(week=week), needed=True)
    institutions = tuple(_institution(one) for one in file.tables("institution", "key"))
    keys = [institution.key for institution in institutions]
    services = services_of(file, keys)
    places = _places(file, keys)
    centres = _centres(file, defaults)
    region = RegionFile(
        source=source,
        slug=head.name("slug", 40, SLUG, "wielkopolska"),
        name=head.text("name", 120),
        operator=head.text("operator", 160),
        country=head.choice("country", countries) or "",
        citizenships=head.choices("citizenships", countries),
        languages=head.choices("languages", LANGUAGES),
        institutions=institutions,
        services=services,
        centres=centres,
        places=places,
        sms_part_price=head.thousandths("sms_part_price", DEAREST_PART),
        periods=periods_of(file),
        crisis_lines=crisis_lines_of(file),
    )
    file.only_once("institution", "key", keys)
    head.close()
    file.close()
    return region


def _with_own(table: Table, defaults: _Defaults, *, needed: bool = False) -> _Defaults:
    """`defaults` with the time zone and the times of reminders that `table` gives instead."""
    if needed or table.has("timezone"):
        zone = table.choice("timezone", sorted(available_timezones()))
        defaults = replace(defaults, timezone=zone or defaults.timezone)
    if needed or table.has("reminder_at"):
        at = table.wall_time("reminder_at")
        if at is not None and not EARLIEST_REMINDER <= at <= LATEST_REMINDER:
            table.wrong("reminder_at", f"{at:%H:%M} wakes people, write a time from 08:00 to 20:00")
        defaults = replace(defaults, reminder_at=at or defaults.reminder_at)
    if table.has("reminder_days"):
        days = table.wholes("reminder_days", 1, FARTHEST_REMINDER)
        defaults = replace(defaults, reminder_days=days)
    return defaults


def _week(table: Table) -> Mapping[int, Opening] | None:
    """The weekdays of [hours]; None when the table has none."""
    hours = table.table("hours", needed=False)
    if hours is None:
        return None
    assumed = hours.flag("assumed")
    spans = {day: hours.span(name) for day, name in enumerate(WEEKDAYS) if hours.has(name)}
    hours.close()
    if not spans:
        table.wrong("hours", 'has no open day, add e.g. mon = ["07:30", "15:30"]')
    return {day: Opening(*span, assumed) for day, span in spans.items() if span}


def _institution(table: Table) -> InstitutionEntry:
    key = table.name("key", 20, ACRONYM, "WUW")
    names = table.table("names")
    entry = InstitutionEntry(key, names.in_languages(NAME) if names else {})
    table.close()
    return entry


def _places(file: Table, institutions: list[str]) -> tuple[PlaceEntry, ...]:
    """Where people are accompanied to, in the file's order."""
    tables = file.tables("place", "key")
    places = tuple(_place(one, nth, institutions) for nth, one in enumerate(tables, start=1))
    file.only_once("place", "key", [place.key for place in places])
    return places


def _place(table: Table, position: int, institutions: list[str]) -> PlaceEntry:
    names = table.table("names")
    entry = PlaceEntry(
        key=table.name("key", 40, KEY, "wuw_poznan"),
        names=names.in_languages(NAME) if names else {},
        address=table.text("address", 120) if table.has("address") else "",
        institution=table.choice("institution", institutions, needed=False),
        position=position,
        assumed=table.flag("assumed"),
    )
    table.close()
    return entry


def _centres(file: Table, defaults: _Defaults) -> tuple[CentreEntry, ...]:
    tables = file.tables("centre", "slug")
    slugs = [str(table.values.get("slug", "")) for table in tables]
    dates = _dates(file, slugs)
    if not tables:
        file.wrong("centre", "is missing, add a table [[centre]] for each centre")
    file.only_once("centre", "slug", slugs)
    return tuple(
        _centre(table, defaults, dates.get(slug, {}))
        for table, slug in zip(tables, slugs, strict=True)
    )


def _dates(file: Table, slugs: list[str]) -> dict[str, dict[date, Opening]]:
    """The [[opening_date]] tables by centre; without `centres` a date is for all of them."""
    found: dict[str, dict[date, Opening]] = {slug: {} for slug in slugs}
    for table in file.tables("opening_date", "on"):
        on, span, assumed = table.day("on"), table.span("hours"), table.flag("assumed")
        chosen = table.choices("centres", slugs) if table.has("centres") else slugs
        known = [slug for slug in dict.fromkeys(chosen) if slug in found]
        if on is not None and span is not None:
            if twice := [slug for slug in known if on in found[slug]]:
                table.wrong("on", f"{on} is there twice for {', '.join(twice)}, take one away")
            for slug in known:
                found[slug][on] = Opening(*span, assumed)
        table.close()
    return found


def _centre(table: Table, defaults: _Defaults, dates: Mapping[date, Opening]) -> CentreEntry:
    own = _with_own(table, defaults)
    week = _week(table) if table.has("hours") else own.week
    if week is None:
        table.wrong("hours", "is missing, add a table [hours] for the region or for this centre")
    entry = CentreEntry(
        slug=table.name("slug", 40, SLUG, "poznan"),
        city=table.text("city", 80),
        name=table.text("name", 160),
        sms_name=table.text("sms_name", 40),
        address=table.text("address", 120),
        phone=_phone(table),
        email=_email(table),
        timezone=own.timezone,
        reminder_at=own.reminder_at,
        reminder_days=own.reminder_days,
        rooms=table.whole("rooms", 0, MOST_ROOMS),
        rooms_assumed=table.flag("rooms_assumed"),
        week=week or {},
        dates=dates,
    )
    table.close()
    return entry


def _phone(table: Table) -> str:
    written = table.text("phone", 20, '"+48887063112"')
    if written and not _is_number(written):
        table.wrong("phone", f"«{written}» is no such number, write it like +48887063112")
    return written


def _is_number(written: str) -> bool:
    """Whether `written` is a number that can exist, in international form without spaces."""
    try:
        number = phonenumbers.parse(written)
    except phonenumbers.NumberParseException:
        return False
    plain = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return plain == written and phonenumbers.is_valid_number(number)


def _email(table: Table) -> str:
    written = table.text("email", 120, '"centre@example.org"')
    try:
        validate_email(written or "a@example.org", check_deliverability=False)
    except EmailNotValidError as error:
        table.wrong("email", f"«{written}» is no e-mail address ({error}), correct it")
    return written
