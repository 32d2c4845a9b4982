"""Whoever guesses waits; whoever has been here before does not."""

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from cic_cases.foundation.db import in_transaction
from cic_cases.people import passwords, totp, tries
from cic_cases.people.models import Staff
from cic_cases.privacy.slowdown import SlowDown
from tests.conftest import MONDAY, Clock
from tests.people.conftest import PASSWORD, MakePerson
from tests.people.test_second_step import code_at, with_app

WRONG = "wrong horse battery"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
CODES = 10**totp.DIGITS
OPEN_AT_ONCE = len(totp.AROUND)


def type_password(client: FlaskClient, email: str, password: str = PASSWORD):
    return client.post("/login", data={"email": email, "password": password})


def evaluated_within(clock: Clock, how_long: timedelta, attempt) -> list[timedelta]:
    """When a guesser who never sleeps was evaluated, trying as soon as they may."""
    begun, seen = clock.at, []
    while clock.at - begun < how_long:
        answer = attempt()
        if answer.status_code == 422:
            seen.append(clock.at - begun)
        clock.forward(timedelta(seconds=int(answer.headers.get("Retry-After", 1))))
    return seen


def most_within(seen: list[timedelta], window: timedelta) -> int:
    held: deque[timedelta] = deque()
    most = 0
    for one in seen:
        held.append(one)
        while one - held[0] >= window:
            held.popleft()
        most = max(most, len(held))
    return most


def test_guesses_wait_and_the_known_browser_does_not(app: Flask, person: MakePerson, clock: Clock):
    staff, home, thief = person(), app.test_client(), app.test_client()
    assert type_password(home, staff.email).status_code == 303
    home.post("/logout")

    seen = evaluated_within(clock, HOUR, lambda: type_password(thief, staff.email, WRONG))

    assert 5 <= len(seen) <= 20
    type_password(thief, staff.email, WRONG)
    right = type_password(thief, staff.email)
    assert right.status_code == 429
    assert int(right.headers["Retry-After"]) > 60
    unknown = type_password(thief, "nobody@example.org", "x" * 12)
    assert unknown.status_code == 422
    assert type_password(home, staff.email).status_code == 303


def test_of_a_thousand_stolen_passwords_few_are_even_compared(
    app: Flask, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    compared: list[str | None] = []
    monkeypatch.setattr(passwords, "matches", lambda _typed, stored: compared.append(stored))
    thief = app.test_client()

    for number in range(500):
        for password in ("stolen-elsewhere-1", "stolen-elsewhere-2"):
            type_password(thief, f"person{number}@example.org", password)
            clock.forward(timedelta(seconds=1))

    assert 30 <= len(compared) <= 50


def waiting_for_a_code(app: Flask, staff: Staff) -> FlaskClient:
    """A browser in which the password was right."""
    client = app.test_client()
    assert type_password(client, staff.email).location == "/second-step"
    return client


def test_guessing_codes_for_a_year_opens_one_account_in_twenty_at_most(
    app: Flask, person: MakePerson, clock: Clock, session: Session, monkeypatch: pytest.MonkeyPatch
):
    staff = person()
    with_app(session, staff, monkeypatch)
    session.rollback()
    home = waiting_for_a_code(app, staff)
    assert home.post("/second-step", data={"code": code_at(clock.at)}).status_code == 303
    home.post("/logout")
    thief = [waiting_for_a_code(app, staff)]

    def guess():
        answer = thief[0].post("/second-step", data={"code": "000000"})
        if answer.status_code == 303:  # the session is over: the thief knows the password
            thief[0] = waiting_for_a_code(app, staff)
            answer = thief[0].post("/second-step", data={"code": "000000"})
        return answer

    seen = evaluated_within(clock, 2 * DAY, guess)

    assert 5 <= most_within(seen, timedelta(minutes=5)) <= 13
    assert most_within(seen, HOUR) <= 20
    a_day = most_within(seen, DAY)
    assert 30 < a_day <= 50
    assert 1 - (1 - OPEN_AT_ONCE / CODES) ** (365 * a_day) < 0.05
    assert type_password(home, staff.email).location == "/second-step"
    assert home.post("/second-step", data={"code": code_at(clock.at)}).status_code == 303


def test_tries_at_the_same_moment_are_counted_exactly(app: Flask, session: Session):
    session.rollback()

    def one(_number: int) -> bool:
        with app.app_context():
            try:
                in_transaction(tries.take, tries.second(1, None), at=MONDAY)
            except SlowDown:
                return False
            return True

    with ThreadPoolExecutor(64) as pool:
        evaluated = sum(pool.map(one, range(64)))

    assert evaluated == tries.PACES[tries.SECOND].free + 1
