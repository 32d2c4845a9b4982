"""Other roles for an account: at once, only what is one's own to give, never by mistake."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from cic_cases.people.models import StaffGrant
from cic_cases.privacy.models import AuditEntry
from tests.people.test_commands import save_booking
from tests.reading import words_of

SEEN = re.compile(r'name="seen"[^>]*value="([^"]*)"')


@pytest.fixture
def centre(make):
    return make.centre()


@pytest.fixture
def person(make, centre):
    return make.staff("reception", centre, initials="N.P.")


@pytest.fixture
def coordinator(make, centre, client_of):
    return client_of(make.staff("coordinator", centre))


@pytest.fixture
def address(person):
    return f"/admin/{person.key}/roles?lang=en"


@pytest.fixture
def roles_of(session):
    def roles_of(staff):
        session.rollback()
        rows = session.scalars(select(StaffGrant).where(StaffGrant.staff_id == staff.id))
        return sorted(row.role for row in rows)

    return roles_of


def save(client, address, *held, seen="reception@poznan"):
    return client.post(address, data={"held": list(held), "seen": seen})


def test_the_page_ticks_what_the_account_has_and_offers_what_is_ones_own_to_give(
    coordinator, address
):
    page = coordinator.get(address).text

    ticked = re.findall(r'value="([^"@]+@[^"]+)" checked', page)
    offered = set(re.findall(r'name="held" value="([^"@]+)@', page))
    assert ticked == ["reception@poznan"]
    assert {"reception", "lawyer", "psychologist"} <= offered
    assert not {"region", "admin", "auditor"} & offered


def test_other_roles_count_from_the_next_request_and_end_every_session(
    coordinator, address, person, client_of, roles_of
):
    theirs = client_of(person)
    assert theirs.get("/desk").status_code == 200

    answer = save(coordinator, address, "lawyer@poznan")

    assert (answer.status_code, answer.location) == (303, "/admin")
    assert roles_of(person) == ["lawyer"]
    assert theirs.get("/desk").location.startswith("/login")
    assert "sign in again" in words_of(coordinator.get("/admin?lang=en").text)


def test_it_is_on_record(coordinator, address, person, session):
    save(coordinator, address, "lawyer@poznan", "reception@poznan")

    session.rollback()
    acts = session.scalars(select(AuditEntry.action).where(AuditEntry.subject_id == person.id))
    assert "staff.roles" in list(acts)


def test_saving_what_is_so_already_ends_no_session(coordinator, address, person, client_of):
    theirs = client_of(person)

    save(coordinator, address, "reception@poznan")

    assert theirs.get("/desk").status_code == 200


def test_nobody_is_left_without_a_role(coordinator, address, person, roles_of):
    answer = save(coordinator, address)

    assert answer.status_code == 422
    assert "Choose at least one role." in answer.text
    assert roles_of(person) == ["reception"]


def test_what_a_colleague_changed_meanwhile_is_looked_at_first(
    coordinator, address, person, roles_of
):
    save(coordinator, address, "reception@poznan", "lawyer@poznan")

    answer = save(coordinator, address, "adviser@poznan")

    assert answer.status_code == 422
    assert "The roles were changed meanwhile." in answer.text
    assert 'value="adviser@poznan" checked' in answer.text
    assert roles_of(person) == ["lawyer", "reception"]
    seen = SEEN.search(answer.text)[1]
    assert save(coordinator, address, "adviser@poznan", seen=seen).status_code == 303
    assert roles_of(person) == ["adviser"]


@pytest.mark.parametrize("wish", ["admin@*1", "coordinator@poznan", "reception@leszno", "x", "@"])
def test_a_role_that_is_not_ones_own_to_give_is_not_given(
    coordinator, address, person, make, roles_of, wish
):
    make.centre("leszno")

    save(coordinator, address, "reception@poznan", wish)

    assert roles_of(person) == ["reception"]


@pytest.mark.parametrize("role", ["coordinator", "region", "admin"])
def test_accounts_that_are_not_below_ones_own_are_as_missing(coordinator, make, centre, role):
    other = make.staff(role, centre)

    missing = coordinator.get("/admin/ZZZZ0000/roles")
    for answer in (
        coordinator.get(f"/admin/{other.key}/roles"),
        save(coordinator, f"/admin/{other.key}/roles", "reception@poznan"),
    ):
        assert answer.status_code == missing.status_code == 404


def test_nobody_changes_their_own_roles(make, centre, client_of, roles_of):
    me = make.staff("coordinator", centre)

    answer = save(client_of(me), f"/admin/{me.key}/roles", "reception@poznan")

    assert answer.status_code == 404
    assert roles_of(me) == ["coordinator"]


def test_a_region_gives_roles_in_each_of_its_centres(make, client_of, centre, person, roles_of):
    make.centre("leszno")
    region = client_of(make.staff("region", region=make.region()))
    page = region.get(f"/admin/{person.key}/roles").text

    assert "reception@leszno" in page
    assert "coordinator@leszno" in page


def test_who_still_has_appointments_ahead_is_named(coordinator, make, centre, session, clock):
    lawyer = make.staff("lawyer", centre)
    save_booking(make, lawyer, datetime(2030, 1, 8, 10, tzinfo=UTC))

    save(coordinator, f"/admin/{lawyer.key}/roles", "reception@poznan", seen="lawyer@poznan")

    page = words_of(coordinator.get("/admin?lang=en").text)
    assert "1 appointment ahead is still theirs." in page
