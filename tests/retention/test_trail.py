"""The oldest lines of the audit trail go when their period is over, and none that was touched."""

from datetime import timedelta

from sqlalchemy import func, select, update

from cic_cases.centres.models import Region
from cic_cases.foundation.db import in_transaction
from cic_cases.privacy import audit
from cic_cases.privacy.models import AuditEntry
from tests.behind import behind
from tests.conftest import MONDAY

YEARS = timedelta(days=3 * 366)


def told(runner, *args):
    done = runner.invoke(args=args)
    assert done.exit_code == 0, done.output
    return done.output


def trail_after_years(session, runner, clock):
    """Three sealed lines of now and the worker's, and one three years later."""
    for number in range(3):
        in_transaction(audit.note, "case.opened", "case", number, by=None, at=MONDAY)
    told(runner, "worker", "--once")
    clock.forward(YEARS)
    in_transaction(audit.note, "case.opened", "case", 9, by=None, at=clock.at)
    told(runner, "worker", "--once")


def lines(session):
    """About cases: what the program itself put on record is not among them."""
    session.rollback()
    about_cases = AuditEntry.subject_type == "case"
    return session.scalar(select(func.count()).select_from(AuditEntry).where(about_cases))


def test_the_oldest_lines_go_and_what_is_left_can_still_be_proven(
    session, make, runner, clock, monkeypatch
):
    monkeypatch.setattr("cic_cases.retention.run.LINES_AT_ONCE", 2)
    make.centre()
    session.execute(update(Region).values(audit_months=48))
    session.commit()
    trail_after_years(session, runner, clock)
    assert "audit trail: 0 gone" in told(runner, "retention", "run")
    session.execute(update(Region).values(audit_months=24))
    session.commit()

    assert "audit trail: 4 would go, written before 2031-01-" in told(
        runner, "retention", "run", "--dry-run"
    )
    assert lines(session) == 4
    assert "audit trail: 4 gone" in told(runner, "retention", "run")

    assert lines(session) == 1
    assert "the trail is whole" in told(runner, "audit", "verify")


def test_of_a_trail_that_was_touched_nothing_goes(session, runner, clock, database_url):
    trail_after_years(session, runner, clock)
    session.rollback()
    with behind(database_url) as run:
        run("UPDATE audit_entry SET action = 'case.closed' WHERE subject_id = 1")

    assert "none may go before it is known why line 2 is not" in told(runner, "retention", "run")
    assert lines(session) == 4
