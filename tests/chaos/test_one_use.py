"""Sixty-four at once, over HTTP, use what works once: one of them is let in.

They come from browsers that are known, each with its own count of tries, so that all of them are
judged; two web processes with sixteen threads each answer.
"""

import http.client
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from urllib.parse import urlencode

import pyotp
import pytest
from sqlalchemy import func, select

from cic_cases.foundation.db import db, in_transaction
from cic_cases.people import devices, factors, service, session_service
from cic_cases.people.factor_models import RecoveryCode
from cic_cases.people.session_models import BrowserSession
from cic_cases.people.session_rules import WaitingFor
from tests.chaos.crowd import Desk
from tests.chaos.test_storm import SERVER_SECRET, desk_of
from tests.system.running_server import PATIENCE, Answer, RunningServer, all_at_once

pytestmark = pytest.mark.chaos
RIVALS = 64
CODES = factors.RECOVERY_CODES


def real_now() -> datetime:
    """The server's clock runs; that of the tests stands still."""
    return datetime.now(UTC)


@pytest.fixture
def server(database_url, tmp_path, session):
    session.rollback()
    with RunningServer(database_url, tmp_path) as server:
        yield server
    assert "Traceback" not in server.log()


@pytest.fixture
def staff(make):
    return make.staff("reception")


def waiting(staff) -> Desk:
    """A known browser in which the password was right."""
    at = real_now()
    token = in_transaction(
        session_service.begin, staff.id, at=at, waiting_for=WaitingFor.SECOND_STEP
    )
    known = in_transaction(devices.remember, staff.id, None, at=at)
    desk = desk_of({"_user_id": token, "_fresh": True}, 0, SERVER_SECRET)
    return Desk(f"{desk.cookie}; cic-device={known}", desk.csrf)


def send(server: RunningServer, path: str, desk: Desk, **form: str) -> Answer:
    """One form, over a connection of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    try:
        body = urlencode({**form, "csrf_token": desk.csrf})
        connection.request("POST", path, body, desk.headers)
        answer = connection.getresponse()
        answer.read()
        return Answer(answer.status, {})
    finally:
        connection.close()


def outcomes(answers: list[Answer]) -> Counter[int]:
    return Counter(answer.status for answer in answers)


@pytest.fixture
def with_app(staff, monkeypatch):
    """Their app and recovery codes; the app's next code."""
    at = real_now()
    secret = in_transaction(factors.propose, staff.id, at=at)
    before = pyotp.TOTP(secret).at(at, counter_offset=-1)
    codes = in_transaction(factors.confirm, staff.id, before, at=at)
    return secret, codes


def entered(staff_id: int) -> int:
    """Sessions that wait for nothing any more."""
    db.session.rollback()
    opened = select(func.count()).where(
        BrowserSession.staff_id == staff_id, BrowserSession.waiting_for.is_(None)
    )
    return db.session.scalar(opened) or 0


def test_of_64_uses_of_one_code_of_the_app_one_opens(server, staff, with_app):
    desks = [waiting(staff) for _ in range(RIVALS)]
    next_code = pyotp.TOTP(with_app[0]).at(real_now(), counter_offset=1)  # right for 30 s and more
    db.session.rollback()

    answers = all_at_once(
        partial(send, server, "/second-step", desk, code=next_code) for desk in desks
    )

    assert outcomes(answers) == {303: 1, 422: RIVALS - 1}
    assert entered(staff.id) == 1


def test_of_64_uses_of_one_recovery_code_one_opens(server, staff, with_app):
    desks = [waiting(staff) for _ in range(RIVALS)]
    db.session.rollback()

    answers = all_at_once(
        partial(send, server, "/second-step", desk, code=with_app[1][0]) for desk in desks
    )

    assert outcomes(answers) == {303: 1, 422: RIVALS - 1}
    assert entered(staff.id) == 1
    left = select(func.count()).where(RecoveryCode.used_at.is_(None))
    assert db.session.scalar(left) == CODES - 1


def test_of_64_uses_of_one_invitation_one_sets_the_password(server, staff):
    link = in_transaction(service.reset_link, staff.id, at=real_now(), by=None)
    desks = [desk_of({}, 0, SERVER_SECRET) for _ in range(RIVALS)]
    db.session.rollback()

    answers = all_at_once(
        partial(send, server, f"/link/{link}", desk, password=f"zielony rower nr {number:02}")
        for number, desk in enumerate(desks)
    )

    found = outcomes(answers)
    assert found[303] == 1
    assert set(found) <= {303, 404, 503}  # who waited too long for a turn to hash comes back
    assert entered(staff.id) == 1
