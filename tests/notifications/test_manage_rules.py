"""Where an appointment stands for whoever holds its link, as a table of named cases."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cic_cases.bookings.statuses import Status
from cic_cases.notifications.manage_rules import Known, Stage, stage

TEN = datetime(2030, 1, 14, 10, tzinfo=ZoneInfo("Europe/Warsaw"))
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
END = TEN + 40 * MINUTE
BEFORE = TEN - HOUR
LATER = TEN + 5 * HOUR
LOST = Status.NEEDS_REBOOKING

CASES = {
    "before": (Status.BOOKED, {}, TEN - MINUTE, Stage.STANDS),
    "at its beginning": (Status.BOOKED, {}, TEN, Stage.BEGUN),
    "a minute before its end": (Status.BOOKED, {}, END - MINUTE, Stage.BEGUN),
    "at its end": (Status.BOOKED, {}, END, Stage.OVER),
    "arrived early": (Status.ARRIVED, {}, BEFORE, Stage.BEGUN),
    "received early": (Status.IN_PROGRESS, {}, BEFORE, Stage.BEGUN),
    "received and gone early": (Status.DONE, {}, TEN, Stage.OVER),
    "did not come": (Status.NO_SHOW, {}, TEN, Stage.OVER),
    "cancelled": (Status.CANCELLED, {}, BEFORE, Stage.CANCELLED),
    "cancelled, its time has come": (Status.CANCELLED, {}, END, Stage.OVER),
    "moved": (Status.BOOKED, {"moved": True}, BEFORE, Stage.MOVED),
    "moved, then cancelled": (Status.CANCELLED, {"moved": True}, BEFORE, Stage.MOVED),
    "moved, then lost": (LOST, {"moved": True, "held_until": LATER}, BEFORE, Stage.MOVED),
    "lost, nothing held": (LOST, {}, BEFORE, Stage.CHANGING),
    "lost, another time held": (LOST, {"held_until": LATER}, BEFORE, Stage.PROPOSED),
    "lost, held after its own time": (LOST, {"held_until": LATER}, END, Stage.PROPOSED),
    "lost, held no longer": (LOST, {"held_until": BEFORE}, BEFORE, Stage.CHANGING),
    "offered": (Status.HELD, {"only_held": True, "held_until": TEN}, BEFORE, Stage.OFFERED),
    "offered until now": (Status.HELD, {"only_held": True, "held_until": TEN}, TEN, Stage.LAPSED),
    "offered and given back": (Status.CANCELLED, {"only_held": True}, BEFORE, Stage.LAPSED),
    "offered, its time has come": (Status.CANCELLED, {"only_held": True}, END, Stage.OVER),
    "offered and taken": (Status.BOOKED, {}, BEFORE, Stage.STANDS),
}


@pytest.mark.parametrize("name", CASES)
def test_where_an_appointment_stands(name):
    status, more, at, expected = CASES[name]

    assert stage(Known(status=status, starts_at=TEN, ends_at=END, **more), at) is expected
