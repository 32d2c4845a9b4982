"""Whatever is done to the audit trail behind the application's back shows, at its line."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import create_engine, func, insert, select, text
from sqlalchemy.exc import DBAPIError

from cic_cases.foundation.db import in_transaction
from cic_cases.privacy import audit, audit_chain, audit_heads
from cic_cases.privacy.audit_chain import Head
from cic_cases.privacy.audit_proof import Line
from cic_cases.privacy.audit_verify import verify
from cic_cases.privacy.models import AuditAnchor, AuditEntry
from tests.behind import behind as past_the_guard
from tests.conftest import MONDAY
from tests.kept_postgres import owners_address

LINES = 12
ALL = "id, at, actor_id, action, subject_type, subject_id, centre_id, nonce, key_id, proof"
ADD = f"INSERT INTO audit_entry ({ALL})"
COPY = f"SELECT {ALL} FROM audit_entry"  # noqa: S608 (a list of columns)


def act(session, number, *, at=MONDAY):
    audit.note(session, "case.opened", "case", number, by=None, at=at)


def sealed(at=MONDAY):
    """Chain what waits; the head."""
    return in_transaction(audit_chain.seal, at=at)


@pytest.fixture
def trail(session):
    """Twelve sealed lines, and the head that was kept outside."""
    for number in range(1, LINES + 1):
        in_transaction(act, number)
    return [sealed()]


@pytest.fixture
def behind(database_url, session):
    """An administrator of the database, at work while nobody else is."""

    @contextmanager
    def at_work():
        session.rollback()
        with past_the_guard(database_url) as run:
            yield run
        session.expire_all()

    return at_work


def problem(session, heads=()):
    return verify(session, heads, at=MONDAY).problem


def test_a_trail_nobody_touched_is_whole_and_its_lines_are_chained_in_order(session, trail):
    in_transaction(act, 99)
    assert verify(session, trail, at=MONDAY).problem is None
    found = verify(session, trail, at=MONDAY)
    assert (found.lines, found.sealed) == (LINES + 1, LINES)
    later = MONDAY + timedelta(minutes=2)

    assert verify(session, trail, at=later).problem.startswith("line 13 has not been sealed")


@pytest.mark.parametrize("column", ["at", "actor_id", "action", "subject_id", "centre_id", "nonce"])
def test_a_changed_line_is_found(session, trail, behind, make, column):
    changed = {
        "at": "at = '2030-01-07 05:59:59.000000'",
        "actor_id": f"actor_id = {make.staff('lawyer').id}",
        "action": "action = 'case.closed'",
        "subject_id": "subject_id = 3",
        "centre_id": f"centre_id = {make.centre().id}",
        "nonce": "nonce = proof",
    }[column]
    session.commit()
    with behind() as run:
        run(f"UPDATE audit_entry SET {changed} WHERE id = 7")  # noqa: S608 (a row of the table)

    assert problem(session, trail) == "line 7 is not as the application wrote it"


def test_a_line_taken_out_is_found_and_its_seal_too(session, trail, behind):
    with behind() as run:
        run("DELETE FROM audit_entry WHERE id = 5")
    assert problem(session) == "line 5 was taken out (seal 5)"
    with behind() as run:
        run("DELETE FROM audit_seal WHERE seq = 5")

    assert problem(session) == "seal 5 is missing"


def test_an_end_that_was_cut_off_with_its_seals_is_found_by_the_head_kept_outside(
    session, trail, behind
):
    with behind() as run:
        run("DELETE FROM audit_entry WHERE id > 9")
        run("DELETE FROM audit_seal WHERE seq > 9")

    assert problem(session) is None
    assert problem(session, trail) == "the trail was cut: on 2030-01-07 there were 12 seals, now 9"


def test_a_cut_end_that_was_written_again_is_not_what_was_kept(session, trail, behind):
    with behind() as run:
        run("DELETE FROM audit_entry WHERE id > 9")
        run("DELETE FROM audit_seal WHERE seq > 9")
    for number in range(3):
        in_transaction(act, number)
    sealed()

    assert problem(session) is None
    assert problem(session, trail) == "seal 12 is not the one that was kept on 2030-01-07"


def test_two_lines_exchanged_are_found_though_each_is_genuine(session, trail, behind):
    with behind() as run:
        run("UPDATE audit_entry SET id = -4 WHERE id = 4")
        run("UPDATE audit_entry SET id = 4 WHERE id = 8")
        run("UPDATE audit_entry SET id = 8 WHERE id = -4")

    assert problem(session, trail) == "line 4 is not the one that was sealed (seal 4)"


def test_a_line_somebody_else_wrote_is_found_sealed_or_not(session, trail, behind):
    values = "13, '2030-01-07 06:00:00.000000', NULL, 'case.opened', 'case', 1, NULL"
    with behind() as run:
        run(f"{ADD} SELECT {values}, hash, 'first', hash FROM audit_seal WHERE seq = 1")  # noqa: S608
    assert problem(session, trail) == "line 13 is not as the application wrote it"
    sealed()

    assert problem(session, trail) == "line 13 is not as the application wrote it"


def test_a_genuine_line_cannot_be_repeated(session, trail, behind, backend):
    again = COPY.replace("id, at", "20 + id, at") + " WHERE id = 2"
    with pytest.raises(DBAPIError), behind() as run:
        run(f"{ADD} {again}")
    with behind() as run:
        if backend == "postgresql":
            run("ALTER TABLE audit_entry DROP CONSTRAINT uq_audit_entry_nonce")
        else:
            run(f"CREATE TABLE loose AS {COPY}")
            run("DROP TABLE audit_entry")
            run("ALTER TABLE loose RENAME TO audit_entry")
        run(f"{ADD} {again}")

    assert problem(session, trail) == "line 22 repeats an older one"


def test_the_database_lets_not_even_the_owner_change_or_take_out_a_line(
    session, trail, database_url, backend
):
    tries = ["UPDATE {} SET key_id = 'x'", "DELETE FROM {}"]
    if backend == "postgresql":
        tries.append("TRUNCATE {}")
    by_owner = create_engine(owners_address(database_url) or database_url)
    for table in ("audit_entry", "audit_seal"):
        for one in tries:
            with by_owner.connect() as said, pytest.raises(DBAPIError, match="only added to"):
                said.execute(text(one.format(table)))
    by_owner.dispose()

    assert problem(session, trail) is None


def test_two_sealers_at_once_make_one_chain(app, session):
    """Both find the same lines; the one that comes second fails and looks again."""
    for number in range(1, LINES + 1):
        in_transaction(act, number)
    together = Barrier(2)

    def seals(_number):
        with app.app_context():
            together.wait()
            return sealed()

    with ThreadPoolExecutor(2) as pool:
        heads = [one for one in pool.map(seals, range(2)) if one]

    assert heads[0].seq == LINES
    assert verify(session, heads, at=MONDAY).sealed == LINES
    assert problem(session, heads) is None


def test_a_sealer_killed_before_its_commit_leaves_the_lines_to_the_next(session, trail):
    in_transaction(act, 50)

    def dies(session):
        assert audit_chain.seal(session, at=MONDAY) is not None
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        in_transaction(dies)
    assert audit_chain.waiting(session)
    assert sealed().seq == LINES + 1

    assert problem(session, trail) is None


def test_a_line_committed_late_is_chained_when_it_comes(session, trail, monkeypatch):
    """Its number is older than those that were sealed meanwhile."""

    def late(session, number):
        line = Line(MONDAY, None, "case.opened", "case", 1, None)
        values = audit.signed(session, line, bytes([9, -number]))
        session.add(AuditEntry(id=number, **values))

    in_transaction(late, -1)
    assert sealed().seq == LINES + 1
    monkeypatch.setattr(audit_chain, "BACK", 3)
    in_transaction(late, -2)
    assert sealed() is None
    assert problem(session, trail) is None

    assert in_transaction(audit_chain.seal, at=MONDAY, everywhere=True).seq == LINES + 2
    assert problem(session, trail) is None


def test_old_lines_go_only_when_their_two_years_are_over_and_the_rest_still_holds(session, trail):
    later = MONDAY + timedelta(days=800)
    for number in range(3):
        in_transaction(act, number, at=later)
    head = sealed(later)
    heads = [*trail, head]
    assert not audit_chain.over(session, later, MONDAY + timedelta(days=700))
    young = {"seq": 14, "hash": b"", "before": later, "at": later, "key_id": "", "proof": b""}
    with pytest.raises(DBAPIError, match="two years"):
        session.execute(insert(AuditAnchor).values(young))
    session.rollback()

    over = audit_chain.over(session, later, later)
    assert over == range(1, LINES + 1)
    in_transaction(audit_chain.cut, over[-1], before=later, at=later)
    assert not audit_chain.over(session, later, later)

    assert verify(session, heads, at=later).problem is None
    assert session.scalar(select(func.min(AuditEntry.id))) == LINES + 1
    in_transaction(act, 1, at=later)
    assert sealed(later).seq == LINES + 4
    assert verify(session, heads, at=later).problem is None


def test_heads_are_kept_once_a_day_in_a_file(tmp_path):
    path = tmp_path / "new" / "heads.txt"
    today = Head(MONDAY.date(), 3, b"\x01" * 32)
    tomorrow = Head(MONDAY.date() + timedelta(days=1), 5, b"\x02" * 32)

    kept = [audit_heads.keep(path, one) for one in (today, today, tomorrow)]

    assert kept == [True, False, True]
    assert audit_heads.read(path) == [today, tomorrow]
    assert path.stat().st_mode & 0o077 == 0
