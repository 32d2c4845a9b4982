"""What searches keep between them is read anew as soon as anybody changes what it rests on."""

from datetime import date, time, timedelta

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.sql.visitors import iterate

from cic_cases.bookings import availability, editions, statements, sweeps
from cic_cases.bookings.availability import Search
from cic_cases.bookings.models import RosterChange
from cic_cases.calendar.models import Closure, Duty, DutyException, ExceptionKind, Resource
from cic_cases.centres.models import Centre, OpeningDate, Room, Service
from cic_cases.foundation.db import db, in_transaction
from cic_cases.people.models import Staff, StaffLanguage
from tests.conftest import MONDAY

TODAY = MONDAY.date()
TOMORROW = TODAY + timedelta(days=1)


@pytest.fixture
def searched(make):
    """One lawyer on duty on Tuesdays, whom a search has found."""
    centre, advice = make.centre(), make.service(minutes=60)
    lawyer = make.staff("lawyer", centre, languages=("pl",))
    duty = make.duty(lawyer, centre, None, [advice], weekday=TOMORROW.weekday(), grid=60)
    found = found_by(advice, centre)
    assert found
    return make, centre, advice, lawyer, duty


def found_by(advice, centre, first=TODAY, last=TOMORROW):
    search = Search(frozenset({advice.id}), frozenset({centre.id}), first, last)
    session = db.session()
    session.rollback()
    return [slot.time.start for slot in availability.free_slots(session, search, MONDAY)]


def sent_by(work):
    """The SELECTs that the work sends."""
    sent = []

    def note(_connection, _cursor, statement, *_more):
        if statement.startswith("SELECT"):
            sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        work()
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return sent


def test_a_second_search_asks_only_for_the_edition_and_for_what_is_taken(searched):
    _, centre, advice, _, _ = searched
    edition, taken = sent_by(lambda: found_by(advice, centre))
    assert "roster_change" in edition
    assert "occupancy" in taken


def test_another_day_of_the_same_weeks_needs_nothing_new(searched):
    _, centre, advice, _, _ = searched
    sent = sent_by(lambda: found_by(advice, centre, TOMORROW, TOMORROW))
    assert not any("duty" in statement for statement in sent)


def test_a_day_without_duties_asks_for_nothing_that_is_taken(searched):
    _, centre, advice, _, _ = searched
    assert len(sent_by(lambda: found_by(advice, centre, TODAY, TODAY))) == 1


