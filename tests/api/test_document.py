"""Every call of the document, with what the document allows and what it does not: never a 5xx."""

from datetime import timedelta

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from cic_cases.foundation.db import in_transaction
from cic_cases.people import service as people
from tests.conftest import MONDAY

CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]
TRIES = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def test_whatever_the_document_allows_or_not_is_answered_as_it_says(app, monday):
    lasts = timedelta(days=30)
    token = in_transaction(people.issue_token, monday.reception.id, lasts=lasts, at=MONDAY, by=None)
    headers = {"Authorization": f"Bearer {token}"}
    document = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)
    asked: dict[str, set[int]] = {}

    for found in document.get_all_operations():
        operation = found.ok()
        asked[operation.label] = _answers_of(operation, headers)

    assert len(asked) > 20
    assert sum(any(one < 300 for one in seen) for seen in asked.values()) >= 4, asked


def _answers_of(operation: APIOperation, headers: dict[str, str]) -> set[int]:
    """The statuses with which one call was answered, each of them as the document says."""
    statuses: set[int] = set()
    for mode in GenerationMode:

        @TRIES
        @given(case=operation.as_strategy(generation_mode=mode))
        def answered(case: Case) -> None:
            answer = case.call(headers=headers)
            statuses.add(answer.status_code)
            case.validate_response(answer, checks=CHECKS)

        try:
            answered()
        except Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE  # nothing is sent, so nothing can be wrong
    return statuses
