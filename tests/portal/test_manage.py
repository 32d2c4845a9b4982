"""The page of one appointment: what it shows, and what the person can do there."""

import re
from datetime import timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import select

from cic_cases.bookings.models import Waiting, WaitingState
from cic_cases.bookings.statuses import Status
from cic_cases.foundation.codes import show
from cic_cases.foundation.i18n import PERSON_LOCALES
from cic_cases.notifications.kinds import Kind, State
from cic_cases.notifications.models import Message, Reply
from cic_cases.privacy.models import AuditEntry
from tests.portal.managed import ELEVEN, END, PRIVATE, TEN, Managed, Visitor

MINUTE = timedelta(minutes=1)
COMING, CALL_ME, CANCEL = "I will come", "Please call me about another date", "Cancel the appoint"


@pytest.fixture
def managed(app, make, clock) -> Managed:
    return Managed(app, make, clock)


@pytest.fixture
def visitor(managed) -> Visitor:
    return Visitor(managed)


def test_it_shows_date_time_centre_and_reference(managed, visitor):
    page = visitor.get().text

    assert "Monday, 14 January" in page
    assert ">10:00<" in page
    assert "Centrum Integracji Cudzoziemców (Poznań)" in page
    assert "ul. Przykładowa 1, Poznań" in page
    assert 'href="tel:+48887063112"' in page
    assert show(managed.booking.reference) in page
    assert show(managed.code) not in page
    assert managed.code not in page


@pytest.mark.parametrize("language", PERSON_LOCALES)
@pytest.mark.parametrize("more", ["", "/cancel", ".ics"])
def test_nothing_tells_what_for_with_whom_or_in_which_room(managed, visitor, language, more):
    answer = visitor.get(more, language)
    told = visitor.told(answer)

    assert answer.status_code == 200
    for word in (*PRIVATE, *managed.service.names.values()):
        assert word not in told, word
    if not more.endswith("ics"):
        assert f'<html lang="{language}">' in told
        assert re.search(rf'href="\?lang={language}" lang="{language}"[^>]+aria-current', told)


STAGES = {
    "it stands": (lambda m: None, "Your visit", {COMING, CALL_ME, CANCEL}),
    "a substitute comes": (Managed.goes_to_another, "Your visit", {COMING, CALL_ME, CANCEL}),
    "cancelled by us": (Managed.cancels, "This visit is cancelled", set()),
    "cancelled by phone": (lambda m: m.cancels("person"), "This visit is cancelled", set()),
    "it has another time": (Managed.moves, "The date of this visit has changed", set()),
    "it lost its time": (
        lambda m: m.sets(Status.NEEDS_REBOOKING),
        "The date of this visit is changing",
        set(),
    ),
    "the person is here": (lambda m: m.sets(Status.ARRIVED), "Your visit is now", set()),
    "it has begun": (lambda m: setattr(m.clock, "at", TEN), "Your visit is now", set()),
}


@pytest.mark.parametrize("name", STAGES)
def test_what_the_page_says_and_offers(managed, visitor, name):
    happen, title, offered = STAGES[name]
    happen(managed)

    page = visitor.get().text

    assert f"<h1>{title}</h1>" in page
    assert {one for one in (COMING, CALL_ME, CANCEL) if one in page} == offered


@pytest.mark.parametrize("name", [name for name in STAGES if not STAGES[name][2]])
@pytest.mark.parametrize("act", ["coming", "call-me", "cancel"])
def test_what_is_not_offered_does_nothing(managed, visitor, name, act):
    STAGES[name][0](managed)
    before = managed.rows()

    visitor.does(act)

    assert managed.rows() == before


def test_a_link_of_the_old_time_does_not_tell_the_new_one(managed, visitor):
    managed.moves(ELEVEN)
    page = visitor.get().text

    assert "11:00" not in page
    assert "10:00" not in page
    assert "Przykładowa" not in page
    assert visitor.get("/cancel").status_code == 303
    assert visitor.get(".ics").status_code == 303
    managed.token = managed.new_token()
    assert "11:00" in Visitor(managed).get().text


def test_the_person_says_that_they_come(managed, visitor):
    page = visitor.does("coming").text

    assert "Thank you. We expect you" in page
    assert COMING not in page
    assert CANCEL in page
    assert managed.replies() == [("coming", True)]
    assert managed.audited() == ["link.coming"]