CHANGES = {
    "the duty ends": lambda made: update(Duty).values(valid_until=TODAY),
    "the service is given no more": lambda made: update(Service).values(active=False),
    "the centre closes for good": lambda made: update(Centre).values(active=False),
    "the lawyer is disabled": lambda made: update(Staff).values(disabled_at=MONDAY),
}
ROWS = {
    "the date is cancelled": lambda centre, duty: DutyException(
        duty_id=duty.id, on=TOMORROW, kind=ExceptionKind.CANCELLED
    ),
    "the centre is closed": lambda centre, duty: Closure(
        centre_id=centre.id, first_day=TOMORROW, last_day=TOMORROW, reason="holiday"
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_a_statement_that_changes_a_roster_is_seen_by_the_next_search(searched, change):
    _, centre, advice, _, _ = searched
    in_transaction(lambda session: session.execute(change(searched)) and None)
    assert found_by(advice, centre) == []


@pytest.mark.parametrize("row", ROWS.values(), ids=list(ROWS))
def test_a_row_that_changes_a_roster_is_seen_by_the_next_search_and_so_is_its_end(searched, row):
    _, centre, advice, _, duty = searched
    before = found_by(advice, centre)
    added = in_transaction(lambda session: session.add(new := row(centre, duty)) or new)
    assert found_by(advice, centre) == []
    in_transaction(lambda session: session.delete(session.merge(added)))
    assert found_by(advice, centre) == before


def test_other_hours_of_a_row_that_was_read_are_seen(searched):
    _, centre, advice, _, duty = searched
    before = found_by(advice, centre)

    def later(session):
        session.get_one(Duty, duty.id).starts = time(11)

    in_transaction(later)
    assert found_by(advice, centre) == [start for start in before if start.hour >= 10]


def test_what_was_rolled_back_is_never_kept(searched):
    _, centre, advice, _, _ = searched
    before = found_by(advice, centre)

    def fails(session):
        session.execute(update(Duty).values(valid_until=TODAY))
        search = Search(frozenset({advice.id}), frozenset({centre.id}), TODAY, TOMORROW)
        assert availability.free_slots(session, search, MONDAY) == []  # one sees what one wrote
        raise LookupError

    with pytest.raises(LookupError):
        in_transaction(fails)
    assert found_by(advice, centre) == before


def test_a_session_sees_what_it_has_changed_before_it_commits(searched):
    _, centre, advice, _, duty = searched
    search = Search(frozenset({advice.id}), frozenset({centre.id}), TODAY, TOMORROW)
    session = db.session()
    for ends in (time(10), time(9)):
        session.get_one(Duty, duty.id).ends = ends
        found = availability.free_slots(session, search, MONDAY)
        assert len(found) == ends.hour - 8
    session.commit()
    assert len(found_by(advice, centre)) == 1


def test_a_change_counts_though_one_before_it_was_rolled_back_to_a_savepoint(searched):
    _, centre, advice, _, _ = searched
    ends = update(Duty).values(valid_until=TODAY)

    def twice(session):
        savepoint = session.begin_nested()
        session.execute(ends)
        session.flush()
        savepoint.rollback()
        session.execute(ends)

    in_transaction(twice)
    assert found_by(advice, centre) == []


def test_the_version_of_a_roster_is_never_an_old_one(searched):
    """A slot by an old version could be shown and never be claimed."""
    _, centre, advice, lawyer, _ = searched
    raised = update(Resource).where(Resource.id == lawyer.resource_id)
    in_transaction(lambda session: session.execute(raised.values(version=7)) and None)
    search = Search(frozenset({advice.id}), frozenset({centre.id}), TODAY, TOMORROW)
    (first, *_) = availability.free_slots(db.session(), search, MONDAY)
    assert first.claims[0].version == 7


def test_registering_people_changes_no_edition(searched):
    make, *_ = searched
    before = editions_now()
    make.case()
    assert editions_now() == before


def test_a_new_language_or_room_or_opening_date_is_an_edition(searched):
    _, centre, _, lawyer, _ = searched
    rows = (
        StaffLanguage(staff_id=lawyer.id, language="ka"),
        OpeningDate(centre_id=centre.id, on=date(2030, 1, 12), opens=time(9), closes=time(13)),
    )
    for row in rows:
        before = editions_now()
        in_transaction(lambda session, new=row: session.add(new))
        assert editions_now() != before, row
    before = editions_now()
    in_transaction(lambda session: session.execute(update(Room).values(active=True)) and None)
    assert editions_now() != before


def test_every_table_a_rota_is_read_from_makes_an_edition():
    read = (
        statements.offers(False),
        statements.offers(True),
        statements.interpreting(),
        statements.members(),
        statements.days_and_rooms(),
        statements.places(),
    )
    tables = {
        element
        for statement in read
        for element in iterate(statement)
        if element.__visit_name__ == "table"
    }
    assert tables
    assert tables <= editions.RESTS_ON


def test_many_editions_become_one(searched):
    rows = [RosterChange(id=number) for number in range(editions.MANY + 1)]
    in_transaction(lambda session: session.add_all(rows))
    before = editions_now()
    sweeps.sweep(MONDAY)
    now = editions_now()
    assert len(now) == 1
    assert now != before


def editions_now():
    session = db.session()
    session.rollback()
    return set(session.scalars(select(RosterChange.id)))
