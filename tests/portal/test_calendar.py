"""One's own calendar by a secret address: when and in which room, and nothing about anybody."""

import logging
import re
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import event, select

from cic_cases.bookings.models import Booking, BookingTrace
from cic_cases.bookings.statuses import Happening, HeldFor, Status
from cic_cases.foundation.codes import new_reference
from cic_cases.foundation.db import db, in_transaction
from cic_cases.people import feeds
from cic_cases.people.models import CalendarFeed, Staff
from tests.errand import HOUR, MINUTE, Errand

DAY = timedelta(days=1)
TEN = datetime(2030, 1, 8, 9, tzinfo=UTC)  # Tuesday, 10:00 in Warsaw
NEVER_SAID = ("Legal", "legal", "uk", "CIC", "Pozna", "Wolno", "Counter", "wuw", "Lawyer")


class Diary:
    """Somebody whose calendar is read, and the bookings in it."""

    def __init__(self, errand: Errand, app) -> None:
        self.errand, self.make, self.app = errand, errand.make, app
        self.room = self.make.room(errand.centre, "4")
        self.owner = self.make.staff("lawyer", errand.centre, initials="J.K.", language="en")
        self.key = self.new_key(self.owner)

    def new_key(self, staff: Staff) -> str:
        actor = self.make.actor(staff)
        return in_transaction(feeds.open_feed, at=self.errand.clock.at, by=actor)

    def books(self, starts_at: datetime = TEN, **more: object) -> Booking:
        chosen: dict[str, object] = {
            "reference": new_reference(),
            "case_id": self.errand.case.id,
            "service_id": self.make.service().id,
            "centre_id": self.errand.centre.id,
            "booked_centre_id": self.errand.centre.id,
            "staff_id": self.owner.id,
            "room_id": self.room.id,
            "starts_at": starts_at,
            "ends_at": starts_at + 40 * MINUTE,
            "language": "uk",
            "status": Status.BOOKED,
            "calendar_uid": str(uuid.uuid4()),
            "made_at": self.errand.clock.at,
            "made_by": self.errand.by.id,
        }
        booking = self.make.save(Booking(**{**chosen, **more}))
        self.step(booking, Happening.HELD if booking.held_for else Happening.MADE)
        return booking

    def step(self, booking: Booking, happening: Happening) -> None:
        self.make.save(
            BookingTrace(
                booking_id=booking.id,
                version=booking.version,
                happening=happening,
                status=booking.status,
                starts_at=booking.starts_at,
                staff_id=booking.staff_id,
                room_id=booking.room_id,
                at=self.errand.clock.at,
                by_id=self.errand.by.id,
            )
        )

    def read(self, key: str | None = None, **headers: str):
        address = f"/calendar/{key or self.key}.ics"
        return self.app.test_client().get(address, headers=headers)

    def events(self, key: str | None = None) -> list:
        answer = self.read(key)
        assert answer.status_code == 200
        return list(Calendar.from_ical(answer.data).walk("VEVENT"))


@pytest.fixture
def diary(make, clock, app) -> Diary:
    return Diary(Errand.of(make, clock), app)


def unfolded(content: bytes) -> list[tuple[str, str]]:
    """A second reading, by RFC 5545 3.1 alone: folded lines joined, «NAME;PARAMETERS:VALUE»."""
    text = content.decode()
    assert text.endswith("\r\n")
    raw = text.removesuffix("\r\n").split("\r\n")
    assert all("\r" not in line and "\n" not in line for line in raw)
    assert max(len(line.encode()) for line in raw) <= 75
    lines = text.replace("\r\n ", "").removesuffix("\r\n").split("\r\n")
    pairs = [re.fullmatch(r"([A-Z-]+)(?:;[^:]+)?:(.*)", line) for line in lines]
    return [(pair[1], pair[2]) for pair in pairs if pair or pytest.fail("not a content line")]


def test_an_appointment_is_a_time_and_a_room(diary: Diary):
    booking = diary.books()

    [one] = diary.events()

    assert one["SUMMARY"] == "Appointment · room 4"
    assert (one.decoded("DTSTART"), one.decoded("DTEND")) == (TEN, TEN + 40 * MINUTE)
    assert (one["UID"], one["SEQUENCE"]) == (booking.calendar_uid, 0)
    assert (one["STATUS"], one["CLASS"]) == ("CONFIRMED", "PRIVATE")


