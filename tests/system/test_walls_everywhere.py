"""Each wall around a table shows what it should (which tables: retention/test_classification)."""

import pytest
from sqlalchemy import text

from cic_cases.foundation.db import db
from cic_cases.privacy.walls import PEOPLE, THEIR_OWN
from tests.system.one_of_each import fill
from tests.system.two_centres import another_centre

WALLED = sorted(PEOPLE | THEIR_OWN)
BY_REGION = [table for table in WALLED if table != "occupancy"]
OF_NOTES = ("note", "note_version", "note_draft")


def seen(who: str) -> dict[str, int]:
    with db.engine.connect() as connection:
        connection.execute(text("SELECT set_config('cic.scope', :who, true)"), {"who": who})
        counts = {table: text(f"SELECT count(*) FROM {table}") for table in WALLED}  # noqa: S608
        return {table: connection.execute(asked).scalar_one() for table, asked in counts.items()}


@pytest.mark.postgresql_only
def test_each_table_shows_a_region_its_own_rows_and_nobody_any(app, session, make):
    here = make.centre()
    there = another_centre(make)
    ours, theirs = make.staff("psychologist", here), make.staff("psychologist", there)
    fill(make, here, ours, 0)
    fill(make, there, theirs, 1)
    ids = [ours.id, theirs.id]
    db.session.remove()

    everything = seen("named:worker")
    assert [table for table, rows in everything.items() if rows < 2] == []
    assert seen("") == seen("staff:0") == dict.fromkeys(WALLED, 0)
    at_home, away = (seen(f"staff:{one}") for one in ids)
    for table in BY_REGION:
        assert at_home[table] == away[table] > 0, table
        assert at_home[table] + away[table] == everything[table], table
    assert at_home["occupancy"] == everything["occupancy"]


@pytest.mark.postgresql_only
def test_notes_are_seen_by_their_profession_and_drafts_by_their_author(app, session, make):
    here = make.centre()
    author = make.staff("psychologist", here)
    fill(make, here, author, 0)
    others = {role: make.staff(role, here).id for role in ("psychologist", "lawyer", "reception")}
    others["coordinator"] = make.staff("coordinator", here).id
    db.session.remove()

    found = {role: seen(f"staff:{one}") for role, one in others.items()}
    assert [found["psychologist"][table] for table in OF_NOTES] == [1, 1, 0]
    for role in ("lawyer", "reception", "coordinator"):
        assert [found[role][table] for table in OF_NOTES] == [0, 0, 0], role
    assert all(one["booking"] == 1 for one in found.values())
