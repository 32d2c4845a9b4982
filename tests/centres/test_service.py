"""Loading a region: what the file says is in the database, and every difference is told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, time

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cic_cases.calendar.models import Resource, ResourceKind
from cic_cases.centres import queries
from cic_cases.centres.models import (
    Centre,
    Institution,
    OpeningDate,
    OpeningHours,
    Place,
    Region,
    Room,
    Service,
)
from cic_cases.centres.region_entries import CentreEntry, Opening, RegionFile
from cic_cases.centres.region_file import RegionFileProblems, read
from cic_cases.centres.service import load
from cic_cases.foundation import clock
from cic_cases.foundation.db import in_transaction
from cic_cases.foundation.resources import resource
from cic_cases.privacy.models import AuditEntry

REAL = read(resource("regions/wielkopolska.toml"))
TABLES = (Region, Centre, Institution, Service, Room, OpeningHours, OpeningDate, Place)


@pytest.fixture
def loaded(session: Session) -> Callable[..., list[str]]:
    """Load the real region, or another version of it; the changes come as lines."""

    def loaded(file: RegionFile = REAL, *, dry_run: bool = False) -> list[str]:
        changes = in_transaction(load, file, at=clock.now(), dry_run=dry_run)
        return [str(change) for change in changes]

    return loaded


def rows(session: Session) -> list[int]:
    tables = (*TABLES, Resource, AuditEntry)
    return [session.scalar(select(func.count()).select_from(table)) or 0 for table in tables]


def with_poznan(file: RegionFile, **new: object) -> RegionFile:
    def changed(centre: CentreEntry) -> CentreEntry:
        return replace(centre, **new) if centre.slug == "poznan" else centre  # type: ignore[arg-type]

    return replace(file, centres=tuple(map(changed, file.centres)))


def test_the_real_file_fills_an_empty_database(session, loaded) -> None:
    lines = loaded()

    assert rows(session)[:8] == [1, 5, 5, 16, 18, 25, 40, 10]
    assert "centre poznan: added" in lines
    assert "service legal_advice: added" in lines
    assert "centre pila: room 3: added" in lines
    assert "centre leszno: Wednesday: open: nothing -> «07:30-19:00 (assumed)»" in lines


def test_every_room_is_a_resource_of_the_calendar(session, loaded) -> None:
    loaded()

    kinds = session.scalars(select(Resource.kind).join(Room, Room.resource_id == Resource.id))
    assert set(kinds) == {ResourceKind.ROOM}


def test_a_second_loading_changes_nothing(session, loaded) -> None:
    loaded()
    before = rows(session)

    assert loaded() == []
    assert rows(session) == before


def test_a_dry_run_shows_the_same_and_changes_nothing(session, loaded) -> None:
    empty = rows(session)

    shown = loaded(dry_run=True)

    assert rows(session) == empty
    assert loaded() == shown


def test_a_dry_run_of_a_change_leaves_the_old_value(session, loaded) -> None:
    loaded()

    shown = loaded(with_poznan(REAL, phone="+48887063999"), dry_run=True)

    assert shown == ["centre poznan: phone: «+48887063112» -> «+48887063999»"]
    assert queries.centre_by_slug(session, "poznan").phone == "+48887063112"


@pytest.mark.parametrize(
    ("change", "lines"),
    [
        pytest.param(
            {"phone": "+48887063999", "reminder_at": time(9, 30)},
            [
                "centre poznan: phone: «+48887063112» -> «+48887063999»",
                "centre poznan: reminder_at: «10:00» -> «09:30»",
            ],
            id="phone and reminder",
        ),
        pytest.param(
            {"rooms": 4},
            ["centre poznan: room 5: inactive, the file does not name it"],
            id="a room less",
        ),
        pytest.param({"rooms": 6}, ["centre poznan: room 6: added"], id="a room more"),
        pytest.param(
            {
                "week": {2: Opening(time(8), time(16), assumed=False)}
                | {day: REAL.centres[0].week[day] for day in (0, 1, 3)}
            },
            [
                "centre poznan: Wednesday: open: «07:30-19:00 (assumed)» -> «08:00-16:00»",
                "centre poznan: Friday: open: «07:30-15:30 (assumed)» -> nothing",
            ],
            id="other hours and a free Friday",
        ),
        pytest.param(
            {"dates": dict(list(REAL.centres[0].dates.items())[1:])},
            ["centre poznan: 2026-12-12: open: «09:00-13:00 (assumed)» -> nothing"],
            id="a Saturday less",
        ),
    ],
)
def test_a_change_of_a_centre_is_shown_and_made(session, loaded, change, lines) -> None:
    loaded()

    assert loaded(with_poznan(REAL, **change)) == lines
    assert loaded(with_poznan(REAL, **change)) == []


def test_a_change_of_a_service_is_shown_language_by_language(session, loaded) -> None:
    loaded()
    old = REAL.services[0]
    new = replace(
        old, names={**old.names, "uk": "Довідка"}, institution="WUW", bring={**old.bring, "pl": []}
    )

    lines = loaded(replace(REAL, services=(new, *REAL.services[1:])))

    assert lines == [
        "service information: names.uk: «Інформація» -> «Довідка»",
        "service information: bring.pl: «karta z kodem, jeśli ją masz; "
        "pismo z urzędu, jeśli je masz» -> nothing",
        "service information: institution_id: nothing -> «WUW»",
    ]


def test_what_the_file_no_longer_names_is_kept_but_inactive(session, loaded) -> None:
    loaded()
    before = rows(session)[:8]
    shorter = replace(
        REAL,
        centres=REAL.centres[:4],
        services=REAL.services[:-1],
        institutions=REAL.institutions[:-1],
    )

    lines = loaded(shorter)

    reason = "inactive, the file does not name it"
    assert lines == [
        f"institution UDSC: {reason}",
        f"service day_camp: {reason}",
        f"centre pila: {reason}",
    ]
    assert rows(session)[:8] == before
    assert loaded(shorter) == []
    assert [centre.slug for centre in queries.all_centres(session)] == [
        "kalisz",
        "konin",
        "leszno",
        "poznan",
    ]


def test_what_the_file_names_again_works_again(session, loaded) -> None:
    loaded()
    loaded(replace(REAL, centres=REAL.centres[:4]))

    assert loaded() == ["centre pila: active: «False» -> «True»"]


def test_each_changed_row_is_audited_once(session, loaded) -> None:
    loaded()
    first = rows(session)[-1]
    loaded(with_poznan(REAL, phone="+48887063999", city="Posen"))

    poznan = queries.centre_by_slug(session, "poznan")
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()[first:]
    noted = [(one.action, one.subject_type, one.subject_id, one.centre_id) for one in entries]
    assert noted == [("region.load", "centre", poznan.id, poznan.id)]


def test_a_centre_of_another_region_is_refused_and_nothing_changes(session, loaded) -> None:
    loaded()
    before = rows(session)

    with pytest.raises(RegionFileProblems, match="centre.kalisz.slug: «kalisz» belongs to another"):
        loaded(replace(REAL, slug="mazowsze"))

    assert rows(session) == before


def test_two_regions_use_the_same_service_keys(session, loaded) -> None:
    loaded()
    other = [replace(one, slug=f"{one.slug}-2") for one in REAL.centres]
    loaded(replace(REAL, slug="mazowsze", centres=tuple(other)))

    assert loaded() == []
    first, second = queries.regions(session)
    legal = [
        queries.service_by_key(session, "legal_advice", region_id=region.id)
        for region in (first, second)
    ]
    assert [service.region_id for service in legal] == [first.id, second.id]


def test_dates_of_the_past_stay_as_the_file_has_them(session, loaded) -> None:
    loaded()

    assert date(2026, 12, 12) in session.scalars(select(OpeningDate.on)).all()


def test_a_place_is_shown_changed_and_kept_when_the_file_no_longer_names_it(
    session, loaded
) -> None:
    loaded()
    first, *others = REAL.places
    moved = replace(first, address="ul. Nowa 1, Poznań", assumed=True, institution=None)

    assert loaded(replace(REAL, places=(moved, *others[:-1]))) == [
        "place wuw_poznan: address: «pl. Wolności 17, Poznań» -> «ul. Nowa 1, Poznań»",
        "place wuw_poznan: institution_id: «WUW» -> nothing",
        "place wuw_poznan: assumed: «False» -> «True»",
        "place hospital: inactive, the file does not name it",
    ]
    region = queries.regions(session)[0]
    assert [place.key for place in queries.places_of(session, region.id)] == [
        place.key for place in REAL.places[:-1]
    ]
    assert session.scalar(select(Place.active).where(Place.key == "hospital")) is False


def test_limits_of_booking_are_loaded_and_their_changes_told(session, loaded) -> None:
    loaded()
    legal = next(one for one in REAL.services if one.key == "legal_advice")
    others = tuple(one for one in REAL.services if one is not legal)
    new = replace(legal, notice_minutes=120, horizon_days=30, per_person=None, specialists=2)

    assert loaded(replace(REAL, services=(*others, new))) == [
        "service legal_advice: notice_minutes: «0» -> «120»",
        "service legal_advice: horizon_days: «90» -> «30»",
        "service legal_advice: per_person: «4» -> nothing",
        "service legal_advice: specialists: «1» -> «2»",
    ]


@pytest.mark.parametrize("dry_run", [True, False], ids=["dry run", "loading"])
def test_hours_that_a_coordinator_set_are_kept_and_told(session, make, loaded, dry_run) -> None:
    loaded()
    poznan = queries.centre_by_slug(session, "poznan")
    coordinator = make.staff("coordinator", poznan)
    wednesday = session.get(OpeningHours, (poznan.id, 2))
    wednesday.closes, wednesday.assumed, wednesday.set_by = time(18), False, coordinator.id
    saturday = session.get(OpeningDate, (poznan.id, date(2026, 12, 12)))
    saturday.assumed, saturday.set_by = False, coordinator.id
    extra = {"opens": time(9), "closes": time(12), "set_by": coordinator.id}
    make.save(OpeningDate(centre_id=poznan.id, on=date(2026, 11, 28), **extra))
    before = rows(session)

    assert loaded(dry_run=dry_run) == [
        "centre poznan: Wednesday: kept as a coordinator set it: «07:30-18:00», "
        "the file says «07:30-19:00 (assumed)»",
        "centre poznan: 2026-11-28: kept as a coordinator set it: «09:00-12:00», "
        "the file says nothing",
    ]
    assert rows(session) == before
    session.expire_all()
    assert session.get(OpeningHours, (poznan.id, 2)).closes == time(18)
    assert session.get(OpeningDate, (poznan.id, date(2026, 12, 12))).assumed is False
    assert session.get(OpeningDate, (poznan.id, date(2026, 11, 28))).closes == time(12)