def test_nothing_in_it_tells_of_a_person_a_help_or_an_institution(diary: Diary):
    diary.books()
    diary.errand.note(assistant_id=diary.errand.assistant.id)

    for key in (diary.key, diary.new_key(diary.errand.assistant)):
        said = diary.read(key).get_data(as_text=True)
        assert [word for word in NEVER_SAID if re.search(rf"\b{word}", said)] == []
        assert diary.errand.code not in said
        names = {name for name, _value in unfolded(diary.read(key).data)}
        assert names <= {
            *("BEGIN", "END", "VERSION", "PRODID", "X-WR-CALNAME", "REFRESH-INTERVAL"),
            *("X-PUBLISHED-TTL", "UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY"),
            *("STATUS", "TRANSP", "CLASS", "METHOD", "LAST-MODIFIED"),
        }


@pytest.mark.parametrize("language", ["pl", "uk", "en", "ru"])
def test_every_line_is_as_rfc_5545_wants_it(diary: Diary, language):
    diary.owner.language = language
    diary.make.save(diary.owner)
    diary.books()
    diary.books(TEN + HOUR, room_id=None, status=Status.CANCELLED)

    lines = unfolded(diary.read().data)

    assert lines[0] == ("BEGIN", "VCALENDAR")
    assert lines[-1] == ("END", "VCALENDAR")
    assert [value for name, value in lines if name == "DTSTART"] == [
        "20300108T090000Z",
        "20300108T100000Z",
    ]
    for needed in ("UID", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "STATUS", "SEQUENCE"):
        assert [name for name, _value in lines].count(needed) == 2
    assert ("VERSION", "2.0") in lines
    assert ("METHOD", "PUBLISH") in lines
    assert ("REFRESH-INTERVAL", "PT1H") in lines
    assert ("X-PUBLISHED-TTL", "PT1H") in lines
    changed = {value for name, value in lines if name == "LAST-MODIFIED"}
    assert changed == {value for name, value in lines if name == "DTSTAMP"}
    assert not any(name == "BEGIN" and value == "VTIMEZONE" for name, value in lines)


def test_a_move_keeps_the_uid_and_raises_the_sequence(diary: Diary):
    booking = diary.books()
    booking.starts_at, booking.ends_at = TEN + HOUR, TEN + 2 * HOUR
    booking.version += 1
    diary.make.save(booking)

    [one] = diary.events()

    assert (one["UID"], one["SEQUENCE"]) == (booking.calendar_uid, 1)
    assert one.decoded("DTSTART") == TEN + HOUR


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.NEEDS_REBOOKING])
def test_what_will_not_be_is_marked_cancelled(diary: Diary, status):
    diary.books(status=status)

    [one] = diary.events()

    assert (one["STATUS"], one["TRANSP"]) == ("CANCELLED", "TRANSPARENT")


@pytest.mark.parametrize("status", [Status.ARRIVED, Status.DONE, Status.NO_SHOW])
def test_what_has_been_stays_as_it_was(diary: Diary, status):
    diary.books(status=status)

    assert diary.events()[0]["STATUS"] == "CONFIRMED"


def test_held_times_are_not_shown_not_even_once_they_lapsed(diary: Diary):
    until = diary.errand.clock.at + HOUR
    held = {"held_for": HeldFor.OFFER, "expires_at": until}
    diary.books(status=Status.HELD, **held)
    diary.books(TEN + HOUR, status=Status.CANCELLED, **held)

    assert diary.events() == []


def test_what_went_to_somebody_else_is_cancelled_in_the_formers_calendar(diary: Diary):
    substitute = diary.make.staff("lawyer", diary.errand.centre, initials="S.S.", language="en")
    booking = diary.books()
    booking.staff_id, booking.version = substitute.id, 2
    booking.starts_at, booking.ends_at = TEN + HOUR, TEN + HOUR + 40 * MINUTE
    diary.make.save(booking)
    diary.step(booking, Happening.REASSIGNED)

    [former] = diary.events()
    [now] = diary.events(diary.new_key(substitute))

    assert former["UID"] == now["UID"]
    assert (former["STATUS"], former["SEQUENCE"]) == ("CANCELLED", 1)
    assert former["SUMMARY"] == "Appointment"
    assert former.decoded("DTSTART") == TEN  # when it was theirs
    assert (now["STATUS"], now.decoded("DTSTART")) == ("CONFIRMED", TEN + HOUR)


@pytest.mark.parametrize("part", ["interpreter_id", "second_staff_id"])
def test_interpreters_and_second_specialists_find_it_too(diary: Diary, part):
    other = diary.make.staff("interpreter", diary.errand.centre, initials="I.I.", language="en")
    diary.books(**{part: other.id})
    diary.books(TEN + HOUR)

    [one] = diary.events(diary.new_key(other))

    assert (one["SUMMARY"], one["STATUS"]) == ("Appointment · room 4", "CONFIRMED")


