"""The tour: each role sees what it does, in order, and the help of a page is about that page."""

import re

import pytest

from cic_cases.privacy.roles import Role

LAST = ["Help in a crisis", "Step away safely"]


def steps_of(page: str) -> list[str]:
    listed = re.search(r"<ol>(.*?)</ol>", page, re.S)
    assert listed is not None
    return [one.strip() for one in re.findall(r"<a [^>]*>(.*?)</a>", listed[1], re.S)]


def current(page: str) -> str:
    found = re.search(r'<h2 id="step">(.*?)</h2>', page)
    assert found is not None
    return found[1]


@pytest.mark.sqlite_only
@pytest.mark.parametrize("role", list(Role))
def test_every_step_of_a_role_leads_to_a_page_it_may_open(role, make, client_of):
    make.service()
    browser = client_of(make.staff(role.value, make.centre(), language="en"))
    page = browser.get("/help").text
    steps = steps_of(page)
    assert steps[-1] == "Step away safely"
    for number, title in enumerate(steps, start=1):
        page = browser.get(f"/help?step={number}").text
        assert current(page) == title
        told = page.split('class="told"')[1].split('class="foot')[0]
        links = re.findall(r'<a href="([^"]+)"', told)
        assert len(links) == (title != LAST[-1])
        assert [browser.get(link).status_code for link in links] == [200] * len(links)


def test_whoever_has_two_roles_sees_each_step_once_and_help_is_about_the_page(make, client_of):
    centre = make.centre()
    staff = make.staff("reception", centre, language="en")
    make.grant(staff, "coordinator", centre)
    browser = client_of(staff)
    steps = steps_of(browser.get("/help").text)
    assert steps[0] == "Scan or type a card"
    assert steps[-2:] == LAST
    assert len(steps) == len(set(steps)) > 10

    for about, title in (
        ("bookings", "Find a free time"),
        ("further", "Find a free time"),
        ("waiting_room", "Numbers for the waiting room"),
        ("disruptions", "Rosters make the free times"),
        ("people", "Scan or type a card"),
    ):
        assert current(browser.get(f"/help?about={about}").text) == title, about
    for odd, title in (("0", steps[0]), ("99", steps[-1]), ("x", steps[0])):
        assert current(browser.get(f"/help?step={odd}").text) == title
