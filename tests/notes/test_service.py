"""Notes on both databases: written, corrected, read by few, opened in an emergency, on record."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from cic_cases.foundation.db import in_transaction
from cic_cases.foundation.errors import NotFound
from cic_cases.notes import queries, rules, service
from cic_cases.notes.models import NoteDraft, NoteVersion
from cic_cases.notes.rules import NoteWish
from cic_cases.notes.words import KeptFor, OpeningReason
from cic_cases.privacy.models import AuditEntry
from cic_cases.privacy.roles import Role

SECRET = "She has not slept since the shelling."
BETTER = "She sleeps three hours."


@pytest.fixture
def team(make):
    """A case, and two psychologists, two lawyers' roles, a partner and a coordinator about it."""

    class Team:
        centre = make.centre()
        case, code = make.case()
        people = {
            name: make.actor(make.staff(role, initials=name))
            for name, role in {
                "P1": "psychologist",
                "P2": "psychologist",
                "LA": "lawyer",
                "AD": "adviser",
                "WU": "partner",
                "CO": "coordinator",
                "RE": "region",
                "AM": "admin",
            }.items()
        }

        def write(self, name, role, kept_for="author", said=SECRET):
            wish = NoteWish(said, Role(role), KeptFor(kept_for), self.centre.id)
            by = self.people[name]
            return in_transaction(service.write, self.case.id, wish, at=clock_at(), by=by)

        def read(self, name):
            by = self.people[name]
            return in_transaction(service.read, self.case.id, at=clock_at(), by=by)

        def readers(self):
            return {name for name in self.people if self.read(name).notes}

    return Team()


@pytest.fixture(autouse=True)
def at(clock, monkeypatch):
    monkeypatch.setattr(__name__ + ".clock_at", lambda: clock.at)
    return clock


def clock_at():
    raise LookupError("no clock")


@pytest.mark.parametrize(
    ("writer", "role", "kept_for", "readers"),
    [
        pytest.param("P1", "psychologist", "author", {"P1"}, id="a psychologist's own"),
        pytest.param("P1", "psychologist", "profession", {"P1", "P2"}, id="for psychologists"),
        pytest.param("LA", "lawyer", "profession", {"LA", "AD"}, id="for lawyers and advisers"),
        pytest.param("WU", "partner", "author", {"WU"}, id="an officer's own"),
    ],
)
def test_a_note_is_read_by_its_author_and_for_whom_it_is_kept(
    team, writer, role, kept_for, readers
):
    team.write(writer, role, kept_for)

    assert team.readers() == readers
    assert team.read(writer).notes[0].text == SECRET


def test_nobody_writes_in_a_role_they_do_not_hold_or_shares_what_a_partner_wrote(team):
    for name, role, kept_for in (
        ("CO", "psychologist", "author"),
        ("LA", "psychologist", "author"),
        ("WU", "partner", "profession"),
    ):
        with pytest.raises(NotFound):
            team.write(name, role, kept_for)
    assert team.readers() == set()


def test_nothing_that_was_written_can_be_found_in_the_tables(team, session):
    team.write("P1", "psychologist")
    draft = "half a sentence about her"
    by = team.people["P1"]
    in_transaction(service.keep_draft, team.case.id, "new", draft, at=clock_at(), by=by)

    kept = [*session.scalars(select(NoteVersion)), *session.scalars(select(NoteDraft))]
    assert len(kept) == 2
    for row in kept:
        assert b"slept" not in row.text_sealed
        assert b"sentence" not in row.text_sealed
    assert queries.draft_text(kept[1]) == draft
    assert SECRET not in repr(team.read("P1"))


def test_a_text_moved_to_another_note_does_not_open(team, session):
    team.write("P1", "psychologist")
    team.write("P1", "psychologist", said="Another.")
    first = session.scalars(select(NoteVersion.text_sealed).order_by(NoteVersion.id)).first()
    session.execute(text("UPDATE note_version SET text_sealed = :s"), {"s": first})
    session.commit()

    with pytest.raises(Exception, match="moved or changed"):
        team.read("P1")


def test_a_correction_is_another_version_and_the_first_stays(team):
    note = team.write("P1", "psychologist", "profession")
    acting = {"at": clock_at(), "by": team.people["P1"]}
    in_transaction(service.correct, team.case.id, note.id, BETTER, seen=1, **acting)

    assert [one.text for one in team.read("P2").notes] == [BETTER]
    by = team.people["P2"]
    told = in_transaction(service.history, team.case.id, note.id, at=clock_at(), by=by)
    assert [(one.number, one.text) for one in told] == [(2, BETTER), (1, SECRET)]
    with pytest.raises(rules.NoteChanged):
        in_transaction(service.correct, team.case.id, note.id, "late", seen=1, **acting)
    for name in ("P2", "LA", "CO"):
        with pytest.raises(NotFound):
            in_transaction(
                service.correct,
                team.case.id,
                note.id,
                "mine",
                seen=2,
                at=clock_at(),
                by=team.people[name],
            )


