"""The services of a region file: kinds, secrecy, names, what to bring, limits of booking."""

from collections.abc import Mapping
from dataclasses import replace

from cic_cases.centres.region_entries import ServiceEntry
from cic_cases.centres.region_outcomes import outcomes_of
from cic_cases.centres.region_table import LANGUAGES, Table

KEY = r"[a-z][a-z0-9_]+"
BOOKING, SECRECY = ("walk_in", "slot", "group"), ("open", "role", "author")
PUBLIC_LABELS = ("visit", "course", "event")
CONFIDENTIAL = frozenset({"psychological_support", "legal_advice"})
NOT_A_SERVICE = "quick_contact"
SHORTEST, LONGEST = 5, 480  # minutes of one appointment
NAME, ITEM = 80, 120  # characters of a service's name and of one thing to bring
BOOKED_ONLY = ("notice_minutes", "horizon_days", "per_person", "specialists")
MINUTES_OF_A_DAY = 24 * 60
LONGEST_NOTICE = 14 * MINUTES_OF_A_DAY
FARTHEST, USUAL_HORIZON = 365, 90  # days ahead that times are offered
MOST_AHEAD = 20


def services_of(file: Table, institutions: list[str]) -> tuple[ServiceEntry, ...]:
    """The kinds of help of the file, in its order, with what to bring put in."""
    items: dict[str, dict[str, str]] = {}
    bring = file.table("bring", needed=False)
    for name in bring.values if bring else ():
        item = bring.table(name) if bring else None
        if item:
            items[name] = item.in_languages(ITEM)
    services = tuple(
        _service(table, position, institutions, items)
        for position, table in enumerate(file.tables("service", "key"), start=1)
    )
    if not services:
        file.wrong("service", "is missing, add a table [[service]] for each kind of help")
    file.only_once("service", "key", [service.key for service in services])
    outcomes = outcomes_of(file, [one.key for one in services if one.booking == "slot"])
    return tuple(replace(one, outcomes=outcomes.get(one.key, {})) for one in services)


def _service(
    table: Table, position: int, institutions: list[str], items: Mapping[str, dict[str, str]]
) -> ServiceEntry:
    key = table.name("key", 40, KEY, "legal_advice")
    if key == NOT_A_SERVICE:
        table.wrong("key", "a quick contact has no person and is no service, remove this table")
    booking = table.choice("booking", BOOKING) or ""
    names = table.table("names")
    chosen = table.choices("bring", items)
    entry = ServiceEntry(
        key=key,
        minutes=_minutes(table, booking),
        booking=booking,
        secrecy=table.choice("secrecy", SECRECY) or "",
        public_label=table.choice("public_label", PUBLIC_LABELS) or "",
        interpreter=table.flag("interpreter"),
        desk=table.flag("desk"),
        position=position,
        institution=table.choice("institution", institutions, needed=False),
        names=names.in_languages(NAME) if names else {},
        bring={lang: [items[one][lang] for one in chosen if one in items] for lang in LANGUAGES},
        notice_minutes=table.whole("notice_minutes", 0, LONGEST_NOTICE, 0),
        horizon_days=table.whole("horizon_days", 1, FARTHEST, USUAL_HORIZON),
        per_person=table.whole("per_person", 1, MOST_AHEAD) if table.has("per_person") else None,
        specialists=table.whole("specialists", 1, 2, 1),
    )
    _keep_confidential(table, entry)
    _keep_bookable(table, entry)
    table.close()
    return entry


def _minutes(table: Table, booking: str) -> int | None:
    if booking == "group" and not table.has("minutes"):
        return None
    return table.whole("minutes", SHORTEST, LONGEST)


def _keep_confidential(table: Table, service: ServiceEntry) -> None:
    """What reception may never see is the author's alone and is no tile of the desk."""
    if service.key in CONFIDENTIAL and service.secrecy not in {"author", ""}:
        table.wrong("secrecy", 'such help is confidential by law, write secrecy = "author"')
    if service.desk and (service.secrecy == "author" or service.key in CONFIDENTIAL):
        table.wrong("desk", "confidential help is recorded by its author, write desk = false")


def _keep_bookable(table: Table, service: ServiceEntry) -> None:
    """Limits are of booked times only, and leave some time that can be booked."""
    if service.booking != "slot":
        for key in BOOKED_ONLY:
            if table.has(key):
                table.wrong(key, 'is for services with booking = "slot", remove it')
    elif service.notice_minutes >= service.horizon_days * MINUTES_OF_A_DAY:
        days = service.horizon_days
        table.wrong("notice_minutes", f"is longer than the {days} days ahead, write a shorter one")
