"""Loading a region file: the database becomes what the file says, and every difference is told.

Nothing that a booking or a visit may refer to is ever deleted: a centre, institution, service,
place, crisis line or room that the file does not name becomes inactive, and works again when the
file names it again. Only opening hours are removed, since nothing refers to them; those that a
coordinator set are kept.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.calendar.models import Resource, ResourceKind
from cic_cases.centres.changes import Change, Ledger
from cic_cases.centres.crisis_models import CrisisLine
from cic_cases.centres.models import (
    Centre,
    HowBooked,
    Institution,
    OpeningDate,
    OpeningHours,
    Place,
    Region,
    Room,
    Secrecy,
    Service,
)
from cic_cases.centres.region_entries import CentreEntry, Opening, RegionFile, ServiceEntry
from cic_cases.centres.region_file import RegionFileProblems
from cic_cases.privacy import audit

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def load(
    session: Session,
    region_file: RegionFile,
    *,
    at: datetime,
    by: int | None = None,
    dry_run: bool = False,
) -> list[Change]:
    """Make the database say what the file says; return what changed, nothing the second time.

    With `dry_run` everything is tried and undone again: the same differences, no change. Raises
    `RegionFileProblems` when a centre of the file belongs to another region.
    """
    with session.begin_nested() as tried:
        ledger = Ledger(session)
        region = _region(ledger, region_file)
        _institutions(ledger, region, region_file)
        _services(ledger, region, region_file)
        _places(ledger, region, region_file)
        _crisis_lines(ledger, region, region_file)
        _centres(ledger, region, region_file)
        for kind, row_id, centre_id in ledger.touched:
            audit.note(session, "region.load", kind, row_id, by=by, at=at, centre_id=centre_id)
        session.flush()
        if dry_run:
            tried.rollback()
    return ledger.changes


def _region(ledger: Ledger, file: RegionFile) -> Region:
    region = ledger.session.scalar(select(Region).where(Region.slug == file.slug))
    region = region or Region(slug=file.slug)
    wanted = {
        "name": file.name,
        "operator": file.operator,
        "country": file.country,
        "citizenships": " ".join(file.citizenships),
        "languages": " ".join(file.languages),
        "sms_part_price": file.sms_part_price,
        **asdict(file.periods),
    }
    ledger.put(f"region {file.slug}", region, wanted)
    return region


def _institutions(ledger: Ledger, region: Region, file: RegionFile) -> None:
    query = select(Institution).where(Institution.region_id == region.id)
    found = {row.key: row for row in ledger.session.scalars(query)}
    for entry in file.institutions:
        row = found.pop(entry.key, None) or Institution(region_id=region.id, key=entry.key)
        ledger.put(f"institution {entry.key}", row, {"names": entry.names, "active": True})
    for key, row in sorted(found.items()):
        ledger.retire(f"institution {key}", row)


def _services(ledger: Ledger, region: Region, file: RegionFile) -> None:
    session = ledger.session
    office_ids, offices_called = _offices(session, region)
    query = select(Service).where(Service.region_id == region.id)
    found = {row.key: row for row in session.scalars(query)}
    for entry in file.services:
        row = found.pop(entry.key, None) or Service(region_id=region.id, key=entry.key)
        office_id = office_ids[entry.institution] if entry.institution else None
        wanted = _columns(entry, office_id)
        ledger.put(f"service {entry.key}", row, wanted, {"institution_id": offices_called})
    for key, row in sorted(found.items()):
        ledger.retire(f"service {key}", row)


def _columns(entry: ServiceEntry, institution_id: int | None) -> dict[str, object]:
    return {
        "names": entry.names,
        "bring": entry.bring,
        "outcomes": entry.outcomes,
        "minutes": entry.minutes,
        "booking": HowBooked(entry.booking),
        "secrecy": Secrecy(entry.secrecy),
        "public_label": entry.public_label,
        "interpreter": entry.interpreter,
        "desk": entry.desk,
        "position": entry.position,
        "institution_id": institution_id,
        "notice_minutes": entry.notice_minutes,
        "horizon_days": entry.horizon_days,
        "per_person": entry.per_person,
        "specialists": entry.specialists,
        "active": True,
    }


def _places(ledger: Ledger, region: Region, file: RegionFile) -> None:
    session = ledger.session
    office_ids, offices_called = _offices(session, region)
    query = select(Place).where(Place.region_id == region.id)
    found = {row.key: row for row in session.scalars(query)}
    for entry in file.places:
        row = found.pop(entry.key, None) or Place(region_id=region.id, key=entry.key)
        wanted = {
            "names": entry.names,
            "address": entry.address,
            "institution_id": office_ids[entry.institution] if entry.institution else None,
            "position": entry.position,
            "assumed": entry.assumed,
            "active": True,
        }
        ledger.put(f"place {entry.key}", row, wanted, {"institution_id": offices_called})
    for key, row in sorted(found.items()):
        ledger.retire(f"place {key}", row)


def _crisis_lines(ledger: Ledger, region: Region, file: RegionFile) -> None:
    """A line that was checked here since the file was written keeps its later day."""
    query = select(CrisisLine).where(CrisisLine.region_id == region.id)
    found = {row.key: row for row in ledger.session.scalars(query)}
    for entry in file.crisis_lines:
        row = found.pop(entry.key, None) or CrisisLine(region_id=region.id, key=entry.key)
        wanted = {**asdict(entry), "active": True}
        if row.number == entry.number and row.checked_on is not None:
            wanted["checked_on"] = max(row.checked_on, entry.checked_on or row.checked_on)
        ledger.put(f"crisis line {entry.key}", row, wanted)
    for key, row in sorted(found.items()):
        ledger.retire(f"crisis line {key}", row)


def _offices(session: Session, region: Region) -> tuple[dict[str, int], dict[object, str]]:
    """The region's institutions: ids by key, and keys by id for whoever reads the changes."""
    offices = session.scalars(select(Institution).where(Institution.region_id == region.id))
    ids = {office.key: office.id for office in offices}
    return ids, {row_id: key for key, row_id in ids.items()}


