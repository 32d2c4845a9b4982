"""What is counted, on both databases: borders of months, voided rows, people counted once."""

from datetime import date

import pytest
from sqlalchemy import event

from cic_cases.foundation import clock
from cic_cases.foundation.db import db
from cic_cases.reports import queries, rules
from cic_cases.reports.queries import ALL, Figures
from cic_cases.reports.rules import ByGender, Span

YEAR = Span(date(2029, 1, 1), date(2029, 12, 31))


def windows(session, span=YEAR, centres=None):
    return rules.windows(queries.places(session, centres), span)


def overview(session, span=YEAR, centres=None):
    return queries.overview(session, windows(session, span, centres), clock.now())


@pytest.mark.parametrize(
    ("when", "month"),
    [
        pytest.param("2029-03-31T23:59", 202903, id="the last minute of March, summer time"),
        pytest.param("2029-04-01T00:00", 202904, id="the first minute of April is March in UTC"),
        pytest.param("2029-10-31T23:59", 202910, id="the last minute of October, winter time"),
        pytest.param("2029-11-01T00:00", 202911, id="the first minute of November"),
        pytest.param("2029-03-25T03:00", 202903, id="right after the clocks go forward"),
        pytest.param("2029-10-28T02:30", 202910, id="the hour that comes twice"),
        pytest.param("2029-01-01T00:00", 202901, id="the first minute of the year"),
        pytest.param("2029-12-31T23:59", 202912, id="the last minute of the year"),
    ],
)
def test_a_visit_belongs_to_the_month_on_the_centres_wall(session, make, tally, when, month):
    centre = make.centre()
    tally.visit(when, tally.case())

    counted = overview(session)

    assert {m for c, m in counted if c == centre.id and counted[c, m].visits} == {month, ALL}


@pytest.mark.parametrize("when", ["2028-12-31T23:59", "2030-01-01T00:00"])
def test_a_minute_outside_the_period_is_not_counted(session, make, tally, when):
    tally.visit(when, tally.case())

    assert overview(session)[ALL, ALL] == Figures()


def test_a_code_is_counted_once_in_every_total(session, make, tally):
    poznan, konin = make.centre("poznan"), make.centre("konin")
    often = tally.case()
    for when, centre in [
        ("2029-01-10T10:00", poznan),
        ("2029-01-20T10:00", poznan),
        ("2029-02-10T10:00", poznan),
        ("2029-02-10T12:00", konin),
    ]:
        tally.visit(when, often, centre)

    counted = overview(session)

    assert {key: (f.codes, f.visits) for key, f in counted.items()} == {
        (poznan.id, 202901): (1, 2),
        (poznan.id, 202902): (1, 1),
        (konin.id, 202902): (1, 1),
        (poznan.id, ALL): (1, 3),
        (konin.id, ALL): (1, 1),
        (ALL, 202901): (1, 2),
        (ALL, 202902): (1, 2),
        (ALL, ALL): (1, 4),
    }


def test_what_was_voided_is_not_counted(session, make, tally):
    case = tally.case()
    tally.visit("2029-05-05T10:00", case, services=(make.service(),), voided=True)
    tally.quick("2029-05-05T10:00", voided=True)

    assert not overview(session)[ALL, ALL]
    assert queries.countries(session, windows(session)) == []
    assert queries.support(session, windows(session)) == []
    assert queries.everyone(session, windows(session)) == ByGender()


def test_quick_contacts_and_visits_without_a_case_add_no_code(session, make, tally):
    tally.visit("2029-05-05T10:00")
    tally.quick("2029-05-05T10:00")
    tally.quick("2029-05-06T10:00")

    assert overview(session)[ALL, ALL] == Figures(codes=0, visits=1, quick=2)


def test_appointments_are_kept_of_those_whose_time_has_come(session, make, tally):
    day = rules.chosen_span(date(2030, 1, 1), date(2030, 1, 31))
    kept, also_due = ["done", "arrived", "in_progress"], ["no_show", "booked"]
    left_out = ["cancelled", "held", "needs_rebooking"]
    for hour, status in enumerate([*kept, *also_due, *left_out]):
        tally.booking(f"2030-01-04T{8 + hour:02}:00", status, tally.case())
    tally.booking("2030-01-07T08:00", "booked", tally.case())  # it is 07:00 on that day

    figures = overview(session, day)[ALL, ALL]

    assert (figures.kept, figures.booked) == (3, 5)


def test_only_the_centres_asked_for_are_counted(session, make, tally):
    poznan, konin = make.centre("poznan"), make.centre("konin")
    service = make.service()
    tally.visit("2029-05-05T10:00", tally.case("GE"), konin, (service,))
    mine = windows(session, centres={poznan.id})

    assert overview(session, centres={poznan.id})[ALL, ALL] == Figures()
    assert queries.countries(session, mine) == []
    assert queries.support(session, mine) == []


def test_countries_are_counted_by_code_and_gender_the_largest_first(session, make, tally):
    for citizenship, gender in [
        ("UA", "woman"),
        ("UA", "man"),
        ("GE", "other"),
        ("GE", "unstated"),
        ("GE", "woman"),
        ("XX", "man"),
    ]:
        case = tally.case(citizenship, gender)
        tally.visit("2029-05-05T10:00", case)
        tally.visit("2029-06-05T10:00", case)

    assert queries.countries(session, windows(session)) == [
        ("GE", ByGender(women=1, men=0, other=2, all=3)),
        ("UA", ByGender(women=1, men=1, other=0, all=2)),
        ("XX", ByGender(women=0, men=1, other=0, all=1)),
    ]
    assert queries.everyone(session, windows(session)) == ByGender(2, 2, 2, 6)


def test_one_code_may_have_used_several_kinds_of_support(session, make, tally):
    advice, course = make.service("legal_advice"), make.service("polish_course")
    both, one = tally.case(gender="woman"), tally.case(gender="man")
    tally.visit("2029-05-05T10:00", both, services=(advice, course))
    tally.visit("2029-05-06T10:00", both, services=(advice,))
    tally.visit("2029-05-05T10:00", one, services=(course,))

    counted = queries.support(session, windows(session))

    assert [(kind.key, numbers) for kind, numbers in counted] == [
        ("polish_course", ByGender(women=1, men=1, other=0, all=2)),
        ("legal_advice", ByGender(women=1, men=0, other=0, all=1)),
    ]
    assert counted[0][0].names["uk"] == "Polish Course (uk)"


def test_a_report_without_centres_is_empty_not_everything(session, make, tally):
    tally.visit("2029-05-05T10:00", tally.case())

    assert queries.places(session, set()) == []
    assert overview(session, centres=set()) == {}
    assert queries.countries(session, []) == queries.support(session, []) == []
    assert queries.everyone(session, []) == ByGender()


def test_every_figure_is_one_statement_however_many_centres_and_months(session, make, tally):
    for slug in ("poznan", "konin", "leszno"):
        tally.visit("2029-05-05T10:00", tally.case(), make.centre(slug))
    asked = windows(session)
    statements = []
    event.listen(db.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))

    queries.overview(session, asked, clock.now())

    assert len(asked) == 36
    assert len(statements) == 3
