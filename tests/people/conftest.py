"""People who can sign in."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from cic_cases.foundation.db import db
from cic_cases.people import passkey_entry, passwords
from cic_cases.people.models import Staff
from cic_cases.people.passkeys import Purpose
from cic_cases.people.sessions import actor_of
from tests.conftest import MONDAY
from tests.factory import Factory
from tests.people.soft_passkey import SoftPasskey

PASSWORD = "zielony rower nad jeziorem"
HASH = passwords.HASHER.hash(PASSWORD.encode())

MakePerson = Callable[..., Staff]


@pytest.fixture
def person(make: Factory, session: Session) -> MakePerson:
    """A member of staff who has chosen `PASSWORD`."""

    def person(role: str = "reception", **more: object) -> Staff:
        staff = make.staff(role, **more)  # type: ignore[arg-type]
        staff.password_hash = HASH
        session.commit()
        return staff

    return person


@pytest.fixture
def site(app: Flask) -> Flask:
    """At an address by name, where browsers know passkeys; a second step is needed."""
    settings = replace(app.config["CIC"], base_url="http://localhost", second_step="required")
    app.config["CIC"] = settings
    return app


def added(staff: Staff, key: SoftPasskey) -> SoftPasskey:
    """This person has this passkey."""
    actor = actor_of(db.session(), staff.id)
    options = passkey_entry.options(Purpose.ADD, actor, at=MONDAY)
    passkey_entry.add(actor, key.make(json.loads(options or "")), "phone", Purpose.ADD, at=MONDAY)
    return key


@pytest.fixture
def owner(site: Flask, person: MakePerson, session: Session) -> Staff:
    return person("lawyer")


@pytest.fixture
def key(owner: Staff) -> SoftPasskey:
    return added(owner, SoftPasskey())
