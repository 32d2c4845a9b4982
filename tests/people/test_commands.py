"""`staff` and `token` at the terminal."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.bookings.models import Booking
from cic_cases.bookings.statuses import Status
from cic_cases.people import sessions
from cic_cases.people.models import Staff, StaffGrant
from cic_cases.privacy.models import AuditEntry
from cic_cases.privacy.roles import Role
from tests.conftest import Clock, settings_for
from tests.factory import Factory
from tests.people.conftest import MakePerson

LINK = "http://127.0.0.1:8000/link/"


def test_an_invitation_prints_a_link_that_opens(
    app: Flask, runner: FlaskCliRunner, make: Factory, session: Session
) -> None:
    poznan, leszno = make.centre("poznan"), make.centre("leszno")
    command = (
        "staff invite Anna.Kowalska@example.org --role reception --centre poznan"
        " --grant psychologist@leszno --language uk"
    )
    result = runner.invoke(args=command)

    assert result.exit_code == 0
    assert result.stdout.startswith(LINK)
    assert len(result.stdout.splitlines()) == 1
    path = result.stdout.strip().removeprefix("http://127.0.0.1:8000")
    assert app.test_client().get(path).status_code == 200
    staff = session.scalars(select(Staff)).one()
    assert (staff.email, staff.initials, staff.language) == (
        "anna.kowalska@example.org",
        "AK",
        "uk",
    )
    held = {(grant.role, grant.centre_id) for grant in session.scalars(select(StaffGrant))}
    assert held == {(Role.RECEPTION, poznan.id), (Role.PSYCHOLOGIST, leszno.id)}


def test_a_role_without_a_centre_is_for_the_only_region(
    runner: FlaskCliRunner, make: Factory, session: Session
) -> None:
    make.centre()

    result = runner.invoke(args="staff invite r@example.org --role region")

    assert result.exit_code == 0
    assert session.scalars(select(StaffGrant)).one().region_id == make.region().id


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ("staff invite x@example.org --role boss --centre poznan", "There is no role 'boss'"),
        ("staff invite x@example.org --role reception --centre nope", "no centre 'nope'"),
        ("staff invite x@example.org --grant reception@nope", "no centre 'nope'"),
        ("staff invite x@example.org --grant boss@poznan", "There is no role 'boss'"),
        ("staff invite x@example.org --grant reception", "must look like reception@poznan"),
        ("staff invite x@example.org --role region --region nope", "no region 'nope'"),
        ("staff invite x@example.org --role region --region a --centre poznan", "not both"),
        ("staff invite x@example.org", "Choose at least one role."),
        ("staff invite nobody --role reception --centre poznan", "valid email"),
        ("staff invite taken@example.org --role reception --centre poznan", "already an account"),
        ("staff invite x@example.org --role reception --centre poznan --language de", "options"),
        ("staff disable x@example.org", "no account with the e-mail 'x@example.org'"),
        ("staff reset nobody", "no account with the e-mail 'nobody'"),
        ("staff signin x@example.org", "no account"),
        ("token issue x@example.org", "no account"),
        ("token issue taken@example.org --days 0", "between 1 and 366"),
        ("token revoke x@example.org", "no account"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    command: str, sentence: str, runner: FlaskCliRunner, make: Factory
) -> None:
    make.staff(email="taken@example.org")

    result = runner.invoke(args=command)

    assert result.exit_code == 1
    assert result.stdout == ""
    assert sentence in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_a_region_must_be_named_when_there_are_none_or_two(
    runner: FlaskCliRunner, make: Factory
) -> None:
    result = runner.invoke(args="staff invite r@example.org --role region")

    assert result.exit_code == 1
    assert "Load a region file first" in result.stderr


def test_the_list_tells_state_and_roles(
    runner: FlaskCliRunner, make: Factory, person: MakePerson
) -> None:
    person("reception", email="a@example.org", initials="AA")
    make.staff("region", region=make.region(), email="b@example.org", initials="BB")

    lines = runner.invoke(args=["staff", "list"]).stdout.splitlines()

    assert lines == [
        "a@example.org\tAA\tactive\treception@poznan",
        "b@example.org\tBB\tinvited\tregion@wielkopolska(region)",
    ]


def test_closing_an_account_lists_what_is_ahead(
    runner: FlaskCliRunner, make: Factory, person: MakePerson, session: Session
) -> None:
    lawyer = person("lawyer", email="l@example.org")
    booking = save_booking(make, lawyer, datetime(2030, 1, 8, 9, tzinfo=UTC))

    result = runner.invoke(args="staff disable L@example.org")

    assert result.exit_code == 0
    assert result.stdout.splitlines()[1:] == [
        "Bookings ahead that need somebody else: 1",
        "2030-01-08 10:00\tpoznan\tuk",
    ]
    assert booking.reference not in result.stdout
    assert sessions.actor_of(session, lawyer.id) is None


def save_booking(make: Factory, staff: Staff, starts_at: datetime) -> Booking:
    case, _code = make.case()
    centre_id = make.centre().id
    return make.save(
        Booking(
            reference="QNJ5TQ",
            case_id=case.id,
            service_id=make.service().id,
            centre_id=centre_id,
            booked_centre_id=centre_id,
            staff_id=staff.id,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=40),
            language="uk",
            status=Status.BOOKED,
            calendar_uid="00000000-0000-4000-8000-000000000000",
            made_at=starts_at - timedelta(days=3),
            made_by=staff.id,
        )
    )


def test_a_reset_and_a_sign_in_link_open(
    app: Flask, runner: FlaskCliRunner, person: MakePerson
) -> None:
    person(email="a@example.org")

    for command in ("reset", "signin"):
        result = runner.invoke(args=["staff", command, "a@example.org"])
        assert result.stdout.startswith(LINK)
        assert (
            app.test_client().get("/link/" + result.stdout.strip()[len(LINK) :]).status_code == 200
        )


def test_a_sign_in_link_is_refused_and_recorded_in_production(
    app: Flask,
    runner: FlaskCliRunner,
    person: MakePerson,
    session: Session,
    tmp_path: object,
) -> None:
    staff = person(email="a@example.org")
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    app.config["CIC"] = settings_for(url, tmp_path, env="production")  # type: ignore[arg-type]

    result = runner.invoke(args="staff signin a@example.org")

    assert (result.exit_code, result.stdout) == (1, "")
    assert "refused in production" in result.stderr
    entry = session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.subject_id) == ("staff.signin_refused", staff.id)


def test_a_token_is_printed_once_and_revoked(
    runner: FlaskCliRunner, person: MakePerson, session: Session, clock: Clock
) -> None:
    person(email="a@example.org")

    token = runner.invoke(args="token issue a@example.org --days 2").stdout.strip()

    assert sessions.actor_of_token(session, token, clock.at + timedelta(hours=47))
    assert not sessions.actor_of_token(session, token, clock.at + timedelta(hours=48))
    revoked = runner.invoke(args="token revoke a@example.org")
    assert revoked.stdout == "Revoked 1 of a@example.org's tokens.\n"
    assert not sessions.actor_of_token(session, token, clock.at)
