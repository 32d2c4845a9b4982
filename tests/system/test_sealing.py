"""Lines of the audit trail are chained by whoever has the turn, and anybody can check them."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from cic_cases.foundation import leases
from cic_cases.foundation.db import in_transaction
from cic_cases.privacy import audit, audit_heads
from cic_cases.privacy.models import AuditSeal
from cic_cases.sealer import SEALING, Sealer
from tests.behind import behind
from tests.conftest import MONDAY

MINUTE = timedelta(minutes=1)


def act(session, number=1):
    audit.note(session, "case.opened", "case", number, by=None, at=MONDAY)


def told(runner, *args) -> str:
    done = runner.invoke(args=args)
    assert done.exit_code == 0, done.output
    return str(done.output)


def sealed(session) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(AuditSeal))


def test_the_sealer_chains_what_waits_logs_the_head_and_keeps_one_a_day(
    app, session, clock, caplog
):
    caplog.set_level(logging.INFO, "cic_cases.sealer")
    sealer = Sealer(app, "here:1")
    path = audit_heads.path_in(app.config["CIC"])
    in_transaction(act)

    assert sealer.look() == 1
    in_transaction(act, 2)
    assert sealer.look() == 1
    assert sealer.look() == 0
    clock.forward(timedelta(days=1))
    assert sealer.look() == 0

    first, second = audit_heads.read(path)
    assert (first.seq, second.seq) == (1, 2)
    assert second.hash.hex() in caplog.text
    assert (second.day - first.day).days == 1


def test_of_two_sealers_one_has_the_turn_until_it_ends(app, session):
    in_transaction(leases.take, SEALING, "there:2", timedelta(hours=1))
    in_transaction(act)
    assert Sealer(app, "here:1").look() == 0
    assert sealed(session) == 0

    assert Sealer(app, "there:2").look() == 1
    assert sealed(session) == 1


def test_the_trail_is_checked_and_its_head_exported_at_the_terminal(app, session, runner, tmp_path):
    file = tmp_path / "heads.txt"
    nothing = runner.invoke(args=["audit", "export"])
    assert (nothing.exit_code, "nothing is sealed yet" in nothing.output) == (1, True)
    in_transaction(act)
    told(runner, "worker", "--once")

    head = told(runner, "audit", "export", str(file)).strip()
    assert file.read_text() == f"{head}\n"
    assert "2 lines, 2 of them sealed, 1 heads compared\nthe trail is whole" in told(
        runner, "audit", "verify"
    )
    file.write_text(head.replace(" 2 ", " 4 "))
    found = runner.invoke(args=["audit", "verify", "--heads", str(file)])
    assert found.exit_code == 1
    assert "WRONG: the trail was cut: on 2030-01-07 there were 4 seals, now 2" in found.output
    file.write_text("something else")
    assert runner.invoke(args=["audit", "verify", "--heads", str(file)]).exit_code == 1


@pytest.mark.sqlite_only
def test_the_doctor_tells_of_lines_that_wait_and_of_a_guard_taken_away(
    session, database_url, runner, clock
):
    clock.at = datetime.now(UTC)  # the database's own
    in_transaction(audit.note, "case.opened", "case", 1, by=None, at=clock.at - MINUTE / 2)
    assert "audit trail guard: ok\naudit trail sealed: ok" in runner.invoke(args=["doctor"]).output
    in_transaction(audit.note, "case.opened", "case", 1, by=None, at=clock.at - 2 * MINUTE)
    session.rollback()
    with behind(database_url) as run:
        run("SELECT 1")

    found = runner.invoke(args=["doctor"]).output

    assert "audit trail guard: FAILS: the database would let lines" in found
    assert "audit trail sealed: FAILS: 1 lines wait" in found