def test_the_person_asks_to_be_called_and_the_date_stays_theirs(managed, visitor):
    page = visitor.does("call-me").text

    assert "We will call you" in page
    assert "Until then this date stays yours." in page
    assert CALL_ME not in page
    assert managed.stored().status is Status.BOOKED
    assert managed.replies() == [("call_me", True)]


def test_without_a_number_nobody_offers_to_call(app, make, clock):
    managed = Managed(app, make, clock, phone=None)
    visitor = Visitor(managed)

    assert CALL_ME not in visitor.get().text
    visitor.does("call-me")
    assert managed.replies() == []


def test_the_last_answer_counts(managed, visitor):
    visitor.does("coming")
    visitor.does("call-me")
    assert managed.replies() == [("coming", False), ("call_me", True)]

    page = visitor.does("coming").text

    assert managed.replies() == [("coming", True), ("call_me", False)]
    assert "Thank you. We expect you" in page


ENDED = {
    "moved": (Managed.moves, False),
    "cancelled": (Managed.cancels, False),
    "reassigned": (Managed.goes_to_another, True),
}


@pytest.mark.parametrize("name", ENDED)
def test_an_answer_counts_while_the_time_it_was_about_stands(managed, visitor, name):
    happen, counts = ENDED[name]
    visitor.does("call-me")
    happen(managed)

    assert managed.replies() == [("call_me", counts)]
    [row] = managed.session.scalars(select(Reply))
    assert (row.booking_version == managed.stored().version) is counts


def test_cancelling_asks_once_and_says_that_it_cannot_be_undone(managed, visitor):
    page = visitor.get("/cancel").text

    assert "<h1>Cancel this visit?</h1>" in page
    assert "This cannot be undone" in page
    assert managed.stored().status is Status.BOOKED


def test_the_person_cancels_and_is_told_as_on_request(managed, visitor):
    page = visitor.does("cancel").text

    assert "<h1>This visit is cancelled</h1>" in page
    assert managed.stored().status is Status.CANCELLED
    assert managed.audited() == ["link.cancelled"]
    told = select(Message.kind).where(Message.state == State.PENDING).distinct()
    assert list(managed.session.scalars(told)) == [Kind.CANCELLED_ON_REQUEST]


def test_the_audit_trail_names_nobody_and_holds_ids_only(managed, visitor):
    visitor.does("coming")
    visitor.does("cancel")

    by_link = AuditEntry.action.in_(("link.coming", "link.cancelled", "booking.cancelled"))
    rows = managed.session.scalars(select(AuditEntry).where(by_link)).all()
    assert len(rows) == 3
    for row in rows:
        assert (row.actor_id, row.subject_type) == (None, "booking")
        assert row.subject_id == managed.booking.id


def test_a_time_that_is_given_back_goes_to_the_first_in_line(managed, visitor, make):
    other, _code = make.case(managed.centre)
    waits = managed.waits(other)
    visitor.does("cancel")

    managed.stored()
    assert managed.session.get_one(Waiting, waits).state is WaitingState.OFFERED


@pytest.mark.parametrize(
    ("happen", "method", "status"),
    [(lambda m: None, "PUBLISH", "CONFIRMED"), (Managed.cancels, "CANCEL", "CANCELLED")],
)
def test_the_calendar_entry_is_that_of_the_mail(managed, visitor, happen, method, status):
    happen(managed)
    answer = visitor.get(".ics", "uk")

    assert answer.content_type == "text/calendar; charset=utf-8"
    file = Calendar.from_ical(answer.text)
    [entry] = file.walk("VEVENT")
    assert (file["METHOD"], entry["STATUS"]) == (method, status)
    assert entry["UID"] == f"{managed.booking.calendar_uid}@example.org"
    assert entry["SUMMARY"] == "Візит"
    assert entry.decoded("dtstart") == TEN
    assert entry["SEQUENCE"] == managed.stored().version - 1


def test_a_visit_that_is_over_has_no_page(managed, visitor):
    managed.clock.at = END - MINUTE
    assert visitor.get().status_code == 200
    managed.clock.at = END
    assert visitor.get().status_code == 404
    assert visitor.get(".ics").status_code == 404
    assert visitor.post("cancel").status_code == 404