def test_whoever_goes_along_is_away_with_the_way_there_and_back(diary: Diary):
    errand = diary.errand
    errand.assistant.language = "en"
    diary.make.save(errand.assistant)
    noted = errand.note(assistant_id=errand.assistant.id)
    key = diary.new_key(errand.assistant)

    [one] = diary.events(key)
    assert one["SUMMARY"] == "Appointment outside the Centre at 11:00"
    assert one.decoded("DTSTART") == errand.tomorrow - 30 * MINUTE
    assert one.decoded("DTEND") == errand.tomorrow + 70 * MINUTE
    assert one["UID"] == noted.calendar_uid

    errand.cancel(noted)
    [one] = diary.events(key)
    assert (one["STATUS"], one["SEQUENCE"]) == ("CANCELLED", 1)


def test_for_whoever_goes_along_no_more_it_is_cancelled_until_they_do_again(diary: Diary):
    errand = diary.errand
    one, key = errand.assistant.id, diary.new_key(errand.assistant)
    other = diary.make.staff("interpreter", errand.centre, initials="I.I.")
    noted = errand.note(assistant_id=one)
    errand.move(noted, errand.tomorrow + HOUR, assistant_id=other.id)

    [mine], [theirs] = diary.events(key), diary.events(diary.new_key(other))
    assert (mine["STATUS"], mine["SEQUENCE"], mine["UID"]) == ("CANCELLED", 1, theirs["UID"])
    assert mine.decoded("DTSTART") == errand.tomorrow - 30 * MINUTE  # when it was theirs
    assert theirs["STATUS"] == "CONFIRMED"

    errand.move(noted, errand.tomorrow + HOUR, assistant_id=one)
    [mine] = diary.events(key)
    assert (mine["STATUS"], mine["SEQUENCE"]) == ("CONFIRMED", 2)

    errand.move(noted, errand.tomorrow + HOUR)
    [mine] = diary.events(key)
    assert (mine["STATUS"], mine["SEQUENCE"]) == ("CANCELLED", 3)


def test_it_reaches_from_thirty_days_back_to_half_a_year_ahead(diary: Diary):
    at = diary.errand.clock.at
    kept = [at - 30 * DAY, at, at + 180 * DAY - MINUTE]
    for starts_at in (*kept, at - 30 * DAY - MINUTE, at + 180 * DAY):
        diary.books(starts_at)

    assert [one.decoded("DTSTART") for one in diary.events()] == kept


def test_the_same_calendar_is_not_sent_twice(diary: Diary):
    booking = diary.books()
    first = diary.read()
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "no-store"
    assert first.content_type == "text/calendar; charset=utf-8"
    diary.errand.clock.forward(HOUR)

    again = diary.read(**{"If-None-Match": tag})
    booking.status = Status.CANCELLED
    diary.make.save(booking)
    changed = diary.read(**{"If-None-Match": tag})

    assert (again.status_code, again.data) == (304, b"")
    assert changed.status_code == 200
    assert changed.headers["ETag"] != tag


def test_wrong_stopped_replaced_and_of_a_closed_account_are_one_404(diary: Diary, caplog):
    caplog.set_level(logging.DEBUG)
    errand, actor = diary.errand, diary.make.actor(diary.owner)
    replaced, current = diary.key, diary.new_key(diary.owner)
    assert diary.read(current).status_code == 200
    closed = diary.make.staff("adviser", errand.centre)
    key_of_closed = diary.new_key(closed)
    closed.disabled_at = errand.clock.at
    diary.make.save(closed)
    in_transaction(feeds.stop_feed, at=errand.clock.at, by=actor)

    keys = ["nothing", "A" * 43, replaced, current, key_of_closed]
    answers = [diary.read(key) for key in keys]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.data for answer in answers}) == 1
    assert all(key.encode() not in answers[0].data for key in keys)
    assert all(key not in caplog.text for key in keys[1:])


def test_only_a_hash_is_kept_and_one_address_is_live(diary: Diary):
    keys = [diary.key, diary.new_key(diary.owner)]

    rows = diary.make.session.scalars(select(CalendarFeed)).all()

    assert all(len(key) >= 43 for key in keys)  # 256 bits in base64
    assert not [row for row in rows if row.key_hash in keys]
    assert [row.revoked_at is None for row in rows] == [False, True]


def test_more_appointments_cost_no_more_statements(diary: Diary):
    def cost() -> int:
        sent: list[str] = []

        def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
            sent.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            assert diary.read().status_code == 200
        finally:
            event.remove(db.engine, "before_cursor_execute", note)
        return len([one for one in sent if one.lstrip().startswith("SELECT")])

    cost()
    diary.books()
    with_one = cost()
    for nth in range(1, 6):
        diary.books(TEN + nth * HOUR)

    assert cost() == with_one <= 5
