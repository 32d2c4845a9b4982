"""People who can sign in."""

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from cic_cases.people import passwords
from cic_cases.people.models import Staff
from tests.factory import Factory

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
