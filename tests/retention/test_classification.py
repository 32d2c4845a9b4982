"""Every column of every table is classified, and the docs say so."""

import pytest

from cic_cases import application
from cic_cases.foundation.db import Base
from cic_cases.foundation.resources import PACKAGE
from cic_cases.privacy.walls import PEOPLE, THEIR_OWN
from cic_cases.retention import classification, register
from cic_cases.retention.classification import Kind, tables

DOCS = PACKAGE.parent / "docs"
HELP = (
    "say in cic_cases/retention/data.toml what these are (its head explains the words), then run"
    " `cic retention register > docs/processing-register.md`"
)
ALSO = {"external_former_assistant"}  # about staff, and tells of an appointment of a person
TELLING = {Kind.PERSON, Kind.INFERRED, Kind.CODE, Kind.SEALED}
# Words about a person in tables that are not about people, and why no wall stands there.
NEEDLESS = {
    "audit_entry": "numbers of rows; the role may only add, and auditors read of all centres",
    "audit_key": "the key of the trail, sealed by one that the database does not have",
    "code_app": "the secret of an account, read before anybody has signed in",
    "form_draft": "sealed for its owner; kept as the screen locks, when nobody is signed in",
    "pseudonym_key": "the key of officers' codes, sealed by one that the database does not have",
    "early_report": "a provider's number of an SMS for an hour, before it is known whose it is",
}
WALL_IT = (
    "a new table with rows about people: its migration says `wall({table: whose rows are seen})`"
    " (cic_cases/migrations/walled.py), and it is named in cic_cases/privacy/walls.py"
)
assert application.BLUEPRINTS  # importing the application imports every table


def columns() -> set[str]:
    known = Base.metadata.tables.values()
    return {f"{table.name}.{column.name}" for table in known for column in table.columns}


def test_every_column_is_classified_once_and_none_that_is_gone():
    told = {f"{one.name}.{column}" for one in tables().values() for column in one.columns}

    assert sorted(columns() - told) == [], HELP
    assert sorted(told - columns()) == [], HELP


def test_what_is_called_sealed_is_classified_so_and_every_hash_is_a_proof():
    for one in tables().values():
        for column in one.columns:
            if column.endswith("sealed"):
                assert one.columns[column] is Kind.SEALED, (one.name, column)
            if column.endswith("_hash"):
                assert one.columns[column] is Kind.PROOF, (one.name, column)


def test_the_ways_to_a_case_are_foreign_keys():
    for one in tables().values():
        for way in one.ways:
            table = Base.metadata.tables[one.name]
            for step in way[:-1]:
                (key,) = table.columns[step].foreign_keys
                table = key.column.table
            last = table.columns[way[-1]]
            assert table.name == "case_file" or {
                key.column.table.name for key in last.foreign_keys
            } == {"case_file"}, (one.name, way)


def test_neither_an_address_of_the_network_nor_a_browsers_name_has_a_column():
    for name in columns():
        assert not name.endswith((".ip", ".address_of_network", ".user_agent", "_ip")), name


@pytest.mark.parametrize(
    "told",
    [
        pytest.param({"about": "somebody", "why": "x", "kept": "day"}, id="about"),
        pytest.param({"about": "work", "why": "", "kept": "day"}, id="why"),
        pytest.param({"about": "work", "why": "x", "kept": "for ever"}, id="kept"),
        pytest.param({"about": "person", "why": "x", "kept": "day"}, id="no way to the case"),
        pytest.param({"about": "work", "why": "x", "kept": "day", "secret": "a"}, id="a word"),
    ],
)
def test_a_word_that_is_not_explained_is_refused(told):
    with pytest.raises(ValueError, match=r"\[odd\]"):
        classification._table("odd", told)


def test_the_register_in_the_docs_is_that_of_the_tables():
    kept = (DOCS / "processing-register.md").read_text(encoding="utf-8")

    assert kept == register.text(), HELP


def test_every_table_is_walled_or_holds_nobody():
    about = tables()
    assert set(about) == set(Base.metadata.tables)
    assert {name for name, table in about.items() if table.about == "person"} == PEOPLE - ALSO, (
        WALL_IT
    )

    telling = {name for name, table in about.items() if TELLING & set(table.columns.values())}
    assert telling - PEOPLE - THEIR_OWN == set(NEEDLESS), WALL_IT