def _centres(ledger: Ledger, region: Region, file: RegionFile) -> None:
    slugs = [entry.slug for entry in file.centres]
    query = select(Centre).where((Centre.region_id == region.id) | Centre.slug.in_(slugs))
    found = {row.slug: row for row in ledger.session.scalars(query)}
    if foreign := sorted(slug for slug, row in found.items() if row.region_id != region.id):
        reason = "belongs to another region, choose another slug"
        raise RegionFileProblems(
            f"{file.source}: centre.{slug}.slug: «{slug}» {reason}" for slug in foreign
        )
    for entry in file.centres:
        row = found.pop(entry.slug, None) or Centre(region_id=region.id, slug=entry.slug)
        _centre(ledger, row, entry)
    for slug, row in sorted(found.items()):
        ledger.retire(f"centre {slug}", row)


def _centre(ledger: Ledger, centre: Centre, entry: CentreEntry) -> None:
    subject = f"centre {entry.slug}"
    wanted = {
        "city": entry.city,
        "name": entry.name,
        "sms_name": entry.sms_name,
        "address": entry.address,
        "phone": entry.phone,
        "email": entry.email,
        "timezone": entry.timezone,
        "reminder_at": entry.reminder_at,
        "reminder_days": " ".join(map(str, entry.reminder_days)),
        "active": True,
    }
    ledger.put(subject, centre, wanted)
    _rooms(ledger, subject, centre, entry)
    _week(ledger, subject, centre, entry.week)
    _dates(ledger, subject, centre, entry.dates)


def _rooms(ledger: Ledger, subject: str, centre: Centre, entry: CentreEntry) -> None:
    """Rooms 1 to n, each a resource of the calendar."""
    query = select(Room).where(Room.centre_id == centre.id)
    found = {row.label: row for row in ledger.session.scalars(query)}
    wanted = {"assumed": entry.rooms_assumed, "active": True}
    for label in (str(number) for number in range(1, entry.rooms + 1)):
        row = found.pop(label, None) or _new_room(ledger.session, centre, label)
        ledger.put(f"{subject}: room {label}", row, wanted)
    for label, row in sorted(found.items()):
        ledger.retire(f"{subject}: room {label}", row)


def _new_room(session: Session, centre: Centre, label: str) -> Room:
    resource = Resource(kind=ResourceKind.ROOM)
    session.add(resource)
    session.flush()
    return Room(centre_id=centre.id, label=label, resource_id=resource.id)


def _week(ledger: Ledger, subject: str, centre: Centre, week: Mapping[int, Opening]) -> None:
    query = select(OpeningHours).where(OpeningHours.centre_id == centre.id)
    found = {row.weekday: row for row in ledger.session.scalars(query)}
    for weekday, name in enumerate(WEEKDAYS):
        row = found.get(weekday) or OpeningHours(centre_id=centre.id, weekday=weekday)
        ledger.set_hours(f"{subject}: {name}", centre, row, week.get(weekday))


def _dates(ledger: Ledger, subject: str, centre: Centre, dates: Mapping[date, Opening]) -> None:
    query = select(OpeningDate).where(OpeningDate.centre_id == centre.id)
    found = {row.on: row for row in ledger.session.scalars(query)}
    for day in sorted(found.keys() | dates.keys()):
        row = found.get(day) or OpeningDate(centre_id=centre.id, on=day)
        ledger.set_hours(f"{subject}: {day}", centre, row, dates.get(day))
