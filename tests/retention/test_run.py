"""Periods and requests, on both databases: what goes is gone everywhere, what counts stays."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import func, select, text, update

from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Status
from cic_cases.cases import matching, queries
from cic_cases.cases import service as cases
from cic_cases.cases.attributes import ContactMode
from cic_cases.cases.models import Card, CaseLink, Contact, ContactMatch
from cic_cases.cases.rules import ContactWish
from cic_cases.centres.models import Region
from cic_cases.foundation.codes import show
from cic_cases.foundation.db import Base, in_transaction
from cic_cases.foundation.errors import NotFound
from cic_cases.notes.models import Note
from cic_cases.notifications.kinds import Kind, Means, Mode
from cic_cases.notifications.models import Attempt, ManageLink, Message, TryOutcome
from cic_cases.privacy.models import AuditEntry
from cic_cases.retention import erasure_list, rules, service
from cic_cases.retention.classification import tables
from cic_cases.retention.models import Erased
from cic_cases.visits.channels import Channel
from cic_cases.visits.models import Visit
from tests.desk.conftest import appointment, lawyer, room  # noqa: F401 - fixtures

PHONE = "+48600100200"
DAY = timedelta(days=1)


@pytest.fixture
def centre(make):
    return make.centre()


@pytest.fixture
def by(make, centre):
    return make.actor(make.staff("coordinator", centre))


@pytest.fixture
def known(session, make, centre, by, clock):
    """Somebody with a card, a number, a mailbox and one visit now; the case's id."""

    def known(phone="600 100 200"):
        case, _code = make.case(centre)
        wish = ContactWish(ContactMode.FULL, phone=phone, email="person@example.org")
        acting = {"centre_id": centre.id, "at": clock.at, "by": by}
        in_transaction(cases.set_contact, case.id, wish, **acting)
        make.save(
            Visit(
                key=f"visit-{case.id}",
                centre_id=centre.id,
                case_id=case.id,
                channel=Channel.DESK,
                language="uk",
                occurred_at=clock.at,
                recorded_by=by.id,
                recorded_at=clock.at,
            )
        )
        return case.id

    return known


def has_contact(session, case_id):
    session.rollback()
    session.expire_all()
    facts = queries.contact_of(session, case_id)
    return facts.has_phone or facts.has_email


def told(runner, *args):
    done = runner.invoke(args=["retention", *args])
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize(
    ("months", "expected"), [(1, "2030-02-28"), (6, "2029-09-30"), (13, "2029-02-28")]
)
def test_months_end_where_the_calendar_does(months, expected):
    at = datetime(2030, 3, 31, 12, tzinfo=UTC)

    assert rules.months_before(at, months).date().isoformat() == expected


def test_an_address_goes_six_months_after_the_last_visit_and_not_a_day_before(
    session,
    known,
    runner,
    clock,
    make,
    appointment,  # noqa: F811
):
    gone, expected = known(), known("600 100 201")
    clock.at = datetime(2030, 7, 7, 5, 59, tzinfo=UTC)
    told(runner, "run")
    assert has_contact(session, gone)
    ahead = appointment(date(2030, 9, 2))
    ahead.case_id = expected
    make.save(ahead)
    clock.forward(timedelta(minutes=2))

    explained = told(runner, "run", "--dry-run")
    assert (
        "wielkopolska: contacts: 1 would go, no visit or appointment since 2030-01-07" in explained
    )
    assert has_contact(session, gone)
    told(runner, "run")

    assert not has_contact(session, gone)
    assert has_contact(session, expected)
    assert matching.cases_with(session, PHONE) == []
    assert session.scalar(select(func.count()).select_from(Visit)) == 2
    assert "contacts: 0 would go" in told(runner, "run", "--dry-run")
    purged = session.scalars(select(AuditEntry).where(AuditEntry.action == "contact.purged")).one()
    assert (purged.subject_id, purged.actor_id) == (gone, None)


def test_notes_go_by_their_period_drafts_after_a_week_and_the_trail_stays(
    session, make, runner, clock, centre
):
    author, (case, _code) = make.staff("psychologist", centre), make.case(centre)
    make.note(case, author)
    make.session.execute(update(Region).values(note_months=2))
    make.session.commit()
    clock.forward(50 * DAY)
    make.note(case, author, "newer")
    clock.forward(20 * DAY)

    explained = told(runner, "run")

    assert "notes: 1 gone" in explained
    assert len(session.scalars(select(Note)).all()) == 1
    assert "kept: wielkopolska: visits and appointments are kept until the last" in explained


def test_after_the_project_only_numbers_are_left(session, known, runner, clock):
    case_id = known()
    session.execute(update(Region).values(last_payment_year=2031, record_years=5))
    session.commit()
    clock.at = datetime(2036, 12, 31, tzinfo=UTC)
    told(runner, "run")
    assert queries.current_code(session, case_id)
    session.rollback()
    clock.at = datetime(2037, 1, 1, tzinfo=UTC)

    assert "people: 1 gone" in told(runner, "run")

    assert queries.current_code(session, case_id) is None
    assert session.scalar(select(Visit.case_id)) == case_id


