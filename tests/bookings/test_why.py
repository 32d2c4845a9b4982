"""Why is this time not free? For every cause its reason, and none that tells who is booked."""

from datetime import date, time, timedelta

import pytest

from cic_cases.bookings.reasons import SENTENCES, Reason, Why
from cic_cases.bookings.why import Question, why
from cic_cases.calendar.models import Closure, DutyException, ExceptionKind
from cic_cases.centres.models import OpeningDate
from cic_cases.foundation.clock import zone
from cic_cases.foundation.i18n import in_language
from cic_cases.foundation.localtime import instant
from tests.bookings.conftest import Practice, local_time

MONDAY = date(2030, 1, 7)
WARSAW = zone("Europe/Warsaw")


@pytest.fixture(autouse=True)
def reader_of_english(practice: Practice):
    with in_language("en"):
        yield


def ask(practice: Practice, start: str = "09:20", day: date = MONDAY, **more: object):
    at = instant(day, time.fromisoformat(start), WARSAW)
    question = Question(practice.service.id, practice.centre.id, at, **more)
    return why(practice.session, question, practice.clock.at)


def causes(practice: Practice, *args: object, **more: object) -> list[Why]:
    return [reason.why for reason in ask(practice, *args, **more)]


def told(practice: Practice, *args: object, **more: object) -> list[str]:
    return [reason.text() for reason in ask(practice, *args, **more)]


def test_a_free_time_has_no_reason_against_it(practice: Practice):
    assert ask(practice) == ()


@pytest.mark.parametrize(
    ("start", "more", "sentence"),
    [
        pytest.param("09:30", {}, "begin at other times; the nearest: 09:20, 10:00.", id="grid"),
        pytest.param("07:40", {}, "The duty on that day is 08:00–12:00.", id="before the duty"),
        pytest.param("12:00", {}, "The duty on that day is 08:00–12:00.", id="after the duty"),
        pytest.param("11:30", {}, "ends at 12:00: too little time is left.", id="too short"),
        pytest.param("06:30", {}, "This time has passed.", id="passed"),
        pytest.param("09:20", {"language": "ka"}, "does not speak this language.", id="language"),
        pytest.param(
            "09:20",
            {"language": "ka", "interpreter": True},
            "No interpreter of this language is on duty at this time.",
            id="no interpreter",
        ),
        pytest.param("09:20", {"specialist_key": "NOBODY00"}, "Nobody is on duty", id="who"),
        pytest.param("09:20", {"day": date(2030, 1, 8)}, "Nobody is on duty", id="another day"),
        pytest.param("09:20", {"day": date(2030, 1, 12)}, "does not open on that day", id="closed"),
        pytest.param("09:20", {"day": date(2030, 4, 22)}, "public holiday: Poniedziałek", id="may"),
        pytest.param("09:20", {"day": date(2031, 2, 3)}, "after 2031-01-08 cannot be", id="far"),
    ],
)
def test_a_time_that_is_not_offered_says_why(practice: Practice, start, more, sentence):
    [reason] = told(practice, start, **more)
    assert sentence in reason


def test_what_has_passed_has_passed(practice: Practice):
    practice.clock.forward(timedelta(hours=4))
    assert causes(practice) == [Why.PAST]


def test_the_public_books_some_time_ahead_and_staff_at_once(practice: Practice):
    practice.service.notice_minutes = 180
    practice.make.save(practice.service)
    assert causes(practice, "10:00") == []  # it is 7:00
    assert causes(practice, "10:00", public=True) == []
    [reason] = ask(practice, "09:20", public=True)
    assert (reason.why, reason.text()) == (
        Why.NOTICE,
        "This must be booked at least 180 min ahead.",
    )
    assert practice.starts(public=True) == ["10:00", "10:40", "11:20"]


@pytest.mark.parametrize(
    ("row", "cause"),
    [
        pytest.param(
            DutyException(kind=ExceptionKind.CANCELLED, duty_id=1, on=MONDAY),
            Why.CANCELLED,
            id="cancelled",
        ),
        pytest.param(Closure(centre_id=1, reason="x"), Why.CENTRE_CLOSED, id="centre closed"),
        pytest.param(
            Closure(centre_id=1, room_id=1, reason="x"), Why.ROOM_CLOSED, id="room closed"
        ),
        pytest.param(
            OpeningDate(centre_id=1, on=MONDAY, opens=time(12), closes=time(14)),
            Why.OUTSIDE_OPENING,
            id="open at other hours",
        ),
    ],
)
def test_a_changed_day_says_what_changed(practice: Practice, row, cause):
    if isinstance(row, Closure):
        row.first_day = row.last_day = MONDAY
    values = {c.key: getattr(row, c.key) for c in type(row).__table__.columns if c.key != "id"}
    practice.make.save(type(row)(**values))
    assert causes(practice) == [cause]
    assert practice.starts() == []


def test_an_institution_that_stays_away_is_named(practice: Practice):
    make = practice.make
    office = make.institution()
    officer = make.staff("partner", practice.centre, institution=office)
    make.duty(officer, practice.centre, None, [practice.service], weekday=1)
    tuesday = MONDAY + timedelta(1)
    assert ask(practice, "09:20", tuesday) == ()
    make.save(
        Closure(institution_id=office.id, first_day=tuesday, last_day=tuesday, reason="training")
    )
    assert causes(practice, "09:20", tuesday) == [Why.INSTITUTION_CLOSED]


