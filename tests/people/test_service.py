"""Accounts from the invitation to the end."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from cic_cases.calendar.models import Resource, ResourceKind
from cic_cases.foundation.db import in_transaction
from cic_cases.people import grants, queries, rules, service, sessions
from cic_cases.people.models import OneTimeLink, Purpose, Staff, StaffLanguage
from cic_cases.people.rules import GrantWish, Invitation
from cic_cases.privacy.models import AuditEntry
from cic_cases.privacy.roles import Role
from tests.conftest import Clock
from tests.factory import Factory
from tests.people.conftest import HASH, MakePerson

HASH_2 = "the hash of another password"


def invitation(centre_id: int, role: Role = Role.RECEPTION) -> Invitation:
    return Invitation(
        email="Anna.Kowalska@example.org",
        initials=" AK ",
        language="uk",
        grants=(GrantWish(role, centre_id=centre_id),),
        languages=("pl", "uk", "pl"),
    )


def invited(make: Factory, at: datetime) -> tuple[Staff, str]:
    return in_transaction(service.invite, invitation(make.centre().id), at=at, by=None)


def audited(session: Session) -> list[str]:
    return list(session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_an_invited_person_has_an_account_time_of_their_own_and_no_password(
    make: Factory, session: Session, clock: Clock
) -> None:
    staff, token = invited(make, clock.at)

    assert (staff.email, staff.initials, staff.language) == (
        "anna.kowalska@example.org",
        "AK",
        "uk",
    )
    assert staff.password_hash is None
    assert len(staff.key) == 8
    assert session.get_one(Resource, staff.resource_id).kind is ResourceKind.SPECIALIST
    spoken = session.scalars(select(StaffLanguage.language).order_by(StaffLanguage.language))
    assert list(spoken) == ["pl", "uk"]
    assert audited(session) == ["staff.invited"]
    link = session.scalars(select(OneTimeLink)).one()
    assert token not in (link.token_hash, staff.key)
    assert len(token) >= 43  # 256 bits
    assert link.expires_at == clock.at + timedelta(days=7)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"email": "nobody"}, rules.EmailInvalid),
        ({"email": "TAKEN@example.org"}, rules.EmailTaken),
        ({"initials": ""}, rules.InitialsInvalid),
        ({"language": "de"}, rules.LanguageInvalid),
        ({"languages": ("xx",)}, rules.LanguageInvalid),
        ({"grants": ()}, rules.NoRole),
        ({"grants": (GrantWish(Role.RECEPTION, centre_id=999),)}, rules.NotGrantable),
        ({"grants": (GrantWish(Role.REGION, region_id=999),)}, rules.NotGrantable),
        ({"grants": (GrantWish(Role.REGION),)}, rules.NotGrantable),
        ({"institution_key": "NIX"}, grants.NoSuchInstitution),
    ],
    ids=str,
)
def test_a_wrong_invitation_leaves_nothing_behind(
    change: dict[str, object],
    refusal: type[Exception],
    make: Factory,
    session: Session,
    clock: Clock,
) -> None:
    make.staff(email="taken@example.org")
    wish = replace(invitation(make.centre().id), **change)  # type: ignore[arg-type]

    with pytest.raises(refusal):
        in_transaction(service.invite, wish, at=clock.at, by=None)

    assert len(session.scalars(select(Staff)).all()) == 1
    assert len(session.scalars(select(Resource)).all()) == 1


def test_an_officer_belongs_to_an_institution(
    make: Factory, session: Session, clock: Clock
) -> None:
    office = make.institution("WUW")
    wish = replace(invitation(make.centre().id, Role.PARTNER), institution_key="WUW")

    staff, _token = in_transaction(service.invite, wish, at=clock.at, by=None)

    assert staff.institution_id == office.id


@pytest.mark.parametrize(
    ("by", "role", "where", "allowed"),
    [
        ("coordinator", Role.LAWYER, "poznan", True),
        ("coordinator", Role.COORDINATOR, "poznan", False),
        ("coordinator", Role.LAWYER, "leszno", False),
        ("reception", Role.RECEPTION, "poznan", False),
        ("region", Role.COORDINATOR, "leszno", True),
        ("region", Role.REGION, None, False),
        ("admin", Role.AUDITOR, None, True),
        ("admin", Role.ADMIN, None, True),
        ("coordinator", Role.RECEPTION, None, False),
    ],
)
def test_an_invitation_stays_below_the_one_who_invites(
    by: str, role: Role, where: str | None, allowed: bool, make: Factory, clock: Clock
) -> None:
    places = {slug: make.centre(slug) for slug in ("poznan", "leszno")}
    region = make.region() if by in ("region", "admin") else None
    actor = make.actor(make.staff(by, places["poznan"], region=region))
    wish = (
        GrantWish(role, centre_id=places[where].id)
        if where
        else GrantWish(role, region_id=make.region().id)
    )
    asked = replace(invitation(0), grants=(wish,))

    if allowed:
        staff, _token = in_transaction(service.invite, asked, at=clock.at, by=actor)
        assert staff.id
    else:
        with pytest.raises(rules.NotGrantable):
            in_transaction(service.invite, asked, at=clock.at, by=actor)


def test_a_closed_account_opens_by_nothing(
    person: MakePerson, session: Session, clock: Clock
) -> None:
    staff = person()
    reset = in_transaction(service.reset_link, staff.id, at=clock.at, by=None)
    signin = in_transaction(service.signin_link, staff.id, at=clock.at, by=None)
    lasts = timedelta(days=1)
    token = in_transaction(service.issue_token, staff.id, lasts=lasts, at=clock.at, by=None)

    for _twice in range(2):
        in_transaction(service.disable, staff.id, at=clock.at, by=None)

    assert queries.credentials(session, staff.email) is None
    assert sessions.actor_of_token(session, token, clock.at) is None
    for link, purpose, password_hash in (
        (reset, Purpose.RESET, HASH),
        (signin, Purpose.SIGNIN, None),
    ):
        with pytest.raises(rules.WrongLink):
            in_transaction(service.accept_link, link, purpose, password_hash, at=clock.at)
    for more in (service.reset_link, service.signin_link):
        with pytest.raises(queries.NoSuchAccount):
            in_transaction(more, staff.id, at=clock.at, by=None)
    with pytest.raises(queries.NoSuchAccount):
        in_transaction(service.issue_token, staff.id, lasts=lasts, at=clock.at, by=None)
    assert audited(session).count("staff.disabled") == 1


def test_a_password_that_changed_meanwhile_is_not_overwritten(
    person: MakePerson, session: Session, clock: Clock
) -> None:
    staff = person()
    in_transaction(service.change_password, staff.id, HASH, HASH_2, at=clock.at)

    with pytest.raises(rules.AccountChanged):
        in_transaction(service.change_password, staff.id, HASH, "other", at=clock.at)
    with pytest.raises(rules.AccountChanged):
        in_transaction(service.sign_in, staff.id, HASH, at=clock.at)

    session.refresh(staff)
    assert (staff.password_hash, staff.session_version) == (HASH_2, 2)


def test_what_is_not_below_the_actor_is_as_if_missing(
    make: Factory, person: MakePerson, clock: Clock
) -> None:
    actor = make.actor(person("coordinator"))
    equal, foreign = person("coordinator"), person(centre=make.centre("leszno"))

    for staff_id in (equal.id, foreign.id, actor.id, 999_999):
        for act in (service.reset_link, service.signin_link, service.disable):
            with pytest.raises(queries.NoSuchAccount):
                in_transaction(act, staff_id, at=clock.at, by=actor)


def test_the_trail_tells_who_acted(
    make: Factory, person: MakePerson, session: Session, clock: Clock
) -> None:
    coordinator, staff = person("coordinator"), person()
    in_transaction(service.disable, staff.id, at=clock.at, by=make.actor(coordinator))

    entry = session.scalars(select(AuditEntry)).one()

    assert (entry.actor_id, entry.action) == (coordinator.id, "staff.disabled")
    assert (entry.subject_type, entry.subject_id) == ("staff", staff.id)
