"""The week of a centre: how full, what is other than the rule, and for whom it is shown."""

from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from sqlalchemy import event

from cic_cases.calendar.models import Closure, DutyException, DutyKind, DutyService, ExceptionKind
from cic_cases.calendar.rules import NotHeld
from cic_cases.desk import roster_grid
from cic_cases.foundation.db import db

MONDAY = date(2030, 1, 7)


@pytest.fixture
def grid(make, session, centre, clock):
    scope = make.actor(make.staff("coordinator", centre)).scope("roster.see")

    def grid(first=MONDAY, show="all", scope=scope):
        session.rollback()
        return roster_grid.week(session, centre, scope, first, show, clock.at)

    return grid


def test_a_cell_says_how_many_fit_on_the_grid_with_their_buffers(grid, duty, make, session):
    assert grid().rows[0].cells[MONDAY][0].possible == 6
    given = session.get_one(DutyService, (duty.id, make.service().id))
    given.after_minutes = 10
    session.commit()
    assert grid().rows[0].cells[MONDAY][0].possible == 3


def test_what_is_not_held_says_why(grid, duty, make, centre, clock):
    next_week = MONDAY + timedelta(days=7)
    make.save(DutyException(duty_id=duty.id, on=MONDAY, kind=ExceptionKind.CANCELLED))
    make.save(
        Closure(centre_id=centre.id, first_day=next_week, last_day=next_week, reason="training")
    )
    assert grid().rows[0].cells[MONDAY][0].why is NotHeld.CANCELLED
    assert grid(next_week).rows[0].cells[next_week][0].why is NotHeld.CENTRE_CLOSED


def test_a_substitute_has_the_date_and_the_other_has_none(grid, duty, make, centre):
    substitute = make.staff("lawyer", centre, initials="W.R.")
    make.save(
        DutyException(
            duty_id=duty.id, on=MONDAY, kind=ExceptionKind.CHANGED, staff_id=substitute.id
        )
    )
    (row,) = grid().rows
    assert row.initials == "W.R."
    assert row.cells[MONDAY][0].stands_in
    assert row.cells[MONDAY][0].changed


def test_remote_interpreters_are_in_the_week_of_every_centre_of_the_region(
    grid, make, session, centre
):
    leszno = make.centre("leszno")
    for initials, remote in (("V.D.", True), ("K.O.", False)):
        person = make.staff("interpreter", leszno, initials=initials, languages=("ka", "pl"))
        duty = make.duty(person, leszno, None, [])
        duty.kind, duty.remote = DutyKind.INTERPRETS, remote
        session.commit()
    (row,) = grid().rows
    assert (row.initials, row.languages) == ("V.D.", ("ka", "pl"))
    assert not row.cells[MONDAY][0].link


@pytest.mark.parametrize(
    ("show", "seen"),
    [
        ("all", {"J.K.", "R.T.", "K.O."}),
        ("specialists", {"J.K."}),
        ("institutions", {"R.T."}),
        ("interpreters", {"K.O."}),
    ],
)
def test_the_week_can_be_narrowed_to_one_trade(grid, duty, make, centre, session, show, seen):
    officer = make.staff("partner", centre, initials="R.T.", institution=make.institution())
    make.duty(officer, centre, None, [make.service("wuw_consultation", 20)])
    interpreter = make.duty(make.staff("interpreter", centre, initials="K.O."), centre, None, [])
    interpreter.kind = DutyKind.INTERPRETS
    session.commit()
    assert {row.initials for row in grid(show=show).rows} == seen


def test_specialists_see_their_own_week(duty, make, centre, lawyer, client_of):
    colleague = make.staff("lawyer", centre, initials="W.R.")
    make.duty(colleague, centre, None, [make.service()])
    text = client_of(colleague).get("/rosters").text
    assert "W.R." in text
    assert "J.K." not in text
    assert "/rosters/duties" not in text


def test_a_week_that_is_no_date_is_this_week(duty, make, centre, client_of):
    page = client_of(make.staff("coordinator", centre)).get("/rosters?week=tomorrow&show=nobody")
    assert page.status_code == 200
    assert "J.K." in page.text


@contextmanager
def counted():
    statements = []

    def note(_connection, _cursor, statement, *_more):
        statements.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_a_fuller_week_costs_no_more_statements(grid, duty, make, centre):
    with counted() as few:
        grid()
    for number in range(6):
        person = make.staff("lawyer", centre)
        make.duty(person, centre, make.room(centre, f"1{number}"), [make.service()], weekday=number)
    with counted() as many:
        grid()
    assert len(many) == len(few)
