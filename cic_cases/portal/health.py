"""What load balancers and watchdogs ask. The answers name no version and no address."""

from flask import Response, jsonify
from flask.typing import ResponseReturnValue

from cic_cases.foundation import clock
from cic_cases.foundation.db import db
from cic_cases.portal import checks
from cic_cases.privacy import walls
from cic_cases.privacy.access import open_to_all


@open_to_all
def healthz() -> ResponseReturnValue:
    """The process lives; the database is not asked, so its failure restarts nothing."""
    return jsonify(status="ok")


@open_to_all
def readyz() -> ResponseReturnValue:
    """Fit for work, or 503 with the names of what is not; `warnings` take nobody out of service."""
    walls.enter("health")
    found = checks.fitness(db.session(), clock.now())
    warnings = {"warnings": found.warnings} if found.warnings else {}
    if found.failing:
        return jsonify(status="failing", failing=found.failing, **warnings), 503
    return jsonify(status="ok", **warnings)


@open_to_all
def metrics() -> ResponseReturnValue:
    """The same as numbers over time, in Prometheus' text format. They count work, never people.

    The web server in front lets only the machine that watches ask; see `deploy/nginx.conf`.
    """
    walls.enter("health")
    lines = [
        f"# HELP {one.name} {one.meaning}\n# TYPE {one.name} gauge\n{one.name} {one.value:g}\n"
        for one in checks.gauges(db.session(), clock.now())
    ]
    return Response("".join(lines), content_type="text/plain; version=0.0.4; charset=utf-8")
