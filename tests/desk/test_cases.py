"""The page of a case: what each reader finds on it, and what can be done there."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select

from cic_cases.bookings.events import BookingDone
from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Status
from cic_cases.cases import queries
from cic_cases.cases.attributes import ContactMode
from cic_cases.foundation import clock
from cic_cases.foundation.codes import new_reference, show
from cic_cases.foundation.db import db, in_transaction
from cic_cases.privacy.models import AuditEntry
from cic_cases.visits import service as visits
from cic_cases.visits.channels import Channel
from cic_cases.visits.rules import VisitWish

DAY = timedelta(days=1)


@pytest.fixture
def centre(make):
    return make.centre()


@pytest.fixture
def desk(make, centre, client_of):
    return client_of(make.staff("reception", centre))


@pytest.fixture
def case_and_code(make, centre):
    return make.case(centre)


@pytest.fixture
def book(make, centre):
    """A booking as it stands in the table."""

    def book(case, staff, service, at=None, status=Status.BOOKED):
        starts = at or clock.now() + DAY
        return make.save(
            Booking(
                reference=new_reference(),
                case_id=case.id,
                service_id=service.id,
                centre_id=centre.id,
                booked_centre_id=centre.id,
                staff_id=staff.id,
                room_id=None,
                starts_at=starts,
                ends_at=starts + timedelta(minutes=40),
                language="uk",
                status=status,
                calendar_uid="-",
                made_at=clock.now(),
                made_by=staff.id,
            )
        )

    return book


def page(client, code, status=200, **query):
    answer = client.get(f"/cases/{show(code)}", query_string={"lang": "en", **query})
    assert answer.status_code == status
    return answer.get_data(as_text=True)


def record(make, staff, case, service, centre, days=1):
    wish = VisitWish(
        centre_id=centre.id,
        channel=Channel.DESK,
        service_ids=frozenset({service.id}),
        case_id=case.id,
        language="uk",
        minutes=30,
        occurred_at=clock.now() - days * DAY,
    )
    in_transaction(visits.record, wish, at=clock.now(), by=make.actor(staff))


def test_reception_sees_four_answers_and_no_way_to_write_a_name(desk, case_and_code):
    _, code = case_and_code

    html = page(desk, code)

    for shown in (show(code), "Українська", "Ukraine", "Woman", "18–60", "No visits yet"):
        assert shown in html
    assert "<textarea" not in html
    assert "style=" not in html


def test_kinds_of_help_are_shown_to_whom_they_may_be(make, centre, client_of, desk, book):
    case, code = make.case(centre)
    lawyer = make.staff("lawyer", centre, initials="L.L.")
    legal = make.service()
    school = make.service("school_choice", 30, "slot", "role")
    course = make.service("polish_course", None, "group", "open")
    book(case, lawyer, legal)
    adviser = make.staff("adviser", centre)
    record(make, adviser, case, school, centre)
    record(make, adviser, case, course, centre, days=2)

    seen = {
        "reception": page(desk, code),
        "coordinator": page(client_of(make.staff("coordinator", centre)), code),
        "lawyer": page(client_of(lawyer), code),
        "adviser": page(client_of(adviser), code),
    }

    named = {
        who: {key for key in ("Legal Advice", "School Choice", "Polish Course") if key in html}
        for who, html in seen.items()
    }
    assert named == {
        "reception": {"Polish Course"},
        "coordinator": {"School Choice", "Polish Course"},
        "lawyer": {"Legal Advice"},
        "adviser": {"School Choice", "Polish Course"},
    }
    assert "specialist" in seen["coordinator"]
    assert "30 min" in seen["adviser"]
    assert not any("30 min" in seen[who] for who in ("reception", "coordinator", "lawyer"))


def test_a_booking_that_led_to_a_visit_is_one_line(make, centre, desk, book, session):
    case, code = make.case(centre)
    psychologist = make.staff("psychologist", centre)
    service = make.service("psychological_support", 50)
    booking = book(case, psychologist, service, at=clock.now(), status=Status.DONE)
    in_transaction(
        visits.record_for_booking,
        BookingDone(
            booking_id=booking.id,
            centre_id=centre.id,
            case_id=case.id,
            service_id=service.id,
            language="uk",
            minutes=50,
            occurred_at=clock.now(),
            at=clock.now(),
            by=psychologist.id,
        ),
    )

    html = page(desk, code)

    assert html.count(show(booking.reference)) == 2  # its address and its text
    assert "Psychological" not in html


def test_foreign_missing_and_mistyped_are_the_same_404(make, centre, client_of, case_and_code):
    _, code = case_and_code
    foreign = client_of(make.staff("reception", make.centre("leszno")))
    at_home = client_of(make.staff("reception", centre))

    answers = [
        page(foreign, code, 404),
        page(at_home, "836VY9YEX", 404),
        page(at_home, "836VY9YEA", 404),
    ]

    assert len({html[html.index("<main") : html.index("</main")] for html in answers}) == 1


def test_a_specialist_keeps_a_case_for_a_year_and_no_longer(
    make, centre, client_of, case_and_code, book
):
    case, code = case_and_code
    lawyer = make.staff("lawyer", centre)
    client = client_of(lawyer)
    page(client, code, 404)

    booking = book(case, lawyer, make.service(), at=clock.now() - 366 * DAY, status=Status.DONE)
    page(client, code, 404)
    booking.ends_at, booking.starts_at = clock.now() - 363 * DAY, clock.now() - 364 * DAY
    make.save(booking)
    page(client, code, 200)
    booking.status = Status.CANCELLED
    make.save(booking)
    page(client, code, 404)


@pytest.mark.parametrize("role", ["admin", "auditor", "region", "interpreter"])
@pytest.mark.sqlite_only
def test_roles_without_cases_find_none(make, centre, client_of, case_and_code, role):
    page(client_of(make.staff(role, centre)), case_and_code[1], 404)


def test_reading_changes_nothing_and_is_on_record_once(make, centre, desk, case_and_code, session):
    page(desk, case_and_code[1])
    desk.get(f"/cases/{show(case_and_code[1])}/card")

    (line,) = session.scalars(select(AuditEntry))
    assert (line.action, line.subject_id) == ("case.read", case_and_code[0].id)


def test_a_contact_is_kept_and_never_shown_again(desk, case_and_code, session):
    case, code = case_and_code
    sent = {"mode": "discreet", "phone": "600 100 200", "email": ""}

    answer = desk.post(f"/cases/{show(code)}/contact", data=sent)

    assert (answer.status_code, answer.location) == (303, f"/cases/{show(code)}")
    facts = queries.contact_of(session, case.id)
    assert (facts.mode, facts.has_phone, facts.has_email) == (ContactMode.DISCREET, True, False)
    html = page(desk, code)
    assert "Stored, and not shown" in html
    assert "600100200" not in html.replace(" ", "")
    assert "600 100" not in html


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        pytest.param({"mode": "full", "phone": "12"}, "Enter a valid phone number.", id="phone"),
        pytest.param({"mode": "full", "email": "x@"}, "Enter a valid email address.", id="email"),
        pytest.param({"mode": "full"}, "Enter a phone number or an email address", id="nowhere"),
        pytest.param({"phone": "600100200"}, "Choose one of the options.", id="no mode"),
        pytest.param({"mode": "loud", "phone": "1"}, "Choose one of the options.", id="odd mode"),
    ],
)
def test_what_cannot_be_a_contact_is_answered_at_its_field_and_stays_typed(
    desk, case_and_code, session, sent, sentence
):
    case, code = case_and_code

    answer = desk.post(f"/cases/{show(code)}/contact?lang=en", data=sent)
    html = answer.get_data(as_text=True)

    assert answer.status_code == 422
    assert html.count(sentence) == 2  # in the summary and at the field
    for typed in (value for name, value in sent.items() if name in ("phone", "email")):
        assert f'value="{typed}"' in html
    assert queries.contact_of(session, case.id) is None


def test_a_wrong_phone_does_not_hide_a_wrong_mailbox(desk, case_and_code):
    sent = {"mode": "full", "phone": "12", "email": "x@"}

    html = desk.post(f"/cases/{show(case_and_code[1])}/contact?lang=en", data=sent).text

    assert html.count("Enter a valid phone number.") == 2
    assert html.count("Enter a valid email address.") == 2


def test_a_new_card_replaces_the_old_one(desk, case_and_code, session):
    case, old = case_and_code

    answer = desk.post(f"/cases/{show(old)}/card")

    new = queries.current_code(session, case.id)
    assert (answer.status_code, answer.location) == (303, f"/cases/{show(new)}")
    page(desk, old, 404)
    page(desk, new, 200)


@pytest.mark.sqlite_only
def test_a_specialist_sees_no_form_of_contact_and_cannot_send_one(
    make, centre, client_of, case_and_code, book
):
    case, code = case_and_code
    lawyer = make.staff("lawyer", centre)
    book(case, lawyer, make.service())
    client = client_of(lawyer)

    html = page(client, code)

    assert "/contact" not in html
    assert "Issue a new card" not in html
    assert client.post(f"/cases/{show(code)}/contact").status_code == 404
    assert client.post(f"/cases/{show(code)}/card").status_code == 404


@pytest.mark.sqlite_only
def test_the_card_is_in_the_persons_language_and_has_a_variant_without_any_name(make, centre, desk):
    _, code = make.case(centre, language="es")

    named = desk.get(f"/cases/{show(code)}/card").get_data(as_text=True)
    neutral = desk.get(f"/cases/{show(code)}/card?neutral=1").get_data(as_text=True)

    for html in (named, neutral):
        assert '<html lang="es"' in html
        assert show(code) in html
        assert 'role="img"' in html
        assert "style=" not in html
    assert "Español" in named
    assert "Español" not in neutral
    sheets = neutral[neutral.index('class="sheets"') :]
    assert "CIC" not in sheets


@pytest.mark.sqlite_only
def test_booking_for_this_person_puts_the_case_on_the_counter(desk, case_and_code):
    case, code = case_and_code

    answer = desk.post(f"/cases/{show(code)}/book")

    assert (answer.status_code, answer.location) == (303, "/bookings")
    with desk.session_transaction() as kept:
        assert kept["open_case"] == case.id


@pytest.mark.sqlite_only
def test_nobody_enters_without_signing_in(client_of, case_and_code):
    answer = client_of(None).get(f"/cases/{show(case_and_code[1])}")

    assert answer.status_code == 303
    assert answer.location.startswith("/login")


@pytest.mark.sqlite_only
def test_the_page_asks_the_database_the_same_whatever_the_past(
    app, make, centre, client_of, case_and_code, desk
):
    case, code = case_and_code
    asked = []
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    page(desk, code)
    adviser = make.staff("adviser", centre)
    record(make, adviser, case, make.service(), centre)
    asked.clear()
    page(desk, code)
    with_one = len(asked)
    for days in range(2, 8):
        record(make, adviser, case, make.service(), centre, days=days)
    asked.clear()
    page(desk, code)

    assert len(asked) == with_one
