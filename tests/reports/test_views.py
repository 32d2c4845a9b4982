"""The page of statistics: who may read it, what it says, what it does with bad input."""

import re

import pytest

URL = "/reports"


@pytest.fixture
def coordinator(make):
    return make.staff("coordinator", make.centre("poznan"))


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


@pytest.mark.sqlite_only
def test_nobody_enters_without_signing_in(client_of):
    answer = client_of(None).get(URL)

    assert answer.status_code == 303
    assert "/login" in answer.location


@pytest.mark.sqlite_only
@pytest.mark.parametrize("role", ["reception", "psychologist", "lawyer", "partner", "auditor"])
def test_other_roles_find_no_such_page(make, client_of, role):
    assert client_of(make.staff(role)).get(URL).status_code == 404


def test_the_page_shows_the_figures_of_the_period(make, tally, client_of, coordinator):
    course = make.service("polish_course")
    tally.visit("2029-12-05T10:00", tally.case("UA"), services=(course,))
    tally.visit("2029-12-06T10:00", tally.case("GE", "man"), services=(course,))
    tally.quick("2029-12-06T10:00")

    answer = client_of(coordinator).get(f"{URL}?period=last_month&lang=en")

    assert answer.status_code == 200
    assert "Do not publish" in answer.text
    shown = text_of(answer)
    assert "Codes 2 with at least one visit" in shown
    assert "Visits 2 without" in shown
    assert "Quick enquiries 1 counted apart" in shown
    assert "Ukraine 1 0 0 1" in shown
    assert "Georgia 0 1 0 1" in shown
    assert "Polish Course (en) 1 1 0 2" in shown
    assert " style=" not in answer.text


@pytest.mark.sqlite_only
def test_this_month_is_shown_until_another_period_is_asked_for(tally, client_of, coordinator):
    answer = client_of(coordinator).get(f"{URL}?lang=en")

    assert 'value="2030-01-01"' in answer.text
    assert 'value="2030-01-31"' in answer.text


@pytest.mark.sqlite_only
def test_an_empty_period_says_what_to_do(client_of, coordinator):
    answer = client_of(coordinator).get(f"{URL}?from=2020-01-01&to=2020-01-31&lang=en")

    assert "Nothing was recorded in these days." in answer.text
    assert "Choose a longer period or another Centre." in answer.text


def test_the_numbers_of_other_centres_stay_theirs(make, tally, client_of, coordinator):
    make.centre("konin")
    tally.visit("2029-12-05T10:00", tally.case("GE"), make.centre("konin"))

    answer = client_of(coordinator).get(f"{URL}?period=last_month&lang=en")

    assert "Konin" not in answer.text
    assert "Nothing was recorded" in answer.text


@pytest.mark.sqlite_only
@pytest.mark.parametrize("slug", ["konin", "atlantis", "%00"])
def test_a_foreign_centre_and_none_at_all_are_the_same_404(make, client_of, coordinator, slug):
    make.centre("konin")

    assert client_of(coordinator).get(f"{URL}?centre={slug}").status_code == 404


def test_the_region_reads_all_its_centres_or_one(make, tally, client_of):
    reader = make.staff("region", region=make.region(), centre=make.centre())
    for slug in ("poznan", "konin"):
        tally.visit("2029-12-05T10:00", tally.case(), make.centre(slug))
    client = client_of(reader)

    everything = text_of(client.get(f"{URL}?period=last_month&lang=en"))
    one = text_of(client.get(f"{URL}?period=last_month&centre=konin&lang=en"))

    assert "All Centres 2 2 0 0 0" in everything
    assert "Codes 1 with at least one visit" in one


@pytest.mark.sqlite_only
@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        pytest.param("from=2030-02-01&to=2030-01-01", "on or after the start", id="backwards"),
        pytest.param("from=2020-01-01&to=2030-01-01", "at most three years", id="ten years"),
        pytest.param("from=1-1-1&to=2030-01-01", "Choose a date.", id="not a date"),
        pytest.param("from=2030-01-01", "Choose a date.", id="only one end"),
        pytest.param("from=0001-01-01&to=9999-12-31", "between 2000 and 2100", id="all of time"),
    ],
)
def test_days_that_cannot_be_counted_are_answered_with_a_sentence(
    client_of, coordinator, asked, sentence
):
    answer = client_of(coordinator).get(f"{URL}?{asked}&lang=en")

    assert answer.status_code == 422
    assert sentence in answer.text


@pytest.mark.sqlite_only
def test_the_smallest_countries_are_one_line(tally, client_of, coordinator):
    eleven = ["UA", "BY", "GE", "AZ", "TR", "CO", "IN", "AM", "MD", "VE", "PK"]
    for code in [*eleven, "NP", "VN", "XX", "ZZ"]:
        tally.visit("2029-12-05T10:00", tally.case(code))

    shown = text_of(client_of(coordinator).get(f"{URL}?period=last_month&lang=en"))

    assert "2 other countries 2 0 0 2" in shown
    assert "Stateless 1 0 0 1" in shown
    assert "Not stated 1 0 0 1" in shown
