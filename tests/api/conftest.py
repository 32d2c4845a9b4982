"""A program with a token, and a lawyer's Monday in Poznań that it can book."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from cic_cases.cases.models import Case
from cic_cases.centres.models import Centre
from cic_cases.foundation.clock import now
from cic_cases.foundation.db import in_transaction
from cic_cases.people import service as people
from cic_cases.people.models import Staff
from tests.factory import Factory


class Program:
    """Calls /api/v1 with one token; `headers` stay on every call."""

    def __init__(self, client: FlaskClient, token: str | None) -> None:
        self.client = client
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.client.get(f"/api/v1{path}", query_string=query, headers=self.headers)

    def post(
        self, path: str, body: Any = None, key: str | None = None, **more: Any
    ) -> TestResponse:
        headers = {**self.headers, **({"Idempotency-Key": key} if key else {})}
        return self.client.post(f"/api/v1{path}", json=body, headers=headers)


@pytest.fixture
def token_of(app: Flask, session: Any) -> Callable[[Staff], str]:
    def token_of(staff: Staff) -> str:
        return in_transaction(
            people.issue_token, staff.id, lasts=timedelta(days=30), at=now(), by=None
        )

    return token_of


@pytest.fixture
def program(app: Flask, token_of: Callable[[Staff], str]) -> Callable[[Staff | None], Program]:
    """A program with the rights of this member of staff, or without a token."""

    def program(staff: Staff | None) -> Program:
        return Program(app.test_client(), token_of(staff) if staff else None)

    return program


@dataclass
class Monday:
    """Poznań: reception, a lawyer on duty 08:00–12:00 every Monday, and a person's case."""

    centre: Centre
    reception: Staff
    lawyer: Staff
    case: Case
    code: str


@pytest.fixture
def monday(make: Factory) -> Monday:
    centre = make.centre()
    lawyer = make.staff("lawyer", centre, initials="J.N.")
    make.duty(lawyer, centre, make.room(centre), [make.service()])
    make.service("integration_advice", None, "walk_in", "open", desk=True)
    reception = make.staff("reception", centre)
    case, code = make.case(centre)
    return Monday(centre, reception, lawyer, case, code)


@pytest.fixture
def slots(monday: Monday, program: Callable[[Staff | None], Program]) -> list[dict[str, Any]]:
    """Today's free times of the lawyer, earliest first."""
    answer = program(monday.reception).get("/slots", service="legal_advice", to="2030-01-07")
    return answer.get_json()["slots"]


@pytest.fixture
def shared(
    monday: Monday, program: Callable[[Staff | None], Program], slots: list[dict[str, Any]]
) -> tuple[Program, str, str]:
    """A program of the reception, the code of a case and the reference of its booking."""
    reception = program(monday.reception)
    body = {"slot": slots[0]["slot"], "case": monday.code, "language": "uk"}
    reference = reception.post("/bookings", body).get_json()["reference"]
    return reception, monday.code, reference
