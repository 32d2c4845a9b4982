"""Outcomes of the region file: per kind of help, in the file's order, codes and names of staff."""

import tomllib

from cic_cases.centres.region_file import read
from cic_cases.centres.region_outcomes import MOST, outcomes_of
from cic_cases.centres.region_table import Table
from cic_cases.foundation.resources import resource

NAMES = dict.fromkeys(("pl", "uk", "en", "ru"), "…")


def read_outcomes(tables, services=("legal_advice",)):
    problems: list[str] = []
    found = outcomes_of(Table({"outcome": tables}, "", problems), list(services))
    return found, problems


def one(key, services=("legal_advice",), **more):
    return {"key": key, "services": list(services), "names": NAMES, **more}


def test_every_help_that_is_booked_by_time_has_outcomes():
    region = read(resource("regions/wielkopolska.toml"))

    assert [s.key for s in region.services if s.booking == "slot" and not s.outcomes] == []


def test_officers_on_duty_mark_topics_alone():
    text = resource("regions/wielkopolska.toml").read_text(encoding="utf-8")
    for table in tomllib.loads(text)["outcome"]:
        if {"wuw_consultation", "zus_consultation", "tax_consultation"} & set(table["services"]):
            assert table["key"].startswith("topic_")


def test_outcomes_keep_the_order_of_the_file():
    found, problems = read_outcomes([one("referred"), one("closed")])

    assert problems == []
    assert list(found["legal_advice"]) == ["referred", "closed"]


def test_what_is_wrong_is_told_with_the_way_out():
    _found, problems = read_outcomes(
        [one("Seen!"), one("closed", ["party"]), one("closed", note="she cried")]
    )

    assert len(problems) == 4
    assert any("Seen!" in line for line in problems)
    assert any("party" in line for line in problems)
    assert any("note" in line for line in problems)
    assert any("there twice" in line for line in problems)


def test_no_more_outcomes_than_fit_in_sight():
    _found, problems = read_outcomes([one(f"code_{n}") for n in range(MOST + 1)])

    assert ["more than 12" in line for line in problems] == [True]
