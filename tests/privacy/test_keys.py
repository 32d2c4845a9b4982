"""Keys at rest: a wrong one stops the start, a new one is brought in while everybody works."""

import base64

import pytest
from flask import current_app
from sqlalchemy import select, text, update

from cic_cases.cases import matching
from cic_cases.cases import queries as cases
from cic_cases.cases.models import Contact, ContactMatch
from cic_cases.cli.keys import refuse_wrong_keys
from cic_cases.foundation.db import Base, in_transaction
from cic_cases.notes.models import NoteDraft, NoteVersion
from cic_cases.privacy import keys
from cic_cases.privacy.keys import sealed_columns
from cic_cases.privacy.models import KeyCanary
from cic_cases.privacy.vault import Keyring
from tests.conftest import TEST_KEYS, TEST_MATCH_KEY

PHONE, MAIL, SAID = "+48600100200", "person@example.org", "She has not slept."


def key(letter: str) -> str:
    return base64.b64encode(letter.encode() * 32).decode()


@pytest.fixture
def hold(app):
    """Restart with other keys: what `CIC_DATA_KEYS` and `CIC_MATCH_KEY` say from now on."""
    before = dict(app.extensions)

    def hold(data=TEST_KEYS, match=TEST_MATCH_KEY):
        app.extensions["keyring"] = Keyring.parse(data)
        app.extensions["match_keys"] = Keyring.parse(match) if match else None

    yield hold
    app.extensions.update(before)


@pytest.fixture
def sealed(make):
    """Seven people with a phone, a mailbox, a note and a draft."""
    author = make.staff("psychologist")
    for _ in range(7):
        case, _code = make.case()
        make.contact(case, phone=PHONE, email=MAIL)
        make.note(case, author, SAID)


def opened(session) -> list[str]:
    """Everything that is sealed, with the keys of now."""
    session.expire_all()
    session.commit()
    ring = keys_of(session)
    return [
        ring.open(row[1], where.place(row[0]))
        for where in sealed_columns()
        for row in session.execute(select(where.row, where.column).where(where.column.is_not(None)))
    ]


def keys_of(_session) -> Keyring:
    return current_app.extensions["keyring"]


def test_every_sealed_column_is_among_those_that_are_sealed_anew():
    named = {
        f"{table.name}.{column.name}"
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith("sealed")
    }

    assert {where.name for where in sealed_columns()} == named
    assert {"contact.phone_sealed", "note_version.text_sealed"} <= named


def test_a_start_remembers_its_keys_and_a_wrong_one_stops_the_next(app, session, hold):
    refuse_wrong_keys(app)
    refuse_wrong_keys(app)
    assert {one.name for one in session.scalars(select(KeyCanary))} == {"data:k1", "match:e1"}

    for data, match, reason in (
        (f"k1:{key('x')}", TEST_MATCH_KEY, "not the one in use"),
        (f"k2:{key('x')}", TEST_MATCH_KEY, "'k1' is missing from CIC_DATA_KEYS"),
        (TEST_KEYS, None, "'e1' is missing from CIC_MATCH_KEY"),
        (TEST_KEYS, f"e1:{key('x')}", "'e1' of CIC_MATCH_KEY is not the one"),
    ):
        hold(data, match)
        with pytest.raises(SystemExit, match=reason):
            refuse_wrong_keys(app)
    assert len(session.scalars(select(KeyCanary)).all()) == 2
    hold(f"k2:{key('x')},{TEST_KEYS}")
    refuse_wrong_keys(app)
    session.rollback()
    assert session.get(KeyCanary, "data:k2") is not None


def test_a_database_from_before_is_tried_by_what_is_sealed_in_it(app, session, sealed, hold):
    hold(f"k1:{key('x')}")
    with pytest.raises(SystemExit, match="does not open with CIC_DATA_KEYS"):
        refuse_wrong_keys(app)
    hold()
    refuse_wrong_keys(app)


def test_changing_the_key_can_be_stopped_anywhere_and_the_old_one_is_let_go(
    app, session, sealed, hold, runner, monkeypatch
):
    refuse_wrong_keys(app)
    kept = sorted(opened(session))
    assert len(kept) == 3 * 7 + 2  # and the keys of the audit trail and of pseudonyms
    hold(f"k2:{key('b')},{TEST_KEYS}")
    monkeypatch.setattr(keys, "BATCH", 2)
    real, done = keys.reseal_some, []

    def dies(*args, **kwargs):
        done.append(1)
        if len(done) % 3 == 0:
            raise KeyboardInterrupt
        return real(*args, **kwargs)

    monkeypatch.setattr(keys, "reseal_some", dies)
    for _kill in range(4):
        runner.invoke(args=["keys", "rotate"])
        assert sorted(opened(session)) == kept
    monkeypatch.setattr(keys, "reseal_some", real)

    finished = runner.invoke(args=["keys", "rotate"])

    assert "k1 seals nothing any more" in finished.output
    assert finished.exit_code == 0
    hold(f"k2:{key('b')}")
    refuse_wrong_keys(app)
    assert sorted(opened(session)) == kept
    told = runner.invoke(args=["keys", "status"]).output
    assert f"data k2 (seals): {len(kept)} values" in told


def test_what_somebody_changes_meanwhile_is_not_put_back(session, sealed, hold):
    hold(f"k2:{key('b')},{TEST_KEYS}")
    (where,) = (one for one in sealed_columns() if one.name == "contact.email_sealed")
    real = keys_of(session)
    new = real.seal("new@example.org", where.place("x"))

    class Slow(Keyring):
        """While it opens a value, somebody else replaces every one of them."""

        def open(self, blob, bound_to):
            session.execute(update(Contact).values(email_sealed=new))
            return super().open(blob, bound_to)

    in_transaction(keys.reseal_some, where, None, ring=Slow(real.keys))

    assert set(session.scalars(select(Contact.email_sealed))) == {new}


def test_what_cannot_be_opened_is_told_and_left(app, session, sealed, hold, runner):
    refuse_wrong_keys(app)
    session.execute(text("UPDATE note_version SET text_sealed = :b WHERE id = 1"), {"b": b"k1\0x"})
    session.commit()
    hold(f"k2:{key('b')},{TEST_KEYS}")

    told = runner.invoke(args=["keys", "rotate"])

    assert told.exit_code == 1
    assert "1 values cannot be opened" in told.output
    assert session.get(KeyCanary, "data:k1") is not None
    assert session.get_one(NoteVersion, 1).text_sealed == b"k1\0x"
    assert session.scalars(select(NoteDraft)).all() == []


def test_the_index_moves_to_a_new_epoch_and_finds_people_all_the_while(
    app, session, sealed, hold, runner
):
    contact = session.scalars(select(Contact)).first()
    in_transaction(matching.remember, contact.id, PHONE)
    refuse_wrong_keys(app)
    assert matching.cases_with(session, PHONE) == [contact.case_id]
    hold(match=f"e2:{key('n')},{TEST_MATCH_KEY}")
    assert matching.cases_with(session, PHONE) == [contact.case_id]

    assert "blind index: 7 numbers" in runner.invoke(args=["keys", "rotate"]).output

    hold(match=f"e2:{key('n')}")
    refuse_wrong_keys(app)
    assert len(matching.cases_with(session, PHONE)) == 7
    assert set(session.scalars(select(ContactMatch.epoch))) == {"e2"}
    assert cases.contact_of(session, contact.case_id).has_phone
