"""Whoever keeps the desk cannot write down who came for psychological or legal help."""

import pytest
from sqlalchemy import func, select

from cic_cases.visits.models import Visit


@pytest.mark.parametrize("key", ["legal_advice", "psychological_support"])
def test_reception_is_told_who_records_such_help(monday, make, program, session, key):
    make.service(key, 40, "slot", "author")
    visit = {"centre": "poznan", "channel": "desk", "services": [key], "language": "uk"}

    refused = program(monday.reception).post("/visits", visit)
    recorded = program(make.staff("lawyer", monday.centre)).post("/visits", visit)

    assert refused.status_code == 422
    problem = refused.get_json()
    assert problem["type"].endswith("confidential-help")
    assert "zapisuje specjalista" in str(problem)
    assert recorded.status_code == 201
    assert session.scalar(select(func.count()).select_from(Visit)) == 1
