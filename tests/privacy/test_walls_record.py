"""Whoever passes the walls by name leaves a line: the worker once a day, a report each time."""

from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from cic_cases import scheduler
from cic_cases.foundation.db import db
from cic_cases.privacy.models import AuditEntry


def lines(app: Flask) -> list[str]:
    with app.app_context():
        passed = select(AuditEntry.action).where(AuditEntry.subject_type == "way")
        return list(db.session.scalars(passed.order_by(AuditEntry.id)))


def test_the_worker_leaves_one_line_a_day_however_often_it_looks(app, session, clock):
    for _look in range(3):
        scheduler.tidy(app)
        clock.forward(timedelta(minutes=2))
    assert lines(app) == ["walls.worker"]

    clock.forward(timedelta(days=1))
    scheduler.tidy(app)
    assert lines(app) == ["walls.worker"] * 2


def test_a_report_and_a_run_of_the_periods_leave_one_each_and_an_explanation_none(
    app, session, make, runner
):
    make.centre()
    asked = ["report", "overview", "--from", "2030-01-01", "--to", "2030-01-07"]
    for command in (asked, asked, ["retention", "run"], ["retention", "run", "--dry-run"]):
        assert runner.invoke(args=command).exit_code == 0, command

    assert lines(app) == ["walls.report", "walls.report", "walls.retention"]