def test_a_room_that_is_no_longer_used(practice: Practice):
    practice.room.active = False
    practice.make.save(practice.room)
    assert causes(practice) == [Why.ROOM_NOT_USED]


def test_a_substitute_holds_the_duty(practice: Practice):
    make = practice.make
    other = make.staff("lawyer", practice.centre, languages=("ka",), initials="T.B.")
    make.save(DutyException(duty_id=1, on=MONDAY, kind=ExceptionKind.CHANGED, staff_id=other.id))
    assert ask(practice) == ()
    assert {slot.initials for slot in practice.slots()} == {"T.B."}
    assert practice.starts(language="ka") == practice.starts()
    assert practice.starts(specialist_key=other.key) == practice.starts()
    assert practice.starts(specialist_key=practice.lawyer.key) == []
    assert causes(practice, specialist_key=practice.lawyer.key) == [Why.SUBSTITUTED]
    booking = practice.book(practice.slots()[0], make.case()[0].id)
    assert booking.staff_id == other.id


def test_taken_times_say_what_is_taken_and_never_by_whom(practice: Practice):
    make = practice.make
    case, code = make.case()
    practice.book(practice.slots()[2], case.id)  # 9:20
    other = make.staff("lawyer", practice.centre, initials="T.B.")
    make.duty(other, practice.centre, practice.room, [practice.service], weekday=0, grid=40)
    second_room = make.room(practice.centre, "2")
    third = make.staff("lawyer", practice.centre, initials="Z.Z.")
    make.duty(third, practice.centre, second_room, [practice.service], starts="09:20", ends="10:00")

    asked = {"person": case.resource_id}
    assert causes(practice, **asked) == [Why.PERSON_BUSY, Why.ROOM_TAKEN, Why.STAFF_TAKEN]
    assert causes(practice, specialist_key=other.key) == [Why.ROOM_TAKEN]
    assert ask(practice) == ()  # the third specialist is free for somebody else
    assert not any(code in text or "T.B." in text for text in told(practice, **asked))


def test_the_minutes_around_are_kept_free(practice: Practice):
    tuesday = MONDAY + timedelta(1)
    practice.make.duty(
        practice.lawyer, practice.centre, practice.room, [practice.service], weekday=1, after=20
    )
    practice.book(practice.slots(tuesday)[4], practice.make.case()[0].id)  # 9:20 until 10:00
    assert causes(practice, "08:40", tuesday) == [Why.BUFFER]
    assert causes(practice, "09:00", tuesday) == [Why.STAFF_TAKEN]
    assert causes(practice, "08:20", tuesday) == causes(practice, "10:20", tuesday) == []


def test_a_second_specialist_can_be_missing_or_taken(practice: Practice):
    make = practice.make
    practice.service.specialists = 2
    make.save(practice.service)
    assert causes(practice) == [Why.NO_SECOND]
    second = make.staff("lawyer", practice.centre, initials="T.B.")
    other = make.service("mediation")
    room = make.room(practice.centre, "2")
    make.duty(second, practice.centre, room, [practice.service, other], starts="09:00", grid=20)
    assert causes(practice) == []

    ids = {"service_ids": frozenset({other.id})}
    practice.book(practice.slots(**ids)[0], make.case()[0].id)
    assert causes(practice, specialist_key=practice.lawyer.key) == [Why.SECOND_TAKEN]


def test_an_interpreter_can_be_taken(practice: Practice):
    make = practice.make
    for number in ("2", "3"):
        colleague = make.staff("lawyer", practice.centre, initials=f"L.{number}")
        room = make.room(practice.centre, number)
        make.duty(colleague, practice.centre, room, [practice.service], grid=40)
    speaker = make.staff("interpreter", practice.centre, languages=("ka",))
    make.duty(speaker, practice.centre, None, [], kind="interprets", ends="10:00")
    georgian = {"language": "ka", "interpreter": True}
    assert causes(practice, **georgian) == []
    wanted = next(s for s in practice.slots(**georgian) if local_time(s.time.start) == "09:20")
    practice.book(wanted, make.case()[0].id, "ka", interpreter=True)

    assert causes(practice, **georgian)[-1] is Why.INTERPRETER_TAKEN
    assert causes(practice, "10:00", **georgian) == [Why.NO_INTERPRETER]


def test_an_hour_that_the_clocks_skip(practice: Practice):
    spring = date(2030, 3, 31)
    make = practice.make
    make.save(OpeningDate(centre_id=1, on=spring, opens=time(0), closes=time(12)))
    make.duty(
        practice.lawyer,
        practice.centre,
        practice.room,
        [practice.service],
        weekday=6,
        starts="02:30",
        ends="06:00",
    )
    assert causes(practice, "05:00", spring) == [Why.SKIPPED_HOUR]


def test_every_reason_has_a_sentence_and_a_place_in_the_order():
    assert SENTENCES.keys() == set(Why)
    filled = Reason(Why.GRID, {"times": "09:20"})
    assert filled.text().endswith("09:20.")
