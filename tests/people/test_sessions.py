"""Rights are as they are now, at every request."""

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from cic_cases.foundation import clock
from cic_cases.foundation.db import db, in_transaction
from cic_cases.people import service, sessions
from cic_cases.privacy.roles import Role
from tests.conftest import Clock
from tests.factory import Factory
from tests.signed_in import cookie_of


def test_an_actor_has_every_role_in_every_centre(make: Factory, session: Session) -> None:
    poznan, leszno = make.centre("poznan"), make.centre("leszno")
    staff = make.staff("reception", poznan)
    make.grant(staff, "psychologist", leszno)

    actor = sessions.actor_of(session, staff.id)

    assert actor is not None
    assert {(g.role, g.centre_ids) for g in actor.grants} == {
        (Role.RECEPTION, frozenset({poznan.id})),
        (Role.PSYCHOLOGIST, frozenset({leszno.id})),
    }
    assert actor.scope("desk.see").centres == {poznan.id}
    assert actor.scope("day.own").own == staff.id


def test_a_role_for_a_region_reaches_its_working_centres(make: Factory, session: Session) -> None:
    poznan, leszno = make.centre("poznan"), make.centre("leszno")
    staff = make.staff("region", region=make.region())
    leszno.active = False
    session.commit()

    actor = sessions.actor_of(session, staff.id)

    assert actor is not None
    assert actor.centre_ids == {poznan.id}


def test_a_role_for_a_region_without_centres_is_still_held(make: Factory, session: Session) -> None:
    actor = sessions.actor_of(session, make.staff("admin", region=make.region()).id)

    assert actor is not None
    assert actor.roles == {Role.ADMIN}
    assert actor.centre_ids == frozenset()


@pytest.mark.parametrize("token", ["", ":", "1", "1:1", "x" * 43, "\ud800"])
def test_a_token_that_is_nobodys_opens_nothing(token: str, make: Factory) -> None:
    make.staff()

    assert sessions.load_actor(token) is None


def test_a_session_ends_with_its_version_and_with_the_account(
    app: Flask, make: Factory, session: Session
) -> None:
    staff = make.staff()
    token = str(cookie_of(app, staff.id)["_user_id"])
    actor = sessions.load_actor(token)
    assert actor is not None
    assert actor.get_id() == token
    assert token not in repr(actor)

    in_transaction(service.disable, staff.id, at=clock.now(), by=None)

    assert sessions.load_actor(token) is None


def test_loading_an_actor_takes_one_statement(app: Flask, make: Factory, session: Session) -> None:
    staff = make.staff()
    for slug in ("leszno", "konin", "kalisz"):
        make.grant(staff, "adviser", make.centre(slug))
    token, seen = str(cookie_of(app, staff.id)["_user_id"]), []
    event.listen(db.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))

    actor = sessions.load_actor(token)

    assert len([one for one in seen if one.startswith("SELECT")]) == 1
    assert actor is not None
    assert [slug for slug, _ in actor.places] == ["kalisz", "konin", "leszno", "poznan"]
    assert {centre_id for _, centre_id in actor.places} == actor.centre_ids
    assert [grant.role for grant in actor.grants] == [Role.RECEPTION, *[Role.ADVISER] * 3]


def test_a_token_acts_as_its_owner_until_it_ends(
    make: Factory, session: Session, clock: Clock
) -> None:
    staff = make.staff()
    lasts = timedelta(days=1)
    token = in_transaction(service.issue_token, staff.id, lasts=lasts, at=clock.at, by=None)

    actor = sessions.actor_of_token(session, token, clock.at)

    assert actor is not None
    assert actor.id == staff.id
    assert sessions.actor_of_token(session, token + "x", clock.at) is None
    assert sessions.actor_of_token(session, token, clock.at + lasts) is None
    assert in_transaction(service.revoke_token, staff.id, at=clock.at, by=None) == 1
    assert sessions.actor_of_token(session, token, clock.at) is None
