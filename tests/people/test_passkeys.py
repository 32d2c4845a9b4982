"""Passkeys: added, used alone and as the second step, each challenge once, copies refused."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from cic_cases.foundation.db import in_transaction
from cic_cases.people import passkey_entry, passkey_rules, service
from cic_cases.people.factor_models import Passkey, PasskeyChallenge
from cic_cases.people.models import Staff
from cic_cases.people.passkeys import CHALLENGE_LASTS, Purpose
from cic_cases.people.session_models import BrowserSession
from cic_cases.people.session_rules import IDLE
from tests.conftest import MONDAY, Clock
from tests.people.conftest import MakePerson, added
from tests.people.soft_passkey import SoftPasskey
from tests.people.test_locks import is_in, put, token_in
from tests.people.test_second_step import type_password

SECOND = timedelta(seconds=1)
REFUSED = "This passkey did not open the account."


def told(client: FlaskClient, purpose: Purpose) -> dict[str, object]:
    answer = client.post(f"/passkeys/options/{purpose}")
    assert answer.status_code == 200
    return json.loads(answer.data)


def sign_in(client: FlaskClient, key: SoftPasskey, **more: bool):
    answer = key.prove(told(client, Purpose.SIGN_IN), **more)
    return client.post("/passkeys/sign-in?lang=en", data={"credential": answer, "next": "/account"})


def refused(client: FlaskClient, answer) -> bool:
    """Whether it led back to the page before, which says why."""
    assert answer.status_code == 303
    return REFUSED in client.get(answer.location).text and not is_in(client)


def test_a_passkey_is_the_second_step_that_is_set_up_first(
    site: Flask, owner: Staff, session: Session
):
    client, key = site.test_client(), SoftPasskey()
    assert type_password(client, owner).location == "/enrol"
    assert "data-passkey=" in client.get("/enrol").text

    page = client.post(
        "/passkeys/enrol", data={"credential": key.make(told(client, Purpose.ENROL))}
    )

    codes = re.findall(r"<li>(\w{4} \w{4} \w{4} \w{4})</li>", page.text)
    assert len(codes) == 10
    assert is_in(client)
    other = site.test_client()
    assert type_password(other, owner).location == "/second-step"
    assert not is_in(other)
    answer = key.prove(told(other, Purpose.SECOND_STEP), verified=False)
    done = other.post("/passkeys/second-step", data={"credential": answer})
    assert done.location == "/my-day"
    assert is_in(other)
    third = site.test_client()
    type_password(third, owner)
    assert third.post("/second-step", data={"code": codes[0]}).location == "/my-day"
    assert session.scalars(select(Passkey.sign_count)).one() == 1


def test_a_passkey_whose_device_verified_its_person_is_enough(site: Flask, key: SoftPasskey):
    client = site.test_client()
    put(client, "planted")

    answer = sign_in(client, key)

    assert answer.location == "/account"
    assert is_in(client)
    assert token_in(client) != "planted"


def test_without_a_verified_person_it_is_not_enough_alone(site: Flask, key: SoftPasskey):
    client = site.test_client()

    assert refused(client, sign_in(client, key, verified=False))


@pytest.mark.parametrize(
    "wrong",
    [
        {"origin": "http://localhost.evil.example"},
        {"domain": "evil.example"},
        {"id": b"somebody else's key, unknown here"},
    ],
)
def test_what_was_signed_for_another_page_opens_nothing(
    wrong: dict[str, object], site: Flask, key: SoftPasskey
):
    client = site.test_client()

    assert refused(client, sign_in(client, replace(key, **wrong)))
    assert sign_in(client, key).location == "/account"


def test_another_key_cannot_sign_for_this_one(site: Flask, key: SoftPasskey):
    client = site.test_client()

    assert refused(client, sign_in(client, replace(SoftPasskey(), id=key.id)))


def test_a_copy_that_lags_behind_is_noticed(site: Flask, key: SoftPasskey):
    client, thief = site.test_client(), site.test_client()
    copy = key.copy()
    assert sign_in(client, key).location == "/account"

    assert refused(thief, sign_in(thief, copy))
    assert sign_in(site.test_client(), key).location == "/account"


def test_a_passkey_that_never_counts_is_taken(site: Flask, owner: Staff):
    key = added(owner, SoftPasskey(counts=False))

    for _ in range(2):
        assert sign_in(site.test_client(), key).location == "/account"


def test_a_challenge_works_once_in_time_for_one_thing_and_one_person(
    site: Flask, owner: Staff, key: SoftPasskey, person: MakePerson, clock: Clock
):
    client, again = site.test_client(), site.test_client()
    answer = key.prove(told(client, Purpose.SIGN_IN))
    assert client.post("/passkeys/sign-in", data={"credential": answer}).location == "/my-day"
    assert refused(again, again.post("/passkeys/sign-in?lang=en", data={"credential": answer}))

    late = key.prove(told(again, Purpose.SIGN_IN))
    clock.forward(CHALLENGE_LASTS)
    assert refused(again, again.post("/passkeys/sign-in", data={"credential": late}))
    clock.forward(timedelta(hours=9))
    type_password(again, owner)
    other_thing = key.prove(told(again, Purpose.SECOND_STEP))
    stranger = site.test_client()
    posted = stranger.post("/passkeys/sign-in?lang=en", data={"credential": other_thing})
    assert refused(stranger, posted)
    neighbour = person("lawyer")
    theirs = added(neighbour, SoftPasskey())
    type_password(stranger, neighbour)
    for wrong in (
        key.prove(told(again, Purpose.SECOND_STEP)),
        key.prove(told(stranger, Purpose.SECOND_STEP)),
    ):
        posted = stranger.post("/passkeys/second-step?lang=en", data={"credential": wrong})
        assert refused(stranger, posted)
    right = theirs.prove(told(stranger, Purpose.SECOND_STEP))
    assert stranger.post("/passkeys/second-step", data={"credential": right}).location == "/my-day"


@pytest.mark.parametrize(
    "nonsense",
    [
        "",
        "{}",
        "[]",
        "null",
        "1",
        "x" * 20_000,
        '{"response":{"clientDataJSON":"e30"}}',
        "[" * 9000,
    ],
)
def test_nonsense_opens_nothing_and_breaks_nothing(nonsense: str, site: Flask):
    client = site.test_client()

    answer = client.post("/passkeys/sign-in?lang=en", data={"credential": nonsense})

    assert refused(client, answer)


def test_of_64_parallel_uses_of_one_answer_one_opens(
    site: Flask, owner: Staff, key: SoftPasskey, session: Session
):
    client = site.test_client()
    answer = key.prove(told(client, Purpose.SIGN_IN))
    session.rollback()

    def use(_number: int) -> bool:
        with site.test_request_context():
            try:
                passkey_entry.enter(answer, at=MONDAY)
            except passkey_rules.WrongPasskey:
                return False
            return True

    with ThreadPoolExecutor(64) as pool:
        assert sum(pool.map(use, range(64))) == 1
    assert session.scalar(select(func.count()).select_from(BrowserSession)) == 1


def test_a_closed_account_opens_by_no_passkey(site: Flask, owner: Staff, key: SoftPasskey):
    in_transaction(service.disable, owner.id, at=MONDAY, by=None)
    client = site.test_client()

    assert refused(client, sign_in(client, key))


def test_a_locked_screen_opens_by_the_passkey_of_its_owner(
    site: Flask, owner: Staff, key: SoftPasskey, clock: Clock
):
    client = site.test_client()
    sign_in(client, key)
    before = token_in(client)
    clock.forward(IDLE + SECOND)
    assert not is_in(client)
    assert "data-passkey=" in client.get("/prove").text

    for verified in (False, True):
        answer = key.prove(told(client, Purpose.PROVE), verified=verified)
        client.post("/passkeys/prove", data={"credential": answer, "next": "/account"})
        assert is_in(client) == verified
    assert token_in(client) != before


def test_options_are_for_whoever_stands_there(site: Flask, owner: Staff, key: SoftPasskey):
    stranger, waiting, inside = (site.test_client() for _ in range(3))
    type_password(waiting, owner)
    sign_in(inside, key)
    asked = {
        purpose: [
            one.post(f"/passkeys/options/{purpose}").status_code
            for one in (stranger, waiting, inside)
        ]
        for purpose in (*Purpose, "nothing")
    }

    assert asked == {
        Purpose.SIGN_IN: [200, 200, 200],
        Purpose.SECOND_STEP: [404, 200, 404],
        Purpose.PROVE: [404, 404, 200],
        Purpose.ENROL: [404, 404, 404],
        Purpose.ADD: [404, 404, 200],
        "nothing": [404, 404, 404],
    }


def test_a_stranger_cannot_ask_for_challenges_without_end(
    site: Flask, session: Session, clock: Clock
):
    client = site.test_client()
    statuses = [client.post("/passkeys/options/sign-in").status_code for _ in range(40)]

    assert statuses.count(200) == 31
    assert set(statuses[31:]) == {429}
    assert session.scalar(select(func.count()).select_from(PasskeyChallenge)) == 31
    clock.forward(CHALLENGE_LASTS)
    assert client.post("/passkeys/options/sign-in").status_code == 200
    session.rollback()
    assert session.scalar(select(func.count()).select_from(PasskeyChallenge)) == 1
