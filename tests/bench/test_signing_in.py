"""Whether the time of an answer tells which accounts exist.

Every kind of account is asked for in turn, so that load meets all alike; U is Mann and Whitney's,
with the normal approximation, which 200 times of each allow.
"""

import time
from itertools import groupby
from math import erfc, sqrt
from statistics import median

import pytest

from cic_cases.foundation.db import in_transaction
from cic_cases.people import service, tries
from cic_cases.privacy.slowdown import Pace
from tests.bench.table import line
from tests.conftest import MONDAY
from tests.people.conftest import HASH

pytestmark = pytest.mark.bench
TIMES = 200


def p_value(one: list[float], other: list[float]) -> float:
    """How likely such a difference is between two samples of one distribution (two-sided)."""
    ranked = sorted([(value, 0) for value in one] + [(value, 1) for value in other])
    ranks, before = 0.0, 0
    for _value, tied in groupby(ranked, key=lambda pair: pair[0]):
        group = list(tied)
        middle = before + (len(group) + 1) / 2
        ranks += middle * sum(which == 0 for _, which in group)
        before += len(group)
    n, m = len(one), len(other)
    u = ranks - n * (n + 1) / 2
    z = (u - n * m / 2) / sqrt(n * m * (n + m + 1) / 12)
    return erfc(abs(z) / sqrt(2))


def test_p_of_equal_and_of_shifted_samples():
    same, later = [float(n) for n in range(100)], [float(n + 50) for n in range(100)]

    assert p_value(same, same) == pytest.approx(1)
    assert p_value(same, later) < 1e-6


def test_the_time_of_an_answer_tells_nothing(app, make, monkeypatch, backend):
    monkeypatch.setattr(tries, "PACES", dict.fromkeys(tries.PACES, Pace(10**6)))
    known, closed, invited = (make.staff() for _ in range(3))
    known.password_hash = closed.password_hash = HASH
    make.session.commit()
    in_transaction(service.disable, closed.id, at=MONDAY, by=None)
    emails = {
        "known": known.email,
        "closed": closed.email,
        "invited": invited.email,
        "unknown": "nobody@example.org",
    }
    client, took = app.test_client(), {kind: [] for kind in emails}

    for number in range(TIMES + 5):
        for kind, email in emails.items():
            began = time.perf_counter()
            answer = client.post("/login", data={"email": email, "password": "wrong horse battery"})
            if number >= 5:  # warm
                took[kind].append(time.perf_counter() - began)
            assert answer.status_code == 422

    for kind in ("closed", "invited", "unknown"):
        apart = (median(took[kind]) - median(took["known"])) * 1000
        p = p_value(took["known"], took[kind])
        figure = f"{median(took['known']) * 1000:.1f} ms, apart {apart:+.2f} ms"
        line("S3", f"wrong password: known or {kind} ({backend})", figure, f"p {p:.2f}", "< 5 ms")
