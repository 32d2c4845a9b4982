"""The same POST sent again, at once or later, acts once and is answered alike."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from cic_cases import scheduler
from cic_cases.bookings.models import Booking
from cic_cases.foundation.db import db
from cic_cases.people.models import IdempotentAnswer
from cic_cases.visits.models import QuickContact
from tests.api.conftest import Program

CONTACT = {"centre": "poznan", "channel": "desk"}
KEY = "5f3c"


def count(session, model):
    session.rollback()
    return session.scalar(select(func.count()).select_from(model))


def test_the_same_key_and_body_is_answered_again_and_acts_once(monday, program, session):
    p = program(monday.reception)

    answers = [p.post("/quick-contacts", CONTACT, key=KEY) for _ in range(3)]

    assert len({(a.status_code, a.data) for a in answers}) == 1
    assert count(session, QuickContact) == 1


def test_another_body_or_address_needs_another_key(monday, program, slots, make, session):
    p = program(monday.reception)
    p.post("/quick-contacts", CONTACT, key=KEY)

    other = p.post("/quick-contacts", {**CONTACT, "channel": "phone"}, key=KEY)

    assert other.status_code == 422
    assert other.get_json()["type"].endswith("/idempotency-key-reused")
    assert count(session, QuickContact) == 1


def test_the_key_belongs_to_its_owner_and_its_call(monday, make, program, session):
    colleague = make.staff("reception", monday.centre)
    visit = {**CONTACT, "services": ["integration_advice"], "language": "uk"}

    for p in (program(monday.reception), program(colleague)):
        assert p.post("/quick-contacts", CONTACT, key=KEY).status_code == 201
        assert p.post("/visits", visit, key=KEY).status_code == 201

    assert count(session, QuickContact) == 2


def test_a_refusal_is_not_kept(monday, program, slots, make, session):
    p = program(monday.reception)
    _, other = make.case(monday.centre)
    body = {"slot": slots[0]["slot"], "language": "uk"}
    first = p.post("/bookings", {**body, "case": monday.code}).get_json()
    wish = {**body, "case": other}

    assert p.post("/bookings", wish, key=KEY).status_code == 409
    p.post(f"/bookings/{first['reference']}/cancel", {"by": "person"})

    assert p.post("/bookings", wish, key=KEY).status_code == 201


def test_after_a_day_the_key_is_free_again(monday, program, clock, session):
    p = program(monday.reception)
    p.post("/quick-contacts", CONTACT, key=KEY)
    clock.forward(timedelta(hours=24))

    p.post("/quick-contacts", CONTACT, key=KEY)

    assert count(session, QuickContact) == 2
    assert count(session, IdempotentAnswer) == 1


def test_answers_of_a_day_ago_are_swept_whoever_they_are_for(app, monday, program, clock, session):
    program(monday.reception).post("/quick-contacts", CONTACT, key=KEY)
    clock.forward(timedelta(hours=23))
    program(monday.reception).post("/quick-contacts", CONTACT, key="later")
    scheduler.tidy(app)
    assert count(session, IdempotentAnswer) == 2
    clock.forward(timedelta(hours=1))

    scheduler.tidy(app)

    assert count(session, IdempotentAnswer) == 1


@pytest.mark.sqlite_only
@pytest.mark.parametrize("key", ["", "k" * 256, "kľúč"])
def test_an_unusable_key_is_refused(monday, program, key):
    p = program(monday.reception)
    headers = {**p.headers, "Idempotency-Key": key.encode().decode("latin-1")}

    answer = p.client.post("/api/v1/quick-contacts", json=CONTACT, headers=headers)

    assert answer.status_code == 422
    assert "Idempotency-Key" in answer.get_json()["errors"]


def test_ten_at_once_act_once_and_are_answered_alike(app, monday, token_of, slots, session):
    token = token_of(monday.reception)
    body = {"slot": slots[0]["slot"], "case": monday.code, "language": "uk"}
    together = threading.Barrier(10)

    def send(_):
        program = Program(app.test_client(), token)
        together.wait()
        answer = program.post("/bookings", body, key=KEY)
        return answer.status_code, answer.data

    session.rollback()
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(send, range(10)))

    assert len(set(answers)) == 1
    assert answers[0][0] == 201
    assert count(session, Booking) == 1
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Booking)) == 1
