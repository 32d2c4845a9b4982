"""A calendar feed read by a second parser, as the calendar program of a telephone reads it."""

import pytest
import vobject
from icalendar import Calendar

from cic_cases.bookings.statuses import Status
from tests.errand import HOUR, Errand
from tests.portal.test_calendar import TEN, Diary


@pytest.fixture
def diary(make, clock, app) -> Diary:
    return Diary(Errand.of(make, clock), app)


@pytest.mark.parametrize("language", ["pl", "uk", "en", "ru"])
def test_two_parsers_read_the_same_from_a_feed(diary: Diary, language):
    diary.owner.language = language
    diary.make.save(diary.owner)
    diary.books()
    diary.books(TEN + HOUR, status=Status.CANCELLED, version=3)
    content = diary.read().get_data(as_text=True)

    one = vobject.readOne(content, validate=True)
    two = Calendar.from_ical(content)

    assert one.method.value == two["METHOD"] == "PUBLISH"
    read = [
        (e.uid.value, e.dtstart.value, e.dtend.value, e.summary.value, e.status.value)
        for e in one.vevent_list
    ]
    assert read == [
        (e["UID"], e.decoded("DTSTART"), e.decoded("DTEND"), e["SUMMARY"], e["STATUS"])
        for e in two.walk("VEVENT")
    ]
    assert [e.sequence.value for e in one.vevent_list] == ["0", "2"]
    assert [e.status.value for e in one.vevent_list] == ["CONFIRMED", "CANCELLED"]


def test_an_empty_feed_is_still_a_calendar_to_both(diary: Diary):
    content = diary.read().get_data(as_text=True)

    assert vobject.readOne(content).prodid.value == str(Calendar.from_ical(content)["PRODID"])
