"""The desk's first tiles: what the centre met of late, in an order that holds for a day."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cic_cases.cases import tiles
from cic_cases.cases.tiles import Met

WARSAW = ZoneInfo("Europe/Warsaw")
FROM, END = datetime(2029, 10, 8, 23, tzinfo=UTC), datetime(2030, 1, 6, 23, tzinfo=UTC)
"""Ninety days that end with the local midnight before the tests' Monday."""


@pytest.mark.parametrize(
    ("met", "tiles_shown"),
    [
        pytest.param([], ["uk", "ru", "en"], id="the region's order when nobody came"),
        pytest.param(["en", "uk"], ["en", "uk", "ru"], id="the most frequent, then the region's"),
        pytest.param(["vi", "ne", "bn", "en"], ["vi", "ne", "bn"], id="never more than listed"),
    ],
)
def test_tiles_are_as_many_as_the_region_lists(met, tiles_shown):
    assert tiles.first(met, ["uk", "ru", "en"]) == tiles_shown


def test_a_centre_counts_its_own_ninety_days_before_today(make, session, clock):
    centre, another = make.centre(), make.centre("leszno")
    today = clock.at.date()

    def came(where, moment, *people):
        clock.at = moment
        for language, citizenship in people:
            make.case(where, language, citizenship)

    came(centre, FROM, ("ka", "GE"), ("ka", "GE"), ("vi", "VN"), ("ka", "ZZ"))
    came(centre, END - timedelta(seconds=1), ("vi", "VN"), ("vi", "VN"))
    came(centre, FROM - timedelta(seconds=1), *[("tr", "TR")] * 9)  # too long ago
    came(centre, END, *[("az", "AZ")] * 9)  # today: a tile does not move under a finger
    came(another, END - timedelta(days=1), *[("es", "CO")] * 9)

    assert tiles.met(session, centre.id, today, WARSAW) == Met(("ka", "vi"), ("VN", "GE"))


def test_a_day_is_read_once_and_the_next_day_anew(make, session, clock):
    centre, today = make.centre(), clock.at.date()
    assert tiles.met(session, centre.id, today, WARSAW) == Met()

    clock.at = END - timedelta(hours=1)  # noted later, for yesterday
    make.case(centre, "ka", "GE")

    assert tiles.met(session, centre.id, today, WARSAW) == Met()
    tomorrow = today + timedelta(days=1)
    assert tiles.met(session, centre.id, tomorrow, WARSAW) == Met(("ka",), ("GE",))
