"""A one-time link opens one thing, once, in time."""

import threading
from collections import Counter
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from cic_cases.foundation.db import in_transaction
from cic_cases.people import queries, rules, service
from cic_cases.people.models import Purpose
from tests.conftest import Clock
from tests.factory import Factory
from tests.people.conftest import HASH, MakePerson
from tests.people.test_service import HASH_2, audited, invited


def test_a_link_works_once_and_ends_what_went_before(
    make: Factory, session: Session, clock: Clock
) -> None:
    staff, token = invited(make, clock.at)
    work = service.accept_link

    assert in_transaction(work, token, Purpose.INVITE, HASH, at=clock.at) == staff.id
    session.refresh(staff)
    assert (staff.password_hash, staff.session_version) == (HASH, 2)
    with pytest.raises(rules.WrongLink):
        in_transaction(work, token, Purpose.INVITE, HASH_2, at=clock.at)
    session.refresh(staff)
    assert staff.password_hash == HASH


def test_a_link_is_too_old_after_its_time(make: Factory, session: Session, clock: Clock) -> None:
    staff, invite = invited(make, clock.at)
    clock.forward(timedelta(days=7, seconds=-1))
    assert queries.open_link(session, invite, clock.at)
    clock.forward(timedelta(seconds=1))
    assert queries.open_link(session, invite, clock.at) is None
    with pytest.raises(rules.WrongLink):
        in_transaction(service.accept_link, invite, Purpose.INVITE, HASH, at=clock.at)

    reset = in_transaction(service.reset_link, staff.id, at=clock.at, by=None)
    clock.forward(timedelta(hours=24))
    assert queries.open_link(session, reset, clock.at) is None


def test_a_link_of_one_purpose_opens_nothing_else(
    person: MakePerson, session: Session, clock: Clock
) -> None:
    staff = person()
    issue = {
        Purpose.RESET: service.reset_link,
        Purpose.SIGNIN: service.signin_link,
    }
    opened = Counter[tuple[Purpose, Purpose]]()
    for made, make_link in issue.items():
        for asked in Purpose:
            token = in_transaction(make_link, staff.id, at=clock.at, by=None)
            password_hash = None if asked is Purpose.SIGNIN else HASH
            try:
                in_transaction(service.accept_link, token, asked, password_hash, at=clock.at)
            except rules.WrongLink:
                continue
            opened[made, asked] += 1
    api = in_transaction(
        service.issue_token, staff.id, lasts=timedelta(days=1), at=clock.at, by=None
    )
    with pytest.raises(rules.WrongLink):
        in_transaction(service.accept_link, api, Purpose.RESET, HASH, at=clock.at)

    assert set(opened) == {(one, one) for one in issue}


def test_a_newer_link_replaces_the_earlier_one(make: Factory, clock: Clock) -> None:
    staff, first = invited(make, clock.at)
    second = in_transaction(service.reset_link, staff.id, at=clock.at, by=None)

    with pytest.raises(rules.WrongLink):
        in_transaction(service.accept_link, first, Purpose.INVITE, HASH, at=clock.at)
    in_transaction(service.accept_link, second, Purpose.RESET, HASH, at=clock.at)


def test_a_sign_in_link_ends_no_other_session(
    person: MakePerson, session: Session, clock: Clock
) -> None:
    staff = person()
    token = in_transaction(service.signin_link, staff.id, at=clock.at, by=None)

    in_transaction(service.accept_link, token, Purpose.SIGNIN, None, at=clock.at)

    session.refresh(staff)
    assert staff.session_version == 1


def test_of_64_parallel_uses_of_one_link_one_succeeds(
    app: Flask, make: Factory, session: Session, clock: Clock
) -> None:
    staff, token = invited(make, clock.at)
    ready = threading.Barrier(64)
    outcomes: list[str] = []

    def use(number: int) -> None:
        with app.app_context():
            ready.wait()
            try:
                password_hash = f"hash {number}"
                in_transaction(
                    service.accept_link, token, Purpose.INVITE, password_hash, at=clock.at
                )
                outcomes.append(password_hash)
            except rules.WrongLink:
                outcomes.append("refused")

    threads = [threading.Thread(target=use, args=(number,)) for number in range(64)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Counter(one == "refused" for one in outcomes) == {True: 63, False: 1}
    session.refresh(staff)
    assert staff.password_hash in outcomes
    assert staff.session_version == 2
    assert audited(session).count("staff.invite_accepted") == 1
