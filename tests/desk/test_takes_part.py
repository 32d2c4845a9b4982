"""Interpreters and second specialists: what they see of a booking, and that they change nothing."""

import uuid
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event

from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Status
from cic_cases.foundation.codes import new_reference, show
from cic_cases.foundation.db import db
from tests.errand import HOUR, Errand

TEN = datetime(2030, 1, 7, 9, tzinfo=UTC)  # 10:00 in Warsaw
DONE = 'value="done"'


@pytest.fixture
def errand(make, clock) -> Errand:
    return Errand.of(make, clock)


@pytest.fixture
def lawyer(make, errand):
    return make.staff("lawyer", errand.centre, initials="J.K.")


@pytest.fixture
def books(make, errand, lawyer):
    """A booking with the lawyer today; its case's code comes with it."""

    def books(starts_at: datetime = TEN, **more: object) -> tuple[Booking, str]:
        case, code = make.case(errand.centre, "tr")
        chosen: dict[str, object] = {
            "reference": new_reference(),
            "case_id": case.id,
            "service_id": make.service().id,
            "centre_id": errand.centre.id,
            "booked_centre_id": errand.centre.id,
            "staff_id": lawyer.id,
            "room_id": make.room(errand.centre, f"{starts_at:%H}").id,
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(minutes=40),
            "language": "tr",
            "status": Status.BOOKED,
            "calendar_uid": str(uuid.uuid4()),
            "made_at": errand.clock.at,
            "made_by": errand.by.id,
        }
        return make.save(Booking(**{**chosen, **more})), show(code)

    return books


def test_an_interpreter_sees_time_room_language_and_code_and_no_more(
    books, errand, lawyer, client_of
):
    interpreter = errand.assistant
    booking, code = books(interpreter_id=interpreter.id, interpreter=True)
    other, other_code = books(TEN + HOUR)
    browser = client_of(interpreter)

    page = browser.get("/my-day?lang=en").text

    for seen in (code, "10:00", "room 09", "Türkçe", "you interpret"):
        assert seen in page
    for unseen in (
        other_code,
        show(booking.reference),
        "visit 1",
        "J.K.",
        "Legal",
        DONE,
        "/cases/",
    ):
        assert unseen not in page
    assert browser.get(f"/bookings/{show(booking.reference)}").status_code == 404
    assert browser.get(f"/cases/{code}").status_code == 404
    acting = browser.post(f"/bookings/{show(booking.reference)}/status", data={"status": "done"})
    assert acting.status_code == 404
    assert DONE in client_of(lawyer).get("/my-day?lang=en").text
    assert "with an interpreter" in client_of(lawyer).get("/my-day?lang=en").text


def test_a_second_specialist_sees_the_booking_and_the_case_and_changes_nothing(
    books, errand, client_of, make
):
    second = make.staff("adviser", errand.centre, initials="A.A.")
    booking, code = books(second_staff_id=second.id)
    browser, reference = client_of(second), show(booking.reference)

    page = browser.get("/my-day?lang=en").text

    assert code in page
    assert "together with" in page
    assert "J.K." in page
    assert DONE not in page
    assert browser.get(f"/bookings/{reference}").status_code == 200
    assert browser.get(f"/cases/{code}").status_code == 200
    for act, data in (("status", {"status": "done"}), ("cancel", {"who": "person"}), ("move", {})):
        assert browser.post(f"/bookings/{reference}/{act}", data=data).status_code == 404
    make.session.refresh(booking)
    assert booking.status is Status.BOOKED


@pytest.mark.parametrize("status", [Status.CANCELLED, Status.NEEDS_REBOOKING])
def test_what_was_freed_is_in_nobodys_day(books, errand, client_of, status):
    _booking, code = books(interpreter_id=errand.assistant.id, status=status)

    page = client_of(errand.assistant).get("/my-day?lang=en").text

    assert code not in page
    assert "Nothing is planned for this day" in page


def test_whoever_goes_along_sees_the_time_away_and_not_where(errand, client_of):
    noted = errand.note(errand.clock.at + 4 * HOUR, assistant_id=errand.assistant.id)
    called_off = errand.note(errand.clock.at + 9 * HOUR, assistant_id=errand.assistant.id)
    errand.cancel(called_off)

    page = client_of(errand.assistant).get("/my-day?lang=en").text

    assert "Appointment elsewhere at 11:00" in page
    assert 'datetime="2030-01-07T09:30:00+00:00"' in page  # the way begins
    assert "away until 12:10" in page
    assert show(errand.code) in page
    assert f"/external/{show(noted.reference)}" in page
    assert "Counter" not in page
    assert show(called_off.reference) not in page
    assert "16:00" not in page


def test_the_day_costs_the_same_statements_however_full(books, errand, client_of, statements):
    browser = client_of(errand.assistant)
    books(interpreter_id=errand.assistant.id)
    browser.get("/my-day")
    with statements() as one:
        browser.get("/my-day")
    for nth in range(1, 5):
        books(TEN + nth * HOUR, interpreter_id=errand.assistant.id)
    with statements() as many:
        browser.get("/my-day")

    assert len(many) == len(one)


@pytest.fixture
def statements(app):
    """Collect what is asked of the database inside a block."""

    @contextmanager
    def collect():
        sent: list[str] = []

        def note(_connection, _cursor, statement, *_more):
            if statement.lstrip().startswith("SELECT"):
                sent.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            yield sent
        finally:
            event.remove(db.engine, "before_cursor_execute", note)

    return collect


@pytest.mark.parametrize("remote", [False, True])
def test_an_interpreter_sees_their_duty_and_no_kind_of_help(errand, make, client_of, remote):
    speaker = make.staff("interpreter", errand.centre, languages=("ka",), initials="T.G.")
    make.duty(speaker, errand.centre, None, [], kind="interprets", languages=("ka",), remote=remote)

    page = client_of(speaker).get("/my-day?lang=en").text

    assert "on duty 08:00–12:00" in page
    assert "Free time, 240 min" in page
    assert "Nothing is planned" not in page
    assert "Now in the room" not in page
    assert "Legal" not in page
