"""Referring at the case, answering on one page, the answer back; what each reader may see."""

import re

import pytest

from cic_cases.foundation.codes import show
from tests.desk.reception import Reception
from tests.referrals.team import Team, team_of


def refer(browser, code: str, **words: object):
    return browser.post(f"/cases/{show(code)}/refer", data={"why": "asked", **words})


@pytest.fixture
def team(make, clock) -> Team:
    return team_of(make, clock)


@pytest.fixture
def desk(team: Team, client_of):
    return client_of(team.make.staff("reception", team.centre))


@pytest.fixture
def helper(team: Team, client_of):
    return client_of(team.helper)


def test_a_person_is_referred_accepted_and_helped_and_reception_hears_of_it(
    team: Team,
    desk,
    helper,
):
    case, code = team.make.case()
    form = desk.get(f"/cases/{show(code)}/refer")
    assert "Z.Q." in form.text
    answer = refer(desk, code, service=team.support.id, to=0)
    assert answer.status_code == 303
    assert "not read yet" in desk.get("/referrals").text

    assert "A referral waits for your answer." in helper.get("/my-day").text
    asked = helper.get("/referrals").text
    assert show(code) not in asked, "no code before it is accepted"
    assert "seen, not answered" in desk.get("/referrals").text
    [number] = set(re.findall(r"/referrals/(\d+)/accept", asked))

    assert helper.get(f"/cases/{show(code)}").status_code == 404
    helper.post(f"/referrals/{number}/accept")
    assert helper.get(f"/cases/{show(code)}").status_code == 200
    assert show(code) in helper.get("/referrals").text
    sent = desk.get("/referrals").text
    assert "accepted" in sent
    desk.post(f"/referrals/{number}/noted")
    helper.post(f"/referrals/{number}/done")
    assert "helped" in desk.get("/referrals").text
    assert case.id


def test_reception_is_not_shown_to_which_help_a_specialist_referred(
    team: Team,
    desk,
    client_of,
):
    case, code = team.make.case()
    team.send(case.id)
    page = desk.get("/referrals").text
    assert show(code) in page
    assert "specialist" in page
    assert team.support.names["en"] not in page
    own = client_of(team.make.session.get_one(type(team.helper), team.adviser.id))
    assert team.support.names["en"] in own.get("/referrals").text


def test_an_officer_is_shown_no_code_even_of_whom_they_accepted(team: Team, client_of):
    office = team.make.institution("WUW")
    service = team.make.service("wuw_legalisation", institution=office)
    officer = team.make.staff("partner", team.centre, institution=office)
    team.make.duty(officer, team.centre, team.make.room(team.centre, "3"), [service])
    _case, code = team.make.case()
    desk, partner = client_of(team.make.staff("reception", team.centre)), client_of(officer)
    refer(desk, code, service=service.id, to=officer.id)
    [number] = set(re.findall(r"/referrals/(\d+)/accept", partner.get("/referrals").text))
    partner.post(f"/referrals/{number}/accept")
    page = partner.get("/referrals").text
    assert "accepted" in page
    assert show(code) not in page


def test_what_is_declined_needs_a_reason_and_goes_back_with_it(team: Team, desk, helper):
    _case, code = team.make.case()
    refer(desk, code, service=team.support.id, to=team.helper.id)
    [number] = set(re.findall(r"/referrals/(\d+)/accept", helper.get("/referrals").text))
    wrong = helper.post(f"/referrals/{number}/decline", follow_redirects=True)
    assert "Choose why you decline." in wrong.text
    helper.post(f"/referrals/{number}/decline", data={"why": "no_time"})
    page = desk.get("/referrals").text
    assert "no time in the coming weeks" in page
    assert "Refer elsewhere" in page
    helper.post(f"/referrals/{number}/undo")
    assert "no time in the coming weeks" not in desk.get("/referrals").text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({}, "Choose one of the options."),
        ({"service": "999"}, "Not a valid choice."),
    ],
)
def test_what_is_missing_is_said_beside_the_field_and_what_was_chosen_stays(
    team: Team,
    desk,
    words,
    said,
):
    _case, code = team.make.case()
    answer = refer(desk, code, urgent="y", to=team.helper.id, **words)
    assert answer.status_code == 422
    assert said in answer.text
    assert re.search(r'<input[^>]*checked[^>]*name="urgent"', answer.text)


def test_one_who_does_not_give_the_help_is_refused_beside_the_list(team: Team, desk):
    lawyer, advice = team.make.staff("lawyer", team.centre), team.make.service()
    team.make.duty(lawyer, team.centre, team.make.room(team.centre, "4"), [advice])
    _case, code = team.make.case()
    answer = refer(desk, code, service=team.support.id, to=lawyer.id)
    assert answer.status_code == 422
    assert "Nobody you chose gives this help in that Centre." in answer.text


def test_without_anybody_to_refer_to_another_centre_is_offered(reception: Reception, client_of):
    lawyer = client_of(reception.lawyer)
    case, code = reception.make.case()
    reception.book(case)
    page = lawyer.get(f"/cases/{show(code)}/refer").text
    assert "Nobody else gives help here by appointment" in page


def test_a_specialist_refers_somebody_of_their_own_and_nobody_else(team: Team, client_of, helper):
    case, code = team.make.case()
    referral = team.send(case.id, team.helper)
    assert helper.get(f"/cases/{show(code)}/refer").status_code == 404
    helper.post(f"/referrals/{referral.id}/accept")
    answer = refer(helper, code, service=team.support.id, to=team.colleague.id)
    assert answer.status_code == 422
    assert "This person has been referred there already, and it is still open." in answer.text
    helper.post(f"/referrals/{referral.id}/done")
    assert refer(helper, code, service=team.support.id, to=team.colleague.id).status_code == 303
    assert "not read yet" in helper.get("/referrals").text
    assert "You are asked" in client_of(team.colleague).get("/referrals").text
