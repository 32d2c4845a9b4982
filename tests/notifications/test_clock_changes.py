"""Nights in which the clocks change, and the year's end: reminders at the intended hour, once.

Planned by the real handlers and sent by a worker that looks every hour of those days, in UTC.
"""

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from cic_cases.notifications import jobs
from cic_cases.notifications.kinds import Kind, State
from tests.notifications.people import Pile, Told

WARSAW = ZoneInfo("Europe/Warsaw")
EVE, DATE = Kind.REMINDER_DAY_BEFORE, Kind.REMINDER_ON_DATE
HOUR = timedelta(hours=1)
NIGHTS: dict[str, tuple[str, list[tuple[str, str, str, Kind]]]] = {
    "spring, 31 March 2030": (
        "2030-03-28T16:00",
        [
            ("2030-03-30T09:00", "2030-03-29T10:00", "2030-03-29T09:00", EVE),
            ("2030-03-31T09:00", "2030-03-30T10:00", "2030-03-30T09:00", EVE),
            ("2030-04-01T09:00", "2030-03-30T10:00", "2030-03-30T09:00", DATE),
            ("2030-04-02T09:00", "2030-04-01T10:00", "2030-04-01T08:00", EVE),
        ],
    ),
    "spring, on the day itself": (
        "2030-03-31T03:00",
        [
            ("2030-03-31T13:00", "2030-03-31T11:00", "2030-03-31T09:00", DATE),
        ],
    ),
    "autumn, 27 October 2030": (
        "2030-10-24T16:00",
        [
            ("2030-10-26T09:00", "2030-10-25T10:00", "2030-10-25T08:00", EVE),
            ("2030-10-27T09:00", "2030-10-26T10:00", "2030-10-26T08:00", EVE),
            ("2030-10-28T09:00", "2030-10-26T10:00", "2030-10-26T08:00", DATE),
            ("2030-10-29T09:00", "2030-10-28T10:00", "2030-10-28T09:00", EVE),
        ],
    ),
    "autumn, on the day itself": (
        "2030-10-27T00:30",
        [("2030-10-27T12:00", "2030-10-27T10:00", "2030-10-27T09:00", DATE)],
    ),
    "the year's end": (
        "2030-12-29T08:00",
        [
            ("2030-12-31T09:00", "2030-12-30T10:00", "2030-12-30T09:00", EVE),
            ("2031-01-02T09:00", "2030-12-31T10:00", "2030-12-31T09:00", DATE),
            ("2031-01-03T09:00", "2031-01-02T10:00", "2031-01-02T09:00", EVE),
            ("2031-01-07T09:00", "2031-01-04T10:00", "2031-01-04T09:00", DATE),
        ],
    ),
}
"""When the appointments are made; of each when it is, and its reminder by the clocks of Poznań, in
UTC, and which it is: one that would fall on a Sunday or a holiday leaves before it."""


@pytest.mark.parametrize("night", NIGHTS)
def test_reminders_leave_at_the_intended_hour_once(make, night):
    made, visits = NIGHTS[night]
    told, post, at = Told(make), Pile(), datetime.fromisoformat(made).replace(tzinfo=WARSAW)
    booked = {
        told.books(told.person(), _local(visit), at=at).id: (_local(hour), _utc(moment), kind)
        for visit, hour, moment, kind in visits
    }

    tick, last = (
        at.astimezone(UTC).replace(minute=0),
        max(one[1] for one in booked.values()) + 12 * HOUR,
    )
    while tick < last:
        tick += HOUR
        jobs.send_due(tick, post)

    reminders = [m for m in told.messages() if m.kind in (EVE, DATE)]
    assert Counter(m.booking_id for m in reminders) == dict.fromkeys(booked, 1)
    for message in reminders:
        hour, moment, kind = booked[message.booking_id]
        assert (hour, message.due_at, message.kind) == (moment, moment, kind)
        assert message.sent_at is not None
        assert timedelta() <= message.sent_at - moment < timedelta(minutes=1)
    left = Counter(letter.message_id for letter in post.letters)
    assert left == {m.id: 1 for m in told.messages() if m.state is State.SENT}
    assert {m.state for m in told.messages()} == {State.SENT}


def _local(wall: str) -> datetime:
    return datetime.fromisoformat(wall).replace(tzinfo=WARSAW)


def _utc(wall: str) -> datetime:
    return datetime.fromisoformat(wall).replace(tzinfo=UTC)
