"""A change of a roster survives the page that shows who is affected; nothing else gets in."""

from datetime import date, time

import pytest

from cic_cases.calendar.changes import (
    AT_ONCE,
    Closing,
    DateHours,
    Ending,
    OneDate,
    Reopening,
    Replacing,
    WeekHours,
    pack,
    unpack,
)
from cic_cases.calendar.duties import DutyWish, ServiceIn
from cic_cases.calendar.models import DutyKind
from cic_cases.calendar.rules import Change, ClosedDays
from cic_cases.foundation.errors import Invalid

DAY = date(2030, 1, 7)
HOURS = time(9), time(12)
WISH = DutyWish(
    staff_id=1,
    centre_id=2,
    room_id=None,
    weekday=0,
    hours=HOURS,
    valid_from=DAY,
    valid_until=None,
    grid_minutes=20,
    services=(ServiceIn(3, 25, 5, 10), ServiceIn(4)),
    languages=frozenset({"ka", "uk"}),
    every_weeks=2,
    kind=DutyKind.RECEIVES,
)


@pytest.mark.parametrize(
    "change",
    [
        OneDate(1, DAY, None),
        OneDate(1, DAY, Change(cancelled=True)),
        OneDate(1, DAY, Change(hours=HOURS, room_id=2, staff_id=3)),
        Ending(1, DAY),
        Ending(1, AT_ONCE),
        Replacing(1, None, WISH),
        Replacing(1, DAY, WISH),
        Closing(ClosedDays(1, None, DAY, DAY, room_id=4), "painting"),
        Closing(ClosedDays(None, 7, DAY, DAY), "«żółw»"),
        Reopening(9),
        WeekHours(1, 3, HOURS),
        WeekHours(1, 6, None),
        DateHours(1, DAY, HOURS),
    ],
    ids=lambda change: type(change).__name__,
)
def test_a_change_is_the_same_after_the_way_through_a_form(change):
    assert unpack(pack(change)) == change


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "{}",
        '{"kind":"Nothing"}',
        '{"kind":"Reopening"}',
        '{"kind":"Reopening","closure_id":"1"}',
        '{"kind":"Reopening","closure_id":true}',
        '{"kind":"Reopening","closure_id":1,"more":2}',
        '{"kind":"Ending","duty_id":1,"last_day":"tomorrow"}',
        '{"kind":"Ending","duty_id":1,"last_day":7}',
        '{"kind":"WeekHours","centre_id":1,"weekday":1,"hours":["09:00"]}',
        '{"kind":"OneDate","duty_id":1,"on":"2030-01-07","change":7}',
        "[" * 9_000,
        '"' + "x" * 30_000,
    ],
)
def test_anything_else_is_invalid(text):
    with pytest.raises(Invalid):
        unpack(text)