def test_a_draft_is_its_writers_until_the_note_is_saved(team, session):
    one, other = team.people["P1"], team.people["P2"]
    for said in ("She", "She has"):
        in_transaction(service.keep_draft, team.case.id, "new", said, at=clock_at(), by=one)

    kept = queries.draft(session, team.case.id, one.id, "new")
    assert queries.draft_text(kept) == "She has"
    assert queries.draft(session, team.case.id, other.id, "new") is None
    team.write("P1", "psychologist")
    assert queries.draft(session, team.case.id, one.id, "new") is None


def test_an_empty_note_and_a_book_are_refused(team):
    for said, why in (("  \n", rules.NoteEmpty), ("a" * (rules.LONGEST + 1), rules.NoteTooLong)):
        with pytest.raises(why):
            team.write("P1", "psychologist", said=said)


def asked(team, name="P2", author="P1"):
    return in_transaction(
        service.ask_opening,
        team.case.id,
        team.people[author].id,
        OpeningReason.DANGER,
        centre_id=team.centre.id,
        at=clock_at(),
        by=team.people[name],
    )


def decided(team, request, name="CO", grant=True):
    by = team.people[name]
    scope = by.scope("note.grant")
    return in_transaction(service.decide, request.id, grant, scope=scope, at=clock_at(), by=by)


def test_a_colleague_is_let_in_by_a_second_person_for_an_hour_and_the_author_told(
    team, session, clock
):
    team.write("P1", "psychologist")
    assert [one.initials for one in team.read("P2").closed] == ["P1"]
    request = asked(team)
    assert team.read("P2").notes == ()
    assert team.read("P2").closed[0].waiting

    decided(team, request)

    assert [one.text for one in team.read("P2").notes] == [SECRET]
    assert team.readers() == {"P1", "P2"}
    ((opening, _author, asking),) = queries.untold(session, team.people["P1"].id)
    assert (opening.reason, asking) == (OpeningReason.DANGER, "P2")
    clock.forward(timedelta(minutes=60))
    assert team.read("P2").notes == ()
    scope = team.people["P1"].scope("note.write")
    in_transaction(
        service.acknowledge, request.id, scope=scope, at=clock_at(), by=team.people["P1"]
    )
    assert queries.untold(session, team.people["P1"].id) == []


def test_nobody_lets_themselves_in_nor_decides_twice_or_too_late(team, make, clock):
    team.write("P1", "psychologist")
    request = asked(team)
    both = make.staff("psychologist")
    make.grant(both, "coordinator")
    team.people["P2"], first = make.actor(both), team.people["P2"]
    own = asked(team)
    with pytest.raises(rules.NeedsAnother):
        decided(team, own, "P2")
    team.people["P2"] = first
    decided(team, request, grant=False)
    with pytest.raises(rules.OpeningSettled):
        decided(team, request)
    assert team.read("P2").notes == ()
    late = asked(team)
    clock.forward(rules.ASKED_FOR)
    with pytest.raises(rules.OpeningSettled):
        decided(team, late)


@pytest.mark.parametrize("name", ["LA", "WU", "CO", "AM"])
def test_another_profession_has_nothing_to_ask_for(team, name):
    team.write("P1", "psychologist")

    assert team.read(name).closed == ()
    with pytest.raises(rules.NothingToOpen):
        asked(team, name)


def test_a_coordinator_of_another_centre_decides_nothing(team, make):
    team.write("P1", "psychologist")
    request = asked(team)
    team.people["CO"] = make.actor(make.staff("coordinator", make.centre("leszno")))

    with pytest.raises(NotFound):
        decided(team, request)


def test_every_reading_is_on_record_without_a_word_of_it(team, session):
    note = team.write("P1", "psychologist")
    decided(team, asked(team))
    team.read("P1")
    team.read("P2")
    team.read("LA")

    rows = session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    kept = [(one.action, one.subject_type, one.subject_id, one.actor_id) for one in rows]
    mine, theirs = team.people["P1"].id, team.people["P2"].id
    assert ("note.read", "note", note.id, mine) in kept
    assert ("note.read_opened", "note", note.id, theirs) in kept
    assert {one[3] for one in kept if one[0].startswith("note.read")} == {mine, theirs}