@pytest.fixture
def life(session, make, known, by, clock, appointment):  # noqa: F811
    """A person with everything that leads to one: message, attempt, link, linked case."""
    case_id = known()
    other, _code = make.case()
    booking = appointment(clock.at.date() + 7 * DAY)
    booking.case_id = case_id
    make.save(booking)
    contact = session.scalars(select(Contact).where(Contact.case_id == case_id)).one()
    message = Message(
        id="m1",
        booking_id=booking.id,
        booking_version=1,
        kind=Kind.REMINDER_DAY_BEFORE,
        channel=Means.SMS,
        mode=Mode.FULL,
        contact_id=contact.id,
        language="uk",
        due_at=clock.at + DAY,
        expires_at=clock.at + 6 * DAY,
        next_try_at=clock.at + DAY,
    )
    make.save(message)
    tried = {"channel": Means.SMS, "at": clock.at, "outcome": TryOutcome.SENT}
    make.save(Attempt(message_id="m1", provider_ref="gateway-77", **tried))
    make.save(
        ManageLink(token_hash="0" * 64, booking_id=booking.id, booking_version=1, made_at=clock.at)
    )
    first, second = sorted((case_id, other.id))
    make.save(
        CaseLink(
            first_id=first,
            second_id=second,
            centre_id=make.centre().id,
            suggested_at=clock.at,
            suggested_by=by.id,
        )
    )
    return case_id, booking


def test_an_erased_contact_is_gone_from_the_outbox_and_the_appointment_stays(
    session, life, by, clock
):
    case_id, booking = life

    in_transaction(service.erase, case_id, Erased.CONTACT, at=clock.at, by=by.id)

    assert not has_contact(session, case_id)
    assert session.get_one(Message, "m1").state != "pending"
    assert session.scalar(select(Attempt.provider_ref)) is None
    for table in (ManageLink, ContactMatch):
        assert session.scalars(select(table)).all() == []
    assert session.get_one(Booking, booking.id).status is Status.BOOKED
    assert queries.current_code(session, case_id)


def test_a_forgotten_person_is_led_to_by_no_code_and_still_counted(session, life, by, clock, make):
    case_id, booking = life
    code = queries.current_code(session, case_id)
    with pytest.raises(rules.HasAppointments):
        in_transaction(service.erase, case_id, Erased.PERSON, at=clock.at, by=by.id)
    booking.status = Status.CANCELLED
    make.save(booking)

    in_transaction(service.erase, case_id, Erased.PERSON, at=clock.at, by=by.id)

    with pytest.raises(NotFound):
        queries.visible_case(session, code, by.scope("case.see"))
    for table in (CaseLink, ManageLink, ContactMatch):
        assert session.scalars(select(table)).all() == []
    assert session.scalars(select(Card).where(Card.case_id == case_id)).all() == []
    dump = " ".join(str(row) for name in tables() for row in everything(session, name))
    assert code not in dump
    assert session.scalar(select(func.count()).select_from(Visit)) == 1


def everything(session, name):
    return session.execute(select(Base.metadata.tables[name])).all()


def test_a_restored_backup_does_not_undo_it(session, app, known, by, clock, runner, client_of):
    case_id, later = known(), known("600 100 202")
    kept = session.execute(text("SELECT phone_sealed FROM contact ORDER BY case_id")).first()[0]
    in_transaction(service.erase, case_id, Erased.CONTACT, at=clock.at, by=by.id)
    path = erasure_list.path_in(app.config["CIC"])
    assert told(runner, "reapply") == "erasures applied again: 0\n"
    assert path.stat().st_mode & 0o077 == 0
    assert set(json.loads(path.read_text())) == {"key", "what", "case_id", "opened_at", "at"}
    session.execute(text("DELETE FROM erasure"))  # the backup is from before
    session.execute(
        text("UPDATE contact SET mode = 'full', phone_sealed = :s WHERE case_id = :c"),
        {"s": kept, "c": case_id},
    )
    session.commit()
    assert has_contact(session, case_id)
    session.rollback()

    assert "applied again: 1" in told(runner, "run")

    assert not has_contact(session, case_id)
    assert has_contact(session, later)
    session.rollback()
    assert "applied again: 0" in told(runner, "run")


def test_another_case_with_the_number_of_an_erased_one_is_left_alone(
    session, app, known, by, clock, runner
):
    case_id = known()
    in_transaction(service.erase, case_id, Erased.CONTACT, at=clock.at, by=by.id)
    told(runner, "reapply")
    session.execute(text("DELETE FROM erasure"))
    session.execute(text("UPDATE case_file SET opened_at = '2030-01-08 06:00:00'"))
    session.commit()

    assert told(runner, "reapply") == "erasures applied again: 0\n"


def test_a_person_gets_a_copy_of_everything_but_what_is_secret_by_profession(
    session, make, life, runner, tmp_path
):
    case_id, _booking = life
    author = make.staff("psychologist", initials="Q.Q.")
    case = session.get_one(Contact, queries.contact_of(session, case_id).id)
    make.note(session.get_one(type(make.case()[0]), case_id), author, "She has not slept.")
    code = show(queries.current_code(session, case_id))
    session.rollback()

    told(runner, "export", code, str(tmp_path / "copy.json"))

    copy = (tmp_path / "copy.json").read_text()
    data = json.loads(copy)["data"]
    assert case is not None
    assert data["contact"][0]["phone"] == PHONE
    assert data["contact"][0]["email"] == "person@example.org"
    assert data["card"][0]["code"] == code.replace("-", "")
    assert data["booking"][0]["service_id"] == "Legal Advice (en)"
    assert {"case_file", "visit", "message", "attempt", "manage_link", "case_link"} <= set(data)
    assert "slept" not in copy
    assert "Q.Q." not in copy
    assert (tmp_path / "copy.json").stat().st_mode & 0o077 == 0
    wrong = runner.invoke(args=["retention", "export", "836-VY9-YEX", "x"])
    assert wrong.exit_code == 1
