"""`report` on the command line."""

import csv
import io
import json

import pytest

from cic_cases.reports.tables import Table

PERIOD = ["--from", "2029-12-01", "--to", "2030-01-31"]


@pytest.fixture
def december(make, tally):
    case = tally.case("UA")
    tally.visit("2029-12-05T10:00", case, services=(make.service("polish_course"),))
    tally.visit("2029-12-06T10:00", case, make.centre("konin"))
    tally.quick("2029-12-06T10:00")


def test_the_overview_is_printed_by_centre_and_month(runner, december):
    printed = runner.invoke(args=["report", "overview", *PERIOD])

    assert printed.exit_code == 0
    assert printed.stdout.splitlines() == [
        "centre,month,codes,visits,quick_contacts,booked,kept",
        "konin,2029-12,1,1,0,0,0",
        "konin,2030-01,0,0,0,0,0",
        "konin,all,1,1,0,0,0",
        "poznan,2029-12,1,1,1,0,0",
        "poznan,2030-01,0,0,0,0,0",
        "poznan,all,1,1,1,0,0",
        "all,2029-12,1,2,1,0,0",
        "all,2030-01,0,0,0,0,0",
        "all,all,1,2,1,0,0",
    ]


def test_json_says_what_it_is_about(runner, december):
    options = ["--centre", "poznan", "--format", "json", "--tier", "exact"]
    printed = runner.invoke(args=["report", "support", *PERIOD, *options])

    women = {"women": 1, "men": 0, "other_or_not_stated": 0, "all": 1}
    assert json.loads(printed.stdout) == {
        "report": "support",
        "tier": "exact",
        "from": "2029-12-01",
        "to": "2030-01-31",
        "centres": ["poznan"],
        "rows": [{"service": "polish_course", **women}, {"service": "all", **women}],
    }


def test_countries_are_printed_by_code(runner, december):
    printed = runner.invoke(args=["report", "countries", *PERIOD])

    assert printed.stdout.splitlines()[1:] == ["UA,1,0,0,1", "all,1,0,0,1"]


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        pytest.param(["weather", *PERIOD], "overview, countries, support", id="no such report"),
        pytest.param(["overview", *PERIOD, "--format", "xlsx"], "csv, json", id="another format"),
        pytest.param(["overview", *PERIOD, "--tier", "public"], "Choose: exact", id="another tier"),
        pytest.param(["overview", *PERIOD, "--centre", "x"], "no centre 'x'", id="no such centre"),
        pytest.param(
            ["overview", "--from", "2030-02-01", "--to", "2030-01-01"],
            "on or after",
            id="backwards",
        ),
    ],
)
def test_what_cannot_be_printed_is_refused_with_a_sentence(runner, arguments, sentence):
    refused = runner.invoke(args=["report", *arguments])

    assert refused.exit_code == 1
    assert sentence in refused.output
    assert not refused.stdout


@pytest.mark.parametrize(
    ("word", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+48", "'+48"),
        ("-1", "'-1"),
        ("@sum", "'@sum"),
        ("\tx", "'\tx"),
        ("poznan", "poznan"),
        ("a=b", "a=b"),
    ],
)
def test_no_cell_is_a_formula_to_a_spreadsheet(word, cell):
    told = Table(("centre", "visits"), [(word, -1)]).as_csv()

    assert list(csv.reader(io.StringIO(told))) == [["centre", "visits"], [cell, "-1"]]
